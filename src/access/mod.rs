//! The heart: submit a request, wait until its outcome is known and the access usable, run the tool.

pub mod follow;
pub mod history;
pub mod outcome;
pub mod submit;
pub mod tool;

use p0_wire::request::Request;
use serde_json::Value;

/// A request that has been made, with the document that describes it as the service last told it.
#[derive(Debug, Clone)]
pub struct Access {
    /// The request's identifier.
    pub id: String,
    /// The request as it stands.
    pub request: Request,
    /// The whole document, unknown fields included.
    pub document: Value,
    /// The access was there, or asked for, before this run.
    pub preexisting: bool,
}
