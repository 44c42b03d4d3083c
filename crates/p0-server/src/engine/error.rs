//! What can go wrong, in words for the user.

use crate::{domain::RequestId, store::StoreError};
use p0_wire::request::Status;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It makes no sense, or no policy lets it.
    #[error("{0}")]
    Refused(String),
    /// There is no such request, or the caller may not know of it.
    #[error("Could not find request {}", shown(.0))]
    Unknown(RequestId),
    /// There is no such thing.
    #[error("Not found: {0}")]
    NotFound(String),
    /// The caller may not.
    #[error("{0}")]
    Forbidden(String),
    /// Somebody else was quicker, or it is there already.
    #[error("{0}")]
    Conflict(String),
    /// The organisation would have no owner left.
    #[error("The last owner cannot be removed: make somebody else an owner first")]
    LastOwner,
    /// A step that the state machine does not have.
    #[error("A request cannot go from {from} to {to}")]
    Impossible {
        /// Where it stands.
        from: Status,
        /// Where it would go.
        to: Status,
    },
    /// What is accessed could not be asked.
    #[error(transparent)]
    Provision(#[from] crate::provision::ProvisionError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The start of an identifier that somebody made up.
fn shown(id: &RequestId) -> String {
    id.0.chars().filter(char::is_ascii_alphanumeric).take(40).collect()
}
