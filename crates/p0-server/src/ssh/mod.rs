//! Sessions by Secure Shell: the authority that certifies users' keys for as long as their access lasts, and the host
//! keys of the machines. What a certificate says is decided here alone; who may have one, by the engine.

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

use crate::{clock::Timestamp, store::StoreError};
use std::sync::Arc;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key of the authority in the store is not one, or a certificate could not be encoded.
    #[error("the SSH authority cannot sign: {0}")]
    Key(#[from] ssh_key::Error),
}

/// All of it.
#[derive(Debug)]
pub struct Ssh {
    /// Certifies users' keys.
    pub authority: Authority,
    /// Knows the machines' keys.
    pub host_keys: HostKeys,
}

impl Ssh {
    /// With the keys of the store, of which there is at least one from then on.
    ///
    /// # Errors
    ///
    /// [`SshError`].
    pub async fn open(store: Arc<dyn SshStore>, now: Timestamp) -> Result<Self, SshError> {
        let keys = store.authority_keys(AuthorityKey::generate(now)).await?;
        Ok(Self { authority: Authority::new(&keys)?, host_keys: HostKeys::new(store) })
    }
}
