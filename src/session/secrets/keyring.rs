//! The OS keyring: macOS Keychain, Windows Credential Manager, and elsewhere the Secret Service over D-Bus.

use super::{Error, SecretStore};
use keyring::v1::Entry;
use keyring_core::Error as Core;
use secrecy::{ExposeSecret, SecretString};

#[derive(Debug)]
pub(super) struct Keyring {
    service: String,
}

impl Keyring {
    /// The keyring, with secrets under this service's name. Nothing is opened yet.
    pub(super) fn new(service: &str) -> Self {
        Self { service: service.to_owned() }
    }

    fn entry(&self, org: &str) -> Result<keyring_core::Entry, Error> {
        if let Err(error) = Entry::store_status() {
            return Err(if is_absent(error) { Error::Absent } else { Error::Other(error.to_string()) });
        }
        Ok(Entry::new(&self.service, org).map_err(classify)?.inner)
    }
}

impl SecretStore for Keyring {
    fn get(&self, org: &str) -> Result<Option<SecretString>, Error> {
        match self.entry(org)?.get_password() {
            Ok(secret) => Ok(Some(secret.into())),
            Err(Core::NoEntry) => Ok(None),
            Err(error) => Err(classify(error)),
        }
    }

    fn set(&self, org: &str, secret: &SecretString) -> Result<(), Error> {
        self.entry(org)?.set_password(secret.expose_secret()).map_err(classify)
    }

    fn delete(&self, org: &str) -> Result<(), Error> {
        match self.entry(org)?.delete_credential() {
            Ok(()) | Err(Core::NoEntry) => Ok(()),
            Err(error) => Err(classify(error)),
        }
    }
}

/// What went wrong. The variants that carry the secret are told without it.
fn classify(error: Core) -> Error {
    match error {
        error if is_absent(&error) => Error::Absent,
        Core::NoStorageAccess(_) => Error::Locked,
        Core::BadEncoding(_) | Core::BadDataFormat(..) => Error::Other("it holds something else in this place".into()),
        Core::Ambiguous(_) => Error::Other("it holds several secrets in this place".into()),
        Core::TooLong(..) => Error::Full,
        other => Error::Other(other.to_string()),
    }
}

/// Whether there is no keyring at all: nobody offers one, or whoever does has none to put secrets in.
#[cfg(target_os = "linux")]
fn is_absent(error: &Core) -> bool {
    use secret_service::Error as Service;
    let (Core::PlatformFailure(cause) | Core::NoStorageAccess(cause)) = error else { return false };
    match cause.downcast_ref::<Service>() {
        Some(Service::Unavailable | Service::NoResult) => true,
        Some(Service::Zbus(error)) => is_nobody(error),
        Some(Service::ZbusFdo(zbus::fdo::Error::ZBus(error))) => is_nobody(error),
        Some(Service::ZbusFdo(error)) => {
            matches!(error, zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_))
        }
        _ => false,
    }
}

/// Whether the bus is not there, or knows nobody of that name and cannot start one.
#[cfg(target_os = "linux")]
fn is_nobody(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::Connection(..)
        | zbus::Error::Address(_)
        | zbus::Error::InputOutput(_)
        | zbus::Error::Handshake(_) => true,
        zbus::Error::FDO(error) => {
            matches!(**error, zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_))
        }
        zbus::Error::MethodError(name, ..) => {
            let name = name.as_str();
            name == "org.freedesktop.DBus.Error.ServiceUnknown"
                || name == "org.freedesktop.DBus.Error.NameHasNoOwner"
                || name.starts_with("org.freedesktop.DBus.Error.Spawn.")
        }
        _ => false,
    }
}

#[cfg(not(target_os = "linux"))]
fn is_absent(_error: &Core) -> bool {
    false
}
