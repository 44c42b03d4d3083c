//! The embedded JIT service, as a library that takes settings, a listener and a shutdown future.
//!
//! `api` (HTTP) → `engine` (the life of a request) → `{policy, provision, store}`. `grammar` parses commands against the
//! `catalog`. `oidc` and `web` sign users in, and `saml` issues assertions for AWS. All of them use the types of `domain`.

mod api;
mod body;
pub mod catalog;
pub mod clock;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod grammar;
mod listen;
pub mod oidc;
pub mod policy;
mod process;
pub mod provision;
mod saml;
mod service;
pub mod settings;
mod spec;
pub mod ssh;
pub mod store;
mod store_error;
mod uncancellable;
mod web;

pub use listen::TlsError;
pub use service::{Service, StartError};
