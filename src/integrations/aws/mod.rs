//! AWS.

pub mod ssh;
