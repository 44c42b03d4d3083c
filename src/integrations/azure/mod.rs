//! Azure.

mod account;
mod id;
pub mod ssh;
