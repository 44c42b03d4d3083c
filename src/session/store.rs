//! What is kept of a session: a record that is not secret, and the secrets, in a store of their own.

mod moving;

pub use moving::Moved;

use super::{
    provider::AtProvider,
    secrets::{Kind, Secrets},
};
use crate::{
    dirs::{self, Dirs},
    error::Failure,
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
    /// When the access token expires, as far as that is known.
    pub expires_at: Option<Timestamp>,
    /// Whether the session renews itself.
    pub renews: bool,
    /// What holds the secrets.
    pub store: Kind,
    /// What else may hold a copy of them, since a move between the two was interrupted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Kind>,
}

impl Record {
    /// Every store that may hold secrets of the session.
    fn stores(&self) -> impl Iterator<Item = Kind> {
        [Some(self.store), self.copy].into_iter().flatten()
    }
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
    /// The refresh token.
    #[serde(with = "secret_text")]
    pub refresh_token: SecretString,
    /// Who takes it.
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

/// Keeps sessions.
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

    /// The record of the session with an organisation, without any secret. One that cannot be understood is as good as
    /// none; the user is told which file that is.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn record(&self, org: &str) -> Result<Option<Record>, Failure> {
        let path = self.dirs.session(org);
        let Some(text) = dirs::read(&path).or_else(not_text).map_err(|error| cannot("read", &path, &error))? else {
            return Ok(None);
        };
        let record = serde_json::from_str(&text).inspect_err(|error| {
            tracing::debug!(%error, "the record of a session is not understood");
            self.tell_once(format!("{} is damaged, so you are signed out of {org}.", path.display()));
        });
        Ok(record.ok())
    }

    /// The session with an organisation. Secrets that are gone or damaged end it.
    ///
    /// # Errors
    /// The record or the secret store cannot be read.
    pub async fn load(&self, org: &str) -> Result<Option<Session>, Failure> {
        let Some(record) = self.record(org)? else { return Ok(None) };
        let Some(secret) = self.secrets.get(record.store, org).await? else { return Ok(None) };
        let Ok(session) = serde_json::from_str::<Session>(secret.expose_secret()) else {
            // What exactly is wrong could quote the secret.
            self.ui
                .warn(format!("What {} holds for {org} is damaged, so you are signed out of it.", record.store.name()));
            return Ok(None);
        };
        Ok(Some(session))
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
    ///
    /// # Errors
    /// No secret store is there; the failure says what to do.
    pub async fn probe(&self, org: &str) -> Result<(), Failure> {
        self.secrets.probe(org).await.map(drop)
    }

    /// Keeps a new session, in the best store there is, in place of any older one.
    ///
    /// # Errors
    /// The secrets or the record cannot be written; the failure says what to do.
    pub async fn save(&self, org: &str, session: &Session) -> Result<Kind, Failure> {
        let before = self.record(org)?;
        let store = self.secrets.set(org, &text(session)).await?;
        self.write(org, record(session, store))?;
        for former in before.iter().flat_map(Record::stores).filter(|former| *former != store) {
            if let Err(failure) = self.secrets.delete(former, org).await {
                self.ui.warn(format!("The former secrets could not be deleted. {failure}"));
            }
        }
        Ok(store)
    }

    /// Keeps a renewed session where it was: which store is best has been settled when somebody signed in.
    ///
    /// # Errors
    /// The secrets or the record cannot be written; the failure says what to do.
    pub async fn update(&self, org: &str, session: &Session) -> Result<(), Failure> {
        let Some(before) = self.record(org)? else { return self.save(org, session).await.map(drop) };
        self.secrets.set_in(before.store, org, &text(session)).await?;
        self.write(org, Record { copy: before.copy, ..record(session, before.store) }).map(drop)
    }

    /// Writes the record, and gives it back.
    fn write(&self, org: &str, record: Record) -> Result<Record, Failure> {
        let path = self.dirs.session(org);
        let text = serde_json::to_vec_pretty(&record).expect("a record is made of text");
        dirs::replace(&path, &text).map_err(|error| cannot("write", &path, &error))?;
        Ok(record)
    }

    /// Warns of damage, but not each time that it is come across.
    fn tell_once(&self, warning: String) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(&warning) {
            self.ui.warn(&warning);
            told.insert(warning);
        }
    }

    /// Forgets the secrets of the session with an organisation, then its record.
    ///
    /// # Errors
    /// One of them cannot be deleted; the record then stays, so that it can be tried again.
    pub async fn delete(&self, org: &str) -> Result<(), Failure> {
        match self.record(org)? {
            Some(record) => {
                for kind in record.stores() {
                    self.secrets.delete(kind, org).await?;
                }
            }
            // Without a record that says where they are, they are looked for where they would be.
            None => {
                for kind in self.secrets.allowed() {
                    self.secrets.delete(*kind, org).await?;
                }
            }
        }
        let path = self.dirs.session(org);
        dirs::remove(&path).map_err(|error| cannot("remove", &path, &error))
    }

    /// The organisations that there is a record of, in order.
    ///
    /// # Errors
    /// The directory cannot be read.
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
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn current(&self) -> Result<Option<String>, Failure> {
        let path = self.dirs.current_org();
        let text = dirs::read(&path).or_else(not_text).map_err(|error| cannot("read", &path, &error))?;
        Ok(text.map(|org| org.trim().to_owned()).filter(|org| dirs::is_plain(org)))
    }

    /// Remembers, or forgets, the organisation that was signed in to last.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_current(&self, org: Option<&str>) -> Result<(), Failure> {
        let path = self.dirs.current_org();
        match org {
            Some(org) => dirs::replace(&path, format!("{org}\n").as_bytes()),
            None => dirs::remove(&path),
        }
        .map_err(|error| cannot("write", &path, &error))
    }
}

/// What is known of a session whose secrets are in this store.
fn record(session: &Session, store: Kind) -> Record {
    Record {
        email: session.email.clone(),
        base: session.base.clone(),
        expires_at: session.expires_at,
        renews: session.renewal.is_some(),
        store,
        copy: None,
    }
}

/// A session as the text that a secret store keeps.
fn text(session: &Session) -> SecretString {
    serde_json::to_string(session).expect("a session is made of text").into()
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
    use crate::{cli::GlobalArgs, env_vars::EnvVars, session::oauth, settings};

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

    #[tokio::test]
    async fn a_session_is_kept_and_only_its_secrets_are_secret() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store(dir.path());
        assert_eq!(store.save("example", &session()).await.expect("kept"), Kind::File);
        let record = store.record("example").expect("read").expect("there");
        assert_eq!((record.email.as_str(), record.renews, record.store), ("ada@example.com", true, Kind::File));
        let text = std::fs::read_to_string(store.dirs.session("example")).expect("read");
        assert!(!text.contains("access-1") && !text.contains("refresh-1"), "{text}");
        let loaded = store.load("example").await.expect("read").expect("there");
        assert_eq!(loaded.access_token.expose_secret(), "access-1");
        assert!(!format!("{loaded:?}").contains("-1\""), "{loaded:?}");
        assert_eq!(store.orgs().expect("listed"), ["example"]);

        store.delete("example").await.expect("forgotten");
        assert!(store.load("example").await.expect("read").is_none());
        assert!(store.orgs().expect("listed").is_empty());
        assert!(!store.dirs.secrets().join("example.json").try_exists().expect("asked"));
    }

    #[tokio::test]
    async fn damage_signs_out_and_is_got_over() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store(dir.path());
        for damage in [&b"{"[..], b"", b"null", b"{\"email\": 3}", b"\xff\xfe"] {
            store.save("example", &session()).await.expect("kept");
            std::fs::write(store.dirs.session("example"), damage).expect("damaged");
            assert!(store.load("example").await.expect("no error").is_none(), "{damage:?}");
            store.save("example", &session()).await.expect("kept");
            dirs::replace(&store.dirs.secrets().join("example.json"), b"{").expect("damaged");
            assert!(store.load("example").await.expect("no error").is_none());
        }
        std::fs::write(store.dirs.session("example"), b"{").expect("damaged");
        store.delete("example").await.expect("forgotten");
        assert!(!store.dirs.secrets().join("example.json").try_exists().expect("asked"), "the secrets are gone too");
    }

    #[tokio::test]
    async fn a_renewed_session_stays_where_it_was() {
        let dir = tempfile::tempdir().expect("a directory");
        store(dir.path()).save("example", &session()).await.expect("kept");
        // Later, without the setting that chose the file.
        let dirs = Dirs::within(dir.path());
        let secrets = Secrets::new(&dirs, settings::SecretStore::Auto, false);
        let later = SessionStore::new(dirs, secrets, store(dir.path()).ui);
        later.update("example", &renewed()).await.expect("kept");
        assert_eq!(later.record("example").expect("read").expect("there").store, Kind::File);
        let loaded = later.load("example").await.expect("read").expect("there");
        assert_eq!(loaded.access_token.expose_secret(), "access-2");
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
