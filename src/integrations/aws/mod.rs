//! Amazon Web Services.

pub mod credentials;
pub mod output;
pub mod presign;
pub mod profile;

pub use credentials::Credentials;
