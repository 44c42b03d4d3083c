//! The Linux kernel's keyring, for machines without a desktop: nothing reaches a disk.
//!
//! A secret is a `user` key in the user's persistent keyring (persistent-keyring(7)), so every login, `tmux` and cron job
//! of theirs finds the same one. It is lost when the machine restarts, or when it was not used for some days. On a
//! kernel without persistent keyrings it is in the user keyring (user-keyring(7)), which lasts as long as the user has a
//! process.
//!
//! Most kernels let only those read a key who reach it from a keyring of their own. So each call links the keyring into
//! that of its thread: a session keyring is not always there, and where it is, it differs from login to login.

use super::{Error, SecretStore};
use linux_keyutils::{Key, KeyError, KeyRing, KeyRingIdentifier};
use secrecy::{ExposeSecret, SecretString};

/// A key holds no more, in bytes (add_key(2)).
const LARGEST: usize = 32_767;

#[derive(Debug)]
pub(super) struct Kernel {
    service: String,
}

impl Kernel {
    /// The keyring, with secrets under this service's name. Nothing is opened yet.
    pub(super) fn new(service: &str) -> Self {
        Self { service: service.to_owned() }
    }

    /// The name of the key.
    fn description(&self, org: &str) -> String {
        format!("{}:{org}", self.service)
    }

    fn find(&self, org: &str) -> Result<Option<Key>, Error> {
        match ring()?.search(&self.description(org)) {
            Ok(key) => Ok(Some(key)),
            Err(error) if is_gone(error) => Ok(None),
            Err(error) => Err(classify(error)),
        }
    }
}

impl SecretStore for Kernel {
    fn get(&self, org: &str) -> Result<Option<SecretString>, Error> {
        let Some(key) = self.find(org)? else { return Ok(None) };
        let bytes = match key.read_to_vec() {
            Ok(bytes) => bytes,
            Err(error) if is_gone(error) => return Ok(None),
            Err(error) => return Err(classify(error)),
        };
        let text =
            String::from_utf8(bytes).map_err(|_| Error::Other("it holds something else in this place".into()))?;
        Ok(Some(text.into()))
    }

    fn set(&self, org: &str, secret: &SecretString) -> Result<(), Error> {
        let secret = secret.expose_secret();
        if secret.len() > LARGEST {
            return Err(Error::Other(format!("it holds {LARGEST} bytes at most, and these are {}", secret.len())));
        }
        // An older secret in this place is changed.
        ring()?.add_key(&self.description(org), secret).map(drop).map_err(classify)
    }

    fn delete(&self, org: &str) -> Result<(), Error> {
        match self.find(org)?.map(|key| key.invalidate()) {
            Some(Err(error)) if !is_gone(error) => Err(classify(error)),
            _ => Ok(()),
        }
    }
}

/// The user's keyring, within this thread's reach.
fn ring() -> Result<KeyRing, Error> {
    let absent = |error: KeyError| {
        // A container's system call filter refuses here.
        tracing::debug!(?error, "the kernel's keyring cannot be used");
        Error::Absent
    };
    KeyRing::get_persistent(KeyRingIdentifier::Thread)
        .or_else(|_| {
            let thread = KeyRing::from_special_id(KeyRingIdentifier::Thread, true)?;
            thread.link_keyring_id(KeyRingIdentifier::User)?;
            KeyRing::from_special_id(KeyRingIdentifier::User, false)
        })
        .map_err(absent)
}

fn is_gone(error: KeyError) -> bool {
    matches!(error, KeyError::KeyDoesNotExist | KeyError::KeyRevoked | KeyError::KeyExpired)
}

fn classify(error: KeyError) -> Error {
    match error {
        KeyError::QuotaExceeded => Error::Full,
        KeyError::OperationNotSupported | KeyError::AccessDenied | KeyError::PermissionDenied => Error::Absent,
        other => Error::Other(format!("the kernel refuses the call ({other})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// As another process of the user's would, from another thread.
    fn elsewhere<T: Send>(call: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| scope.spawn(call).join().expect("no panic"))
    }

    #[test]
    fn a_secret_is_kept_changed_found_elsewhere_and_forgotten() {
        let kernel = Kernel::new(&format!("p0-test-{}", std::process::id()));
        match elsewhere(|| kernel.set("example", &"one".into())) {
            Err(Error::Absent) => return eprintln!("skipped: the kernel's keyring cannot be used here"),
            other => other.expect("kept"),
        }
        let get = |org| elsewhere(|| kernel.get(org).expect("read")).map(|secret| secret.expose_secret().to_owned());
        assert_eq!(get("example").as_deref(), Some("one"));
        elsewhere(|| kernel.set("example", &"two".into()).expect("changed"));
        assert_eq!(get("example").as_deref(), Some("two"));
        assert_eq!(get("other"), None);

        let error = kernel.set("example", &"x".repeat(LARGEST + 1).into()).expect_err("more than a key holds");
        assert_eq!(error.to_string(), "failed: it holds 32767 bytes at most, and these are 32768");
        assert_eq!(get("example").as_deref(), Some("two"));

        elsewhere(|| kernel.delete("example").expect("forgotten"));
        assert_eq!(get("example"), None);
        kernel.delete("example").expect("nothing to forget");
    }

    #[test]
    fn a_full_keyring_is_told_from_one_that_is_not_there() {
        assert!(matches!(classify(KeyError::QuotaExceeded), Error::Full));
        assert!(matches!(classify(KeyError::PermissionDenied), Error::Absent));
        assert_eq!(classify(KeyError::Unknown(5)).to_string(), "failed: the kernel refuses the call (Unknown(5))");
    }
}
