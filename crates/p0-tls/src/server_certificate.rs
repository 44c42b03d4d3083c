//! Whether p0 would accept a server's certificate: for the operator of a service.

use crate::TlsFailure;
use rustls::{
    CertificateError, Error, RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use std::time::Duration;

/// Verifies a chain, the server's certificate first, as a client on Linux does that trusts its last certificate. That an
/// issuer is missing is no failure: clients may have it.
///
/// # Errors
/// Why such a client rejects it.
pub fn verify_server_certificate(
    chain: &[CertificateDer<'static>],
    host: &str,
    now: jiff::Timestamp,
) -> Result<(), TlsFailure> {
    let Some((server, issuers)) = chain.split_first() else { return Ok(()) };
    let failed = |error: Error| TlsFailure::explain(&error);
    let mut roots = RootCertStore::empty();
    // One that is no authority cannot be added, and would not be trusted by clients either.
    roots.add_parsable_certificates(chain.iter().cloned());
    let parsed = ParsedCertificate::try_from(server).map_err(failed)?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0)));
    let algorithms = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
    match verify_server_cert_signed_by_trust_anchor(&parsed, &roots, issuers, now, algorithms.all) {
        Ok(()) | Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {}
        Err(error) => return Err(failed(error)),
    }
    let name = ServerName::try_from(host.trim_matches(['[', ']'])).map_err(|_| failed(Error::UnsupportedNameType))?;
    verify_server_name(&parsed, &name).map_err(failed)
}
