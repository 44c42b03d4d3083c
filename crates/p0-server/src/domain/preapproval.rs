//! Approval in advance.

use super::Access;
use crate::clock::Timestamp;

/// A standing pre-approval: for a while, a principal's requests for one permission are granted at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Preapproval {
    /// For whom.
    pub principal: String,
    /// What for.
    pub access: Access,
    /// The longest access that it covers, in seconds.
    pub max_length: u64,
    /// From when it holds.
    pub valid_from: Timestamp,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// Who approved.
    pub allowed_by: String,
    /// Why, in their words.
    pub reason: Option<String>,
}
