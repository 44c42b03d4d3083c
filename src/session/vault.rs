//! What a session earns, kept beside it: cloud credentials, the user's SSH key.
//!
//! Each is a secret text in a secret store, with a record that is not secret and says in which. They go where the
//! session's own secrets are, move with them, and are forgotten with them. Like a session, they are for one service:
//! the same organisation at another address finds none of them.

use super::{
    lock::{Lock, LockError},
    secrets::{Kind, Secrets},
    store::SessionStore,
};
use crate::{
    dirs::{self, Dirs},
    error::Failure,
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{io, path::PathBuf, time::Duration};
use url::Url;

/// How much of a hash makes a name unique, in bytes.
const HASH: usize = 16;

/// The kinds of things that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Item {
    /// Credentials for AWS.
    Aws,
    /// A token for a Kubernetes cluster, and the access that gives it.
    Kubernetes,
    /// The user's private key for SSH.
    Ssh,
}

impl Item {
    const fn word(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Kubernetes => "k8s",
            Self::Ssh => "ssh",
        }
    }
}

/// What is known of a kept secret without opening a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    /// What kind of thing it is.
    item: Item,
    /// What it is, for people.
    title: String,
    /// What holds it.
    store: Kind,
    /// When it is of no more use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// The request whose access it is of, where it is known to be of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
}

/// What an organisation's session has earned.
#[derive(Debug, Clone)]
pub struct Vault {
    sessions: SessionStore,
    dirs: Dirs,
    org: String,
    base: Url,
}

impl Vault {
    pub(super) fn new(sessions: SessionStore, dirs: Dirs, org: &str, base: Url) -> Self {
        Self { sessions, dirs, org: org.to_owned(), base }
    }

    /// The address below which the calls of its organisation are.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// What is kept under this title, unless it has expired by then.
    ///
    /// # Errors
    /// A record or a store cannot be read; the failure says what to do.
    pub async fn get(&self, item: Item, title: &str, now: Timestamp) -> Result<Option<SecretString>, Failure> {
        let name = self.name(item, title);
        let Some(record) = self.record(&name)? else { return Ok(None) };
        if record.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        self.secrets().get(record.store, &name).await
    }

    /// Keeps a secret in place of any older one, where the session's own are, until this time.
    ///
    /// # Errors
    /// No store is there, or the record cannot be written; the failure says what to do.
    pub async fn put(
        &self,
        item: Item,
        title: &str,
        secret: &SecretString,
        expires_at: Option<Timestamp>,
    ) -> Result<(), Failure> {
        self.put_of(None, item, title, secret, expires_at).await
    }

    /// The same for a secret that is of the access of one request, and forgotten when that is given back.
    ///
    /// # Errors
    /// As for [`Vault::put`].
    pub async fn put_of(
        &self,
        request: Option<&str>,
        item: Item,
        title: &str,
        secret: &SecretString,
        expires_at: Option<Timestamp>,
    ) -> Result<(), Failure> {
        let name = self.name(item, title);
        let before = self.record(&name)?.map(|record| record.store);
        let store = match self.sessions.record(&self.org)? {
            Some(session) if self.sessions.allows(session.store) => {
                self.secrets().set_in(session.store, &name, secret).await?;
                session.store
            }
            _ => self.secrets().set(&name, secret).await?,
        };
        self.write(
            &name,
            &Record { item, title: title.to_owned(), store, expires_at, request: request.map(str::to_owned) },
        )?;
        if let Some(former) = before.filter(|former| *former != store) {
            self.secrets().delete(former, &name).await?;
        }
        Ok(())
    }

    /// Forgets what is kept under this title.
    ///
    /// # Errors
    /// It cannot be deleted; its record then stays.
    pub async fn forget(&self, item: Item, title: &str) -> Result<(), Failure> {
        let name = self.name(item, title);
        let Some(record) = self.record(&name)? else { return Ok(()) };
        forget(&self.sessions, &self.dirs, &self.org, &name, &record).await
    }

    /// Forgets what is kept of the access of a request. What cannot be deleted keeps its record, and the rest is forgotten
    /// all the same.
    ///
    /// # Errors
    /// Something cannot be deleted.
    pub async fn forget_of(&self, request: &str) -> Result<(), Failure> {
        forget_those(&self.sessions, &self.dirs, &self.org, |record| record.request.as_deref() == Some(request)).await
    }

    /// Held by whoever fetches what is kept under this title, so that others wait and find it. `waiting` is called once
    /// when that takes a while.
    ///
    /// # Errors
    /// The lock is not free in time, or the file system fails.
    pub async fn lock(
        &self,
        item: Item,
        title: &str,
        limit: Duration,
        waiting: impl FnOnce(),
    ) -> Result<Lock, LockError> {
        Lock::take(&self.dirs.vault(&self.org).join(format!("{}.lock", self.name(item, title))), limit, waiting).await
    }

    fn secrets(&self) -> &Secrets {
        self.sessions.secrets()
    }

    /// The name of a secret: fit for every store, and nobody else's.
    fn name(&self, item: Item, title: &str) -> String {
        let mut hash = Sha256::new();
        for part in [self.base.as_str(), &self.org, title] {
            hash.update(part);
            hash.update([0]);
        }
        let hex: String = hash.finalize()[..HASH].iter().map(|byte| format!("{byte:02x}")).collect();
        let org: String = self.org.chars().take(64).collect();
        format!("{org}.{}.{hex}", item.word())
    }

    fn record(&self, name: &str) -> Result<Option<Record>, Failure> {
        record(&path(&self.dirs, &self.org, name))
    }

    fn write(&self, name: &str, record: &Record) -> Result<(), Failure> {
        let path = path(&self.dirs, &self.org, name);
        let text = serde_json::to_vec_pretty(record).expect("a record is made of text");
        dirs::replace(&path, &text).map_err(|error| cannot("write", &path, &error))
    }
}

/// Forgets all that an organisation's session has earned. What cannot be deleted keeps its record, and the rest is
/// forgotten all the same.
///
/// # Errors
/// Something cannot be deleted.
pub(super) async fn forget_all(sessions: &SessionStore, dirs: &Dirs, org: &str) -> Result<(), Failure> {
    forget_those(sessions, dirs, org, |_| true).await
}

async fn forget_those(
    sessions: &SessionStore,
    dirs: &Dirs,
    org: &str,
    which: impl Fn(&Record) -> bool,
) -> Result<(), Failure> {
    let mut failed = None;
    for (name, record) in all(dirs, org)?.into_iter().filter(|(_, record)| which(record)) {
        if let Err(failure) = forget(sessions, dirs, org, &name, &record).await {
            failed.get_or_insert(failure);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Takes all that an organisation's session has earned to another store. Each is read back there before it is deleted
/// here.
///
/// # Errors
/// A store or a record cannot be read or written. What was not moved is where it was.
pub(super) async fn move_all(sessions: &SessionStore, dirs: &Dirs, org: &str, to: Kind) -> Result<(), Failure> {
    let secrets = sessions.secrets();
    for (name, record) in all(dirs, org)? {
        if record.store == to {
            continue;
        }
        let Some(secret) = secrets.get(record.store, &name).await? else { continue };
        secrets.set_in(to, &name, &secret).await?;
        let kept = secrets.get(to, &name).await?;
        if kept.is_none_or(|kept| kept.expose_secret() != secret.expose_secret()) {
            return Err(Failure::error(format!("What {} gives back is not what was put into it.", to.name()))
                .hint("The secrets stay where they were."));
        }
        let path = path(dirs, org, &name);
        let text = serde_json::to_vec_pretty(&Record { store: to, ..record.clone() }).expect("a record is text");
        dirs::replace(&path, &text).map_err(|error| cannot("write", &path, &error))?;
        secrets.delete(record.store, &name).await?;
    }
    Ok(())
}

async fn forget(sessions: &SessionStore, dirs: &Dirs, org: &str, name: &str, record: &Record) -> Result<(), Failure> {
    sessions.secrets().delete(record.store, name).await?;
    let path = path(dirs, org, name);
    dirs::remove(&path).map_err(|error| cannot("remove", &path, &error))
}

/// The names and records of all that is kept. A record that is not understood names no store, so it is as good as none.
fn all(dirs: &Dirs, org: &str) -> Result<Vec<(String, Record)>, Failure> {
    let directory = dirs.vault(org);
    let failed = |error| cannot("read", &directory, &error);
    let entries = match std::fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Some(name) = entry.file_name().to_str().and_then(|name| name.strip_suffix(".json")).map(str::to_owned)
        else {
            continue;
        };
        if let Some(record) = record(&entry.path())? {
            found.push((name, record));
        }
    }
    Ok(found)
}

fn record(path: &std::path::Path) -> Result<Option<Record>, Failure> {
    let text = dirs::read(path).map_err(|error| cannot("read", path, &error))?;
    Ok(text.and_then(|text| {
        serde_json::from_str(&text).inspect_err(|error| tracing::debug!(%error, "a record is not understood")).ok()
    }))
}

fn path(dirs: &Dirs, org: &str, name: &str) -> PathBuf {
    dirs.vault(org).join(format!("{name}.json"))
}

fn cannot(what: &str, path: &std::path::Path, error: &io::Error) -> Failure {
    Failure::error(format!("Cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::store::tests::{session, store_of_two};
    use std::path::Path;

    fn vault(dir: &Path, org: &str, base: &str) -> Vault {
        Vault::new(store_of_two(dir), Dirs::within(dir), org, Url::parse(base).expect("an address"))
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    async fn kept(vault: &Vault, title: &str) -> Option<String> {
        let secret = vault.get(Item::Aws, title, NOW).await.expect("read");
        secret.map(|secret| secret.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn a_secret_is_found_by_its_title_at_its_service_until_it_expires() {
        let dir = tempfile::tempdir().expect("a directory");
        let here = vault(dir.path(), "example", "https://api.example.com");
        assert_eq!(kept(&here, "111122223333/Developer").await, None);
        let later = NOW + jiff::SignedDuration::from_secs(60);
        here.put(Item::Aws, "111122223333/Developer", &"one".into(), Some(later)).await.expect("kept");
        assert_eq!(kept(&here, "111122223333/Developer").await.as_deref(), Some("one"));
        assert_eq!(here.get(Item::Aws, "111122223333/Developer", later).await.expect("read").map(drop), None);
        assert_eq!(kept(&here, "111122223333/Other").await, None);
        assert_eq!(here.get(Item::Ssh, "111122223333/Developer", NOW).await.expect("read").map(drop), None);
        let elsewhere = vault(dir.path(), "example", "https://evil.example.com");
        assert_eq!(kept(&elsewhere, "111122223333/Developer").await, None);
        here.forget(Item::Aws, "111122223333/Developer").await.expect("forgotten");
        here.forget(Item::Aws, "111122223333/Developer").await.expect("nothing to forget");
        assert_eq!(kept(&here, "111122223333/Developer").await, None);
    }

    #[tokio::test]
    async fn what_is_earned_goes_with_the_session() {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = vault(dir.path(), "example", "https://api.example.com");
        vault.sessions.save("example", &session()).await.expect("a session");
        vault.put(Item::Aws, "a", &"one".into(), None).await.expect("kept");
        vault.put(Item::Ssh, "b", &"two".into(), None).await.expect("kept");
        move_all(&vault.sessions, &vault.dirs, "example", Kind::Keyring).await.expect("moved");
        let stores: Vec<Kind> =
            all(&vault.dirs, "example").expect("listed").into_iter().map(|(_, record)| record.store).collect();
        assert_eq!(stores, [Kind::Keyring, Kind::Keyring]);
        assert_eq!(kept(&vault, "a").await.as_deref(), Some("one"));
        forget_all(&vault.sessions, &vault.dirs, "example").await.expect("forgotten");
        assert_eq!(kept(&vault, "a").await, None);
        assert!(all(&vault.dirs, "example").expect("listed").is_empty());
        assert_eq!(
            std::fs::read_dir(vault.dirs.secrets()).map(|left| left.count()).unwrap_or(0),
            1,
            "the session's own"
        );
    }

    #[tokio::test]
    async fn what_is_of_a_request_goes_with_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = vault(dir.path(), "example", "https://api.example.com");
        for (title, request) in [("a", Some("r1")), ("b", Some("r2")), ("c", None)] {
            vault.put_of(request, Item::Aws, title, &"hush".into(), None).await.expect("kept");
        }
        vault.forget_of("r1").await.expect("forgotten");
        vault.forget_of("r3").await.expect("nothing to forget");
        assert_eq!(kept(&vault, "a").await, None);
        assert!(kept(&vault, "b").await.is_some() && kept(&vault, "c").await.is_some());
    }

    #[tokio::test]
    async fn no_record_shows_a_secret_and_damage_is_as_good_as_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let vault = vault(dir.path(), "example", "https://api.example.com");
        vault.put(Item::Aws, "a", &"hush".into(), None).await.expect("kept");
        let path = path(&vault.dirs, "example", &vault.name(Item::Aws, "a"));
        assert!(!std::fs::read_to_string(&path).expect("read").contains("hush"));
        std::fs::write(&path, b"{").expect("damaged");
        assert_eq!(kept(&vault, "a").await, None);
    }
}
