//! Amazon Web Services.

pub mod credentials;
pub mod presign;

pub use credentials::Credentials;
