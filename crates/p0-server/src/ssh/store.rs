//! What has to be remembered of Secure Shell, and the interface of whoever remembers it.

use crate::{clock::Timestamp, store::StoreError};
use async_trait::async_trait;
use ssh_key::{HashAlg, PublicKey, private::Ed25519Keypair};

/// A key of the authority. No `Debug`: it is a secret.
#[derive(Clone)]
pub struct AuthorityKey {
    /// `SHA256:…` of its public half.
    pub fingerprint: String,
    /// The private key: Ed25519 (RFC 8032, section 5.1.5).
    pub seed: [u8; 32],
    /// The newest one signs.
    pub created_at: Timestamp,
}

impl AuthorityKey {
    /// A new one, from a cryptographic generator.
    pub fn generate(now: Timestamp) -> Self {
        use rand::Rng;
        let seed: [u8; 32] = rand::rng().random();
        let public = PublicKey::from(Ed25519Keypair::from_seed(&seed).public);
        Self { fingerprint: public.fingerprint(HashAlg::Sha256).to_string(), seed, created_at: now }
    }
}

/// Remembers what Secure Shell needs. Every call is atomic, and holds when it returns.
///
/// Every call fails with [`StoreError`] when the store cannot be read or written.
#[async_trait]
pub trait SshStore: Send + Sync {
    /// All keys of the authority, the newest first. When there is none yet, the candidate is kept as the first.
    async fn authority_keys(&self, candidate: AuthorityKey) -> Result<Vec<AuthorityKey>, StoreError>;

    /// The keys that a machine last had, each its type and base64; empty if it was never asked.
    async fn host_keys(&self, machine: &str) -> Result<Vec<String>, StoreError>;

    /// Keeps the keys of a machine in place of those that it had.
    async fn keep_host_keys(&self, machine: &str, keys: &[String]) -> Result<(), StoreError>;
}
