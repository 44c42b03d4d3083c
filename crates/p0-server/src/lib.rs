//! The embedded JIT service: a library that is given settings, a listener and a shutdown future.
//!
//! `api` (HTTP) → `engine` (what happens to requests) → `{policy, provision, store}`; `grammar` reads commands against
//! the `catalog`; `oidc` and `web` sign people in, `saml` vouches for them at AWS. `domain` is the vocabulary of all of
//! them.

mod api;
mod body;
pub mod catalog;
pub mod clock;
pub mod domain;
pub mod engine;
pub mod grammar;
mod listen;
pub mod oidc;
pub mod policy;
pub mod provision;
mod saml;
mod service;
pub mod settings;
pub mod ssh;
pub mod store;
mod uncancellable;
mod web;

pub use listen::TlsError;
pub use service::{Service, StartError};
