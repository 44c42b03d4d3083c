//! Requests: their status, their outcome, and the documents that describe them.

use crate::Extra;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Where a request stands. The words are the wire's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Status {
    /// Received, not yet routed.
    New,
    /// Waits for an approver.
    PendingApproval,
    /// Approved, and told to whoever asked.
    ApprovedNotified,
    /// Approved, not yet provisioned.
    Approved,
    /// Provisioned: the access is usable.
    Done,
    /// Provisioned, and told to whoever asked.
    DoneNotified,
    /// Refused by an approver or by a policy.
    Denied,
    /// Refused, and told to whoever asked.
    DeniedNotified,
    /// Could not be provisioned.
    Errored,
    /// Could not be provisioned, and told to whoever asked.
    ErroredNotified,
    /// The access has ended, or nobody decided in time.
    Expired,
    /// Ended early by an approver, given back, or withdrawn.
    Revoked,
    /// A word that this version does not know: the request goes on.
    Other(String),
}

impl Status {
    /// The word on the wire.
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

    /// What the status means to somebody who waits.
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

/// What a status means to somebody who waits for access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Approved; with [`Status::Done`] also usable.
    Approved,
    /// Refused.
    Denied,
    /// Failed, with a message.
    Errored,
    /// The access has ended.
    Expired,
    /// The access was taken back or given back.
    Revoked,
    /// Nobody has decided yet.
    Undecided,
}

/// A request, as answers and the status stream carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Where it stands.
    pub status: Status,
    /// For whom the access is: an e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// What was asked for. Its shape is the integration's (protocol, section 6).
    #[serde(default)]
    pub permission: Value,
    /// What provisioning made of it. Its shape is the integration's.
    #[serde(default)]
    pub generated: Value,
    /// What else was granted for this to work.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub delegation: Vec<Delegation>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// Why access is needed, in the requestor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the access ends: milliseconds since the Unix epoch. The embedded service always states it; absent
    /// elsewhere where the service keeps it to itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_timestamp: Option<i64>,
    /// With [`Status::Revoked`]: it was withdrawn before anyone decided (embedded service).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Request {
    /// A request of which only the status is known.
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

    /// The grant delegated under this key, such as `aws`.
    pub fn delegate(&self, key: &str) -> Option<&Value> {
        self.delegation.iter().find(|d| d.key == key).map(|d| &d.request)
    }
}

/// A grant that came along so that another works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delegation {
    /// The integration that carries it.
    pub key: String,
    /// Its `permission`, `generated` and own `delegation`.
    pub request: Value,
}

/// Why provisioning failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For the user.
    pub message: String,
}

/// One request in a list, and the head of one that is shown (calls of the embedded service:
/// `GET /o/{org}/permission-requests`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The request's identifier.
    pub id: String,
    /// The words that asked for it, such as `gcloud role viewer`.
    pub title: String,
    /// Who asked, where that is not the principal.
    pub requestor: String,
    /// When it was made: milliseconds since the Unix epoch.
    pub requested_timestamp: i64,
    /// The request itself.
    pub request: Request,
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `{"requests": […]}`, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summaries {
    /// The requests that the caller may see and that match.
    pub requests: Vec<Summary>,
}

/// One request with its history (a call of the embedded service: `GET /o/{org}/permission-requests/{id}`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// What a list says of it.
    #[serde(flatten)]
    pub summary: Summary,
    /// What has happened, oldest first.
    #[serde(default)]
    pub history: Vec<Step>,
    /// Who may approve it: e-mail addresses. Empty once it is decided.
    #[serde(default)]
    pub approvers: Vec<String>,
}

/// One step of a request's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When: milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// The status that it reached.
    pub status: Status,
    /// By whom: an e-mail address, or `p0` for the service itself.
    pub by: String,
    /// A word on why, such as the policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// `POST …/approve` and `POST …/extend`: for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approve {
    /// Such as `30m` or `2h`; absent: as long as was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_length: Option<String>,
}

/// `POST …/deny`: why, where the approver says so. The remote API ignores it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deny {
    /// Shown to the requestor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_status_word_of_the_protocol_has_its_outcome() {
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
