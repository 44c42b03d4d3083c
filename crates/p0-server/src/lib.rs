//! The embedded JIT service: a library that is given settings, a listener and a shutdown future.
//!
//! `api` (HTTP) → `engine` (what happens to requests) → `{policy, provision, store}`; `grammar` reads commands against
//! the `catalog`; `oidc` and `web` sign people in. `domain` is the vocabulary of all of them.

pub mod catalog;
pub mod clock;
pub mod domain;
pub mod grammar;
pub mod engine;
pub mod oidc;
pub mod policy;
pub mod provision;
pub mod store;
mod web;
