//! The only code that changes a stored request.

use super::{Engine, EngineError};
use crate::{
    clock::Timestamp,
    domain::{Request, RequestId, User, request::may_become},
};
use p0_wire::{
    audit::{Actor, Event},
    request::{Status, Step},
};
use serde_json::{Value, json};

/// Who makes a change.
#[derive(Debug, Clone, Copy)]
pub(super) enum By<'a> {
    /// The service.
    Service,
    /// A person.
    User(&'a User),
}

impl By<'_> {
    pub(super) fn name(self) -> String {
        match self {
            Self::Service => "p0".into(),
            Self::User(user) => user.email.clone(),
        }
    }

    fn actor(self) -> Actor {
        match self {
            Self::Service => Actor { uid: self.name(), provider: "service".into(), ..Actor::default() },
            Self::User(user) => Actor {
                email: user.email.clone(),
                uid: user.email.clone(),
                is_anonymous: false,
                provider: "oidc".into(),
                groups: user.groups.iter().cloned().collect(),
            },
        }
    }
}

/// The description of a change in the history and the audit log.
pub(super) struct Entry {
    pub(super) action: &'static str,
    pub(super) note: Option<String>,
}

impl Entry {
    pub(super) fn new(action: &'static str) -> Self {
        Self { action, note: None }
    }

    pub(super) fn with_note(action: &'static str, note: impl Into<String>) -> Self {
        Self { action, note: Some(note.into()) }
    }
}

impl Engine {
    /// Applies `decide` to the request and stores the result. If the request was changed concurrently, applies `decide` again to
    /// the new state. `decide` returns `None` to leave the request unchanged.
    pub(super) async fn change(
        &self,
        id: &RequestId,
        by: By<'_>,
        decide: impl Fn(&mut Request, Timestamp) -> Result<Option<Entry>, EngineError> + Send + Sync,
    ) -> Result<Request, EngineError> {
        loop {
            let Some(mut request) = self.0.store.request(id).await? else {
                return Err(EngineError::Unknown(id.clone()));
            };
            let (from, now) = (request.status.clone(), self.0.clock.now());
            let Some(entry) = decide(&mut request, now)? else { return Ok(request) };
            if from != request.status && !may_become(&from, &request.status) {
                return Err(EngineError::Impossible { from, to: request.status });
            }
            request.updated_at = now;
            let step = step(&request.status, now, by, entry.note.clone());
            let event = self.event_of(&request, entry.action, by, entry.note);
            if let Some(stored) = self.0.store.update(request, &step, &event).await? {
                self.announce(&stored);
                return Ok(stored);
            }
        }
    }

    /// Notifies waiting clients, the timer and provisioning of a stored change.
    pub(super) fn announce(&self, request: &Request) {
        self.tell_waiters(request);
        if let (Status::PendingApproval | Status::Done, Some(at)) = (&request.status, request.expires_at) {
            self.0.alarm.set(at);
        }
        if request.status == Status::Approved || request.to_undo {
            self.wake_provisioning(&request.principal, &request.access.key);
        }
    }

    /// Makes the audit event of a change.
    pub(super) fn event_of(&self, request: &Request, action: &str, by: By<'_>, note: Option<String>) -> Event {
        let data = json!({
            "requestId": request.id.0,
            "principal": request.principal,
            "requestor": request.requestor,
            "title": request.access.title,
            "status": request.status,
            "lengthSeconds": request.length,
            "note": note,
        });
        event(&self.0.organisation, self.0.clock.now(), "permission-requests", action, by, data)
    }
}

/// Makes a step of a request's history.
pub(super) fn step(status: &Status, now: Timestamp, by: By<'_>, note: Option<String>) -> Step {
    Step { timestamp: now.0, status: status.clone(), by: by.name(), note }
}

/// Makes an audit event.
pub(super) fn event(org: &str, now: Timestamp, kind: &str, action: &str, by: By<'_>, data: Value) -> Event {
    Event {
        vendor_account: org.into(),
        timestamp: now.rfc3339(),
        kind: kind.into(),
        action: action.into(),
        user: by.actor(),
        data,
    }
}
