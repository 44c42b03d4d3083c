//! What a certificate says (RFC 5280, section 4.1), as far as p0 needs to know.

use der::{
    AnyRef, Decode, Reader, SliceReader, Tag, TagNumber, Tagged,
    asn1::{GeneralizedTime, UtcTime},
};
use jiff::Timestamp;

const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
const CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 2];

/// Facts about a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// From when it is valid.
    pub begins: Timestamp,
    pub ends: Timestamp,
    /// Its issuer and its subject have the same name: it signs itself.
    pub self_issued: bool,
    /// It has a subjectAltName.
    pub has_alternative_names: bool,
    /// It has an extended key usage.
    pub has_purposes: bool,
    /// It says where its issuer's certificate can be downloaded.
    pub names_issuers_address: bool,
}

impl Facts {
    /// Reads a certificate in DER.
    pub fn read(certificate: &[u8]) -> der::Result<Self> {
        let certificate = AnyRef::from_der(certificate)?;
        let signed = SliceReader::new(certificate.value())?.decode::<AnyRef<'_>>()?;
        let mut fields = SliceReader::new(signed.value())?;
        // The version, where there is one; the serial number and the algorithm.
        if matches!(fields.peek_tag()?, Tag::ContextSpecific { .. }) {
            fields.decode::<AnyRef<'_>>()?;
        }
        for _ in 0..2 {
            fields.decode::<AnyRef<'_>>()?;
        }
        let issuer = fields.decode::<AnyRef<'_>>()?;
        let validity = fields.decode::<AnyRef<'_>>()?;
        let subject = fields.decode::<AnyRef<'_>>()?;
        let mut times = SliceReader::new(validity.value())?;
        let mut facts = Self {
            begins: time(&mut times)?,
            ends: time(&mut times)?,
            self_issued: issuer == subject,
            has_alternative_names: false,
            has_purposes: false,
            names_issuers_address: false,
        };
        while !fields.is_finished() {
            let field = fields.decode::<AnyRef<'_>>()?;
            if matches!(field.tag(), Tag::ContextSpecific { number: TagNumber::N3, .. }) {
                facts.read_extensions(field.value())?;
            }
        }
        Ok(facts)
    }

    fn read_extensions(&mut self, extensions: &[u8]) -> der::Result<()> {
        let list = AnyRef::from_der(extensions)?;
        let mut list = SliceReader::new(list.value())?;
        while !list.is_finished() {
            let extension = list.decode::<AnyRef<'_>>()?;
            let mut parts = SliceReader::new(extension.value())?;
            match parts.decode::<AnyRef<'_>>()?.value() {
                SUBJECT_ALT_NAME => self.has_alternative_names = true,
                EXTENDED_KEY_USAGE => self.has_purposes = true,
                AUTHORITY_INFO_ACCESS => {
                    let value = extension.value();
                    self.names_issuers_address = value.windows(CA_ISSUERS.len()).any(|part| part == CA_ISSUERS);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn time(times: &mut SliceReader<'_>) -> der::Result<Timestamp> {
    let since_epoch = match times.peek_tag()? {
        Tag::UtcTime => times.decode::<UtcTime>()?.to_unix_duration(),
        _ => times.decode::<GeneralizedTime>()?.to_unix_duration(),
    };
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    Ok(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}
