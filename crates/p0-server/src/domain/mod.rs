//! What the service is about: people, what they ask for, and what became of it. Plain data, no I/O.

pub mod access;
pub mod request;
pub mod user;

pub use access::{Access, Aspect};
pub use request::{Grounds, Request, RequestId};
pub use user::{Directory, User};
