//! Certificate authorities in files and directories of PEM.
//!
//! A system trusts some 150 authorities, and a handshake needs one. So no certificate is kept: a handshake reads the file,
//! and keeps the authorities that the server's certificates name as their issuers. That takes 2 MiB less memory than parsing
//! all of them, and commands that make no handshake read nothing.

use rustls::{
    DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use webpki::{EndEntityCert, anchor_from_trusted_cert};

/// Verifies servers by the authorities in a file, and, for those that the file does not vouch for, in directories.
#[derive(Debug)]
pub(super) struct FileVerifier {
    file: Option<PathBuf>,
    dirs: Vec<PathBuf>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Verifies servers as the system does.
///
/// # Errors
/// The system has no certificates.
#[cfg(not(any(windows, target_vendor = "apple")))]
pub(super) fn system_verifier(
    cert_file: Option<&Path>,
    cert_dirs: Option<&[PathBuf]>,
    provider: &std::sync::Arc<CryptoProvider>,
) -> Result<std::sync::Arc<dyn ServerCertVerifier>, String> {
    let file = cert_file.map(Path::to_owned).or_else(|| openssl_probe::probe().cert_file);
    let dirs = cert_dirs
        .map_or_else(|| openssl_probe::candidate_cert_dirs().map(Path::to_owned).collect(), <[PathBuf]>::to_vec);
    if file.is_none() && !dirs.iter().any(|dir| fs::read_dir(dir).is_ok()) {
        return Err("the system has no CA certificates".to_owned());
    }
    Ok(std::sync::Arc::new(FileVerifier::new(file, dirs, provider)))
}

impl FileVerifier {
    pub(super) fn new(file: Option<PathBuf>, dirs: Vec<PathBuf>, provider: &CryptoProvider) -> Self {
        Self { file, dirs, algorithms: provider.signature_verification_algorithms }
    }

    /// Verifies the chain by the file, and if that fails, by the directories as well: the file of most systems holds
    /// what their directories hold.
    fn verify_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let issuers = issuers(end_entity, intermediates);
        let parsed = ParsedCertificate::try_from(end_entity)?;
        let mut roots = RootCertStore::empty();
        let verify = |roots: &RootCertStore| {
            verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, self.algorithms.all)
        };
        if let Some(file) = &self.file {
            add_anchors(&mut roots, file, &issuers);
        }
        let by_file = verify(&roots);
        if by_file.is_ok() || self.dirs.is_empty() {
            return by_file;
        }
        let found = roots.len();
        for file in self.dirs.iter().flat_map(|dir| files_in(dir)) {
            add_anchors(&mut roots, &file, &issuers);
        }
        if roots.len() > found { verify(&roots) } else { by_file }
    }
}

impl ServerCertVerifier for FileVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify_chain(end_entity, intermediates, now)?;
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The names of those who signed these certificates. What is not a certificate is left to the verification.
fn issuers(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Vec<Vec<u8>> {
    std::iter::once(end_entity)
        .chain(intermediates)
        .filter_map(|certificate| Some(EndEntityCert::try_from(certificate).ok()?.issuer().to_vec()))
        .collect()
}

/// Adds the authorities in a file that have one of these names. Whatever else is in the file is skipped, as OpenSSL does.
fn add_anchors(roots: &mut RootCertStore, path: &Path, names: &[Vec<u8>]) {
    let Ok(certificates) = CertificateDer::pem_file_iter(path) else { return };
    for certificate in certificates.filter_map(Result::ok) {
        if let Ok(anchor) = anchor_from_trusted_cert(&certificate)
            && names.iter().any(|name| name.as_slice() == anchor.subject.as_ref())
        {
            roots.roots.push(anchor.to_owned());
        }
    }
}

/// The files in a directory. One that cannot be listed has none.
pub(super) fn files_in(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let regular = |path: &PathBuf| path.metadata().is_ok_and(|metadata| metadata.is_file());
    entries.map(|entry| entry.path()).filter(regular)
}
