//! Certificates for servers on the loopback.

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// A server's certificate and key, and what a client has to trust.
pub(crate) struct Identity {
    /// What a client has to trust, in PEM.
    pub(crate) certificate: String,
    pub(crate) config: Arc<rustls::ServerConfig>,
}

/// When an authority was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    Lasting,
    Expired,
}

impl Identity {
    /// A certificate that nobody has signed but itself.
    pub(crate) fn self_signed() -> Self {
        let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned)).expect("a self-signed certificate");
        Self::new(made.cert.der(), made.cert.der(), &made.signing_key)
    }

    /// A certificate that an authority of its own has signed.
    pub(crate) fn signed(validity: Validity) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "stand-in authority");
        let mut server = CertificateParams::new(NAMES.map(str::to_owned)).expect("names of the loopback");
        if validity == Validity::Expired {
            authority.not_after = rcgen::date_time_ymd(2001, 1, 1);
            server.not_after = rcgen::date_time_ymd(2001, 1, 1);
        }
        let authority_key = KeyPair::generate().expect("a key");
        let key = KeyPair::generate().expect("a key");
        let trusted = authority.self_signed(&authority_key).expect("a certificate");
        let issuer = Issuer::new(authority, authority_key);
        let certificate = server.signed_by(&key, &issuer).expect("a certificate");
        Self::new(trusted.der(), certificate.der(), &key)
    }

    fn new(trusted: &CertificateDer<'_>, certificate: &CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a private key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the protocol versions of the provider")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .expect("a key that fits its certificate");
        Self { certificate: pem("CERTIFICATE", trusted), config: Arc::new(config) }
    }
}

/// RFC 7468: lines of 64 characters.
pub(crate) fn pem(kind: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}
