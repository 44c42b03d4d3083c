//! The service's data types: people, access and requests. Plain data, no I/O.

pub mod access;
pub mod cluster;
pub mod preapproval;
pub mod request;
pub mod user;
mod wire;

pub use access::{Access, Aspect};
pub use cluster::{ClusterPermission, ClusterResource, RoleName};
pub use preapproval::Preapproval;
pub use request::{Grounds, Request, RequestId};
pub use user::{Directory, User};
