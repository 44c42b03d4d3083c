//! `GET /o/{org}/command/{id}/poll`: a stream of newline-delimited JSON segments that ends with the outcome.

use crate::request::Status;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of the status stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Segment {
    /// The service is alive and the request is undecided. The embedded service adds the status and the approvers for progress
    /// messages, and sends a heartbeat at once whenever they change.
    Heartbeat {
        /// The current status of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<Status>,
        /// The email addresses of those who may approve the request, while it waits for approval.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        approvers: Vec<String>,
    },
    /// The outcome, unless it has an `error` key.
    Data {
        /// Fields to merge over the response to the command.
        data: Value,
    },
    /// The stream has failed.
    Error {
        /// A message for the user: a string, or an object with `message`.
        error: Value,
    },
}
