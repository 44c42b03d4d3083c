//! Looking at a session without changing it, for `p0 doctor`.

use super::{
    Sessions, checked,
    describe::{self, CachePolicy},
    harden,
};
use crate::clock;
use anyhow::Result;
use p0_client::{Client, Error, FixedToken, Http};
use secrecy::SecretString;
use std::sync::Arc;
use url::Url;

/// What a look at a session has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionCheck {
    /// The service accepts its token.
    Accepted,
    /// Its token is stale or refused, and can be renewed.
    Renewable,
    /// Its token is stale or refused, and cannot be renewed.
    Over,
    None,
}

impl Sessions<'_> {
    /// Asks the service whether it accepts the session's token. Nothing is renewed.
    pub async fn check(&self, http: &Arc<Http>, org: &str) -> Result<SessionCheck> {
        let org = checked(org.to_owned())?;
        let deps = self.deps();
        let Some(record) = deps.service(&org)?.record else { return Ok(SessionCheck::None) };
        let Some(session) = deps.store.load(&org, &record.base).await? else { return Ok(SessionCheck::None) };
        let stale = if session.renewal.is_some() { SessionCheck::Renewable } else { SessionCheck::Over };
        if !session.is_fresh(clock::now()) {
            return Ok(stale);
        }
        match account(http, &session.base, &org, session.access_token).await {
            Ok(()) => Ok(SessionCheck::Accepted),
            Err(Error::Unauthorized { .. }) => Ok(stale),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks the service whether it accepts the token that was given for this run.
    pub async fn try_given_token(&self, http: &Arc<Http>, org: &str) -> Result<()> {
        let Some(given) = &self.ctx.settings.api_token else { return Ok(()) };
        harden::process();
        let (dirs, lookup) = (&self.ctx.dirs, self.lookup(org)?);
        let base = describe::describe(dirs, http, &lookup, org, CachePolicy::UseCache, None).await?.base;
        Ok(account(http, &base, org, given.token.clone()).await?)
    }
}

async fn account(http: &Arc<Http>, base: &Url, org: &str, token: SecretString) -> Result<(), Error> {
    let tokens = Arc::new(FixedToken::new(token));
    Client::new(Arc::clone(http), base, org, tokens)?.account().await.map(drop)
}
