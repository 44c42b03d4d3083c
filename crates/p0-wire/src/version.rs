//! `GET /cli/version`: the newest client.

use serde::{Deserialize, Serialize};

/// The newest client that the service knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CliVersion {
    /// Its version, such as `1.2.3`.
    pub version: String,
    /// For users of older ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
