//! The Linux kernel's keyring, for machines without a desktop: nothing reaches a disk.
//!
//! A secret is a `user` key in the session keyring that is also linked into the user's persistent keyring
//! (persistent-keyring(7)), so that another login or a `tmux` of the same user finds it. It is lost when the machine
//! restarts, or when it was not used for some days and nobody is logged in.

use super::{Error, SecretStore, entry};
use keyring_core::{Entry, Error as Core, api::CredentialStoreApi};
use linux_keyutils_keyring_store::Store;
use secrecy::SecretString;

/// The kernel's keyring.
#[derive(Debug)]
pub(super) struct Kernel {
    service: String,
}

impl Kernel {
    /// The keyring, with secrets under this service's name. Nothing is opened yet.
    pub(super) fn new(service: &str) -> Self {
        Self { service: service.to_owned() }
    }

    fn entry(&self, org: &str) -> Result<Entry, Error> {
        // A container's system call filter refuses here.
        let absent = |error: Core| {
            tracing::debug!(%error, "the kernel's keyring cannot be used");
            Error::Absent
        };
        Store::new().and_then(|store| store.build(&self.service, org, None)).map_err(absent)
    }
}

impl SecretStore for Kernel {
    fn get(&self, org: &str) -> Result<Option<SecretString>, Error> {
        entry::get(&self.entry(org)?).map_err(classify)
    }

    fn set(&self, org: &str, secret: &SecretString) -> Result<(), Error> {
        let entry = self.entry(org)?;
        // Reading links an older key into this session, so that it is the one that is changed: were another made, other
        // sessions would go on with the old one.
        entry::get(&entry).map_err(classify)?;
        entry::set(&entry, secret).map_err(classify)
    }

    fn delete(&self, org: &str) -> Result<(), Error> {
        entry::delete(&self.entry(org)?).map_err(classify)
    }
}

fn classify(error: Core) -> Error {
    use linux_keyutils::KeyError;
    let (Core::PlatformFailure(cause) | Core::NoStorageAccess(cause)) = &error else { return entry::error(error) };
    match cause.downcast_ref::<KeyError>() {
        Some(KeyError::QuotaExceeded) => Error::Full,
        Some(KeyError::OperationNotSupported | KeyError::AccessDenied | KeyError::PermissionDenied) => Error::Absent,
        _ => entry::error(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_secret_is_kept_changed_and_forgotten() {
        let kernel = Kernel::new(&format!("p0-test-{}", std::process::id()));
        match kernel.set("example", &"one".into()) {
            Err(Error::Absent) => return eprintln!("skipped: the kernel's keyring cannot be used here"),
            other => other.expect("kept"),
        }
        kernel.set("example", &"two".into()).expect("changed");
        let kept = kernel.get("example").expect("read").expect("there");
        assert_eq!(kept.expose_secret(), "two");
        let large: String = "x".repeat(40_000);
        assert!(kernel.set("example", &large.into()).is_err(), "more than a key holds");
        kernel.delete("example").expect("forgotten");
        assert!(kernel.get("other").expect("read").is_none());
        kernel.delete("other").expect("nothing to forget");
    }
}
