//! How long certificate authorities are good for.

use super::cluster::AuthorityError;
use der::{
    AnyRef, Decode, Reader, SliceReader, Tag,
    asn1::{GeneralizedTime, UtcTime},
};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, pem::PemObject};

/// Makes sure that some certificate of these, in PEM, is good at this time: a file may still have the former one as well.
///
/// # Errors
/// There is none, or none is good.
pub(super) fn check(pem: &str, now: Timestamp) -> Result<(), AuthorityError> {
    let mut last = None;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| AuthorityError::Malformed)?;
        let (begin, end) = validity(&certificate).map_err(|_| AuthorityError::Malformed)?;
        match (begin <= now, now < end) {
            (true, true) => return Ok(()),
            (false, _) => last = last.or(Some(AuthorityError::NotYet(begin))),
            (_, false) => last = Some(AuthorityError::Expired(end)),
        }
    }
    Err(last.unwrap_or(AuthorityError::Malformed))
}

/// From when until when a certificate is valid (RFC 5280, section 4.1).
fn validity(certificate: &[u8]) -> der::Result<(Timestamp, Timestamp)> {
    let certificate = AnyRef::from_der(certificate)?;
    let signed = SliceReader::new(certificate.value())?.decode::<AnyRef<'_>>()?;
    let mut fields = SliceReader::new(signed.value())?;
    // The version, where there is one; the serial number, the algorithm and the issuer.
    if matches!(fields.peek_tag()?, Tag::ContextSpecific { .. }) {
        fields.decode::<AnyRef<'_>>()?;
    }
    for _ in 0..3 {
        fields.decode::<AnyRef<'_>>()?;
    }
    let validity = fields.decode::<AnyRef<'_>>()?;
    let mut times = SliceReader::new(validity.value())?;
    Ok((time(&mut times)?, time(&mut times)?))
}

fn time(times: &mut SliceReader<'_>) -> der::Result<Timestamp> {
    let since_epoch = match times.peek_tag()? {
        Tag::UtcTime => times.decode::<UtcTime>()?.to_unix_duration(),
        _ => times.decode::<GeneralizedTime>()?.to_unix_duration(),
    };
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    Ok(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}
