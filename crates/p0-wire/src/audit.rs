//! Audit events (protocol, section 9).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One event. The names are the wire's, which here are not in camel case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The organisation.
    pub vendor_account: String,
    /// When: RFC 3339, UTC.
    pub timestamp: String,
    /// `api`, `permission-requests` or `notifier`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, such as `approve`.
    pub action: String,
    /// Who did it.
    pub user: Actor,
    /// The rest depends on the action.
    pub data: Value,
}

/// Who did it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Actor {
    /// E-mail address.
    pub email: String,
    /// Identifier.
    pub uid: String,
    /// Nobody signed in.
    pub is_anonymous: bool,
    /// How they signed in.
    pub provider: String,
    /// Their groups.
    pub groups: Vec<String>,
}
