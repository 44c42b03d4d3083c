//! Whether the access that was found for a machine is still there, and what the user is told where it is not.

use super::machine::{Machine, Over};
use crate::{
    clock,
    error::{Failure, Result},
    integrations::ssh::names::Host,
};
use p0_client::{Client, Error};
use p0_wire::request::{Outcome, Status};
use std::time::Duration;

/// How long the service may take to say so.
const LIMIT: Duration = Duration::from_secs(2);

/// Asks the service. `None`: the access is there, or there is no answer, which is no reason to keep the user from a
/// machine that lets them in.
///
/// # Errors
/// The user's session is refused.
pub(super) async fn over(client: &Client, machine: &Machine) -> Result<Option<Over>> {
    let known = machine.over_by(clock::now());
    if known.is_some() {
        return Ok(known);
    }
    match client.poll_once(&machine.request_id, LIMIT).await {
        Ok(followed) => Ok(followed.request.and_then(|request| of(&request.status))),
        Err(Error::NotFound { .. } | Error::Forbidden { .. } | Error::Service { status: ..500, .. }) => {
            Ok(Some(Over::Gone))
        }
        Err(error @ (Error::Unauthorized { .. } | Error::Tokens(_))) => Err(error.into()),
        Err(error) => {
            tracing::debug!(%error, "whether the access is still there is not known");
            Ok(None)
        }
    }
}

fn of(status: &Status) -> Option<Over> {
    match status.outcome() {
        Outcome::Approved => None,
        Outcome::Revoked => Some(Over::Revoked),
        Outcome::Expired => Some(Over::Expired),
        Outcome::Denied | Outcome::Errored | Outcome::Undecided => Some(Over::Gone),
    }
}

/// What the user is told of a machine that is theirs no more.
pub(super) fn failure(host: &Host, over: Over) -> Failure {
    let message = match over {
        Over::Revoked => format!("Your access to {host} was revoked."),
        Over::Expired => format!("Your access to {host} has expired."),
        Over::Gone => format!("You have no access to {host} any more."),
    };
    Failure::error(message).hint(format!("Ask for it again with: p0 ssh {host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_its_words() {
        let host = Host::parse("web-1").expect("a host");
        let of = |word: &str| of(&Status::from(word)).map(|over| failure(&host, over).message);
        for word in ["APPROVED", "APPROVED_NOTIFIED", "DONE", "DONE_NOTIFIED"] {
            assert_eq!(of(word), None, "{word}");
        }
        assert_eq!(of("REVOKED").as_deref(), Some("Your access to web-1 was revoked."));
        assert_eq!(of("EXPIRED").as_deref(), Some("Your access to web-1 has expired."));
        for word in ["DENIED", "ERRORED", "PENDING_APPROVAL", "NEW", "SOMETHING_NEW"] {
            assert_eq!(of(word).as_deref(), Some("You have no access to web-1 any more."), "{word}");
        }
    }
}
