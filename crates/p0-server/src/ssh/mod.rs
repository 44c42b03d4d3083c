//! SSH sessions: the certificate authority, and the machines' host
//! keys. This module determines the content of certificates; the engine decides who gets one.

mod account;
mod authority;
mod host_keys;
mod key;
mod store;

pub(crate) use account::{after_email, is_account, is_machine};
pub use authority::{Authority, Certified, Subject};
pub(crate) use host_keys::lines;
pub use host_keys::{HostKeyError, HostKeys};
pub use key::{KeyError, UserKey, host_key};
pub use store::{AuthorityKey, SshStore};

use crate::{clock::Timestamp, store_error::StoreError};
use std::sync::Arc;

/// An error of the SSH authority.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored key is invalid, or a certificate cannot be encoded.
    #[error("the SSH authority cannot sign: {0}")]
    Key(#[from] ssh_key::Error),
}

/// The certificate authority and the host keys.
#[derive(Debug)]
pub struct Ssh {
    /// The certificate authority.
    pub authority: Authority,
    /// The machines' host keys.
    pub host_keys: HostKeys,
}

impl Ssh {
    /// Starts with the keys of the store. Generates one for a new store.
    ///
    /// # Errors
    ///
    /// [`SshError`].
    pub async fn open(store: Arc<dyn SshStore>, now: Timestamp) -> Result<Self, SshError> {
        let keys = store.authority_keys(AuthorityKey::generate(now)).await?;
        Ok(Self { authority: Authority::new(&keys)?, host_keys: HostKeys::new(store) })
    }
}
