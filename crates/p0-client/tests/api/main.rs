//! The client against servers that play a script, byte by byte.

mod calls;
mod fixture;
mod follow;
mod network;
mod organisations;
mod retries;
