//! TLS: which certificate authorities are trusted, and the configuration that all connections share.

mod files;
#[cfg(any(windows, target_vendor = "apple"))]
mod platform;
#[cfg(test)]
mod tests;
mod trust;

pub use trust::Trust;

use crate::Error;
use files::FileVerifier;
#[cfg(not(any(windows, target_vendor = "apple")))]
use files::system_verifier;
#[cfg(any(windows, target_vendor = "apple"))]
use platform::system_verifier;
use rustls::{
    ClientConfig,
    client::{Resumption, danger::ServerCertVerifier},
    crypto::CryptoProvider,
};
use std::sync::Arc;

/// For how many hosts sessions are kept for resumption. A command calls a handful; rustls reserves memory for 256 by
/// default.
const RESUMABLE_HOSTS: usize = 8;

/// The configuration of every TLS connection. Certificates are read and parsed by the handshakes that need them.
///
/// # Errors
/// [`Error::TrustVariable`] if a variable names no certificates, [`Error::Setup`] if the system has none.
pub(crate) fn client_config(trust: &Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = verifier(trust, &provider)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Setup { reason: error.to_string() })?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(RESUMABLE_HOSTS);
    Ok(config)
}

fn verifier(trust: &Trust, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    trust.check()?;
    match trust {
        Trust::Only { file, .. } => Ok(Arc::new(FileVerifier::new(Some(file.clone()), Vec::new(), provider))),
        Trust::System { cert_file, cert_dirs } => system_verifier(cert_file.as_deref(), cert_dirs.as_deref(), provider)
            .map_err(|reason| Error::Setup { reason }),
    }
}
