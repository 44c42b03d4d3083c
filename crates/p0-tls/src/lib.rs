//! What TLS errors and certificates mean to people: for the client and the service alike.

mod failure;
mod server_certificate;

pub use failure::TlsFailure;
pub use server_certificate::verify_server_certificate;
