//! `GET /o/{org}/command/{id}/poll`: newline-delimited segments, until one carries the outcome.

use crate::request::Status;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of the status stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Segment {
    /// The service is there, and nothing is decided. The embedded service adds how far the request has come, so that
    /// whoever waits can be told; it sends one at once at every step.
    Heartbeat {
        /// Where the request stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<Status>,
        /// Who may approve it, while it waits for that: e-mail addresses.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        approvers: Vec<String>,
    },
    /// The outcome, unless it has an `error` key.
    Data {
        /// To be merged over the answer to the command.
        data: Value,
    },
    /// The stream has failed.
    Error {
        /// For the user; a string, or an object with `message`.
        error: Value,
    },
}
