//! Tests of the real binary as a process of its own: a module for each command, in one test binary.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests: a failed unwrap is their report")]

mod harness;
mod layout;
mod serve;
