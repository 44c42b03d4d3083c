//! Sessions with organisations: signing in and out, the tokens between, and where they are kept.

mod check;
pub mod credential_store;
mod deps;
pub mod describe;
mod firebase;
mod harden;
pub mod import;
mod login;
mod migrate;
mod oauth;
mod orgs;
mod owner;
mod provider;
mod renew;
mod secrets;
mod service;
mod store;
#[cfg(test)]
mod test_server;

pub use check::SessionCheck;
pub use login::{LoginOptions, SignInFlow, opener};
pub use migrate::SecretsStatus;
pub use oauth::Error as ProviderError;
pub use provider::ProviderTokens;
pub use secrets::Kind as SecretKind;
pub use store::Moved;
#[cfg(test)]
pub use {migrate::SessionSecrets, secrets::StoreStatus};

use crate::{
    ctx::Ctx,
    dirs,
    error::{Failure, Kind},
    ui::time,
};
use anyhow::Result;
use credential_store::CredentialStore;
use deps::{Account, Deps};
use describe::{CachePolicy, Described};
use jiff::Timestamp;
use p0_client::{Client, FixedToken, Tokens};
use renew::StoredTokens;
use secrecy::ExposeSecret;
use serde::Serialize;
use service::Service;
use sha2::{Digest, Sha256};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Record, Removed, Renewal, Renewer, Session, SessionStore};
use url::Url;

/// How long signing out waits for the provider.
const REVOCATION_LIMIT: Duration = Duration::from_secs(3);

/// How much of a hash sets the holders of tokens apart, in bytes.
const HASH: usize = 8;

impl Ctx {
    /// The sessions with organisations.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { ctx: self }
    }

    /// The API of the organisation that this run is about, signed in or able to be.
    pub async fn api(&self) -> Result<Client> {
        self.api_until(None).await
    }

    /// The same, found before the deadline or not at all. The calls themselves are not bounded by it.
    pub async fn api_until(&self, deadline: Option<Instant>) -> Result<Client> {
        let sessions = self.sessions();
        let org = sessions.org()?;
        // Boxed, as every command has it in its future.
        let Described { base, .. } = Box::pin(sessions.describe(&org, deadline)).await?;
        Ok(Client::new(self.http(), &base, &org, sessions.tokens(&org))?)
    }
}

/// The sessions of this run.
pub struct Sessions<'a> {
    ctx: &'a Ctx,
}

/// The session that a sign-in led to, or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub org: String,
    /// Who is signed in.
    pub email: String,
    /// When the access token expires, as far as that is known.
    pub expires_at: Option<Timestamp>,
    /// There was a session already.
    pub already: bool,
}

/// Which sessions to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one with this organisation.
    One(String),
    All,
}

/// A session that was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedOut {
    pub org: String,
    /// The provider will not renew it for anybody; else what it issued is good until it expires.
    pub revoked: bool,
}

/// What is known of a session without asking anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    pub org: String,
    /// Who is signed in.
    pub email: String,
    pub base: Url,
    /// When the access token expires, as far as that is known.
    pub expires_at: Option<Timestamp>,
    /// Whether the session renews itself.
    pub renews: bool,
    /// What holds the secrets, in words.
    pub store: String,
    /// What holds the secrets.
    pub secret_store: SecretKind,
    /// Why it is that, in words.
    pub secret_store_why: String,
    /// Why it is over, as far as that is known without asking anybody; `None`: it is not.
    pub problem: Option<String>,
}

impl SessionInfo {
    /// How long it lasts, in words.
    pub fn lifetime(&self, now: Timestamp) -> String {
        match self.expires_at {
            _ if self.problem.is_some() => "over".to_owned(),
            _ if self.renews => "renews itself".to_owned(),
            None => "no known end".to_owned(),
            Some(end) if end <= now => format!("ended {}", time::relative(now, end)),
            Some(end) => format!("ends {} ({})", time::relative(now, end), time::local(now, end)),
        }
    }
}

impl<'a> Sessions<'a> {
    /// The organisation that this run is about: by flag, variable or file, else the one that was signed in to last.
    pub fn org(&self) -> Result<String, Failure> {
        self.chosen()?.ok_or_else(|| {
            Failure::usage("No organisation is chosen.")
                .hint("Sign in to one with: p0 login <org>")
                .hint("Or name it for this command with --org <org> or P0_ORG.")
                .hint("To try p0 without one: p0 dev request gcloud role viewer --wait")
        })
    }

    /// How an organisation says that it is reached; asked at most once a day, and not again after the deadline.
    pub async fn describe(&self, org: &str, deadline: Option<Instant>) -> Result<Described> {
        let org = checked(org.to_owned())?;
        let lookup = self.lookup(&org)?;
        describe::describe(&self.ctx.dirs, &self.ctx.http(), &lookup, &org, CachePolicy::UseCache, deadline).await
    }

    /// Where an organisation is looked up.
    pub fn lookup(&self, org: &str) -> Result<Url, Failure> {
        Ok(self.service(org)?.lookup)
    }

    fn service(&self, org: &str) -> Result<Service, Failure> {
        Service::find(&self.ctx.dirs, &self.ctx.settings, &self.store(), org)
    }

    /// The tokens for calls: one from elsewhere as it stands, else those of the session, which are renewed as needed. Where
    /// there is no session and somebody can answer, they sign in on the way.
    pub fn tokens(&self, org: &str) -> Arc<dyn Tokens> {
        match &self.ctx.settings.api_token {
            Some(given) => {
                harden::process();
                Arc::new(FixedToken::new(given.token.clone()))
            }
            None => Arc::new(StoredTokens::new(self.deps(), org.to_owned())),
        }
    }

    /// Whose this run's calls are: an e-mail address, or what stands for a token from elsewhere; empty where nobody is
    /// signed in. What one earns is not for another.
    pub fn holder(&self, org: &str) -> Result<String> {
        Ok(match &self.ctx.settings.api_token {
            Some(given) => {
                let hash = Sha256::digest(given.token.expose_secret());
                let hex: String = hash[..HASH].iter().map(|byte| format!("{byte:02x}")).collect();
                format!("token {hex}")
            }
            None => self.info(org)?.map(|session| session.email).unwrap_or_default(),
        })
    }

    /// What the session with this client's organisation has earned.
    pub fn credential_store(&self, client: &Client) -> Result<CredentialStore> {
        self.vault_at(client.org(), client.root().clone())
    }

    /// The same without any call and without setting one up; `None` where it is not known which service it is with.
    pub fn known_vault(&self, org: &str) -> Result<Option<CredentialStore>> {
        let known = describe::known(&self.ctx.dirs, &self.lookup(org)?, org)?;
        known.map(|known| self.vault_at(org, Client::root_of(&known.base, org)?)).transpose()
    }

    fn vault_at(&self, org: &str, root: Url) -> Result<CredentialStore> {
        harden::process();
        let places = (owner::service_of(&root), root);
        Ok(CredentialStore::new(self.store(), self.ctx.dirs.clone(), org, places, self.holder(org)?))
    }

    /// Signs in to an organisation, unless somebody is signed in already, and makes it the current one.
    pub async fn login(&self, org: &str, how: LoginOptions) -> Result<SignedIn> {
        let org = checked(org.to_owned())?;
        let deps = self.deps();
        let before = deps.service(&org)?.record;
        if let Some(session) = self.usable(&deps, &org, how.refresh).await? {
            return Ok(SignedIn { org, email: session.email, expires_at: session.expires_at, already: true });
        }
        if self.ctx.ui.no_input() {
            return Err(nobody_to_ask(&org).into());
        }
        let (session, already) = deps.sign_in(&org, how, before).await?;
        Ok(SignedIn { org, email: session.email, expires_at: session.expires_at, already })
    }

    /// The session that is there, if it is good or can be renewed, and the user may use the organisation.
    async fn usable(&self, deps: &Deps, org: &str, refresh: bool) -> Result<Option<Session>> {
        let _lock = deps.lock(org).await?;
        let Some(session) = deps.usable(org, refresh).await? else { return Ok(None) };
        match deps.account(org, &session).await? {
            Account::Open => {
                deps.store.set_current(Some(org))?;
                let lookup = deps.service(org)?.lookup;
                login::Memory::change(&deps.dirs, org, |memory| memory.service = Some(lookup));
                Ok(Some(session))
            }
            Account::Closed(failure) => Err(failure.hint("To sign in as somebody else: p0 logout").into()),
            Account::TokenRefused => Ok(None),
        }
    }

    /// Ends sessions: the secrets first, then at the provider where that can be done in time. What cannot be deleted is
    /// remembered, and deleted at the next occasion.
    pub async fn logout(&self, which: Which) -> Result<Vec<SignedOut>> {
        let deps = self.deps();
        let mut ended = Vec::new();
        let mut failed: Option<anyhow::Error> = None;
        for (org, base) in self.to_end(&deps, which)? {
            match self.end(&deps, &org, base.as_ref()).await {
                Ok((signed_out, failure)) => {
                    ended.extend(signed_out);
                    if let Some(failure) = failure {
                        // The first is reported as the command's own.
                        if let Some(error) = failed.replace(failure.into()) {
                            self.ctx.ui.warn(error.to_string());
                        }
                    }
                }
                Err(error) => {
                    if let Some(error) = failed.replace(error) {
                        self.ctx.ui.warn(error.to_string());
                    }
                }
            }
        }
        let Some(error) = failed else { return Ok(ended) };
        for one in &ended {
            self.ctx.ui.say(format!("Signed out of {}.", one.org));
        }
        Err(error)
    }

    /// The organisations, and the services at which sessions with them end; `None` where only rests are left.
    fn to_end(&self, deps: &Deps, which: Which) -> Result<Vec<(String, Option<Url>)>> {
        match which {
            Which::One(org) => {
                let org = checked(org)?;
                let base = self.service(&org)?.record.map(|record| record.base);
                Ok(vec![(org, base)])
            }
            Which::All => {
                let mut all = Vec::new();
                for org in deps.store.known_orgs()? {
                    let records = deps.store.records(&org)?;
                    all.extend(records.into_iter().map(|record| (org.clone(), Some(record.base))));
                    all.push((org, None));
                }
                Ok(all)
            }
        }
    }

    /// Ends a session, and removes what is left of earlier ones with the organisation. What could not be deleted comes beside
    /// it.
    async fn end(&self, deps: &Deps, org: &str, base: Option<&Url>) -> Result<(Option<SignedOut>, Option<Failure>)> {
        let lock = deps.lock(org).await?;
        let store = &deps.store;
        let mut removed = Removed::default();
        if let Some(base) = base {
            removed = store.delete(&lock, org, base).await?;
            credential_store::forget_all(store, &deps.dirs, org, base, &mut removed).await?;
        }
        let former = std::mem::take(&mut removed.sessions);
        let rest = store.remove_rest(&lock, org).await?;
        let failure = removed.failures.into_iter().chain(rest.failures).next();
        if store.records(org)?.is_empty() && store.current()?.as_deref() == Some(org) {
            store.set_current(None)?;
        }
        drop(lock);
        let mut revoked = false;
        for session in former.iter().chain(&rest.sessions) {
            revoked |= deps.revoke(session).await;
        }
        let signed_out = base.map(|_| SignedOut { org: org.to_owned(), revoked });
        Ok((signed_out, failure.map(|(kind, failure)| not_deleted(org, kind, failure))))
    }

    /// What is known of the session with an organisation, without asking anybody.
    pub fn info(&self, org: &str) -> Result<Option<SessionInfo>> {
        Ok(self.service(org)?.record.map(|record| self.info_of(org, record)))
    }

    /// The services other than the one that is meant with which there are sessions of an organisation of this name.
    pub fn elsewhere(&self, org: &str) -> Result<Vec<SessionInfo>> {
        let others = self.service(org)?.others;
        Ok(others.into_iter().map(|record| self.info_of(org, record)).collect())
    }

    fn info_of(&self, org: &str, record: Record) -> SessionInfo {
        let store = self.store();
        let gone = match store.has_secrets(org, &record) {
            Some(false) if record.store == SecretKind::Kernel => {
                Some("the kernel's keyring, which is emptied when the machine restarts, no longer has its tokens")
            }
            Some(false) => Some("its tokens are gone"),
            _ => None,
        };
        SessionInfo {
            org: org.to_owned(),
            email: record.email,
            base: record.base,
            expires_at: record.expires_at,
            renews: record.renews,
            store: record.store.name().to_owned(),
            secret_store: record.store,
            secret_store_why: store.secrets().why(record.store, self.ctx.settings.secret_store_origin),
            problem: gone.map(str::to_owned),
        }
    }

    fn store(&self) -> SessionStore {
        let ctx = self.ctx;
        deps::session_store(&ctx.dirs, &ctx.settings, &ctx.env, &ctx.ui)
    }

    fn deps(&self) -> Arc<Deps> {
        Arc::new(Deps::new(self.ctx))
    }
}

/// Ends a session at its provider (RFC 7009), if that takes no time. What is deleted here is gone in any case.
async fn revoke(deps: &Deps, renewal: &Renewal) -> bool {
    // Firebase has no such call: what it issued is good until it expires, and renews only with what is deleted here.
    let Renewer::Client(client) = &renewal.by else { return false };
    let Some(endpoint) = &client.revocation else { return false };
    let revoking = client.revoke(&deps.http, endpoint, &renewal.refresh_token);
    match tokio::time::timeout(REVOCATION_LIMIT, revoking).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(%error, "the session could not be revoked");
            false
        }
        Err(_) => {
            tracing::debug!("the session could not be revoked in time");
            false
        }
    }
}

/// The session is over, but not all of its tokens are deleted.
fn not_deleted(org: &str, kind: SecretKind, failure: Failure) -> Failure {
    let store = kind.name();
    let message = format!("Cannot delete every token for {org} from {store}: {}", failure.message);
    Failure { message, ..failure }.hint(format!(
        "Until then they stay there, and may still work. When {store} can be used again: p0 --org {org} logout"
    ))
}

fn checked(org: String) -> Result<String, Failure> {
    if dirs::is_plain(&org) {
        return Ok(org);
    }
    let shown: String = org.chars().take(64).collect();
    Err(Failure::usage(format!("'{shown}' is not the name of an organisation."))
        .hint("A name has letters, digits, '.', '_' and '-', and does not begin with a dot."))
}

fn not_signed_in(org: &str) -> Failure {
    Failure::new(Kind::NotSignedIn, format!("You are not signed in to {org}."))
        .hint(format!("Sign in with: p0 login {org}"))
        .hint("Where nobody can sign in, set P0_API_TOKEN to a token.")
}

fn nobody_to_ask(org: &str) -> Failure {
    Failure::new(Kind::NotSignedIn, format!("Somebody has to sign in to {org}, and --no-input says that nobody does."))
        .hint(format!("Sign in without --no-input: p0 login {org}"))
        .hint("Where nobody can sign in, set P0_API_TOKEN to a token.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_travel_over_https_or_not_at_all() {
        let may = |text: &str| p0_client::may_carry_secrets(&Url::parse(text).expect("an address"));
        for url in
            ["https://api.example.com", "http://127.0.0.1:80", "http://127.9.9.9", "http://[::1]", "http://localhost"]
        {
            assert!(may(url), "{url}");
        }
        for url in [
            "http://api.example.com",
            "http://localhost.example.com",
            "http://[::2]",
            "ftp://localhost",
            "data:x",
            "http://192.168.1.1",
        ] {
            assert!(!may(url), "{url}");
        }
    }

    #[test]
    fn a_session_says_how_long_it_lasts() {
        let now = Timestamp::from_second(1_000_000).expect("a time");
        let info = |renews, expires_at: Option<i64>| SessionInfo {
            org: "example".into(),
            email: "ada@example.com".into(),
            base: Url::parse("https://api.example.com").expect("an address"),
            expires_at: expires_at.map(|second| Timestamp::from_second(second).expect("a time")),
            renews,
            store: "a file".into(),
            secret_store: SecretKind::File,
            secret_store_why: "chosen by P0_SECRET_STORE".into(),
            problem: None,
        };
        assert_eq!(info(true, Some(0)).lifetime(now), "renews itself");
        assert_eq!(info(false, None).lifetime(now), "no known end");
        assert_eq!(info(false, Some(999_820)).lifetime(now), "ended 3m ago");
        assert!(info(false, Some(1_000_060)).lifetime(now).starts_with("ends in 1m ("));
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        for org in ["", "../x", "a/b", "a\n"] {
            let failure = checked(org.into()).expect_err(org);
            assert_eq!(failure.kind, Kind::Usage);
        }
        assert_eq!(not_signed_in("example").message, "You are not signed in to example.");
    }
}
