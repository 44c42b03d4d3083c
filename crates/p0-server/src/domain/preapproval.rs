//! Pre-approvals.

use super::Access;
use crate::clock::Timestamp;

/// A pre-approval. While it is valid, the principal's requests for the permission are granted at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Preapproval {
    /// The principal's email address.
    pub principal: String,
    /// The permission.
    pub access: Access,
    /// The longest grant that it covers, in seconds.
    pub max_length: u64,
    /// The start of its validity.
    pub valid_from: Timestamp,
    /// The end of its validity.
    pub valid_until: Timestamp,
    /// The approver's email address.
    pub allowed_by: String,
    /// The approver's reason.
    pub reason: Option<String>,
}
