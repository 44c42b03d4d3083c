//! What has become of access: whoever has lost a machine, did not reach one or comes back to one wants to know whether it is
//! still theirs.

use super::remote_command::BROKEN;
use crate::{
    clock,
    ctx::Ctx,
    error::Failure,
    integrations::ssh::{names::Host, provider::Grant},
};
use jiff::Timestamp;
use p0_client::{Client, Error};
use p0_wire::request::{Outcome, Request, Status};
use serde::{Deserialize, Serialize};
use std::{process::ExitStatus, time::Duration};

/// How long the service may take to say so.
const LIMIT: Duration = Duration::from_secs(2);

/// What to do about it.
const AGAIN: &str = "Run the command again to ask for it anew.";

/// Why the access ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum EndReason {
    /// The access was revoked, or the user relinquished it elsewhere.
    Revoked,
    /// Its time is over.
    Expired,
    /// The service no longer says so.
    Gone,
}

impl EndReason {
    /// Why this access is over by then, as far as that is known without asking.
    pub(super) fn by(request: &Request, then: Timestamp) -> Option<Self> {
        let end = request.expiry_timestamp.and_then(|end| Timestamp::from_millisecond(end).ok());
        end.filter(|end| *end <= then).map(|_| Self::Expired)
    }

    fn from_status(status: &Status) -> Option<Self> {
        match status.outcome() {
            Outcome::Approved => None,
            Outcome::Revoked => Some(Self::Revoked),
            Outcome::Expired => Some(Self::Expired),
            Outcome::Denied | Outcome::Errored | Outcome::Undecided => Some(Self::Gone),
        }
    }

    /// What the user is told of a machine that is theirs no more.
    pub(super) fn failure(self, host: &Host) -> Failure {
        let message = match self {
            Self::Revoked => format!("Your access to {host} was revoked."),
            Self::Expired => format!("Your access to {host} has expired."),
            Self::Gone => format!("You have no access to {host} any more."),
        };
        Failure::error(message).hint(format!("Ask for it again with: p0 ssh {host}"))
    }
}

/// Whether the access that a request gave is over: as far as that is known, else as the service says. `None`: it is there,
/// or there is no answer, which is no reason to keep the user from a machine that lets them in.
pub(super) async fn over(client: &Client, id: &str, request: &Request) -> Result<Option<EndReason>, Error> {
    let known = EndReason::by(request, clock::now());
    if known.is_some() {
        return Ok(known);
    }
    match tokio::time::timeout(LIMIT, client.poll_once(id, LIMIT)).await {
        Ok(Ok(followed)) => Ok(followed.request.and_then(|request| EndReason::from_status(&request.status))),
        Ok(Err(Error::NotFound { .. } | Error::Forbidden { .. } | Error::Service { status: ..500, .. })) => {
            Ok(Some(EndReason::Gone))
        }
        Ok(Err(error @ (Error::Unauthorized { .. } | Error::Tokens(_)))) => Err(error),
        Ok(Err(error)) => {
            tracing::debug!(%error, "whether the access is still there is not known");
            Ok(None)
        }
        Err(_) => Ok(None),
    }
}

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

/// That it ended while it was used; of what is not known for certain nothing is said.
async fn ended(client: &Client, grant: &Grant) -> Option<&'static str> {
    match over(client, &grant.request_id, &grant.request).await {
        Ok(Some(EndReason::Revoked)) => Some("Your access was revoked meanwhile."),
        Ok(Some(EndReason::Expired)) => Some("Your access has expired meanwhile."),
        Ok(Some(EndReason::Gone) | None) => None,
        Err(error) => {
            tracing::debug!(%error, "what has become of the access is not known");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_its_words() {
        let host = Host::parse("web-1").expect("a host");
        let message =
            |word: &str| EndReason::from_status(&Status::from(word)).map(|reason| reason.failure(&host).message);
        for word in ["APPROVED", "APPROVED_NOTIFIED", "DONE", "DONE_NOTIFIED"] {
            assert_eq!(message(word), None, "{word}");
        }
        assert_eq!(message("REVOKED").as_deref(), Some("Your access to web-1 was revoked."));
        assert_eq!(message("EXPIRED").as_deref(), Some("Your access to web-1 has expired."));
        for word in ["DENIED", "ERRORED", "PENDING_APPROVAL", "NEW", "SOMETHING_NEW"] {
            assert_eq!(message(word).as_deref(), Some("You have no access to web-1 any more."), "{word}");
        }
    }
}
