//! The authority whose certificates machines trust (OpenSSH's PROTOCOL.certkeys; sshd_config(5), `TrustedUserCAKeys`).

use super::{AuthorityKey, SshError, UserKey};
use crate::clock::Timestamp;
use rand::Rng;
use ssh_key::{
    PrivateKey, PublicKey,
    certificate::{Builder, CertType},
    private::{Ed25519Keypair, KeypairData},
};
use std::time::Duration;

/// What a session may do that the machine lets it: a terminal, the user's agent, ports (which editors need), and the
/// machine's own start-up file. No X11, by which the machine could read the user's screen.
const EXTENSIONS: [&str; 4] = ["permit-agent-forwarding", "permit-port-forwarding", "permit-pty", "permit-user-rc"];
/// Says that the user was granted to become root. sshd ignores it; what decides on `sudo` can read it.
const SUDO: &str = "sudo@p0.dev";
/// Certificates hold from so long ago, for machines whose clocks are behind.
const SKEW: Duration = Duration::from_secs(300);

/// Signs certificates of users.
pub struct Authority {
    signing: PrivateKey,
    published: Vec<PublicKey>,
}

/// Whom a certificate is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Their key.
    pub key: UserKey,
    /// Its one principal: the account on the machine, and `@` with the machine where it takes only its own.
    pub principal: String,
    /// What machines write to their logs: the request and the person.
    pub id: String,
    /// They may become root.
    pub sudo: bool,
    /// When it begins, or a little before; when the access ends, and never later.
    pub period: (Timestamp, Timestamp),
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// One line, as in a `-cert.pub` file.
    pub certificate: String,
    /// Its number, which machines write to their logs.
    pub serial: u64,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("published", &self.lines()).finish_non_exhaustive()
    }
}

impl Authority {
    /// With these keys, the newest first.
    pub(super) fn new(keys: &[AuthorityKey]) -> Result<Self, SshError> {
        let pairs: Vec<Ed25519Keypair> = keys.iter().map(|key| Ed25519Keypair::from_seed(&key.seed)).collect();
        let newest = pairs.first().ok_or(ssh_key::Error::PublicKey)?.clone();
        let published = pairs.iter().map(|pair| PublicKey::from(pair.public)).collect();
        Ok(Self { signing: PrivateKey::new(KeypairData::Ed25519(newest), "")?, published })
    }

    /// What machines are to trust: lines for a file of `TrustedUserCAKeys`.
    pub fn lines(&self) -> String {
        let line = |key: &PublicKey| key.to_openssh().map(|line| format!("{} p0\n", line.trim_end()));
        self.published.iter().filter_map(|key| line(key).ok()).collect()
    }

    /// Certifies a key.
    ///
    /// # Errors
    ///
    /// [`SshError::Key`] if it ends before it begins.
    pub fn certify(&self, subject: &Subject) -> Result<Certified, SshError> {
        let seconds = |time: Timestamp| u64::try_from(time.0 / 1_000).unwrap_or_default();
        let (now, end) = subject.period;
        let start = seconds(now).saturating_sub(SKEW.as_secs());
        let nonce: [u8; 32] = rand::rng().random();
        let serial = rand::rng().random_range(1..=u64::MAX);
        let mut builder = Builder::new(nonce, subject.key.data(), start, seconds(end))?;
        builder
            .cert_type(CertType::User)?
            .serial(serial)?
            .key_id(&*subject.id)?
            .valid_principal(&*subject.principal)?;
        for extension in EXTENSIONS {
            builder.extension(extension, "")?;
        }
        if subject.sudo {
            builder.extension(SUDO, "")?;
        }
        Ok(Certified { certificate: builder.sign(&self.signing)?.to_openssh()?, serial })
    }
}
