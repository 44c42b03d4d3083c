//! Requests, and the states through which they go.

use super::Access;
use crate::clock::Timestamp;
use p0_wire::{policy::Approval, request::Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Twenty letters and digits, from a cryptographic generator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub String);

impl RequestId {
    /// A new one.
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

/// Why a request was granted without anybody deciding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grounds {
    /// A `persistent` approval.
    Persistent,
    /// A pre-approval.
    Preapproved,
    /// The requestor is on call.
    OnCall,
}

/// A request, with all that the service remembers of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its identifier.
    pub id: RequestId,
    /// For whom.
    pub principal: String,
    /// Who asked.
    pub requestor: String,
    /// What for.
    pub access: Access,
    /// Where it stands: never a `…_NOTIFIED` word.
    pub status: Status,
    /// Why, in the requestor's words.
    pub reason: Option<String>,
    /// How long it is wanted, or was granted, in seconds; counted from when it was provisioned.
    pub length: u64,
    /// Granted without anybody deciding.
    pub grounds: Option<Grounds>,
    /// Who could approve it, as its policies said when it was routed.
    pub approvals: Vec<Approval>,
    /// When it was made.
    pub requested_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the access ends; with [`Status::PendingApproval`], when it is too late to approve it.
    pub expires_at: Option<Timestamp>,
    /// What provisioning made of it.
    pub generated: Value,
    /// What else was granted for this to work.
    pub delegation: Vec<Value>,
    /// Why it could not be provisioned.
    pub error: Option<String>,
    /// The access has been provisioned and still has to be undone, although the request has ended.
    pub to_undo: bool,
    /// With [`Status::Revoked`]: it was withdrawn before anyone decided.
    pub withdrawn: bool,
    /// How often it has changed. A change is stored only if nobody made another since it was read.
    pub revision: u64,
}

impl Request {
    /// Whether a second request for the same is answered with this one.
    pub fn is_live(&self) -> bool {
        is_live(&self.status)
    }
}

/// Pending or active.
pub fn is_live(status: &Status) -> bool {
    matches!(status, Status::New | Status::PendingApproval | Status::Approved | Status::Done)
}

/// Whether the state machine lets a request go from one status to the other.
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
