//! Amazon Web Services.

pub mod credentials;

pub use credentials::Credentials;
