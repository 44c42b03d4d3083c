//! Requests and their state machine.

use super::Access;
use crate::clock::Timestamp;
use p0_wire::{policy::Approval, request::Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// A request id: 20 letters and digits from a cryptographic random number generator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub String);

impl RequestId {
    /// Makes a new id.
    pub fn random() -> Self {
        use rand::{Rng, distr::Alphanumeric};
        Self(rand::rng().sample_iter(&Alphanumeric).take(20).map(char::from).collect())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a request was granted without a decision by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grounds {
    /// The policy has a `persistent` approval.
    Persistent,
    /// A pre-approval covers the request.
    Preapproved,
    /// The requestor is on call.
    OnCall,
}

/// A request, with everything that the service stores about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The id.
    pub id: RequestId,
    /// The email address of the person who gets the access.
    pub principal: String,
    /// The email address of the person who made the request.
    pub requestor: String,
    /// The requested permission.
    pub access: Access,
    /// The status. The service never uses the `…_NOTIFIED` statuses.
    pub status: Status,
    /// The requestor's reason.
    pub reason: Option<String>,
    /// How long the access lasts after provisioning, in seconds: as requested or, once approved, as granted.
    pub length: u64,
    /// Why it was granted without a decision by a person.
    pub grounds: Option<Grounds>,
    /// The ways to approve it, from the policies at the time of the request.
    pub approvals: Vec<Approval>,
    /// When the request was made.
    pub requested_at: Timestamp,
    /// When the request last changed.
    pub updated_at: Timestamp,
    /// When the access ends or, with [`Status::PendingApproval`], the deadline for approval.
    pub expires_at: Option<Timestamp>,
    /// The result of provisioning.
    pub generated: Value,
    /// Other grants that this access depends on.
    pub delegation: Vec<Value>,
    /// The error, if provisioning failed, or the reason of a denial.
    pub error: Option<String>,
    /// The request has ended, but its access is still to be deprovisioned.
    pub to_undo: bool,
    /// With [`Status::Revoked`]: whether it was withdrawn before a decision.
    pub withdrawn: bool,
    /// The number of changes, for optimistic locking.
    pub revision: u64,
}

impl Request {
    /// Whether a second request for the same permission returns this one.
    pub fn is_live(&self) -> bool {
        is_live(&self.status)
    }
}

/// Whether a request with this status is pending or active.
pub fn is_live(status: &Status) -> bool {
    matches!(status, Status::New | Status::PendingApproval | Status::Approved | Status::Done)
}

/// Whether the state machine has a transition between two statuses.
pub fn may_become(from: &Status, to: &Status) -> bool {
    use Status::{Approved, Denied, Done, Errored, Expired, New, PendingApproval, Revoked};
    matches!(
        (from, to),
        (New, PendingApproval | Approved | Denied)
            | (PendingApproval, Approved | Denied | Expired | Revoked)
            | (Approved, Done | Errored | Revoked)
            | (Done, Expired | Revoked)
    )
}
