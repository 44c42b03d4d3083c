//! Reading requests, as far as the caller may see them.

use super::{Engine, EngineError, Follower, Progress};
use crate::{
    domain::{Request, RequestId, User},
    policy::{Application, Verdict, approver},
    store::{Filter, Scope},
};
use p0_wire::request::{Detail, Status};
use std::collections::HashSet;

/// The maximum number of approvers that are shown.
const SHOWN_APPROVERS: usize = 20;
/// The number of recent requests that are searched for those the caller may decide on.
const SEARCHED: u32 = 1_000;

impl Engine {
    /// Returns requests that the caller may see, newest first.
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

    /// Returns a request with its history and approvers.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`], also if the caller may not see it.
    pub async fn show(&self, caller: &User, id: &RequestId) -> Result<Detail, EngineError> {
        let request = self.visible(caller, id).await?;
        let history = self.0.store.history(id).await?;
        Ok(Detail { summary: request.to_summary(), history, approvers: self.approvers(&request) })
    }

    /// Follows a request until its outcome.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`], also if the caller may not see it.
    pub async fn follow(&self, caller: &User, id: &RequestId) -> Result<Follower, EngineError> {
        let request = self.visible(caller, id).await?;
        let follower = self.0.waiters.follow(id, || Progress::from_request(&request, self.approvers(&request)));
        // A change between the query and the subscription would be missed otherwise.
        match self.0.store.request(id).await? {
            Some(newer) if newer.revision > request.revision => self.tell_waiters(&newer),
            _ => {}
        }
        Ok(follower)
    }

    /// Returns the keys of the permissions that the principal holds now.
    ///
    /// # Errors
    ///
    /// [`EngineError::Store`].
    pub async fn held(&self, principal: &User) -> Result<HashSet<String>, EngineError> {
        Ok(self.0.store.held(&principal.email).await?)
    }

    /// Returns the access that the principal can use now.
    ///
    /// # Errors
    ///
    /// [`EngineError::Store`].
    pub async fn usable_by(&self, principal: &str) -> Result<Vec<Request>, EngineError> {
        let filter = Filter { scope: Scope::Active, person: Some(principal.to_owned()), limit: u32::MAX };
        let now = self.0.clock.now();
        let mut requests = self.0.store.list(&filter).await?;
        // The timer may not have expired a due request yet.
        requests.retain(|request| {
            request.principal == principal
                && request.status == Status::Done
                && request.expires_at.is_none_or(|end| end > now)
        });
        Ok(requests)
    }

    /// Whether the caller may see a request: their own requests, those on which they may decide and, with a role, all.
    pub(super) fn may_see(&self, caller: &User, request: &Request) -> bool {
        caller.email == request.principal
            || caller.email == request.requestor
            || !caller.roles.is_empty()
            || approver::is_named(request, &self.principal(&request.principal), caller)
    }

    pub(super) fn tell_waiters(&self, request: &Request) {
        if self.0.waiters.has_followers(&request.id) {
            self.0.waiters.tell(&request.id, Progress::from_request(request, self.approvers(request)));
        }
    }

    /// Whether the request was granted without a decision by a person, and the policies would still grant it so.
    pub(super) fn needs_no_approval(&self, request: &Request) -> bool {
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

    /// Returns the email addresses of those who may approve a pending request.
    fn approvers(&self, request: &Request) -> Vec<String> {
        if request.status != Status::PendingApproval {
            return Vec::new();
        }
        let principal = self.principal(&request.principal);
        let administration = self.administration();
        let people = administration.people.0.values();
        let approvers = people.filter(|user| approver::may_approve(request, &principal, user));
        approvers.map(|user| user.email.clone()).take(SHOWN_APPROVERS).collect()
    }
}
