//! Errors, with messages for the user.

use crate::{domain::RequestId, store_error::StoreError};
use p0_wire::request::Status;

/// An error of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The call is invalid, or no policy allows it.
    #[error("{0}")]
    Refused(String),
    /// The request does not exist, or the caller may not see it.
    #[error("Could not find request {}", shown(.0))]
    Unknown(RequestId),
    /// Something else does not exist.
    #[error("Not found: {0}")]
    NotFound(String),
    /// The caller does not have the right.
    #[error("{0}")]
    Forbidden(String),
    /// A concurrent change, or a name in use.
    #[error("{0}")]
    Conflict(String),
    /// The organisation would have no owner left.
    #[error("The last owner cannot be removed. Appoint another owner first")]
    LastOwner,
    /// The state machine has no such transition.
    #[error("A request cannot go from {from} to {to}")]
    Impossible {
        /// The current status.
        from: Status,
        /// The new status.
        to: Status,
    },
    /// A provisioner failed.
    #[error(transparent)]
    Provision(#[from] crate::provision::ProvisionError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Returns a safe prefix of an id, which can be arbitrary input.
fn shown(id: &RequestId) -> String {
    id.0.chars().filter(char::is_ascii_alphanumeric).take(40).collect()
}
