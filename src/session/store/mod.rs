//! What is kept of a session: a record that is not secret, and the secrets, in a store of their own.
//!
//! The sessions with the services that have an organisation of one name are side by side in one file of records, each with its
//! own entry in a secret store (`owner.rs`).

mod migrate;

pub use migrate::Moved;

use super::{
    owner::{self, Entry, Owner},
    provider::AtProvider,
    secrets::{Kind, Mark, Secrets},
};
use crate::{
    dirs::{self, Dirs},
    error::{Failure, Kind as ErrorKind},
    file_lock::Lock,
    secret_text,
    ui::Ui,
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use url::Url;

/// What is known of a session without opening a secret store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Who is signed in.
    pub email: String,
    /// The service that they are signed in to.
    pub base: Url,
    /// Where the organisation was looked up, which led to that service; `None`: an older version did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<Url>,
    /// The settings directory that the session was made in; `None`: the secrets are in an entry that is named by the
    /// organisation alone, as an older version named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// When the access token expires, as far as that is known.
    pub expires_at: Option<Timestamp>,
    /// Whether the session renews itself.
    pub renews: bool,
    /// What holds the secrets.
    pub store: Kind,
    /// What else may hold a copy in an entry of an older version, whose move between the two was interrupted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Kind>,
    /// The store in which an older version left an entry with these secrets, which another settings directory may still use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Kind>,
}

impl Record {
    /// The entry with the secrets.
    pub fn entry(&self, org: &str) -> Entry {
        match &self.home {
            Some(home) => self.owner(org, home).session(),
            None => Entry::legacy(org),
        }
    }

    fn owner(&self, org: &str, home: &str) -> Owner {
        Owner { home: home.to_owned(), org: org.to_owned(), base: self.base.clone(), principal: self.email.clone() }
    }

    /// The stores in which an entry of an older version may be.
    fn legacy_stores(&self) -> impl Iterator<Item = Kind> {
        let own = self.home.is_none().then_some(self.store);
        [own, self.copy, self.shared].into_iter().flatten()
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Records {
    sessions: Vec<Record>,
}

/// The same, or the one record that an older version kept there.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyRecords {
    Several(Records),
    One(Box<Record>),
}

/// What an entry holds: the session, and to whom it belongs. An older version did not say the latter.
#[derive(Serialize, Deserialize)]
struct StoredSession {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    home: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    #[serde(flatten)]
    session: Session,
}

/// What became of secrets that were to be deleted.
#[derive(Debug, Default)]
pub struct Removed {
    /// The sessions that are gone, to be ended at their providers.
    pub sessions: Vec<Session>,
    /// Why some are still there. They are deleted at the next occasion.
    pub failures: Vec<(Kind, Failure)>,
}

/// The secrets of a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Who is signed in.
    pub email: String,
    /// The service that the token is for. It is sent to no other.
    pub base: Url,
    /// The bearer token (RFC 6750).
    #[serde(with = "secret_text")]
    pub access_token: SecretString,
    /// When it expires, as far as that is known.
    pub expires_at: Option<Timestamp>,
    /// How to get a fresher one; `None`: only by signing in.
    pub renewal: Option<Renewal>,
    /// What the identity provider itself granted; `None`: there is none, or the session is older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<AtProvider>,
}

/// What it takes to renew a session (RFC 6749, section 6).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewal {
    #[serde(with = "secret_text")]
    pub refresh_token: SecretString,
    #[serde(flatten)]
    pub by: Renewer,
}

/// Who renews a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Renewer {
    /// The identity provider, as its client reaches it.
    Client(super::oauth::Client),
    /// The Firebase project at which the provider's token was exchanged.
    Firebase(super::firebase::TokenService),
}

impl Removed {
    /// Whether something could not be deleted in this store.
    pub fn has_failed(&self, store: Kind) -> bool {
        self.failures.iter().any(|(failed, _)| *failed == store)
    }
}

#[derive(Debug, Clone)]
pub struct SessionStore {
    dirs: Dirs,
    secrets: Secrets,
    ui: Ui,
    /// What the user has been told.
    told: Arc<Mutex<HashSet<String>>>,
}

impl SessionStore {
    /// The sessions of this environment.
    pub fn new(dirs: Dirs, secrets: Secrets, ui: Ui) -> Self {
        Self { dirs, secrets, ui, told: Arc::default() }
    }

    /// The records of the sessions with the services that have an organisation of this name, without any secret. A file that
    /// cannot be understood is as good as none; the user is told which one that is.
    pub fn records(&self, org: &str) -> Result<Vec<Record>, Failure> {
        let path = self.dirs.session(org);
        let Some(text) = dirs::read(&path).or_else(not_text).map_err(|error| cannot("read", &path, &error))? else {
            return Ok(Vec::new());
        };
        match serde_json::from_str(&text) {
            Ok(AnyRecords::Several(records)) => Ok(records.sessions),
            Ok(AnyRecords::One(record)) => Ok(vec![*record]),
            Err(error) => {
                tracing::debug!(%error, "the record of a session is not understood");
                self.tell_once(format!("{} is damaged, so you are signed out of {org}.", path.display()));
                Ok(Vec::new())
            }
        }
    }

    /// The record of the session with an organisation at this service.
    pub fn record(&self, org: &str, base: &Url) -> Result<Option<Record>, Failure> {
        Ok(self.records(org)?.into_iter().find(|record| owner::is_same_service(&record.base, base)))
    }

    /// The session with an organisation at this service. Secrets that are gone or damaged end it.
    pub async fn load(&self, org: &str, base: &Url) -> Result<Option<Session>, Failure> {
        let Some(record) = self.record(org, base)? else { return Ok(None) };
        self.check_home(org, &record)?;
        let Some(secret) = self.secrets.get(record.store, &record.entry(org)).await? else { return Ok(None) };
        let Ok(kept) = serde_json::from_str::<StoredSession>(secret.expose_secret()) else {
            // What exactly is wrong could quote the secret.
            self.ui
                .warn(format!("What {} holds for {org} is damaged, so you are signed out of it.", record.store.name()));
            return Ok(None);
        };
        check_owner(org, &record, &kept)?;
        Ok(Some(kept.session))
    }

    /// A record from another settings directory came here with a copy of that.
    fn check_home(&self, org: &str, record: &Record) -> Result<(), Failure> {
        let Some(home) = &record.home else { return Ok(()) };
        let here = self.identity()?;
        if here.as_ref() == Some(home) {
            return Ok(());
        }
        let why = "was copied here from another settings directory, and a session belongs to one alone";
        Err(Failure::new(ErrorKind::NotSignedIn, format!("The session of {} with {org} {why}.", record.email))
            .hint(format!("Sign in here: p0 login {org}")))
    }

    /// Whether the store has the secrets, where that can be told at once.
    pub fn has_secrets(&self, org: &str, record: &Record) -> Option<bool> {
        self.secrets.has(record.store, &record.entry(org))
    }

    /// Whether the settings let sessions be kept there.
    pub fn allows(&self, store: Kind) -> bool {
        self.secrets.allowed().contains(&store)
    }

    /// The stores of its secrets.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Makes sure that a session could be kept.
    pub async fn probe(&self) -> Result<(), Failure> {
        self.dirs.usable()?;
        self.secrets.probe().await.map(drop)
    }

    /// Keeps a new session, in the best store there is, in place of any older one with the same service. Whoever calls holds the
    /// lock. Secrets of the older one that cannot be deleted now are deleted at the next occasion.
    pub async fn save(&self, lock: &Lock, org: &str, lookup: &Url, session: &Session) -> Result<Removed, Failure> {
        let before = self.record(org, &session.base)?;
        let home = self.make_identity()?;
        let fresh = Record { lookup: Some(lookup.clone()), home: Some(home), ..record(session) };
        let store = self.secrets.set(&fresh.entry(org), &text(org, &fresh, session)).await?;
        self.write(org, Record { store, ..fresh })?;
        tracing::debug!(store = store.name(), "the session is kept");
        let mut legacy = Removed::default();
        if let Some(before) = before {
            for kind in before.legacy_stores() {
                self.remove_legacy(org, &before, kind, &mut legacy).await;
            }
        }
        let mut removed = self.remove_rest(lock, org).await?;
        removed.sessions.extend(legacy.sessions);
        Ok(removed)
    }

    /// Keeps a renewed session where it was: which store is best has been settled when somebody signed in. Whoever calls holds
    /// the lock. An entry that an older version named by the organisation alone is left behind for a new one of our own.
    pub async fn update(&self, org: &str, session: &Session) -> Result<(), Failure> {
        let Some(before) = self.record(org, &session.base)? else { return Ok(()) };
        let home = self.make_identity()?;
        let shared = before.home.is_none().then_some(before.store).or(before.shared);
        let after = Record {
            lookup: before.lookup.clone(),
            home: Some(home),
            store: before.store,
            copy: before.copy,
            shared,
            ..record(session)
        };
        self.secrets.set_in(before.store, &after.entry(org), &text(org, &after, session)).await?;
        let after = self.write(org, after)?;
        if before.home.is_none() && before.store == Kind::File {
            // This directory's own file, which no other one uses.
            self.secrets.delete(Kind::File, &Entry::legacy(org)).await?;
            self.write(org, Record { shared: None, ..after })?;
        }
        Ok(())
    }

    /// Writes a record in place of that of the same service, and gives it back.
    fn write(&self, org: &str, record: Record) -> Result<Record, Failure> {
        let mut sessions = self.records(org)?;
        sessions.retain(|other| !owner::is_same_service(&other.base, &record.base));
        sessions.push(record.clone());
        self.write_all(org, sessions)?;
        Ok(record)
    }

    fn write_all(&self, org: &str, sessions: Vec<Record>) -> Result<(), Failure> {
        let path = self.dirs.session(org);
        if sessions.is_empty() {
            return dirs::remove(&path).map_err(|error| cannot("remove", &path, &error));
        }
        let text = serde_json::to_vec_pretty(&Records { sessions }).expect("a record is made of text");
        dirs::replace(&path, &text).map_err(|error| cannot("write", &path, &error))
    }

    fn identity(&self) -> Result<Option<String>, Failure> {
        self.dirs.identity().map_err(|error| cannot("read", &self.dirs.sessions(), &error))
    }

    fn make_identity(&self) -> Result<String, Failure> {
        self.dirs.usable()?;
        self.dirs.make_identity().map_err(|error| cannot("write", &self.dirs.sessions(), &error))
    }

    /// Warns of damage, but not each time that it is come across.
    fn tell_once(&self, warning: String) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(&warning) {
            self.ui.warn(&warning);
            told.insert(warning);
        }
    }

    /// Forgets the session with an organisation at this service: its secrets in every store that may have them, what it has
    /// earned, and its record. Whoever calls holds the lock. What cannot be deleted keeps its mark, and is tried again at the
    /// next occasion.
    pub async fn delete(&self, _lock: &Lock, org: &str, base: &Url) -> Result<Removed, Failure> {
        let mut removed = Removed::default();
        if let Some(record) = self.record(org, base)? {
            if record.home.is_some() && record.home == self.identity()? {
                self.remove(record.store, &record.entry(org), &mut removed).await;
            }
            for kind in record.legacy_stores() {
                self.remove_legacy(org, &record, kind, &mut removed).await;
            }
        }
        for mark in self.secrets.marks(org)?.iter().filter(|mark| mark.entry.is_of(base)) {
            self.remove_marked(mark, &mut removed).await;
        }
        let mut others = self.records(org)?;
        others.retain(|other| !owner::is_same_service(&other.base, base));
        self.write_all(org, others)?;
        Ok(removed)
    }

    /// Deletes the secrets that are no session's any more: of one that was replaced or ended while their store could not be
    /// used. Whoever calls holds the lock.
    pub async fn remove_rest(&self, _lock: &Lock, org: &str) -> Result<Removed, Failure> {
        let records = self.records(org)?;
        let in_use = |store: Kind, entry: &Entry| {
            // What a session has earned goes with the session.
            let earned = records.iter().any(|record| entry.is_of(&record.base) && entry.is_earned());
            earned || records.iter().any(|record| record.store == store && record.entry(org) == *entry)
        };
        let mut removed = Removed::default();
        for mark in self.secrets.marks(org)?.iter().filter(|mark| !in_use(mark.store, &mark.entry)) {
            self.remove_marked(mark, &mut removed).await;
        }
        Ok(removed)
    }

    async fn remove_marked(&self, mark: &Mark, removed: &mut Removed) {
        if let Ok(record) = serde_json::from_str(&mark.note) {
            return self.remove_legacy(&mark.entry.org, &record, mark.store, removed).await;
        }
        let here = self.dirs.identity().ok().flatten().unwrap_or_default();
        if mark.note == here {
            return self.remove(mark.store, &mark.entry, removed).await;
        }
        // This directory is a copy of the one that made the mark. What a keyring has is that one's; a file was copied as well.
        let forgotten = match mark.store {
            Kind::File => self.secrets.delete(Kind::File, &mark.entry).await,
            Kind::Keyring | Kind::Kernel => self.secrets.forget_mark(mark.store, &mark.entry),
        };
        removed.failures.extend(forgotten.err().map(|failure| (mark.store, failure)));
    }

    /// Deletes an entry. A store that has failed is not asked again: each question can take seconds.
    pub(super) async fn remove(&self, store: Kind, entry: &Entry, removed: &mut Removed) {
        if removed.has_failed(store) {
            return;
        }
        // What cannot be read may still be deleted.
        let secret = self.secrets.get(store, entry).await.ok().flatten();
        match self.secrets.delete(store, entry).await {
            Ok(()) => removed.sessions.extend(secret.as_ref().and_then(session_in)),
            Err(failure) => removed.failures.push((store, failure)),
        }
    }

    /// Deletes the entry that an older version named by the organisation alone, if it is this session's. Every settings
    /// directory had the same one, so another one's may be there by now.
    async fn remove_legacy(&self, org: &str, record: &Record, store: Kind, removed: &mut Removed) {
        let entry = Entry::legacy(org);
        match self.secrets.get(store, &entry).await {
            Ok(Some(secret)) if session_in(&secret).is_some_and(|session| !is_of(&session, record)) => {
                tracing::debug!(store = store.name(), "the entry of an older version is another session's");
                if let Err(failure) = self.secrets.forget_mark(store, &entry) {
                    removed.failures.push((store, failure));
                }
            }
            Ok(_) => self.remove(store, &entry, removed).await,
            Err(failure) => {
                // So that it is remembered when the record is gone.
                let note = serde_json::to_string(record).expect("a record is made of text");
                let marked = self.secrets.mark_with(store, &entry, &note);
                removed.failures.push((store, marked.err().unwrap_or(failure)));
            }
        }
    }

    /// The organisations that there are records or marks of, in order.
    pub fn known_orgs(&self) -> Result<Vec<String>, Failure> {
        let mut orgs = [self.orgs()?, self.secrets.marked_orgs()?].concat();
        orgs.sort();
        orgs.dedup();
        Ok(orgs)
    }

    /// The organisations that there is a record of, in order.
    pub fn orgs(&self) -> Result<Vec<String>, Failure> {
        let path = self.dirs.sessions();
        let failed = |error| cannot("read", &path, &error);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut orgs = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            if let Some(org) = name.to_str().and_then(|name| name.strip_suffix(".json"))
                && dirs::is_plain(org)
            {
                orgs.push(org.to_owned());
            }
        }
        orgs.sort();
        Ok(orgs)
    }

    /// The organisation that was signed in to last.
    pub fn current(&self) -> Result<Option<String>, Failure> {
        let path = self.dirs.current_org();
        let text = dirs::read(&path).or_else(not_text).map_err(|error| cannot("read", &path, &error))?;
        Ok(text.map(|org| org.trim().to_owned()).filter(|org| dirs::is_plain(org)))
    }

    /// Remembers, or forgets, the organisation that was signed in to last.
    pub fn set_current(&self, org: Option<&str>) -> Result<(), Failure> {
        let path = self.dirs.current_org();
        match org {
            Some(org) => dirs::replace(&path, format!("{org}\n").as_bytes()),
            None => dirs::remove(&path),
        }
        .map_err(|error| cannot("write", &path, &error))
    }
}

/// What is known of a session, whose store is not settled yet.
fn record(session: &Session) -> Record {
    Record {
        email: session.email.clone(),
        base: session.base.clone(),
        lookup: None,
        home: None,
        expires_at: session.expires_at,
        renews: session.renewal.is_some(),
        store: Kind::File,
        copy: None,
        shared: None,
    }
}

/// A session as the text that a secret store keeps.
fn text(org: &str, record: &Record, session: &Session) -> SecretString {
    let kept = StoredSession { home: record.home.clone(), org: Some(org.to_owned()), session: session.clone() };
    serde_json::to_string(&kept).expect("a session is made of text").into()
}

fn session_in(secret: &SecretString) -> Option<Session> {
    serde_json::from_str::<StoredSession>(secret.expose_secret()).ok().map(|kept| kept.session)
}

fn is_of(session: &Session, record: &Record) -> bool {
    session.email == record.email && owner::is_same_service(&session.base, &record.base)
}

/// Whether what is in the entry is what the record is about.
fn check_owner(org: &str, record: &Record, kept: &StoredSession) -> Result<(), Failure> {
    let is_bound = record.home.is_none() || (kept.home == record.home && kept.org.as_deref() == Some(org));
    if is_bound && is_of(&kept.session, record) {
        return Ok(());
    }
    let (theirs, ours) = (&kept.session, record);
    let whose = if theirs.email == ours.email && owner::is_same_service(&theirs.base, &ours.base) {
        "belongs to another settings directory".to_owned()
    } else {
        format!("belongs to {} at {}", theirs.email, theirs.base.as_str().trim_end_matches('/'))
    };
    let holder = capitalized(record.store.name());
    Err(Failure::new(
        ErrorKind::NotSignedIn,
        format!(
            "{holder} no longer has the tokens of {} at {}: what is there {whose}.",
            ours.email,
            ours.base.as_str().trim_end_matches('/')
        ),
    )
    .hint(format!("Sign in again: p0 login {org}")))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A file that is not even text is a damaged one, not one that cannot be read.
fn not_text(error: io::Error) -> io::Result<Option<String>> {
    if error.kind() == io::ErrorKind::InvalidData { Ok(Some(String::new())) } else { Err(error) }
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::error(format!("Cannot {what} {}: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            failure.hint("Make room on the disk, and try again.")
        }
        io::ErrorKind::PermissionDenied => failure.hint("The file must belong to you: `sudo p0` may have made it."),
        _ => failure,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{env_vars::EnvVars, global_args::GlobalArgs, session::oauth, settings};

    fn store(dir: &Path) -> SessionStore {
        let dirs = Dirs::within(dir);
        let secrets = Secrets::new(&dirs, settings::SecretStore::File, false);
        SessionStore::new(
            dirs,
            secrets,
            Ui::new(&GlobalArgs { quiet: true, ..Default::default() }, &EnvVars::default()),
        )
    }

    /// A store whose keyring is another directory.
    pub(in crate::session) fn store_of_two(dir: &Path) -> SessionStore {
        let mut store = store(dir);
        store.secrets = store.secrets.with_stand_in();
        store
    }

    pub(super) fn renewed() -> Session {
        Session { access_token: "access-2".into(), ..session() }
    }

    pub(in crate::session) fn session() -> Session {
        let base = Url::parse("https://api.example.com").expect("an address");
        Session {
            email: "ada@example.com".into(),
            access_token: "access-1".into(),
            expires_at: Some(Timestamp::UNIX_EPOCH),
            renewal: Some(Renewal {
                refresh_token: "refresh-1".into(),
                by: Renewer::Client(oauth::Client::for_test(&base)),
            }),
            provider: None,
            base,
        }
    }

    pub(in crate::session) fn base() -> Url {
        Url::parse("https://api.example.com").expect("an address")
    }

    pub(in crate::session) async fn lock(dir: &Path) -> Lock {
        Lock::take(&dir.join("lock"), std::time::Duration::from_secs(60), || {}).await.expect("the lock")
    }

    /// Keeps a session as a sign-in does.
    async fn save(store: &SessionStore, session: &Session) {
        let lock = lock(&store.dirs.sessions()).await;
        let removed = store.save(&lock, "example", &session.base, session).await.expect("kept");
        assert!(removed.failures.is_empty(), "{removed:?}");
    }

    async fn delete(store: &SessionStore, base: &Url) -> Removed {
        let lock = lock(&store.dirs.sessions()).await;
        store.delete(&lock, "example", base).await.expect("forgotten")
    }

    fn record_of(store: &SessionStore) -> Record {
        store.record("example", &base()).expect("read").expect("there")
    }

    async fn token(store: &SessionStore, base: &Url) -> Option<String> {
        let session = store.load("example", base).await.expect("read");
        session.map(|session| session.access_token.expose_secret().to_owned())
    }

    /// The file with the secrets.
    fn secrets_of(store: &SessionStore) -> std::path::PathBuf {
        store.dirs.secrets().join(format!("{}.json", record_of(store).entry("example").name))
    }

    #[tokio::test]
    async fn a_session_is_kept_and_only_its_secrets_are_secret() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store(dir.path());
        save(&store, &session()).await;
        let record = record_of(&store);
        assert_eq!((record.email.as_str(), record.renews, record.store), ("ada@example.com", true, Kind::File));
        let text = std::fs::read_to_string(store.dirs.session("example")).expect("read");
        assert!(!text.contains("access-1") && !text.contains("refresh-1"), "{text}");
        let loaded = store.load("example", &base()).await.expect("read").expect("there");
        assert_eq!(loaded.access_token.expose_secret(), "access-1");
        assert!(!format!("{loaded:?}").contains("-1\""), "{loaded:?}");
        assert_eq!(store.orgs().expect("listed"), ["example"]);

        let removed = delete(&store, &base()).await;
        assert_eq!((removed.sessions.len(), removed.failures.len()), (1, 0));
        assert_eq!(token(&store, &base()).await, None);
        assert!(store.known_orgs().expect("listed").is_empty());
        assert_eq!(std::fs::read_dir(store.dirs.secrets()).expect("listed").count(), 0);
    }

    #[tokio::test]
    async fn sessions_with_two_services_are_side_by_side() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store(dir.path());
        let other = Url::parse("https://jit.example.com").expect("an address");
        save(&store, &session()).await;
        save(&store, &Session { base: other.clone(), email: "bob@example.com".into(), ..renewed() }).await;
        assert_eq!(token(&store, &base()).await.as_deref(), Some("access-1"));
        assert_eq!(token(&store, &other).await.as_deref(), Some("access-2"));
        delete(&store, &other).await;
        assert_eq!(token(&store, &other).await, None);
        assert_eq!(token(&store, &base()).await.as_deref(), Some("access-1"));
    }

    #[tokio::test]
    async fn secrets_of_another_user_service_or_home_are_not_used() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store(dir.path());
        let other = Url::parse("https://jit.example.com").expect("an address");
        for (change, whose) in [
            (("email", "bob@example.com"), "belongs to bob@example.com at https://api.example.com."),
            (("base", other.as_str()), "belongs to ada@example.com at https://jit.example.com."),
            (("home", "another"), "belongs to another settings directory."),
        ] {
            save(&store, &session()).await;
            let path = secrets_of(&store);
            let text = std::fs::read_to_string(&path).expect("read");
            let mut kept: serde_json::Value = serde_json::from_str(&text).expect("a document");
            kept[change.0] = change.1.into();
            dirs::replace(&path, kept.to_string().as_bytes()).expect("changed");
            let failure = store.load("example", &base()).await.expect_err("another's");
            assert_eq!(failure.kind, ErrorKind::NotSignedIn);
            assert!(failure.message.ends_with(whose), "{failure}");
            assert_eq!(failure.hints, ["Sign in again: p0 login example"]);
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_copy_of_a_settings_directory_has_no_session_and_a_moved_one_has() {
        let dir = tempfile::tempdir().expect("a directory");
        let [first, second, third] = ["1", "2", "3"].map(|name| dir.path().join(name));
        save(&store(&first), &session()).await;
        let copied = std::process::Command::new("cp").arg("-a").args([&first, &second]).status().expect("cp");
        assert!(copied.success());
        let failure = store(&second).load("example", &base()).await.expect_err("a copy");
        assert!(failure.message.contains("was copied here from another settings directory"), "{failure}");
        assert_eq!(token(&store(&first), &base()).await.as_deref(), Some("access-1"));
        save(&store(&second), &renewed()).await;
        assert_eq!(token(&store(&first), &base()).await.as_deref(), Some("access-1"));
        std::fs::rename(&first, &third).expect("moved");
        assert_eq!(token(&store(&third), &base()).await.as_deref(), Some("access-1"));
        std::os::unix::fs::symlink(&third, &first).expect("linked");
        assert_eq!(token(&store(&first), &base()).await.as_deref(), Some("access-1"));
        assert_eq!(token(&store(&second), &base()).await.as_deref(), Some("access-2"));
    }

    /// What an older version left, in the entry that is named by the organisation alone.
    async fn older(store: &SessionStore, kind: Kind, recorded: &Session, kept: &Session) {
        let record = Record { store: kind, ..record(recorded) };
        let text = serde_json::to_vec(&record).expect("text");
        dirs::replace(&store.dirs.session("example"), &text).expect("written");
        let text = serde_json::to_string(kept).expect("text");
        store.secrets.set_in(kind, &Entry::legacy("example"), &text.into()).await.expect("kept");
        store.secrets.forget_mark(kind, &Entry::legacy("example")).expect("no mark");
    }

    #[tokio::test]
    async fn an_older_entry_is_taken_over_where_it_is_the_record_s_own() {
        for kind in [Kind::File, Kind::Keyring] {
            let dir = tempfile::tempdir().expect("a directory");
            let store = store_of_two(dir.path());
            older(&store, kind, &session(), &session()).await;
            assert_eq!(token(&store, &base()).await.as_deref(), Some("access-1"));
            store.update("example", &renewed()).await.expect("renewed");
            assert_eq!(token(&store, &base()).await.as_deref(), Some("access-2"));
            assert!(record_of(&store).home.is_some());
            // Another settings directory may have to find it.
            let left = store.secrets.get(kind, &Entry::legacy("example")).await.expect("read");
            assert_eq!(left.is_some(), kind == Kind::Keyring);
            let removed = delete(&store, &base()).await;
            assert!(removed.failures.is_empty(), "{removed:?}");
            assert!(store.secrets.get(kind, &Entry::legacy("example")).await.expect("read").is_none());
        }
    }

    #[tokio::test]
    async fn an_older_entry_of_another_user_is_neither_used_nor_deleted() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store_of_two(dir.path());
        let another = Session { email: "bob@example.com".into(), ..session() };
        older(&store, Kind::Keyring, &session(), &another).await;
        let failure = store.load("example", &base()).await.expect_err("another's");
        assert!(failure.message.ends_with("belongs to bob@example.com at https://api.example.com."), "{failure}");
        delete(&store, &base()).await;
        save(&store, &session()).await;
        delete(&store, &base()).await;
        assert!(store.secrets.get(Kind::Keyring, &Entry::legacy("example")).await.expect("read").is_some());
    }

    #[tokio::test]
    async fn damage_signs_out_and_is_got_over() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store(dir.path());
        for damage in [&b"{"[..], b"", b"null", b"{\"email\": 3}", b"\xff\xfe"] {
            save(&store, &session()).await;
            std::fs::write(store.dirs.session("example"), damage).expect("damaged");
            assert_eq!(token(&store, &base()).await, None, "{damage:?}");
            save(&store, &session()).await;
            dirs::replace(&secrets_of(&store), b"{").expect("damaged");
            assert_eq!(token(&store, &base()).await, None);
        }
        save(&store, &session()).await;
        let secrets = secrets_of(&store);
        std::fs::write(store.dirs.session("example"), b"{").expect("damaged");
        delete(&store, &base()).await;
        assert!(!secrets.try_exists().expect("asked"), "the secrets are gone too");
    }

    #[tokio::test]
    async fn a_renewed_session_stays_where_it_was() {
        let dir = tempfile::tempdir().expect("a directory");
        save(&store(dir.path()), &session()).await;
        // Later, without the setting that chose the file.
        let dirs = Dirs::within(dir.path());
        let secrets = Secrets::new(&dirs, settings::SecretStore::Auto, false);
        let later = SessionStore::new(dirs, secrets, store(dir.path()).ui);
        later.update("example", &renewed()).await.expect("kept");
        assert_eq!(record_of(&later).store, Kind::File);
        assert_eq!(token(&later, &base()).await.as_deref(), Some("access-2"));
    }

    #[test]
    fn the_last_organisation_is_remembered() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store(dir.path());
        assert_eq!(store.current().expect("read"), None);
        store.set_current(Some("example")).expect("written");
        assert_eq!(store.current().expect("read").as_deref(), Some("example"));
        std::fs::write(store.dirs.current_org(), "../../elsewhere\n").expect("damaged");
        assert_eq!(store.current().expect("read"), None);
        store.set_current(None).expect("removed");
        assert_eq!(store.current().expect("read"), None);
    }

    #[test]
    fn what_cannot_be_written_names_the_file_and_the_way_out() {
        let failure = cannot("write", Path::new("/state/org"), &io::ErrorKind::StorageFull.into());
        assert_eq!(failure.message, "Cannot write /state/org: no storage space");
        assert_eq!(failure.hints, ["Make room on the disk, and try again."]);
    }
}
