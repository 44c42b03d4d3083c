//! Machines of one's own.

pub mod ssh;
