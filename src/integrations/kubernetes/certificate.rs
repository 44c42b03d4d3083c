//! How long certificate authorities are good for.

use super::cluster::AuthorityError;
use crate::integrations::x509::Facts;
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, pem::PemObject};

/// Makes sure that some certificate of these, in PEM, is good at this time: a file may still have the former one as well.
pub(super) fn check(pem: &str, now: Timestamp) -> Result<(), AuthorityError> {
    let mut last = None;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| AuthorityError::Malformed)?;
        let Facts { begins: begin, ends: end, .. } =
            Facts::read(&certificate).map_err(|_| AuthorityError::Malformed)?;
        match (begin <= now, now < end) {
            (true, true) => return Ok(()),
            (false, _) => last = last.or(Some(AuthorityError::NotYet(begin))),
            (_, false) => last = Some(AuthorityError::Expired(end)),
        }
    }
    Err(last.unwrap_or(AuthorityError::Malformed))
}
