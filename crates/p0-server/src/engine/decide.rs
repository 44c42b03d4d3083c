//! Decisions: approve, deny, revoke, relinquish, extend.

use super::{
    Engine, EngineError,
    change::{By, Entry},
    submit::{check_reason, within},
};
use crate::{
    clock::Timestamp,
    domain::{Request, RequestId, User},
    policy::approver,
    uncancellable::spawn_uncancellable,
};
use p0_wire::{request::Status, settings::Length};
use std::time::Duration;

/// A decision on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Grants a pending request, for this duration or as requested.
    Approve(Option<Length>),
    /// Denies a pending request, with an optional reason.
    Deny(Option<String>),
    /// Ends access, or withdraws the caller's own request.
    Revoke,
    /// Gives back the caller's own access, or withdraws the caller's own request.
    Relinquish,
    /// Extends active access to end this long from now. By default, as long as was granted.
    Extend(Option<Length>),
}

impl Decision {
    const fn participle(&self) -> &'static str {
        match self {
            Self::Approve(_) => "approved",
            Self::Deny(_) => "denied",
            Self::Revoke => "revoked",
            Self::Relinquish => "relinquished",
            Self::Extend(_) => "extended",
        }
    }
}

impl Engine {
    /// Applies a decision, if the request's state and the caller's rights allow it. Of several concurrent decisions one wins,
    /// and the others fail or apply to its result.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`], [`EngineError::Forbidden`], or [`EngineError::Refused`] if the request's state does not allow
    /// the decision.
    pub async fn decide(&self, caller: &User, id: &RequestId, decision: Decision) -> Result<Request, EngineError> {
        let (engine, caller, id) = (self.clone(), caller.clone(), id.clone());
        spawn_uncancellable(async move {
            if let Decision::Deny(reason) = &decision {
                check_reason(reason.as_deref())?;
            }
            engine.change(&id, By::User(&caller), |request, now| engine.apply(&caller, request, &decision, now)).await
        })
        .await
    }

    fn apply(
        &self,
        caller: &User,
        request: &mut Request,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<Option<Entry>, EngineError> {
        if !self.may_see(caller, request) {
            return Err(EngineError::Unknown(request.id.clone()));
        }
        let rights = Rights { engine: self, caller, request };
        match decision {
            Decision::Approve(length) => {
                rights.in_state(decision, now, &[Status::PendingApproval])?;
                rights.approver(decision)?;
                let length = self.limited(*length, request)?;
                request.status = Status::Approved;
                request.expires_at = None;
                request.length = length;
                Ok(Some(Entry::new("approve")))
            }
            Decision::Deny(reason) => {
                rights.in_state(decision, now, &[Status::PendingApproval])?;
                rights.named(decision)?;
                request.status = Status::Denied;
                request.expires_at = None;
                request.error.clone_from(reason);
                Ok(Some(Entry { action: "deny", note: reason.clone() }))
            }
            Decision::Revoke => {
                let own = caller.email == request.principal;
                let states: &[Status] = if own {
                    &[Status::PendingApproval, Status::Approved, Status::Done]
                } else {
                    &[Status::Approved, Status::Done]
                };
                rights.in_state(decision, now, states)?;
                if !own && !approver::is_reviewer(caller) {
                    rights.named(decision)?;
                }
                Ok(Some(end(request, "revoke")))
            }
            Decision::Relinquish => {
                rights.in_state(decision, now, &[Status::PendingApproval, Status::Approved, Status::Done])?;
                let withdraws = request.status == Status::PendingApproval && caller.email == request.requestor;
                if caller.email != request.principal && !withdraws {
                    return Err(EngineError::Forbidden("Only its owner can relinquish this access".into()));
                }
                Ok(Some(end(request, "relinquish")))
            }
            Decision::Extend(length) => {
                rights.in_state(decision, now, &[Status::Done])?;
                if !(caller.email == request.principal && self.needs_no_approval(request)) {
                    rights.approver(decision)?;
                }
                let length = self.limited(*length, request)?;
                let later = now.plus(Duration::from_secs(length));
                if request.expires_at.is_some_and(|at| later <= at) {
                    return Err(EngineError::Refused("The access lasts longer than that already".into()));
                }
                request.expires_at = Some(later);
                Ok(Some(Entry::with_note("extend", format!("Until {}", later.whole_seconds().rfc3339()))))
            }
        }
    }

    /// Returns `length` in seconds or, without one, the request's own duration, cut to the current limit.
    fn limited(&self, length: Option<Length>, request: &Request) -> Result<u64, EngineError> {
        let administration = self.administration();
        let settings = &administration.settings;
        let limit =
            if request.is_persistent() { settings.standing_access_duration } else { settings.max_access_duration };
        Ok(within(length, limit)?.unwrap_or(request.length.min(limit.seconds())))
    }
}

/// Ends a request and marks its access for deprovisioning.
fn end(request: &mut Request, action: &'static str) -> Entry {
    request.withdrawn = request.status == Status::PendingApproval;
    request.to_undo = !request.withdrawn;
    request.status = Status::Revoked;
    request.expires_at = None;
    Entry::new(action)
}

/// Checks what a caller may do to a request.
struct Rights<'a> {
    engine: &'a Engine,
    caller: &'a User,
    request: &'a Request,
}

impl Rights<'_> {
    /// Checks that the request has one of these statuses and is not due to expire.
    fn in_state(&self, decision: &Decision, now: Timestamp, states: &[Status]) -> Result<(), EngineError> {
        unless_in(self.request, decision.participle(), now, states)
    }

    /// Checks that the caller may approve the request.
    fn approver(&self, decision: &Decision) -> Result<(), EngineError> {
        if approver::may_approve(self.request, &self.principal(), self.caller) {
            return Ok(());
        }
        self.named(decision)?;
        Err(EngineError::Forbidden(format!("This request cannot be {} by the person who asked", decision.participle())))
    }

    /// Checks that the policies name the caller as an approver, even if the caller made the request.
    fn named(&self, decision: &Decision) -> Result<(), EngineError> {
        if approver::is_named(self.request, &self.principal(), self.caller) {
            return Ok(());
        }
        Err(EngineError::Forbidden(format!("This request cannot be {} by you", decision.participle())))
    }

    fn principal(&self) -> User {
        self.engine.principal(&self.request.principal)
    }
}

/// Returns an error ("cannot be `done`") unless the request has one of these statuses and is not due to expire.
pub(super) fn unless_in(request: &Request, done: &str, now: Timestamp, states: &[Status]) -> Result<(), EngineError> {
    let overdue = request.expires_at.is_some_and(|at| at <= now) && request.is_live();
    let because = match request.status {
        _ if overdue => "it has expired",
        ref status if states.contains(status) => return Ok(()),
        Status::New | Status::PendingApproval => "it waits for approval",
        Status::Approved | Status::Done => "it has been approved already",
        Status::Denied => "it has been denied",
        Status::Errored => "it has failed",
        Status::Expired => "it has expired",
        Status::Revoked if request.withdrawn => "it has been withdrawn",
        Status::Revoked => "it has been revoked",
        _ => "it is not in a state that this service knows",
    };
    let id = &request.id;
    Err(EngineError::Refused(format!("Request {id} cannot be {done}: {because}")))
}
