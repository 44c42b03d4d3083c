//! Azure.

mod account;
mod id;
mod jump;
pub mod ssh;
mod trouble;
