//! Amazon Web Services.

pub mod credentials;
pub mod output;
pub mod presign;

pub use credentials::Credentials;
