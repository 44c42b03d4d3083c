//! Audit events (protocol, section 9).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An audit event. Unlike most documents of the API, its fields are in snake case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The organisation's slug.
    pub vendor_account: String,
    /// The time of the event (RFC 3339, UTC).
    pub timestamp: String,
    /// `api`, `permission-requests` or `notifier`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, such as `approve`.
    pub action: String,
    /// The person who acted.
    pub user: Actor,
    /// Details, whose fields depend on `action`.
    pub data: Value,
}

/// The person or service that caused an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Actor {
    /// The email address.
    pub email: String,
    /// The user identifier.
    pub uid: String,
    /// True for actions without a signed-in user.
    pub is_anonymous: bool,
    /// The identity provider through which they signed in.
    pub provider: String,
    /// The directory groups they belong to.
    pub groups: Vec<String>,
}
