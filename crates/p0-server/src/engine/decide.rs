//! People decide: approve, deny, revoke, give back, extend.

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
    /// Grants a pending request, for this long or as long as was asked for.
    Approve(Option<Length>),
    /// Refuses a pending request, and says why.
    Deny(Option<String>),
    /// Ends what was granted, or withdraws one's own request.
    Revoke,
    /// Gives back one's own access, or withdraws one's own request.
    Relinquish,
    /// Lets active access end this much later from now, or as much later as was granted.
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
    /// Carries out a decision, if the request's state and the caller's standing let it. Of several at once, one wins,
    /// and the others are told what it left.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`], [`EngineError::Forbidden`], and [`EngineError::Refused`] if the request is not in a
    /// state where that can be done.
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
        let standing = Standing { engine: self, caller, request };
        match decision {
            Decision::Approve(length) => {
                standing.in_state(decision, now, &[Status::PendingApproval])?;
                standing.approver(decision)?;
                let length = self.limited(*length, request)?;
                request.status = Status::Approved;
                request.expires_at = None;
                request.length = length;
                Ok(Some(Entry::new("approve")))
            }
            Decision::Deny(reason) => {
                standing.in_state(decision, now, &[Status::PendingApproval])?;
                standing.named(decision)?;
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
                standing.in_state(decision, now, states)?;
                if !own && !approver::is_reviewer(caller) {
                    standing.named(decision)?;
                }
                Ok(Some(end(request, "revoke")))
            }
            Decision::Relinquish => {
                standing.in_state(decision, now, &[Status::PendingApproval, Status::Approved, Status::Done])?;
                let withdraws = request.status == Status::PendingApproval && caller.email == request.requestor;
                if caller.email != request.principal && !withdraws {
                    return Err(EngineError::Forbidden("Only its owner can relinquish this access".into()));
                }
                Ok(Some(end(request, "relinquish")))
            }
            Decision::Extend(length) => {
                standing.in_state(decision, now, &[Status::Done])?;
                if !(caller.email == request.principal && self.needs_nobody(request)) {
                    standing.approver(decision)?;
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

    /// The length that is given or, where none is, the request's own, as far as the limit of today lets it; in
    /// seconds.
    fn limited(&self, length: Option<Length>, request: &Request) -> Result<u64, EngineError> {
        let administration = self.administration();
        let settings = &administration.settings;
        let limit =
            if request.is_persistent() { settings.standing_access_duration } else { settings.max_access_duration };
        Ok(within(length, limit)?.unwrap_or(request.length.min(limit.seconds())))
    }
}

/// Ends it; what was, or is being, provisioned is undone.
fn end(request: &mut Request, action: &'static str) -> Entry {
    request.to_undo = request.status != Status::PendingApproval;
    request.status = Status::Revoked;
    request.expires_at = None;
    Entry::new(action)
}

/// What a caller may do to a request as it stands.
struct Standing<'a> {
    engine: &'a Engine,
    caller: &'a User,
    request: &'a Request,
}

impl Standing<'_> {
    /// The request is in one of these states, and its time is not up.
    fn in_state(&self, decision: &Decision, now: Timestamp, states: &[Status]) -> Result<(), EngineError> {
        unless_in(self.request, decision.participle(), now, states)
    }

    /// The caller may approve it.
    fn approver(&self, decision: &Decision) -> Result<(), EngineError> {
        if approver::may_approve(self.request, &self.principal(), self.caller) {
            return Ok(());
        }
        self.named(decision)?;
        Err(EngineError::Forbidden(format!("This request cannot be {} by the person who asked", decision.participle())))
    }

    /// The caller is one of those who decide, whoever asked.
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

/// Refuses, as it cannot be `done`, unless the request is in one of these states and its time is not up.
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
        Status::Revoked => "it has been revoked",
        _ => "it is not in a state that this service knows",
    };
    let id = &request.id;
    Err(EngineError::Refused(format!("Request {id} cannot be {done}: {because}")))
}
