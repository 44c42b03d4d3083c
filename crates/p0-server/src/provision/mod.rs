//! Granting access for real, and taking it back.

pub mod config;
