//! Certificates for servers on the loopback.

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::WebPkiSupportedAlgorithms,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
};

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// A server's certificate and key, and what a client has to trust.
#[derive(Debug)]
pub struct Identity {
    /// What a client has to trust, in PEM.
    pub authority: String,
    /// The server's certificate, in PEM.
    pub certificate: String,
    /// Its private key, in PEM.
    pub key: String,
    pub(crate) config: Arc<rustls::ServerConfig>,
}

/// When an authority was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    Lasting,
    Expired,
}

impl Identity {
    /// One for `localhost` and `127.0.0.1`, signed by an authority of its own.
    pub fn on_loopback() -> Self {
        Self::signed(Validity::Lasting)
    }

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
        let der = PrivateKeyDer::try_from(key.serialize_der()).expect("a private key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the protocol versions of the provider")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], der)
            .expect("a key that fits its certificate");
        Self {
            authority: pem("CERTIFICATE", trusted),
            certificate: pem("CERTIFICATE", certificate),
            key: pem("PRIVATE KEY", &key.serialize_der()),
            config: Arc::new(config),
        }
    }
}

/// A client's connection to a server on this machine, whatever its certificate: what p0 trusts is tested by p0.
pub(crate) fn connect(host: &str, stream: TcpStream) -> io::Result<impl Read + Write + use<>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate(provider.signature_verification_algorithms));
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}

#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// RFC 7468: lines of 64 characters.
pub(crate) fn pem(kind: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}
