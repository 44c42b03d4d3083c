//! Stored state of the SSH authority, and the interface of its store.

use crate::{clock::Timestamp, store_error::StoreError};
use async_trait::async_trait;
use ssh_key::{HashAlg, PublicKey, private::Ed25519Keypair};

/// A key of the authority. No `Debug`: it is secret.
#[derive(Clone)]
pub struct AuthorityKey {
    /// The fingerprint of the public key (`SHA256:…`).
    pub fingerprint: String,
    /// The private key: Ed25519 (RFC 8032, section 5.1.5).
    pub seed: [u8; 32],
    /// When the key was made. The newest one signs.
    pub created_at: Timestamp,
}

impl AuthorityKey {
    /// Generates a key.
    pub fn generate(now: Timestamp) -> Self {
        use rand::Rng;
        let seed: [u8; 32] = rand::rng().random();
        let public = PublicKey::from(Ed25519Keypair::from_seed(&seed).public);
        Self { fingerprint: public.fingerprint(HashAlg::Sha256).to_string(), seed, created_at: now }
    }
}

/// Stores the authority's state. Calls are atomic and durable.
///
/// Calls fail with [`StoreError`] if the store cannot be read or written.
#[async_trait]
pub trait SshStore: Send + Sync {
    /// Returns all keys of the authority, newest first. Stores the candidate if there are none.
    async fn authority_keys(&self, candidate: AuthorityKey) -> Result<Vec<AuthorityKey>, StoreError>;

    /// Returns the stored host keys of a machine (type and base64), or an empty list.
    async fn host_keys(&self, machine: &str) -> Result<Vec<String>, StoreError>;

    /// Replaces the stored host keys of a machine.
    async fn keep_host_keys(&self, machine: &str, keys: &[String]) -> Result<(), StoreError>;
}
