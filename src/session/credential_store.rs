//! What a session earns, kept beside it: cloud credentials, the user's SSH key.
//!
//! Each is a secret text in a secret store, with a record that is not secret and says in which. They go where the
//! session's own secrets are, move with them, and are forgotten with them. Like a session, each belongs to one settings
//! directory, service and principal (`owner.rs`): another one finds none of them, and uses none that it is given.

use super::{
    owner::{self, Entry, Owner},
    secrets::{Kind, Secrets},
    store::{Removed, SessionStore},
};
use crate::{
    dirs::{self, Dirs},
    error::Failure,
    file_lock::{Lock, LockError},
    secret_text,
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{io, path::PathBuf, time::Duration};
use url::Url;

/// The kinds of things that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Item {
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
    /// The service that it is for; `None`: an older version kept it, and it is not used any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Url>,
    /// The settings directory that it was kept in; `None`: as `base`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    home: Option<String>,
    store: Kind,
    /// When it is of no more use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// The request whose access it is of, where it is known to be of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
}

/// What an entry holds: a secret, and to whom it belongs.
#[derive(Serialize, Deserialize)]
struct StoredSecret {
    #[serde(flatten)]
    owner: Owner,
    #[serde(with = "secret_text")]
    secret: SecretString,
}

/// What an organisation's session has earned.
#[derive(Debug, Clone)]
pub struct CredentialStore {
    sessions: SessionStore,
    dirs: Dirs,
    org: String,
    base: Url,
    /// The service, as sessions name it: `base` may say more.
    service: Url,
    /// Who the calls of this run are made as ([`super::Sessions::holder`]).
    principal: String,
}

impl CredentialStore {
    pub(super) fn new(
        sessions: SessionStore,
        dirs: Dirs,
        org: &str,
        (service, base): (Url, Url),
        principal: String,
    ) -> Self {
        Self { sessions, dirs, org: org.to_owned(), base, service, principal }
    }

    /// The address below which the calls of its organisation are.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// What is kept under this title, unless it has expired by then.
    pub async fn get(&self, item: Item, title: &str, now: Timestamp) -> Result<Option<SecretString>, Failure> {
        let Some(owner) = self.known_owner()? else { return Ok(None) };
        let entry = owner.earned(item.word(), title);
        let Some(record) = self.record(&entry)? else { return Ok(None) };
        if record.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        let Some(text) = self.secrets().get(record.store, &entry).await? else { return Ok(None) };
        // What exactly is wrong could quote the secret.
        let kept: Option<StoredSecret> = serde_json::from_str(text.expose_secret()).ok();
        Ok(kept
            .filter(|kept| {
                let is_ours = kept.owner == owner;
                if !is_ours {
                    tracing::debug!(title, "what is kept there is another's");
                }
                is_ours
            })
            .map(|kept| kept.secret))
    }

    /// Keeps a secret in place of any older one, where the session's own are, until this time.
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
    pub async fn put_of(
        &self,
        request: Option<&str>,
        item: Item,
        title: &str,
        secret: &SecretString,
        expires_at: Option<Timestamp>,
    ) -> Result<(), Failure> {
        if !self.dirs.keeps() {
            tracing::debug!(title, "there is no directory to keep it in");
            return Ok(());
        }
        let home = self.make_identity()?;
        let owner = self.owner(home.clone());
        let entry = owner.earned(item.word(), title);
        let before = self.record(&entry)?.map(|record| record.store);
        let kept = StoredSecret { owner, secret: secret.clone() };
        let text = SecretString::from(serde_json::to_string(&kept).expect("what is kept is made of text"));
        let store = match self.sessions.record(&self.org, &self.service)? {
            Some(session) if self.sessions.allows(session.store) => {
                self.secrets().set_in(session.store, &entry, &text).await?;
                session.store
            }
            _ => self.secrets().set(&entry, &text).await?,
        };
        let (title, request) = (title.to_owned(), request.map(str::to_owned));
        self.write(
            &entry,
            &Record { item, title, base: Some(self.service.clone()), home: Some(home), store, expires_at, request },
        )?;
        if let Some(former) = before.filter(|former| *former != store) {
            self.secrets().delete(former, &entry).await?;
        }
        Ok(())
    }

    /// Forgets what is kept under this title.
    pub async fn forget(&self, item: Item, title: &str) -> Result<(), Failure> {
        let Some(owner) = self.known_owner()? else { return Ok(()) };
        let entry = owner.earned(item.word(), title);
        let Some(record) = self.record(&entry)? else { return Ok(()) };
        forget(&self.sessions, &self.dirs, &entry, &record).await
    }

    /// Forgets what is kept of the access of a request. What cannot be deleted keeps its record, and the rest is forgotten
    /// all the same.
    pub async fn forget_of(&self, request: &str) -> Result<(), Failure> {
        let is_of = |record: &Record| record.is_of(&self.service) && record.request.as_deref() == Some(request);
        forget_those(&self.sessions, &self.dirs, &self.org, is_of).await
    }

    /// Held by whoever fetches what is kept under this title, so that others wait and find it. `waiting` is called once
    /// when that takes a while.
    pub async fn lock(
        &self,
        item: Item,
        title: &str,
        limit: Duration,
        waiting: impl FnOnce(),
    ) -> Result<Lock, LockError> {
        let owner = self.owner(self.dirs.make_identity()?);
        let name = owner.earned(item.word(), title).name;
        Lock::take(&self.dirs.credential_store(&self.org).join(format!("{name}.lock")), limit, waiting).await
    }

    fn secrets(&self) -> &Secrets {
        self.sessions.secrets()
    }

    fn owner(&self, home: String) -> Owner {
        Owner { home, org: self.org.clone(), base: self.service.clone(), principal: self.principal.clone() }
    }

    /// `None` where nothing can be kept yet.
    fn known_owner(&self) -> Result<Option<Owner>, Failure> {
        let home =
            self.dirs.identity().map_err(|error| cannot("read", &self.dirs.credential_store(&self.org), &error))?;
        Ok(home.map(|home| self.owner(home)))
    }

    fn make_identity(&self) -> Result<String, Failure> {
        self.dirs.make_identity().map_err(|error| cannot("write", &self.dirs.credential_store(&self.org), &error))
    }

    fn record(&self, entry: &Entry) -> Result<Option<Record>, Failure> {
        record(&path(&self.dirs, entry))
    }

    fn write(&self, entry: &Entry, record: &Record) -> Result<(), Failure> {
        let path = path(&self.dirs, entry);
        let text = serde_json::to_vec_pretty(record).expect("a record is made of text");
        dirs::replace(&path, &text).map_err(|error| cannot("write", &path, &error))
    }
}

impl Record {
    /// Whether it is for this service. What an older version kept did not say, and is of use to none.
    fn is_of(&self, service: &Url) -> bool {
        self.base.as_ref().is_none_or(|base| owner::is_same_service(base, service))
    }
}

/// Forgets all that an organisation's session at this service has earned. What cannot be deleted keeps its mark, so that it is
/// tried again.
pub(super) async fn forget_all(
    sessions: &SessionStore,
    dirs: &Dirs,
    org: &str,
    service: &Url,
    removed: &mut Removed,
) -> Result<(), Failure> {
    for (entry, record) in all(dirs, org)?.into_iter().filter(|(_, record)| record.is_of(service)) {
        sessions.remove(record.store, &entry, removed).await;
        // What an older version kept has no mark.
        if record.base.is_some() || !removed.has_failed(record.store) {
            let path = path(dirs, &entry);
            dirs::remove(&path).map_err(|error| cannot("remove", &path, &error))?;
        }
    }
    Ok(())
}

async fn forget_those(
    sessions: &SessionStore,
    dirs: &Dirs,
    org: &str,
    which: impl Fn(&Record) -> bool,
) -> Result<(), Failure> {
    let mut failed = None;
    for (entry, record) in all(dirs, org)?.into_iter().filter(|(_, record)| which(record)) {
        if let Err(failure) = forget(sessions, dirs, &entry, &record).await {
            failed.get_or_insert(failure);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Takes all that an organisation's session at this service has earned to another store. Each is read back there before it is deleted
/// here.
pub(super) async fn move_all(
    sessions: &SessionStore,
    dirs: &Dirs,
    org: &str,
    service: &Url,
    to: Kind,
) -> Result<(), Failure> {
    let secrets = sessions.secrets();
    for (entry, record) in all(dirs, org)? {
        if record.store == to || !record.is_of(service) {
            continue;
        }
        if record.base.is_none() {
            forget(sessions, dirs, &entry, &record).await?;
            continue;
        }
        let Some(secret) = secrets.get(record.store, &entry).await? else { continue };
        secrets.set_in(to, &entry, &secret).await?;
        let kept = secrets.get(to, &entry).await?;
        if kept.is_none_or(|kept| kept.expose_secret() != secret.expose_secret()) {
            return Err(Failure::error(format!("What {} gives back is not what was put into it.", to.name()))
                .hint("The secrets stay where they were."));
        }
        let path = path(dirs, &entry);
        let text = serde_json::to_vec_pretty(&Record { store: to, ..record.clone() }).expect("a record is text");
        dirs::replace(&path, &text).map_err(|error| cannot("write", &path, &error))?;
        secrets.delete(record.store, &entry).await?;
    }
    Ok(())
}

async fn forget(sessions: &SessionStore, dirs: &Dirs, entry: &Entry, record: &Record) -> Result<(), Failure> {
    sessions.secrets().delete(record.store, entry).await?;
    let path = path(dirs, entry);
    dirs::remove(&path).map_err(|error| cannot("remove", &path, &error))
}

/// The names and records of all that is kept. A record that is not understood names no store, so it is as good as none; so is one
/// that came with a copy of another settings directory, whose entry is that one's.
fn all(dirs: &Dirs, org: &str) -> Result<Vec<(Entry, Record)>, Failure> {
    let directory = dirs.credential_store(org);
    let failed = |error| cannot("read", &directory, &error);
    let entries = match std::fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let home = dirs.identity().map_err(failed)?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Some(name) = entry.file_name().to_str().and_then(|name| name.strip_suffix(".json")).map(str::to_owned)
        else {
            continue;
        };
        if let Some(record) = record(&entry.path())?
            && (record.home.is_none() || record.home == home)
        {
            found.push((Entry { org: org.to_owned(), name }, record));
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

fn path(dirs: &Dirs, entry: &Entry) -> PathBuf {
    dirs.credential_store(&entry.org).join(format!("{}.json", entry.name))
}

fn cannot(what: &str, path: &std::path::Path, error: &io::Error) -> Failure {
    Failure::error(format!("Cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::store::tests::{lock, session, store_of_two};
    use std::path::Path;

    fn credential_store(dir: &Path, org: &str, base: &str) -> CredentialStore {
        let base = Url::parse(base).expect("an address");
        CredentialStore::new(
            store_of_two(dir),
            Dirs::within(dir),
            org,
            (base.clone(), base),
            "ada@example.com".to_owned(),
        )
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    async fn kept(credential_store: &CredentialStore, title: &str) -> Option<String> {
        let secret = credential_store.get(Item::Aws, title, NOW).await.expect("read");
        secret.map(|secret| secret.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn a_secret_is_found_by_its_title_at_its_service_until_it_expires() {
        let dir = tempfile::tempdir().expect("a directory");
        let here = credential_store(dir.path(), "example", "https://api.example.com");
        assert_eq!(kept(&here, "111122223333/Developer").await, None);
        let later = NOW + jiff::SignedDuration::from_secs(60);
        here.put(Item::Aws, "111122223333/Developer", &"one".into(), Some(later)).await.expect("kept");
        assert_eq!(kept(&here, "111122223333/Developer").await.as_deref(), Some("one"));
        assert_eq!(here.get(Item::Aws, "111122223333/Developer", later).await.expect("read").map(drop), None);
        assert_eq!(kept(&here, "111122223333/Other").await, None);
        assert_eq!(here.get(Item::Ssh, "111122223333/Developer", NOW).await.expect("read").map(drop), None);
        let elsewhere = credential_store(dir.path(), "example", "https://evil.example.com");
        assert_eq!(kept(&elsewhere, "111122223333/Developer").await, None);
        let another = CredentialStore { principal: "bob@example.com".into(), ..here.clone() };
        assert_eq!(kept(&another, "111122223333/Developer").await, None);
        here.forget(Item::Aws, "111122223333/Developer").await.expect("forgotten");
        here.forget(Item::Aws, "111122223333/Developer").await.expect("nothing to forget");
        assert_eq!(kept(&here, "111122223333/Developer").await, None);
    }

    #[tokio::test]
    async fn what_is_earned_goes_with_the_session() {
        let dir = tempfile::tempdir().expect("a directory");
        let credential_store = credential_store(dir.path(), "example", "https://api.example.com");
        let (lock, session) = (lock(dir.path()).await, session());
        credential_store.sessions.save(&lock, "example", &session.base, &session).await.expect("a session");
        credential_store.put(Item::Aws, "a", &"one".into(), None).await.expect("kept");
        credential_store.put(Item::Ssh, "b", &"two".into(), None).await.expect("kept");
        move_all(
            &credential_store.sessions,
            &credential_store.dirs,
            "example",
            &credential_store.service,
            Kind::Keyring,
        )
        .await
        .expect("moved");
        let stores: Vec<Kind> = all(&credential_store.dirs, "example")
            .expect("listed")
            .into_iter()
            .map(|(_, record)| record.store)
            .collect();
        assert_eq!(stores, [Kind::Keyring, Kind::Keyring]);
        assert_eq!(kept(&credential_store, "a").await.as_deref(), Some("one"));
        let mut removed = Removed::default();
        forget_all(
            &credential_store.sessions,
            &credential_store.dirs,
            "example",
            &credential_store.service,
            &mut removed,
        )
        .await
        .expect("forgotten");
        assert!(removed.failures.is_empty(), "{removed:?}");
        assert_eq!(kept(&credential_store, "a").await, None);
        assert!(all(&credential_store.dirs, "example").expect("listed").is_empty());
        assert_eq!(
            std::fs::read_dir(credential_store.dirs.secrets()).map(|left| left.count()).unwrap_or(0),
            1,
            "the session's own"
        );
    }

    #[tokio::test]
    async fn what_is_of_a_request_goes_with_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let credential_store = credential_store(dir.path(), "example", "https://api.example.com");
        for (title, request) in [("a", Some("r1")), ("b", Some("r2")), ("c", None)] {
            credential_store.put_of(request, Item::Aws, title, &"hush".into(), None).await.expect("kept");
        }
        credential_store.forget_of("r1").await.expect("forgotten");
        credential_store.forget_of("r3").await.expect("nothing to forget");
        assert_eq!(kept(&credential_store, "a").await, None);
        assert!(kept(&credential_store, "b").await.is_some() && kept(&credential_store, "c").await.is_some());
    }

    #[tokio::test]
    async fn no_record_shows_a_secret_and_damage_is_as_good_as_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let credential_store = credential_store(dir.path(), "example", "https://api.example.com");
        credential_store.put(Item::Aws, "a", &"hush".into(), None).await.expect("kept");
        let entry = credential_store.known_owner().expect("read").expect("there").earned("aws", "a");
        let path = path(&credential_store.dirs, &entry);
        assert!(!std::fs::read_to_string(&path).expect("read").contains("hush"));
        std::fs::write(&path, b"{").expect("damaged");
        assert_eq!(kept(&credential_store, "a").await, None);
    }
}
