//! Who sees which requests.

use super::{Engine, EngineError, Follower, Progress};
use crate::{
    domain::{Request, RequestId, User},
    policy::{Application, Verdict, approver},
    store::{Filter, Scope},
};
use p0_wire::request::{Detail, Status};
use std::collections::HashSet;

/// How many approvers are named.
const SHOWN_APPROVERS: usize = 20;
/// How far back a list goes for somebody who sees only part of it.
const SEARCHED: u32 = 1_000;

impl Engine {
    /// Requests that the caller may see, newest first.
    ///
    /// # Errors
    ///
    /// [`EngineError::Store`].
    pub async fn list(&self, caller: &User, scope: Scope, mine: bool, limit: u32) -> Result<Vec<Request>, EngineError> {
        let own = Filter { scope, person: Some(caller.email.clone()), limit };
        if mine {
            return Ok(self.0.store.list(&own).await?);
        }
        if !caller.roles.is_empty() {
            return Ok(self.0.store.list(&Filter { person: None, ..own }).await?);
        }
        let mut requests = self.0.store.list(&own).await?;
        let known: HashSet<RequestId> = requests.iter().map(|request| request.id.clone()).collect();
        let others = self.0.store.list(&Filter { person: None, limit: SEARCHED, ..own }).await?;
        requests.extend(others.into_iter().filter(|r| !known.contains(&r.id) && self.may_see(caller, r)));
        requests.sort_by_key(|request| std::cmp::Reverse(request.requested_at));
        requests.truncate(limit as usize);
        Ok(requests)
    }

    /// A request with its history and with those who may approve it.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`], also if the caller may not see it.
    pub async fn show(&self, caller: &User, id: &RequestId) -> Result<Detail, EngineError> {
        let request = self.visible(caller, id).await?;
        let history = self.0.store.history(id).await?;
        Ok(Detail { summary: request.to_summary(), history, approvers: self.approvers(&request) })
    }

    /// Follows a request until its outcome is there.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`], also if the caller may not see it.
    pub async fn follow(&self, caller: &User, id: &RequestId) -> Result<Follower, EngineError> {
        let request = self.visible(caller, id).await?;
        let follower = self.0.waiters.follow(id, || Progress::of(&request, self.approvers(&request)));
        // What happened between the look and the subscription is told now.
        match self.0.store.request(id).await? {
            Some(newer) if newer.revision > request.revision => self.tell_waiters(&newer),
            _ => {}
        }
        Ok(follower)
    }

    /// The keys of the permissions that somebody holds now.
    ///
    /// # Errors
    ///
    /// [`EngineError::Store`].
    pub async fn held(&self, principal: &User) -> Result<HashSet<String>, EngineError> {
        Ok(self.0.store.held(&principal.email).await?)
    }

    /// The access that somebody can use at this moment.
    ///
    /// # Errors
    ///
    /// [`EngineError::Store`].
    pub async fn usable_by(&self, principal: &str) -> Result<Vec<Request>, EngineError> {
        let filter = Filter { scope: Scope::Active, person: Some(principal.to_owned()), limit: u32::MAX };
        let now = self.0.clock.now();
        let mut requests = self.0.store.list(&filter).await?;
        // A request whose end has come may be a moment from being told so.
        requests.retain(|request| {
            request.principal == principal
                && request.status == Status::Done
                && request.expires_at.is_none_or(|end| end > now)
        });
        Ok(requests)
    }

    /// Whether the caller may see a request: their own, one on which they may decide, or any with a role.
    pub(super) fn may_see(&self, caller: &User, request: &Request) -> bool {
        caller.email == request.principal
            || caller.email == request.requestor
            || !caller.roles.is_empty()
            || approver::is_named(request, &self.principal(&request.principal), caller)
    }

    pub(super) fn tell_waiters(&self, request: &Request) {
        if self.0.waiters.are_there(&request.id) {
            self.0.waiters.tell(&request.id, Progress::of(request, self.approvers(request)));
        }
    }

    /// Whether nobody decided on the request, and the policies would still have it so.
    pub(super) fn needs_nobody(&self, request: &Request) -> bool {
        let administration = self.administration();
        let verdict = administration.policy.judge(Application {
            principal: &self.principal(&request.principal),
            access: &request.access,
            has_reason: request.reason.is_some(),
            has_duration: true,
            preapproved: false,
            defaults: &administration.settings.default_approvals,
        });
        request.grounds.is_some() && matches!(verdict, Verdict::Granted { .. })
    }

    pub(super) async fn visible(&self, caller: &User, id: &RequestId) -> Result<Request, EngineError> {
        match self.0.store.request(id).await? {
            Some(request) if self.may_see(caller, &request) => Ok(request),
            _ => Err(EngineError::Unknown(id.clone())),
        }
    }

    /// Who may approve a request that waits for it.
    fn approvers(&self, request: &Request) -> Vec<String> {
        if request.status != Status::PendingApproval {
            return Vec::new();
        }
        let principal = self.principal(&request.principal);
        let administration = self.administration();
        let everybody = administration.people.0.values();
        let approvers = everybody.filter(|user| approver::may_approve(request, &principal, user));
        approvers.map(|user| user.email.clone()).take(SHOWN_APPROVERS).collect()
    }
}
