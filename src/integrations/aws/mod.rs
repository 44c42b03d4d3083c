//! Amazon Web Services.

pub mod account;
pub mod credentials;
pub mod federation;
pub mod saml;
pub mod settings;

pub use credentials::Credentials;
