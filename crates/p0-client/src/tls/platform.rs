//! The verifiers of Windows and macOS.

use rustls::{
    client::danger::ServerCertVerifier,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Verifies servers as the system does; it also trusts the certificates in these files.
///
/// # Errors
/// A certificate cannot be used.
pub(super) fn system_verifier(
    cert_file: Option<&Path>,
    cert_dirs: Option<&[PathBuf]>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let in_dirs = cert_dirs.unwrap_or_default().iter().flat_map(|dir| super::files::files_in(dir));
    let extra: Vec<_> = cert_file
        .map(Path::to_owned)
        .into_iter()
        .chain(in_dirs)
        .filter_map(|file| CertificateDer::pem_file_iter(file).ok())
        .flat_map(|certificates| certificates.filter_map(Result::ok))
        .collect();
    let provider = Arc::clone(provider);
    let verifier =
        if extra.is_empty() { Verifier::new(provider) } else { Verifier::new_with_extra_roots(extra, provider) };
    Ok(Arc::new(verifier.map_err(|error| error.to_string())?))
}
