//! Certificates of users (PROTOCOL.certkeys of OpenSSH), as a service hands them out: looked at before `ssh` is told of them.

use super::key::UserKey;
use jiff::Timestamp;
use ssh_key::certificate::CertType;

/// No certificate is longer, in bytes, however many names stand in it.
const LONGEST: usize = 64 * 1024;

/// Why a certificate is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// It is none, or more than one, or too long to be one.
    #[error("The service's certificate cannot be read.")]
    None,
    /// It is for another key.
    #[error("The service's certificate is not one for your key.")]
    AnotherKey,
    /// It is for a machine.
    #[error("The service's certificate is one for a machine, not for a user.")]
    ForMachines,
    /// Its time is over. When that was.
    #[error("The service's certificate was good until {0}, which is over.")]
    Over(Timestamp),
    /// It is good for ever: it would outlive the access, and nobody could take it back.
    #[error("The service's certificate never ends.")]
    Endless,
}

/// The line for the certificate's file: its type and its base64, without what else the service wrote beside it.
pub fn line(text: &str, key: &UserKey, now: Timestamp) -> Result<String, BadCertificate> {
    let text = text.trim();
    if text.len() > LONGEST || text.contains(char::is_control) {
        return Err(BadCertificate::None);
    }
    let certificate = ssh_key::Certificate::from_openssh(text).map_err(|error| match error {
        // What OpenSSH calls `forever` is beyond all times for this library.
        ssh_key::Error::Time => BadCertificate::Endless,
        _ => BadCertificate::None,
    })?;
    let public = ssh_key::PublicKey::from(certificate.public_key().clone()).to_bytes();
    if public.map_err(|_| BadCertificate::None)? != key.blob() {
        return Err(BadCertificate::AnotherKey);
    }
    if certificate.cert_type() != CertType::User {
        return Err(BadCertificate::ForMachines);
    }
    let end = i64::try_from(certificate.valid_before()).ok().and_then(|end| Timestamp::from_second(end).ok());
    match end {
        // A time beyond all that can be said is no end.
        None => return Err(BadCertificate::Endless),
        Some(end) if end <= now => return Err(BadCertificate::Over(end)),
        Some(_) => {}
    }
    // What may follow is a comment.
    let words: Vec<&str> = text.split_ascii_whitespace().take(2).collect();
    Ok(words.join(" "))
}
