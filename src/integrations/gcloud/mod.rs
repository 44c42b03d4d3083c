//! Google Cloud.

pub mod os_login;
pub mod ssh;
