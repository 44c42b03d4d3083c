//! The tokens of a session: taken from the store, renewed in time, and fetched anew when the session is over.
//!
//! However many processes find a token stale, one renews it, and the others use what it got.

use super::{Parts, login::LoginOptions, not_signed_in, store::Session};
use crate::{
    clock,
    error::{Failure, Kind, classify},
};
use anyhow::Result;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use p0_client::{Error as HttpError, Tokens, TokensError};
use secrecy::{ExposeSecret, SecretString};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// A token that expires sooner is renewed first.
const EARLY: SignedDuration = SignedDuration::from_secs(60);
/// Pauses before a renewal whose answer was lost is tried again. Providers take a refresh token again for a moment.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// The tokens of the session with an organisation, whether there is one yet or not.
pub struct StoredTokens {
    parts: Arc<Parts>,
    org: String,
    known: Mutex<Option<Session>>,
}

/// What became of a renewal.
pub enum Outcome {
    /// A fresher session. It is not kept yet.
    Renewed(Session),
    /// The session is over.
    Ended,
    /// The provider could not be asked.
    Failed(anyhow::Error),
}

impl StoredTokens {
    /// Nothing is opened yet.
    pub fn new(parts: Arc<Parts>, org: String) -> Self {
        Self { parts, org, known: Mutex::new(None) }
    }

    /// A session that is good, and is not the one that was refused.
    async fn session(&self, rejected: Option<&SecretString>) -> Result<Session> {
        let mut known = self.known.lock().await;
        let good = |session: &Session| session.is_fresh(clock::now()) && !session.has(rejected);
        if let Some(session) = known.as_ref().filter(|session| good(session)) {
            return Ok(session.clone());
        }
        let session = match self.parts.session(&self.org).await?.filter(|session| good(session)) {
            Some(session) => session,
            None => self.alone(rejected).await?,
        };
        *known = Some(session.clone());
        Ok(session)
    }

    /// The same, as the only process that does it.
    async fn alone(&self, rejected: Option<&SecretString>) -> Result<Session> {
        let (parts, org) = (&self.parts, self.org.as_str());
        let lock = parts.lock(org).await?;
        let Some(session) = parts.session(org).await? else {
            if !parts.ui.may_prompt() {
                return Err(not_signed_in(org).into());
            }
            return parts.sign_in(&lock, org, LoginOptions::default()).await;
        };
        // Somebody else may have been faster.
        if session.is_fresh(clock::now()) && !session.has(rejected) {
            return Ok(session);
        }
        match renew(parts, &session).await {
            Outcome::Renewed(fresh) => {
                parts.keep_renewed(org, &fresh).await;
                Ok(fresh)
            }
            Outcome::Ended if rejected.is_none() && session.is_valid(clock::now()) => Ok(session),
            Outcome::Ended => {
                parts.store().delete(org).await?;
                if !parts.ui.may_prompt() {
                    return Err(ended(org).into());
                }
                parts.ui.say(format!("Your session with {org} has ended."));
                parts.sign_in(&lock, org, LoginOptions::default()).await
            }
            Outcome::Failed(error) if rejected.is_none() && session.is_valid(clock::now()) => {
                tracing::debug!(%error, "the session cannot be renewed now; its token is still good");
                Ok(session)
            }
            Outcome::Failed(error) => Err(error),
        }
    }
}

#[async_trait]
impl Tokens for StoredTokens {
    async fn bearer(&self) -> Result<SecretString, TokensError> {
        self.session(None).await.map(|session| session.access_token).map_err(boxed)
    }

    async fn renewed(&self, rejected: &SecretString) -> Result<Option<SecretString>, TokensError> {
        self.session(Some(rejected)).await.map(|session| Some(session.access_token)).map_err(boxed)
    }
}

/// So that the failure comes out of the client as it went in.
fn boxed(error: anyhow::Error) -> TokensError {
    Box::new(classify(error))
}

/// Renews a session at its provider (RFC 6749, section 6). Whoever calls holds the lock.
pub async fn renew(parts: &Parts, session: &Session) -> Outcome {
    let Some(renewal) = &session.renewal else { return Outcome::Ended };
    let mut pauses = PAUSES.into_iter();
    let granted = loop {
        match renewal.client.refresh(&parts.http, &renewal.refresh_token).await {
            Err(super::oauth::Error::Http(HttpError::Network { .. } | HttpError::Status { .. }))
                if pauses.len() > 0 =>
            {
                tokio::time::sleep(pauses.next().unwrap_or_default()).await;
            }
            other => break other,
        }
    };
    match granted {
        Ok(granted) => {
            let mut fresh = session.clone();
            fresh.access_token = granted.access_token;
            fresh.expires_at = granted.expires_at;
            // Without a new one the old one stays good.
            if let (Some(renewal), Some(token)) = (&mut fresh.renewal, granted.refresh_token) {
                renewal.refresh_token = token;
            }
            Outcome::Renewed(fresh)
        }
        Err(error) if error.is("invalid_grant") => Outcome::Ended,
        Err(error) => Outcome::Failed(error.into_failure()),
    }
}

impl Session {
    /// Whether the token is good for a while.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end.duration_since(now) > EARLY)
    }

    /// Whether the token is good.
    fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether this is its token.
    fn has(&self, token: Option<&SecretString>) -> bool {
        token.is_some_and(|token| token.expose_secret() == self.access_token.expose_secret())
    }
}

fn ended(org: &str) -> Failure {
    Failure::new(Kind::NotSignedIn, format!("Your session with {org} has ended."))
        .hint(format!("Sign in again with: p0 login {org}"))
}
