//! What has become of the access, where a session broke off or did not come about: whoever has lost a machine wants to know
//! whether they may go back to it.

use crate::{clock, ctx::Ctx, error::Failure, integrations::ssh::provider::Grant, ui::time};
use p0_client::Client;
use p0_wire::request::Outcome;
use std::{process::ExitStatus, time::Duration};

/// How long the service may take to say so.
const LIMIT: Duration = Duration::from_secs(2);
/// The exit code by which `ssh` says that the connection broke off.
const BROKEN: i32 = 255;

/// What to do about it.
const AGAIN: &str = "Run the command again to ask for it anew.";

/// Says so where the access has ended, and the session with a broken connection.
pub(super) async fn tell(ctx: &Ctx, client: &Client, grant: &Grant, status: ExitStatus) {
    if status.code() == Some(BROKEN)
        && let Some(ended) = ended(client, grant).await
    {
        ctx.ui.say(format!("{ended} {AGAIN}"));
    }
}

/// The failure that it is where the access has ended.
pub(super) async fn failure(client: &Client, grant: &Grant) -> Option<Failure> {
    ended(client, grant).await.map(|ended| Failure::error(ended).hint(AGAIN))
}

async fn ended(client: &Client, grant: &Grant) -> Option<&'static str> {
    match outcome(client, grant).await? {
        Outcome::Revoked => Some("Your access was revoked meanwhile."),
        Outcome::Expired => Some("Your access has expired meanwhile."),
        _ => None,
    }
}

/// How the access stands; `None` where nobody says.
async fn outcome(client: &Client, grant: &Grant) -> Option<Outcome> {
    let end = grant.request.expiry_timestamp.and_then(time::from_millis);
    if end.is_some_and(|end| end <= clock::now()) {
        return Some(Outcome::Expired);
    }
    match tokio::time::timeout(LIMIT, client.poll_once(&grant.request_id, LIMIT)).await {
        Ok(Ok(followed)) => followed.request.map(|request| request.status.outcome()),
        Ok(Err(error)) => {
            tracing::debug!(%error, "what has become of the access is not known");
            None
        }
        Err(_) => None,
    }
}
