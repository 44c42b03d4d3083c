//! How the domain looks on the wire.

use super::{Grounds, Request};
use p0_wire::{
    Extra,
    request::{Delegation, Failure, Status, Summary},
};
use serde_json::Value;

impl Request {
    /// The request's document (protocol, sections 5 and 6).
    pub fn to_wire(&self) -> p0_wire::request::Request {
        p0_wire::request::Request {
            status: self.status.clone(),
            principal: Some(self.principal.clone()),
            permission: self.access.permission.clone(),
            generated: self.generated.clone(),
            delegation: self.delegation.iter().filter_map(delegate).collect(),
            error: self.error.clone().map(|message| Failure { message }),
            reason: self.reason.clone(),
            // Before anybody has approved it, the time is that of the approval.
            expiry_timestamp: self.expires_at.filter(|_| self.status != Status::PendingApproval).map(|at| at.0),
            withdrawn: self.withdrawn,
            extra: Extra::new(),
        }
    }

    /// The request as a list shows it.
    pub fn to_summary(&self) -> Summary {
        Summary {
            id: self.id.0.clone(),
            title: self.access.title.clone(),
            requestor: self.requestor.clone(),
            requested_timestamp: self.requested_at.0,
            request: self.to_wire(),
            extra: Extra::new(),
        }
    }

    /// Whether it is standing access.
    pub fn is_persistent(&self) -> bool {
        self.grounds == Some(Grounds::Persistent)
    }

    /// Whether it was approved in advance.
    pub fn is_preapproved(&self) -> bool {
        self.grounds == Some(Grounds::Preapproved)
    }
}

fn delegate(value: &Value) -> Option<Delegation> {
    let key = value.get("key")?.as_str()?.to_owned();
    Some(Delegation { key, request: value.get("request").cloned().unwrap_or_default() })
}
