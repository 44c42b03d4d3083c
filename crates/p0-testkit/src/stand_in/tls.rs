//! A certificate that nobody has signed but itself.

use base64::{Engine, prelude::BASE64_STANDARD};
use std::sync::Arc;

pub(super) struct Identity {
    /// PEM.
    pub(super) certificate: String,
    pub(super) config: Arc<rustls::ServerConfig>,
}

impl Identity {
    pub(super) fn generate() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
            .expect("a self-signed certificate");
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a private key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the protocol versions of the provider")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a key that fits its certificate");
        Self { certificate: pem("CERTIFICATE", made.cert.der()), config: Arc::new(config) }
    }
}

/// RFC 7468: lines of 64 characters.
pub(crate) fn pem(kind: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}
