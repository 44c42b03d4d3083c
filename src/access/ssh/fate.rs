//! What has become of the access, where a session broke off: whoever has lost a machine wants to know whether they may go
//! back to it.

use crate::{clock, ctx::Ctx, integrations::ssh::provider::Grant, ui::time};
use p0_client::Client;
use p0_wire::request::Outcome;
use std::{process::ExitStatus, time::Duration};

/// How long the service may take to say so.
const LIMIT: Duration = Duration::from_secs(2);
/// The exit code by which `ssh` says that the connection broke off.
const BROKEN: i32 = 255;

/// Says so where the access has ended, and the session with a broken connection.
pub(super) async fn tell(ctx: &Ctx, client: &Client, grant: &Grant, status: ExitStatus) {
    if status.code() != Some(BROKEN) {
        return;
    }
    let again = "Run the command again to ask for it anew.";
    match outcome(client, grant).await {
        Some(Outcome::Revoked) => ctx.ui.say(format!("Your access was revoked meanwhile. {again}")),
        Some(Outcome::Expired) => ctx.ui.say(format!("Your access has expired meanwhile. {again}")),
        _ => {}
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
