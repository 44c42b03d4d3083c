//! What sessions use of the context, owned, so that it goes along with the API's client; and the steps of a sign-in.

use super::{
    describe::{self, Ask, Described},
    harden,
    lock::{Lock, LockError},
    login::{self, Attempt, LoginOptions, Memory},
    oauth,
    renew::{self, Outcome},
    secrets::Secrets,
    store::{Session, SessionStore},
};
use crate::{
    clock,
    ctx::Ctx,
    dirs::Dirs,
    env_vars::EnvVars,
    error::Failure,
    settings::{self, Settings},
    ui::Ui,
};
use anyhow::Result;
use p0_client::{Client, Error as HttpError, FixedToken, Http};
use p0_wire::org::Auth;
use std::sync::Arc;

/// What sessions use.
pub struct Parts {
    /// What the environment says.
    pub env: EnvVars,
    /// What holds for this run.
    pub settings: Settings,
    /// Where files are.
    pub dirs: Dirs,
    /// The streams.
    pub ui: Ui,
    /// Where sessions are kept.
    pub store: SessionStore,
    /// The one HTTP stack.
    pub http: Arc<Http>,
}

/// Whether a user may use an organisation.
pub enum Account {
    /// They may.
    Open,
    /// They may not.
    Closed(Failure),
    /// The service does not take the token, so nobody knows.
    TokenRefused,
}

/// The store of sessions that these settings mean.
pub fn store(dirs: &Dirs, settings: &Settings, env: &EnvVars, ui: &Ui) -> SessionStore {
    let secrets = Secrets::new(dirs, settings.secret_store, env.session_bus);
    SessionStore::new(dirs.clone(), secrets, ui.clone())
}

impl Parts {
    /// What this run's sessions use. From now on there may be secrets in memory.
    pub fn new(ctx: &Ctx) -> Self {
        harden::process();
        Self {
            store: store(&ctx.dirs, &ctx.settings, &ctx.env, &ctx.ui),
            env: ctx.env.clone(),
            settings: ctx.settings.clone(),
            dirs: ctx.dirs.clone(),
            ui: ctx.ui.clone(),
            http: ctx.http(),
        }
    }

    /// Waits until no other process signs in to this organisation or renews its session.
    ///
    /// # Errors
    /// That takes too long, or the file system fails.
    pub async fn lock(&self, org: &str) -> Result<Lock, Failure> {
        let path = self.dirs.session_lock(org);
        let waiting = || self.ui.say("Another p0 is signing in; waiting for it.");
        Lock::take(&path, login::LIMIT, waiting).await.map_err(|error| match error {
            LockError::Held => Failure::error("Another p0 has been signing in for too long.")
                .hint("Finish that sign-in, or end that process, and try again."),
            LockError::Io(error) => Failure::error(format!("Cannot lock {}: {error}", path.display())),
        })
    }

    /// Whether somebody who is not signed in can sign in now: there is somebody to ask, or nothing to be asked.
    ///
    /// # Errors
    /// The service cannot be asked how its users sign in.
    pub async fn may_sign_in(&self, org: &str) -> Result<bool> {
        if self.ui.may_prompt() {
            return Ok(true);
        }
        let has_password = self.env.email.is_some() && self.env.password.is_some();
        Ok(has_password && self.auth(org).await? == Auth::Password)
    }

    /// How the organisation's users sign in.
    ///
    /// # Errors
    /// The service cannot be asked.
    pub async fn auth(&self, org: &str) -> Result<Auth> {
        Ok(self.describe(org, Ask::IfNeeded).await?.org.auth)
    }

    /// Whether a sign-in leaves tokens of the identity provider with the session.
    ///
    /// # Errors
    /// The service cannot be asked.
    pub async fn keeps_provider_tokens(&self, org: &str) -> Result<bool> {
        let described = self.describe(org, Ask::IfNeeded).await?;
        let by_provider = matches!(described.org.auth, Auth::Sso { .. });
        Ok(by_provider && (described.org.use_provider_token || login::exchanges(&described.org)))
    }

    /// This program as a client of the organisation's identity provider, where the API takes that provider's tokens.
    ///
    /// # Errors
    /// The service cannot be asked how its users sign in, or the provider cannot be found.
    pub async fn client(&self, org: &str) -> Result<Option<oauth::Client>> {
        let described = self.describe(org, Ask::IfNeeded).await?;
        if !described.org.use_provider_token {
            return Ok(None);
        }
        let deadline = clock::instant() + login::LIMIT;
        let how = LoginOptions::default();
        login::client(&Attempt { parts: self, org, described: &described, how, deadline }).await
    }

    async fn describe(&self, org: &str, ask: Ask) -> Result<Described> {
        describe::describe(&self.dirs, &self.http, &self.settings.app_url, org, ask, None).await
    }

    /// The session with an organisation, if it is with the service that this run is about: a token is sent to no other.
    ///
    /// # Errors
    /// The session cannot be read, or the service not be found.
    pub async fn session(&self, org: &str) -> Result<Option<Session>> {
        let Some(session) = self.store.load(org).await? else { return Ok(None) };
        let base = self.describe(org, Ask::IfNeeded).await?.base;
        if session.base != base {
            tracing::debug!(session = %oauth::host_of(&session.base), service = %oauth::host_of(&base), "the session is with another service");
            return Ok(None);
        }
        Ok(Some(session))
    }

    /// The session with an organisation, renewed if need be or wanted; `None` if only a sign-in helps. Whoever calls
    /// holds the lock.
    ///
    /// # Errors
    /// The session cannot be read, or the provider not be asked.
    pub async fn usable(&self, org: &str, refresh: bool) -> Result<Option<Session>> {
        // A user who turns to another store has reasons not to ask the former one, such as that it is locked.
        let elsewhere = |record: super::store::Record| {
            self.settings.secret_store != settings::SecretStore::Auto && !self.store.allows(record.store)
        };
        if self.store.record(org)?.is_some_and(elsewhere) {
            return Ok(None);
        }
        let Some(session) = self.session(org).await? else { return Ok(None) };
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

    /// Signs in, makes sure that the user may use the organisation, and keeps the session.
    ///
    /// # Errors
    /// The user may not, the provider or the user refuses, the time is over, or nothing can keep the secrets.
    pub async fn sign_in(&self, lock: &Lock, org: &str, how: LoginOptions) -> Result<Session> {
        if !how.asked {
            login::no_second_page(self, org, lock)?;
        }
        let how = LoginOptions { way: how.way.or(Memory::recall(&self.dirs, org).way), ..how };
        let way = how.way;
        let described = self.describe(org, Ask::Anew).await?;
        self.store.probe(org).await?;
        let deadline = clock::instant() + login::LIMIT;
        let attempt = Attempt { parts: self, org, described: &described, how, deadline };
        let session = login::sign_in(&attempt).await.inspect_err(|_| {
            Memory::change(&self.dirs, org, |memory| memory.given_up = memory.unanswered.is_some());
        })?;
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
        let kept = self.store.save(org, &session).await?;
        self.store.set_current(Some(org))?;
        Memory::change(&self.dirs, org, |memory| *memory = Memory { way, ..Memory::default() });
        self.ui.say(format!("Signed in to {org} as {}.", session.email));
        tracing::debug!(store = kept.name(), "the session is kept");
        Ok(session)
    }

    /// Asks the service whether the user may use the organisation.
    ///
    /// # Errors
    /// It does not answer.
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
