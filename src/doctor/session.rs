//! The session: whether there is one, and the service accepts its token.

use super::Finding;
use crate::{
    clock,
    ctx::Ctx,
    error::Result,
    session::{SessionCheck, SessionInfo},
};
use p0_client::{Error, Http};
use std::sync::Arc;

const CHECK: &str = "session";

/// Looks, and asks the service. A stale session is not renewed: a renewal must not be given up half-way.
pub(super) async fn check(ctx: &Ctx, http: &Arc<Http>) -> Finding {
    look(ctx, http).await.unwrap_or_else(|error| match error.downcast_ref() {
        // The check of the service says what is wrong, and what to do.
        Some(Error::Network { .. } | Error::Setup { .. }) => {
            Finding::note(CHECK, "Not tried, as the service cannot be reached.")
        }
        _ => Finding::error(CHECK, error),
    })
}

async fn look(ctx: &Ctx, http: &Arc<Http>) -> Result<Finding> {
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    if let Some(given) = &ctx.settings.api_token {
        sessions.try_given_token(http, &org).await?;
        return Ok(Finding::ok(CHECK, format!("The service accepts the token in {} for {org}.", given.from)));
    }
    let info = sessions.info(&org)?;
    let checked = sessions.check(http, &org).await?;
    let who = |info: &Option<SessionInfo>| match info {
        Some(info) => format!("You are signed in to {org} as {}", info.email),
        None => format!("You are signed in to {org}"),
    };
    Ok(match checked {
        SessionCheck::Accepted => {
            let lifetime = info.as_ref().map(|info| info.lifetime(clock::now())).unwrap_or_default();
            Finding::ok(CHECK, format!("{}; the session {lifetime}.", who(&info)))
        }
        SessionCheck::Renewable => Finding::ok(CHECK, format!("{}; the next command renews the session.", who(&info))),
        SessionCheck::Over => Finding::wrong(CHECK, format!("Your session with {org} has ended."))
            .fix(format!("Sign in again with: p0 login {org}")),
        SessionCheck::None => Finding::wrong(CHECK, format!("You are not signed in to {org}."))
            .fix(format!("Sign in with: p0 login {org}"))
            .fix("Where nobody can sign in, set P0_API_TOKEN to a token, or give --token-file."),
    })
}
