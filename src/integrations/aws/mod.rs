//! Amazon Web Services.

pub mod account;
pub mod credentials;
pub mod environment;
pub mod error;
pub mod federation;
pub mod http;
pub mod identity_center;
pub mod output;
pub mod presign;
pub mod profile;
pub mod rds;
pub mod saml;
pub mod settings;
pub mod ssh;
pub mod sts;

pub use credentials::Credentials;
pub use error::Error;
