//! The SSH certificate authority (OpenSSH's PROTOCOL.certkeys; sshd_config(5), `TrustedUserCAKeys`).

use super::{AuthorityKey, SshError, UserKey};
use crate::clock::Timestamp;
use rand::Rng;
use ssh_key::{
    PrivateKey, PublicKey,
    certificate::{Builder, CertType},
    private::{Ed25519Keypair, KeypairData},
};
use std::time::Duration;

/// The certificate's extensions: a terminal, agent forwarding, port forwarding (which editors need), and the
/// machine's `~/.ssh/rc`. No X11 forwarding, which would let the machine read the user's screen.
const EXTENSIONS: [&str; 4] = ["permit-agent-forwarding", "permit-port-forwarding", "permit-pty", "permit-user-rc"];
/// An extension that says that the user may use `sudo`. sshd ignores it; a `sudo` plugin can read it.
const SUDO: &str = "sudo@p0.dev";
/// How far certificates are backdated, for machines whose clocks run slow.
const BACKDATE: Duration = Duration::from_secs(300);

/// Signs user certificates.
pub struct Authority {
    signing: PrivateKey,
    published: Vec<PublicKey>,
}

/// The content of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The user's public key.
    pub key: UserKey,
    /// The only principal: the account, followed by `@<machine>` for machines that require it.
    pub principal: String,
    /// The key id, which machines log: the request and the user.
    pub id: String,
    /// Whether the user may use `sudo`.
    pub sudo: bool,
    /// The certificate's lifetime: from now (backdated by `BACKDATE`) until the access ends.
    pub period: (Timestamp, Timestamp),
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The certificate, in the format of a `-cert.pub` file.
    pub certificate: String,
    /// The serial number, which machines log.
    pub serial: u64,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("published", &self.lines()).finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes an authority with these keys, newest first.
    pub(super) fn new(keys: &[AuthorityKey]) -> Result<Self, SshError> {
        let pairs: Vec<Ed25519Keypair> = keys.iter().map(|key| Ed25519Keypair::from_seed(&key.seed)).collect();
        let newest = pairs.first().ok_or(ssh_key::Error::PublicKey)?.clone();
        let published = pairs.iter().map(|pair| PublicKey::from(pair.public)).collect();
        Ok(Self { signing: PrivateKey::new(KeypairData::Ed25519(newest), "")?, published })
    }

    /// Returns the public keys, as lines for a `TrustedUserCAKeys` file.
    pub fn lines(&self) -> String {
        let line = |key: &PublicKey| key.to_openssh().map(|line| format!("{} p0\n", line.trim_end()));
        self.published.iter().filter_map(|key| line(key).ok()).collect()
    }

    /// Signs a certificate.
    ///
    /// # Errors
    ///
    /// [`SshError::Key`] if the validity ends before it begins.
    pub fn certify(&self, subject: &Subject) -> Result<Certified, SshError> {
        let seconds = |time: Timestamp| u64::try_from(time.0 / 1_000).unwrap_or_default();
        let (now, end) = subject.period;
        let start = seconds(now).saturating_sub(BACKDATE.as_secs());
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
