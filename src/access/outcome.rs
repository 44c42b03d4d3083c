//! What an outcome means: the words for it and the exit code.

use super::Access;
use crate::error::{self, Failure, Kind};
use p0_wire::request::Outcome;

/// The access that the request gave, or the failure that its outcome is.
pub fn check(access: &Access) -> Result<(), Failure> {
    let request = &access.request;
    let by_service = || request.error.as_ref().map(|error| error.message.trim().to_owned()).filter(|m| !m.is_empty());
    match request.status.outcome() {
        Outcome::Approved => Ok(()),
        Outcome::Denied => {
            let message = match by_service() {
                Some(reason) => format!("Your request was denied: {reason}"),
                None => "Your request was denied".into(),
            };
            Err(Failure::new(Kind::Denied, message))
        }
        Outcome::Errored => Err(Failure::error(match by_service() {
            Some(message) => format!("Your request encountered an error: {message}"),
            None => "Your request encountered an error".into(),
        })),
        Outcome::Expired => Err(Failure::error("Your access has expired").hint("Request it again.")),
        Outcome::Revoked if request.withdrawn => {
            Err(Failure::error("Your request was withdrawn").hint("Request it again if you still need it."))
        }
        Outcome::Revoked => {
            Err(Failure::error("Your access was revoked").hint("Request it again if you still need it."))
        }
        Outcome::Undecided => Err(undecided(&access.id, None)),
    }
}

/// The deadline came before the access. `lost`: the service was out of reach at that time.
pub fn undecided(id: &str, lost: Option<&p0_client::Error>) -> Failure {
    let message = match lost {
        Some(why) => format!("Your request did not complete in time; the connection was lost at last: {why}."),
        None => "Your request did not complete in time.".into(),
    };
    Failure::new(Kind::Undecided, message).hint(format!("It goes on. Wait for it again with: p0 wait {id}"))
}

/// The wait came to an error. Unless that is the service's word on the request, the request goes on.
pub fn broken_off(id: &str, error: p0_client::Error) -> Failure {
    use p0_client::Error;
    let final_word = matches!(error, Error::Service { .. } | Error::NotFound { .. } | Error::BadName { .. });
    let failure = error::classify(error.into());
    if final_word {
        failure
    } else {
        failure.hint(format!("The request goes on. Wait for it again with: p0 wait {id}"))
    }
}

/// The user has interrupted the wait.
pub fn interrupted(id: &str) -> Failure {
    Failure::new(Kind::Interrupted, "Interrupted; the request goes on.")
        .hint(format!("Wait for it again with: p0 wait {id}"))
        .hint(format!("Withdraw it with: p0 relinquish {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p0_wire::request::{Failure as WireFailure, Request, Status};

    fn end(word: &str, error: Option<&str>) -> Result<(), (u8, String)> {
        let mut request = Request::with_status(Status::from(word));
        request.error = error.map(|message| WireFailure { message: message.into() });
        let access = Access { id: "r1".into(), request, document: serde_json::Value::Null, preexisting: false };
        check(&access).map_err(|failure| (failure.kind.code(), failure.message))
    }

    #[test]
    fn withdrawn_request_is_not_called_revoked_access() {
        let request = Request { withdrawn: true, ..Request::with_status(Status::Revoked) };
        let access = Access { id: "r1".into(), request, document: serde_json::Value::Null, preexisting: false };
        let failure = check(&access).expect_err("it ended");
        assert_eq!((failure.kind.code(), failure.message.as_str()), (1, "Your request was withdrawn"));
    }

    #[test]
    fn a_wait_that_broke_off_says_how_to_go_on() {
        let hints = |error| broken_off("r1", error).hints.join("\n");
        let lost = p0_client::Error::Unauthorized { text: "the token has expired".into() };
        assert!(hints(lost).contains("p0 wait r1"));
        let unknown = p0_client::Error::NotFound { text: "Could not find request r1".into() };
        assert!(!hints(unknown).contains("p0 wait"));
    }

    #[test]
    fn every_status_has_its_words_and_exit_code() {
        for word in ["DONE", "DONE_NOTIFIED", "APPROVED", "APPROVED_NOTIFIED"] {
            assert_eq!(end(word, None), Ok(()));
        }
        let failed = |word, error| end(word, error).expect_err(word);
        assert_eq!(failed("DENIED", None), (2, "Your request was denied".into()));
        assert_eq!(failed("DENIED_NOTIFIED", Some("no")), (2, "Your request was denied: no".into()));
        assert_eq!(
            failed("ERRORED", Some("no such role")),
            (1, "Your request encountered an error: no such role".into())
        );
        assert_eq!(failed("EXPIRED", None).0, 1);
        assert_eq!(failed("REVOKED", None), (1, "Your access was revoked".into()));
        assert_eq!(failed("PENDING_APPROVAL", None).0, 4);
        assert_eq!(failed("BRAND_NEW", None).0, 4);
    }
}
