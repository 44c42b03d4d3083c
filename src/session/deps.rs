//! What sessions use of the context, owned, so that it goes along with the API's client; and the steps of a sign-in.

use super::{
    credential_store,
    describe::{self, CachePolicy, Described},
    harden,
    login::{self, Attempt, LoginOptions, Memory},
    oauth,
    renew::{self, Outcome},
    secrets::Secrets,
    service::Service,
    store::{self, Removed, Session, SessionStore},
};
use crate::{
    clock,
    ctx::Ctx,
    dirs::{self, Dirs},
    env_vars::EnvVars,
    error::{Failure, Kind, classify},
    file_lock::{Holder, Lock, LockError},
    interrupt::Interrupt,
    settings::{self, Settings},
    ui::Ui,
};
use anyhow::Result;
use p0_client::{Client, Error as HttpError, FixedToken, Http};
use p0_wire::org::Auth;
use std::{io, path::Path, sync::Arc, time::Duration};

/// How long another process may take to renew, keep or end a session.
const LOCK_LIMIT: Duration = Duration::from_secs(30);
/// How long one that is signing in is waited for where that may be in vain.
const BRIEFLY: Duration = Duration::from_secs(1);

pub struct Deps {
    /// What the environment says.
    pub env: EnvVars,
    /// What holds for this run.
    pub settings: Settings,
    pub dirs: Dirs,
    pub ui: Ui,
    /// Where sessions are kept.
    pub store: SessionStore,
    /// The one HTTP stack.
    pub http: Arc<Http>,
}

/// Whether a user may use an organisation.
pub enum Account {
    Open,
    Closed(Failure),
    /// The service does not take the token, so nobody knows.
    TokenRefused,
}

/// The store of sessions that these settings mean.
pub fn session_store(dirs: &Dirs, settings: &Settings, env: &EnvVars, ui: &Ui) -> SessionStore {
    let secrets = Secrets::new(dirs, settings.secret_store, env.session_bus);
    SessionStore::new(dirs.clone(), secrets, ui.clone())
}

impl Deps {
    /// What this run's sessions use. From now on there may be secrets in memory.
    pub fn new(ctx: &Ctx) -> Self {
        harden::process();
        Self {
            store: session_store(&ctx.dirs, &ctx.settings, &ctx.env, &ctx.ui),
            env: ctx.env.clone(),
            settings: ctx.settings.clone(),
            dirs: ctx.dirs.clone(),
            ui: ctx.ui.clone(),
            http: ctx.http(),
        }
    }

    /// Waits until no other process renews, keeps or ends a session with this organisation. None of them waits for a person.
    pub async fn lock(&self, org: &str) -> Result<Lock, Failure> {
        self.dirs.usable()?;
        let path = self.dirs.session_lock(org);
        let waiting = |holder: Holder| self.ui.say(format!("Waiting for {holder} to finish with the session."));
        Lock::take_by_name(&path, LOCK_LIMIT, waiting).await.map_err(|error| match error {
            LockError::Held => {
                let holder = Holder::read(&path);
                let failure =
                    Failure::error(format!("Timed out waiting for the session with {org}: {holder} has its lock."));
                match holder.ending() {
                    Some(command) => failure.hint(format!("Let it go on, or end it: {command}")),
                    None => failure.hint("Try again."),
                }
            }
            LockError::Io(error) => cannot_lock(&path, &error),
        })
    }

    /// Waits until no other process is signing in to this organisation; `None` where that one is stopped, so that it would be
    /// waited for in vain.
    async fn sign_in_lock(&self, org: &str) -> Result<Option<Lock>, Failure> {
        let path = self.dirs.sign_in_lock(org);
        let holder = Holder::read(&path);
        // A sign-in that takes no person is not kept waiting by one that does.
        let limit =
            if holder.is_stopped() || !self.ui.may_prompt() && self.has_password() { BRIEFLY } else { login::LIMIT };
        let waiting = |holder: Holder| {
            self.ui.say(format!("Waiting for {holder}, which is signing in to {org}."));
            if let Some(command) = holder.ending() {
                self.ui.say(format!("To sign in here instead, end it: {command}"));
            }
        };
        match Lock::take_by_name(&path, limit, waiting).await {
            Ok(lock) => Ok(Some(lock)),
            Err(LockError::Held) if limit == BRIEFLY => {
                tracing::debug!(%holder, "not waited for");
                Ok(None)
            }
            Err(LockError::Held) => {
                let holder = Holder::read(&path);
                let kind = if self.ui.may_prompt() { Kind::Error } else { Kind::NotSignedIn };
                let failure =
                    Failure::new(kind, format!("Timed out waiting for {holder}, which is signing in to {org}."));
                let ending = holder.ending().map(|command| format!("Finish that sign-in, or end it: {command}"));
                Err(failure.hint(ending.unwrap_or_else(|| "Finish that sign-in, and try again.".to_owned())))
            }
            Err(LockError::Io(error)) => Err(cannot_lock(&path, &error)),
        }
    }

    /// Whether somebody who is not signed in can sign in now: there is somebody to ask, or nothing to be asked.
    pub async fn may_sign_in(&self, org: &str) -> Result<bool> {
        if self.ui.may_prompt() {
            return Ok(true);
        }
        Ok(self.has_password() && self.auth(org).await? == Auth::Password)
    }

    fn has_password(&self) -> bool {
        self.env.email.is_some() && self.env.password.is_some()
    }

    /// How the organisation's users sign in.
    pub async fn auth(&self, org: &str) -> Result<Auth> {
        Ok(self.describe(org, CachePolicy::UseCache).await?.org.auth)
    }

    /// Whether a sign-in leaves tokens of the identity provider with the session.
    pub async fn keeps_provider_tokens(&self, org: &str) -> Result<bool> {
        let described = self.describe(org, CachePolicy::UseCache).await?;
        let by_provider = matches!(described.org.auth, Auth::Sso { .. });
        Ok(by_provider && (described.org.use_provider_token || login::exchanges(&described.org)))
    }

    /// This program as a client of the organisation's identity provider, where the API takes that provider's tokens.
    pub async fn client(&self, org: &str) -> Result<Option<oauth::Client>> {
        let described = self.describe(org, CachePolicy::UseCache).await?;
        if !described.org.use_provider_token {
            return Ok(None);
        }
        let deadline = clock::instant() + login::LIMIT;
        let how = LoginOptions::default();
        login::client(&Attempt { deps: self, org, described: &described, how, deadline }).await
    }

    /// The service that the organisation is meant to be at.
    pub fn service(&self, org: &str) -> Result<Service, Failure> {
        Service::find(&self.dirs, &self.settings, &self.store, org)
    }

    async fn describe(&self, org: &str, policy: CachePolicy) -> Result<Described> {
        let lookup = self.service(org)?.lookup;
        describe::describe(&self.dirs, &self.http, &lookup, org, policy, None).await
    }

    /// The session with an organisation, if it is with the service that this run is about: a token is sent to no other.
    pub async fn session(&self, org: &str) -> Result<Option<Session>> {
        let service = self.service(org)?;
        if service.record.is_none() && service.others.is_empty() {
            return Ok(None);
        }
        let base = self.describe(org, CachePolicy::UseCache).await?.base;
        let session = self.store.load(org, &base).await?;
        if session.is_none() {
            tracing::debug!(service = %oauth::host_of(&base), "there is no session with this service");
        }
        Ok(session)
    }

    /// The session with an organisation, renewed if need be or wanted; `None` if only a sign-in helps. Whoever calls
    /// holds the lock.
    pub async fn usable(&self, org: &str, refresh: bool) -> Result<Option<Session>> {
        // A user who turns to another store has reasons not to ask the former one, such as that it is locked.
        let elsewhere = |record: store::Record| {
            self.settings.secret_store != settings::SecretStore::Auto && !self.store.allows(record.store)
        };
        if self.service(org)?.record.is_some_and(elsewhere) {
            return Ok(None);
        }
        let session = match self.session(org).await.map_err(classify) {
            Ok(session) => session,
            // What is there is another's, which is no obstacle to a sign-in.
            Err(failure) if failure.kind == Kind::NotSignedIn => {
                self.ui.warn(failure.message);
                None
            }
            Err(failure) => return Err(failure.into()),
        };
        let Some(session) = session else { return Ok(None) };
        if !refresh && session.is_fresh(clock::now()) {
            return Ok(Some(session));
        }
        match renew::renew(self, &session).await {
            Outcome::Renewed(fresh) => {
                self.keep_renewed(org, &fresh).await;
                // What the identity provider granted cannot be had without it.
                let complete = fresh.provider.is_some() || !self.keeps_provider_tokens(org).await?;
                Ok((complete || !refresh).then_some(*fresh))
            }
            Outcome::Ended => Ok(None),
            Outcome::Failed(error) => Err(error),
        }
    }

    /// Keeps a renewed session. What cannot be kept can still be used, once.
    pub async fn keep_renewed(&self, org: &str, session: &Session) {
        if let Err(failure) = self.store.update(org, session).await {
            self.ui.warn(format!("The renewed session could not be kept, so you may have to sign in again. {failure}"));
        }
    }

    /// Signs in, makes sure that the user may use the organisation, and keeps the session. Whoever calls does not hold the lock
    /// of the session: a person may take minutes, and others must be able to renew, to sign out, and to fail. Where the record is
    /// no longer the one from `before`, somebody else has signed in, and their session is used.
    pub async fn sign_in(
        &self,
        org: &str,
        how: LoginOptions,
        before: Option<store::Record>,
    ) -> Result<(Session, bool)> {
        self.dirs.usable()?;
        let mut interrupt = Interrupt::listen()?;
        let signing_in = async {
            let alone = self.sign_in_lock(org).await?;
            let waited = alone.as_ref().is_some_and(Lock::waited);
            if self.service(org)?.record != before
                && let Some(session) = self.fresh(org).await?
            {
                return Ok((session, true));
            }
            self.sign_in_alone(org, how, waited).await.map(|session| (session, false))
        };
        tokio::select! {
            signed_in = signing_in => signed_in,
            () = interrupt.pressed() => {
                self.remember_interruption(org);
                Err(Failure::new(Kind::Interrupted, format!("Sign-in interrupted: you are not signed in to {org}."))
                    .hint(format!("To sign in: p0 login {org}"))
                    .into())
            }
        }
    }

    /// A session that needs neither a person nor a renewal.
    async fn fresh(&self, org: &str) -> Result<Option<Session>> {
        Ok(self.session(org).await?.filter(|session| session.is_fresh(clock::now())))
    }

    fn remember_interruption(&self, org: &str) {
        Memory::change(&self.dirs, org, |memory| memory.given_up = memory.unanswered.is_some());
    }

    async fn sign_in_alone(&self, org: &str, how: LoginOptions, waited: bool) -> Result<Session> {
        if !how.asked {
            login::no_second_page(self, org, waited)?;
        }
        let how = LoginOptions { way: how.way.or(Memory::recall(&self.dirs, org).way), ..how };
        let way = how.way;
        let lookup = self.service(org)?.lookup;
        let described = describe::describe(&self.dirs, &self.http, &lookup, org, CachePolicy::Refresh, None).await?;
        self.store.probe().await?;
        let deadline = clock::instant() + login::LIMIT;
        let attempt = Attempt { deps: self, org, described: &described, how, deadline };
        let session = login::sign_in(&attempt).await.inspect_err(|_| self.remember_interruption(org))?;
        match self.account(org, &session).await? {
            Account::Open => {}
            Account::Closed(failure) => {
                let contact = described.org.config.and_then(|config| config.contact_message);
                return Err(contact.into_iter().fold(failure, Failure::hint).into());
            }
            Account::TokenRefused => {
                return Err(Failure::error("The service does not accept the identity provider's token.")
                    .hint("Tell whoever runs the service that it and its identity provider do not agree.")
                    .into());
            }
        }
        let lock = self.lock(org).await?;
        let before = self.store.record(org, &session.base)?;
        if before.is_some_and(|before| before.email != session.email) {
            // What one user has earned is not another's. What cannot be deleted now is, when they sign out.
            let mut removed = Removed::default();
            credential_store::forget_all(&self.store, &self.dirs, org, &session.base, &mut removed).await?;
            if !removed.failures.is_empty() {
                tracing::debug!("what the user before has earned is not all forgotten");
            }
        }
        let removed = self.store.save(&lock, org, &lookup, &session).await?;
        self.store.set_current(Some(org))?;
        Memory::change(&self.dirs, org, |memory| {
            *memory = Memory { way, service: Some(lookup), ..Memory::default() };
        });
        drop(lock);
        self.ui.say(format!("Signed in to {org} as {}.", session.email));
        for former in &removed.sessions {
            self.revoke(former).await;
        }
        for (_, failure) in &removed.failures {
            self.ui.warn(format!("The tokens of an earlier session could not be deleted. {failure}"));
        }
        if !removed.failures.is_empty() {
            self.ui.say(format!("  p0 logout deletes them once their store can be used: p0 --org {org} logout"));
        }
        Ok(session)
    }

    /// Ends a session at its provider (RFC 7009), if that takes no time. What is deleted here is gone in any case.
    pub async fn revoke(&self, session: &Session) -> bool {
        let own = session.provider.as_ref().and_then(super::provider::AtProvider::renewal);
        let mut revoked = false;
        for renewal in session.renewal.iter().chain(own) {
            revoked |= super::revoke(self, renewal).await;
        }
        revoked
    }

    /// Asks the service whether the user may use the organisation.
    pub async fn account(&self, org: &str, session: &Session) -> Result<Account> {
        let token = Arc::new(FixedToken::new(session.access_token.clone()));
        match Client::new(Arc::clone(&self.http), &session.base, org, token)?.account().await {
            Ok(_) => Ok(Account::Open),
            Err(HttpError::Unauthorized { .. }) => Ok(Account::TokenRefused),
            Err(HttpError::Forbidden { text } | HttpError::NotFound { text } | HttpError::Service { text, .. }) => {
                let failure = Failure::error(format!("{} may not use the organisation {org}.", session.email));
                Ok(Account::Closed(failure.hint(format!("The service says: {text}"))))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn cannot_lock(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::error(format!("Cannot lock {}: {error}.", path.display()));
    if dirs::has_no_locks(error) {
        return failure
            .hint("The file system of that directory has no locks, as a network home may.")
            .hint("To keep sessions on a local disk, set P0_HOME to a directory on one.");
    }
    failure
}
