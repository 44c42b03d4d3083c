//! What can be said of the stores: which is there, which is used, and why.

use super::{Entry, Error, Kind, Secrets};
use crate::settings::{Origin, SecretStore};
use serde::Serialize;

/// A store, asked whether it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreStatus {
    pub store: Kind,
    /// What people call it.
    pub name: &'static str,
    /// Whether the settings let new secrets go there.
    pub allowed: bool,
    /// Why it cannot be used; `None`: it can.
    pub problem: Option<String>,
}

impl Secrets {
    /// Why secrets are, or would be, in this store: words that go behind its name.
    pub fn why(&self, kind: Kind, origin: Origin) -> String {
        let chosen = match origin {
            Origin::Environment => "P0_SECRET_STORE",
            _ => "config.toml",
        };
        if !self.allowed().contains(&kind) {
            return match self.choice {
                SecretStore::Auto => "chosen when you signed in".into(),
                other => format!("since you signed in; {chosen} now says {}", other.as_str()),
            };
        }
        match (self.choice, kind) {
            (SecretStore::Auto, Kind::Kernel) if self.session_bus => "no Secret Service answered".into(),
            (SecretStore::Auto, Kind::Kernel) => "this is no desktop session: there is no D-Bus".into(),
            (SecretStore::Auto, _) => "the platform's own".into(),
            _ => format!("chosen by {chosen}"),
        }
    }

    /// Asks every store whether it is there, all at once.
    pub async fn stores(&self) -> [StoreStatus; 3] {
        let [keyring, kernel, file] = Kind::ALL.map(|kind| self.store_status(kind));
        tokio::join!(keyring, kernel, file).into()
    }

    async fn store_status(&self, kind: Kind) -> StoreStatus {
        let problem = self.holds(kind, &Entry::probe()).await.err().map(|error| error.to_string());
        StoreStatus { store: kind, name: kind.name(), allowed: self.allowed().contains(&kind), problem }
    }

    /// Whether this store holds a secret in this entry.
    pub async fn holds(&self, kind: Kind, entry: &Entry) -> Result<bool, Error> {
        self.call(kind, &entry.name, |store, name| store.get(name).map(|secret| secret.is_some())).await
    }
}

/// For tests of what happens between two stores: the keyring is a directory.
#[cfg(test)]
impl Secrets {
    pub(in crate::session) fn with_stand_in(self) -> Self {
        Self { stand_in: true, ..self }
    }

    pub(in crate::session) fn stand_in_directory(&self) -> std::path::PathBuf {
        self.dirs.secrets().with_extension("keyring")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dirs::Dirs;

    fn secrets(choice: SecretStore, session_bus: bool) -> Secrets {
        Secrets::new(&Dirs::within(std::path::Path::new("/nowhere")), choice, session_bus)
    }

    #[test]
    fn each_place_has_a_reason() {
        for (choice, origin, kind, why) in [
            (SecretStore::File, Origin::Environment, Kind::File, "chosen by P0_SECRET_STORE"),
            (SecretStore::Keyring, Origin::File, Kind::Keyring, "chosen by config.toml"),
            (SecretStore::Auto, Origin::Default, Kind::Keyring, "the platform's own"),
            (SecretStore::Auto, Origin::Default, Kind::File, "chosen when you signed in"),
            (SecretStore::Kernel, Origin::File, Kind::File, "since you signed in; config.toml now says kernel"),
        ] {
            assert_eq!(secrets(choice, true).why(kind, origin), why, "{choice:?} {kind:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_s_keyring_has_two_reasons() {
        let why = |bus| secrets(SecretStore::Auto, bus).why(Kind::Kernel, Origin::Default);
        assert_eq!(why(true), "no Secret Service answered");
        assert_eq!(why(false), "this is no desktop session: there is no D-Bus");
    }

    #[tokio::test]
    async fn a_store_that_is_there_says_so() {
        let dir = tempfile::tempdir().expect("a directory");
        let secrets = Secrets::new(&Dirs::within(dir.path()), SecretStore::File, false);
        let [_, _, file] = secrets.stores().await;
        assert_eq!(file, StoreStatus { store: Kind::File, name: "a file", allowed: true, problem: None });
        let entry = Entry::legacy("example");
        assert!(!secrets.holds(Kind::File, &entry).await.expect("asked"));
        secrets.set_in(Kind::File, &entry, &"s".into()).await.expect("kept");
        assert!(secrets.holds(Kind::File, &entry).await.expect("asked"));
    }
}
