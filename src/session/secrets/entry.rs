//! What the stores that are entries of `keyring-core` have in common.

use super::Error;
use keyring_core::Error as Core;
use secrecy::{ExposeSecret, SecretString};

/// The secret of an entry. Text that is not UTF-8 is not ours.
pub(super) fn get(entry: &keyring_core::Entry) -> Result<Option<SecretString>, Core> {
    match entry.get_password() {
        Ok(secret) => Ok(Some(secret.into())),
        Err(Core::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn set(entry: &keyring_core::Entry, secret: &SecretString) -> Result<(), Core> {
    entry.set_password(secret.expose_secret())
}

pub(super) fn delete(entry: &keyring_core::Entry) -> Result<(), Core> {
    match entry.delete_credential() {
        Err(Core::NoEntry) => Ok(()),
        other => other,
    }
}

/// An error that is the same for every such store. The variants that carry the secret are shown without it.
pub(super) fn error(error: Core) -> Error {
    match error {
        Core::NoStorageAccess(_) => Error::Locked,
        Core::BadEncoding(_) | Core::BadDataFormat(..) => Error::Other("it holds something else in this place".into()),
        Core::TooLong(..) => Error::Full,
        Core::Ambiguous(_) => Error::Other("it holds several secrets in this place".into()),
        other => Error::Other(other.to_string()),
    }
}
