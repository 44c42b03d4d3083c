//! Requests: their status and outcome, and the documents that describe them.

use crate::Extra;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The status of a request (protocol, section 5).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Status {
    /// Received, but not yet evaluated against the policies.
    New,
    /// Waiting for an approver.
    PendingApproval,
    /// Approved, and the requestor has been notified.
    ApprovedNotified,
    /// Approved, but not yet provisioned.
    Approved,
    /// Provisioned: the access is usable.
    Done,
    /// Provisioned, and the requestor has been notified.
    DoneNotified,
    /// Denied by an approver or a policy.
    Denied,
    /// Denied, and the requestor has been notified.
    DeniedNotified,
    /// Provisioning failed.
    Errored,
    /// Provisioning failed, and the requestor has been notified.
    ErroredNotified,
    /// The access has ended, or the request was not decided in time.
    Expired,
    /// Revoked by an approver, relinquished, or withdrawn before a decision.
    Revoked,
    /// A status that this version does not know. It counts as undecided.
    Other(String),
}

impl Status {
    /// Returns the status as it appears on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::New => "NEW",
            Self::PendingApproval => "PENDING_APPROVAL",
            Self::Approved => "APPROVED",
            Self::ApprovedNotified => "APPROVED_NOTIFIED",
            Self::Done => "DONE",
            Self::DoneNotified => "DONE_NOTIFIED",
            Self::Denied => "DENIED",
            Self::DeniedNotified => "DENIED_NOTIFIED",
            Self::Errored => "ERRORED",
            Self::ErroredNotified => "ERRORED_NOTIFIED",
            Self::Expired => "EXPIRED",
            Self::Revoked => "REVOKED",
            Self::Other(word) => word,
        }
    }

    /// Returns what the status means to a waiting client.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Done | Self::DoneNotified | Self::Approved | Self::ApprovedNotified => Outcome::Approved,
            Self::Denied | Self::DeniedNotified => Outcome::Denied,
            Self::Errored | Self::ErroredNotified => Outcome::Errored,
            Self::Expired => Outcome::Expired,
            Self::Revoked => Outcome::Revoked,
            Self::New | Self::PendingApproval | Self::Other(_) => Outcome::Undecided,
        }
    }
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        match word {
            "NEW" => Self::New,
            "PENDING_APPROVAL" => Self::PendingApproval,
            "APPROVED" => Self::Approved,
            "APPROVED_NOTIFIED" => Self::ApprovedNotified,
            "DONE" => Self::Done,
            "DONE_NOTIFIED" => Self::DoneNotified,
            "DENIED" => Self::Denied,
            "DENIED_NOTIFIED" => Self::DeniedNotified,
            "ERRORED" => Self::Errored,
            "ERRORED_NOTIFIED" => Self::ErroredNotified,
            "EXPIRED" => Self::Expired,
            "REVOKED" => Self::Revoked,
            other => Self::Other(other.into()),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(deserializer)?.as_str()))
    }
}

/// What a status means to a client that waits for access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Approved. With [`Status::Done`], the access is also usable.
    Approved,
    /// Denied.
    Denied,
    /// Provisioning failed. The request has a message.
    Errored,
    /// The access has ended.
    Expired,
    /// The access was revoked or relinquished.
    Revoked,
    /// Not decided yet.
    Undecided,
}

/// A request, as in responses and in the status stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The status.
    pub status: Status,
    /// The email address of the person who gets the access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The requested access. Its shape depends on the integration (protocol, section 6).
    #[serde(default)]
    pub permission: Value,
    /// The result of provisioning. Its shape depends on the integration.
    #[serde(default)]
    pub generated: Value,
    /// Other grants that this access depends on.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub delegation: Vec<Delegation>,
    /// The error, if provisioning failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// The requestor's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the access ends, in milliseconds since the Unix epoch. The embedded service always sends it. Other services
    /// may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_timestamp: Option<i64>,
    /// With [`Status::Revoked`]: whether it was withdrawn before a decision (embedded service only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Request {
    /// Makes a request with only a status.
    pub fn with_status(status: Status) -> Self {
        Self {
            status,
            principal: None,
            permission: Value::Null,
            generated: Value::Null,
            delegation: Vec::new(),
            error: None,
            reason: None,
            expiry_timestamp: None,
            withdrawn: false,
            extra: Extra::new(),
        }
    }

    /// Returns the delegated grant with this key, such as `aws`.
    pub fn delegate(&self, key: &str) -> Option<&Value> {
        self.delegation.iter().find(|d| d.key == key).map(|d| &d.request)
    }
}

/// A grant that another grant depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delegation {
    /// The integration of the delegated grant.
    pub key: String,
    /// Its `permission`, `generated` and `delegation`.
    pub request: Value,
}

/// Why provisioning failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A message for the user.
    pub message: String,
}

/// An entry of the response to `GET /o/{org}/permission-requests` (embedded service only).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The request id.
    pub id: String,
    /// The arguments of the request command, such as `gcloud role viewer`.
    pub title: String,
    /// The email address of the person who made the request. It can differ from the principal.
    pub requestor: String,
    /// When the request was made, in milliseconds since the Unix epoch.
    pub requested_timestamp: i64,
    /// The request.
    pub request: Request,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The response to `GET /o/{org}/permission-requests` (embedded service only).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summaries {
    /// The matching requests that the caller may see, newest first.
    pub requests: Vec<Summary>,
}

/// The response to `GET /o/{org}/permission-requests/{id}` (embedded service only).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The same fields as in a listing.
    #[serde(flatten)]
    pub summary: Summary,
    /// The history of the request, oldest step first.
    #[serde(default)]
    pub history: Vec<Step>,
    /// The email addresses of those who may approve the request. Empty once it is decided.
    #[serde(default)]
    pub approvers: Vec<String>,
}

/// A step in a request's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The time of the step, in milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// The status after the step.
    pub status: Status,
    /// The email address of the person who acted, or `p0` for the service.
    pub by: String,
    /// An explanation, such as the policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The body of `POST …/approve` and `POST …/extend`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approve {
    /// How long the access lasts, such as `30m` or `2h`. If absent, as long as requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_length: Option<String>,
}

/// The body of `POST …/deny`. The remote API ignores the reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deny {
    /// The approver's reason, shown to the requestor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_status_maps_to_its_outcome() {
        let outcome = |word: &str| Status::from(word).outcome();
        for word in ["DONE", "DONE_NOTIFIED", "APPROVED", "APPROVED_NOTIFIED"] {
            assert_eq!(outcome(word), Outcome::Approved, "{word}");
        }
        for word in ["DENIED", "DENIED_NOTIFIED"] {
            assert_eq!(outcome(word), Outcome::Denied, "{word}");
        }
        for word in ["ERRORED", "ERRORED_NOTIFIED"] {
            assert_eq!(outcome(word), Outcome::Errored, "{word}");
        }
        assert_eq!(outcome("EXPIRED"), Outcome::Expired);
        assert_eq!(outcome("REVOKED"), Outcome::Revoked);
        for word in ["NEW", "PENDING_APPROVAL", "SOMETHING_NEW"] {
            assert_eq!(outcome(word), Outcome::Undecided, "{word}");
            assert_eq!(Status::from(word).as_str(), word);
        }
    }

    #[test]
    fn unknown_fields_survive_a_round_trip() {
        let document = json!({
            "status": "DONE", "principal": "a@example.com", "permission": {"type": "role"}, "generated": null,
            "delegation": [{"key": "aws", "request": {"generated": {"name": "x"}}}], "novelty": [1, 2],
        });
        let request: Request = serde_json::from_value(document.clone()).expect("a request");
        assert_eq!(request.delegate("aws").and_then(|r| r.pointer("/generated/name")), Some(&json!("x")));
        assert_eq!(serde_json::to_value(&request).expect("json"), document);
    }
}
