//! Where secrets are kept, and how long `p0` waits for whoever keeps them.
//!
//! One text per entry, whose name says to whom it belongs (`owner.rs`). A session's record says which store holds it, so
//! reading goes there directly.
//!
//! Before a secret is put into a store, a mark is made that says so, and it stays until the secret is deleted there. So
//! whatever comes between, such as a keyring that is locked, a record that is damaged or `kill -9`, signing out finds every
//! place where a secret may be.

#[cfg(any(windows, test))]
mod chunked;
mod file;
#[cfg(target_os = "linux")]
mod kernel;
mod keyring;
mod marks;
mod status;

pub use marks::Mark;
pub use status::StoreStatus;

use super::owner::Entry;
use crate::{
    dirs::{self, Dirs},
    error::Failure,
    settings, shell_words,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// No store may take longer.
const LIMIT: Duration = Duration::from_secs(3);

/// The stores there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The OS keyring: macOS Keychain, Windows Credential Manager, Secret Service.
    Keyring,
    /// The Linux kernel's keyring.
    Kernel,
    /// A file for its owner alone, in clear.
    File,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Keyring, Self::Kernel, Self::File];

    /// The word for it in settings and documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Kernel => "kernel",
            Self::File => "file",
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyring if cfg!(target_os = "macos") => "the Keychain",
            Self::Keyring if cfg!(windows) => "the Credential Manager",
            Self::Keyring => "the keyring (Secret Service)",
            Self::Kernel => "the kernel's keyring",
            Self::File => "a file",
        }
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such store here.
    #[error("is not there")]
    Absent,
    /// It is locked, and nobody unlocked it.
    #[error("is locked")]
    Locked,
    /// It did not answer.
    #[error("did not answer within {} seconds", LIMIT.as_secs())]
    Silent,
    /// It will not hold so much.
    #[error("is full")]
    Full,
    /// Others can read this file.
    #[error("can be read by others")]
    Exposed(PathBuf),
    /// The disk has no room for this file.
    #[error("has no room on the disk")]
    NoRoom(PathBuf),
    /// Something else.
    #[error("failed: {0}")]
    Other(String),
}

/// A place for secret texts, each under a name. Calls may block.
pub trait SecretStore: Send + Sync {
    /// The secret, if there is one.
    fn get(&self, name: &str) -> Result<Option<SecretString>, Error>;

    /// Keeps the secret in place of any older one.
    fn set(&self, name: &str, secret: &SecretString) -> Result<(), Error>;

    /// Forgets the secret, if there is one.
    fn delete(&self, name: &str) -> Result<(), Error>;
}

/// The stores of this environment.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Sets these secrets apart from those of other programs and environments.
    service: String,
    dirs: Dirs,
    choice: settings::SecretStore,
    session_bus: bool,
    #[cfg(test)]
    stand_in: bool,
}

impl Secrets {
    /// The stores of this environment; a Secret Service is looked for only where there is a session bus.
    pub fn new(dirs: &Dirs, choice: settings::SecretStore, session_bus: bool) -> Self {
        Self {
            service: dirs.name().to_owned(),
            dirs: dirs.clone(),
            choice,
            session_bus,
            #[cfg(test)]
            stand_in: false,
        }
    }

    /// The stores that the settings allow, the best first.
    pub fn allowed(&self) -> &'static [Kind] {
        match self.choice {
            settings::SecretStore::Keyring => &[Kind::Keyring],
            settings::SecretStore::Kernel => &[Kind::Kernel],
            settings::SecretStore::File => &[Kind::File],
            settings::SecretStore::Auto if !cfg!(target_os = "linux") => &[Kind::Keyring],
            settings::SecretStore::Auto if self.session_bus => &[Kind::Keyring, Kind::Kernel],
            settings::SecretStore::Auto => &[Kind::Kernel],
        }
    }

    /// The store that would keep a new secret: the best that is there. A secret is put into it and deleted again, so that
    /// nobody signs in for nothing: a keyring that is locked, or has no collection to put anything into, is found out by that
    /// alone.
    pub async fn probe(&self) -> Result<Kind, Failure> {
        let try_out = |store: &dyn SecretStore, name: &str| {
            store.set(name, &"This entry tests whether secrets can be kept.".into())?;
            store.delete(name)
        };
        self.first_there(&Entry::probe().name, try_out).await
    }

    /// Keeps a secret in the best store that is there, and says in which.
    pub async fn set(&self, entry: &Entry, secret: &SecretString) -> Result<Kind, Failure> {
        let (last, better) = self.allowed().split_last().expect("some store is always allowed");
        for kind in better {
            match self.put(*kind, entry, secret).await {
                Ok(()) => return Ok(*kind),
                Err(Error::Absent) => tracing::debug!(store = kind.name(), "not there"),
                Err(error) => return Err(failure(*kind, &error)),
            }
        }
        self.put(*last, entry, secret).await.map(|()| *last).map_err(|error| failure(*last, &error))
    }

    /// Keeps a secret in this store.
    pub async fn set_in(&self, kind: Kind, entry: &Entry, secret: &SecretString) -> Result<(), Failure> {
        self.put(kind, entry, secret).await.map_err(|error| failure(kind, &error))
    }

    async fn put(&self, kind: Kind, entry: &Entry, secret: &SecretString) -> Result<(), Error> {
        self.mark(kind, entry)?;
        let secret = secret.clone();
        let set = self.call(kind, &entry.name, move |store, name| store.set(name, &secret)).await;
        if let Err(Error::Absent) = set {
            // Nothing can be in a store that is not there.
            self.unmark(kind, entry)?;
        }
        set
    }

    /// The secret in this store.
    pub async fn get(&self, kind: Kind, entry: &Entry) -> Result<Option<SecretString>, Failure> {
        let got = self.call(kind, &entry.name, |store, name| store.get(name)).await;
        got.map_err(|error| failure(kind, &error))
    }

    /// Forgets the secret in this store. One that is not there holds nothing.
    pub async fn delete(&self, kind: Kind, entry: &Entry) -> Result<(), Failure> {
        match self.call(kind, &entry.name, |store, name| store.delete(name)).await {
            // What a keyring had is there again when it is.
            Err(Error::Absent) if kind == Kind::Keyring && self.is_marked(kind, entry) => {
                Err(failure(kind, &Error::Absent))
            }
            Ok(()) | Err(Error::Absent) => self.unmark(kind, entry).map_err(|error| failure(kind, &error)),
            Err(error) => Err(failure(kind, &error)),
        }
    }

    /// Whether this store, which is asked nothing that could take a while, has an entry; `None` where only a question to a
    /// program would tell.
    pub fn has(&self, kind: Kind, entry: &Entry) -> Option<bool> {
        match kind {
            Kind::Keyring => None,
            Kind::Kernel | Kind::File => {
                let held = self.open(kind).and_then(|store| store.get(&entry.name));
                match held {
                    Ok(secret) => Some(secret.is_some()),
                    Err(error) => {
                        tracing::debug!(%error, store = kind.name(), "not asked");
                        None
                    }
                }
            }
        }
    }

    /// Makes a call to the first of the allowed stores that is there; what that one answers counts.
    async fn first_there(
        &self,
        name: &str,
        call: impl FnOnce(&dyn SecretStore, &str) -> Result<(), Error> + Clone + Send + 'static,
    ) -> Result<Kind, Failure> {
        let (last, better) = self.allowed().split_last().expect("some store is always allowed");
        for kind in better {
            match self.call(*kind, name, call.clone()).await {
                Ok(()) => return Ok(*kind),
                Err(Error::Absent) => tracing::debug!(store = kind.name(), "not there"),
                Err(error) => return Err(failure(*kind, &error)),
            }
        }
        self.call(*last, name, call).await.map(|()| *last).map_err(|error| failure(*last, &error))
    }

    fn open(&self, kind: Kind) -> Result<Arc<dyn SecretStore>, Error> {
        match kind {
            #[cfg(test)]
            Kind::Keyring if self.stand_in => Ok(Arc::new(file::Files::new(&self.stand_in_directory()))),
            #[cfg(not(windows))]
            Kind::Keyring => Ok(Arc::new(keyring::Keyring::new(&self.service))),
            #[cfg(windows)]
            Kind::Keyring => Ok(Arc::new(chunked::Pieces(keyring::Keyring::new(&self.service)))),
            #[cfg(target_os = "linux")]
            Kind::Kernel => Ok(Arc::new(kernel::Kernel::new(&self.service))),
            #[cfg(not(target_os = "linux"))]
            Kind::Kernel => Err(Error::Absent),
            Kind::File => Ok(Arc::new(file::Files::new(&self.dirs.secrets()))),
        }
    }

    async fn call<T: Send + 'static>(
        &self,
        kind: Kind,
        name: &str,
        call: impl FnOnce(&dyn SecretStore, &str) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (store, name) = (self.open(kind)?, name.to_owned());
        bounded(move || call(store.as_ref(), &name)).await
    }
}

/// Runs a call that may block for ever, and gives up on it in time. It has a thread of its own, which does not keep
/// the process from ending.
async fn bounded<T: Send + 'static>(call: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let (done, answer) = oneshot::channel();
    // The receiver is gone if the call took too long.
    let run = move || drop(done.send(call()));
    std::thread::Builder::new().name("secrets".into()).spawn(run).map_err(|error| Error::Other(error.to_string()))?;
    match tokio::time::timeout(LIMIT, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Error::Other("it ended without an answer".into())),
        Err(_) => Err(Error::Silent),
    }
}

/// What the user reads about it.
fn failure(kind: Kind, error: &Error) -> Failure {
    let name = kind.name();
    let login = |store| shell_words::with_variable("P0_SECRET_STORE", store, "p0 login");
    if let Error::Exposed(path) = error {
        return Failure::error(format!("{} can be read by others, so what is in it is not used.", path.display()))
            .hint(format!("If only you have read it: {}", dirs::hiding(path)))
            .hint("Else remove it, and sign in anew with: p0 login");
    }
    if let Error::NoRoom(path) = error {
        return Failure::error(format!("There is no room on the disk for {}.", path.display()))
            .hint("Make room on the disk, and try again.");
    }
    if let (Kind::File, Error::Other(why)) = (kind, error) {
        return Failure::error(format!("Cannot use the file that keeps secrets: {why}."))
            .hint("It must belong to you: `sudo p0` may have made it.")
            .hint(format!("To keep secrets elsewhere: {}", login("auto")));
    }
    let (first, rest) = name.split_at(1);
    let failure = Failure::error(format!("{}{rest} {error}.", first.to_uppercase()));
    let failure = match error {
        Error::Locked => failure.hint("Unlock it, for example in the desktop's password manager, and try again."),
        Error::Full => failure.hint("Sign out of organisations that you do not need: p0 logout --org <org>"),
        _ => failure,
    };
    match kind {
        Kind::Keyring if cfg!(target_os = "linux") => failure
            .hint(format!("To keep secrets in the kernel until the machine restarts: {}", login("kernel")))
            .hint(format!("To keep them in a file that only you can read: {}", login("file"))),
        Kind::Keyring | Kind::Kernel => {
            failure.hint(format!("To keep secrets in a file that only you can read: {}", login("file")))
        }
        Kind::File => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(choice: settings::SecretStore, session_bus: bool) -> Secrets {
        Secrets::new(&Dirs::within(std::path::Path::new("/nowhere")), choice, session_bus)
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answers_is_given_up() {
        let (_keep, never) = std::sync::mpsc::channel::<()>();
        let error = bounded(move || Ok(never.recv().is_ok())).await.expect_err("silent");
        assert_eq!(error.to_string(), "did not answer within 3 seconds");
        let failure = failure(Kind::Kernel, &error);
        assert_eq!(failure.message, "The kernel's keyring did not answer within 3 seconds.");
        assert!(failure.hints.iter().any(|hint| hint.contains("P0_SECRET_STORE=file")), "{failure:?}");
    }

    #[tokio::test]
    async fn a_store_that_panics_is_an_error() {
        let error = bounded::<()>(|| panic!("a library's fault")).await.expect_err("broken");
        assert_eq!(error.to_string(), "failed: it ended without an answer");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_secret_service_is_tried_only_where_there_is_a_bus() {
        use settings::SecretStore::{Auto, File, Kernel};
        assert_eq!(secrets(Auto, true).allowed(), [Kind::Keyring, Kind::Kernel]);
        assert_eq!(secrets(Auto, false).allowed(), [Kind::Kernel]);
        assert_eq!(secrets(Kernel, true).allowed(), [Kind::Kernel]);
        assert_eq!(secrets(File, true).allowed(), [Kind::File]);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_an_absent_store_hands_over_to_the_next() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let auto = secrets(settings::SecretStore::Auto, true);
        let calls = Arc::new(AtomicUsize::new(0));
        let first_is_absent = {
            let calls = Arc::clone(&calls);
            move |_: &dyn SecretStore, _: &str| match calls.fetch_add(1, Ordering::SeqCst) {
                0 => Err(Error::Absent),
                _ => Ok(()),
            }
        };
        assert_eq!(auto.first_there("example", first_is_absent).await.expect("the second"), Kind::Kernel);
        assert_eq!(calls.load(Ordering::SeqCst), 2);

        let failure = auto.first_there("example", |_, _| Err(Error::Locked)).await.expect_err("locked");
        assert_eq!(failure.message, "The keyring (Secret Service) is locked.");
        assert!(failure.hints[0].starts_with("Unlock it"), "{failure:?}");
        assert!(failure.hints[1].contains("P0_SECRET_STORE=kernel"), "{failure:?}");
        let failure = auto.first_there("example", |_, _| Err(Error::Absent)).await.expect_err("none at all");
        assert_eq!(failure.message, "The kernel's keyring is not there.");
        assert!(failure.hints[0].contains("P0_SECRET_STORE=file"), "{failure:?}");
    }

    #[tokio::test]
    async fn a_secret_in_a_file_goes_round() {
        let dir = tempfile::tempdir().expect("a directory");
        let secrets = Secrets::new(&Dirs::within(dir.path()), settings::SecretStore::File, false);
        let entry = Entry::legacy("example");
        secrets.probe().await.expect("there");
        assert!(secrets.marks("example").expect("read").is_empty(), "a probe leaves nothing");
        assert_eq!(secrets.set(&entry, &"s".into()).await.expect("kept"), Kind::File);
        assert_eq!(secrets.marks("example").expect("read").len(), 1);
        assert!(secrets.get(Kind::File, &entry).await.expect("read").is_some());
        assert_eq!(secrets.has(Kind::File, &entry), Some(true));
        secrets.delete(Kind::File, &entry).await.expect("forgotten");
        secrets.delete(Kind::File, &entry).await.expect("nothing to forget");
        assert!(secrets.get(Kind::File, &entry).await.expect("read").is_none());
        assert_eq!(secrets.has(Kind::File, &entry), Some(false));
        assert!(secrets.marks("example").expect("read").is_empty());
    }
}
