//! Conversion of requests to the wire's types.

use super::{Grounds, Request};
use p0_wire::{
    Extra,
    request::{Delegation, Failure, Status, Summary},
};
use serde_json::Value;

impl Request {
    /// Converts to the request document (protocol, sections 5 and 6).
    pub fn to_wire(&self) -> p0_wire::request::Request {
        p0_wire::request::Request {
            status: self.status.clone(),
            principal: Some(self.principal.clone()),
            permission: self.access.permission.clone(),
            generated: self.generated.clone(),
            delegation: self.delegation.iter().filter_map(delegate).collect(),
            error: self.error.clone().map(|message| Failure { message }),
            reason: self.reason.clone(),
            // While the request is pending, `expires_at` is the deadline for approval.
            expiry_timestamp: self.expires_at.filter(|_| self.status != Status::PendingApproval).map(|at| at.0),
            withdrawn: self.withdrawn,
            extra: Extra::new(),
        }
    }

    /// Converts to an entry of a listing.
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

    /// Whether this is standing access.
    pub fn is_persistent(&self) -> bool {
        self.grounds == Some(Grounds::Persistent)
    }

    /// Whether a pre-approval granted it.
    pub fn is_preapproved(&self) -> bool {
        self.grounds == Some(Grounds::Preapproved)
    }
}

fn delegate(value: &Value) -> Option<Delegation> {
    let key = value.get("key")?.as_str()?.to_owned();
    Some(Delegation { key, request: value.get("request").cloned().unwrap_or_default() })
}
