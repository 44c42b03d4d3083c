//! The service as its clients see it: over HTTP, on a port of the system's choosing, by a clock that a test turns.

mod administration;
mod commands;
mod connections;
mod decisions;
mod errors;
mod races;
mod restart;
mod ssh;
mod streams;
mod support;
mod time;
