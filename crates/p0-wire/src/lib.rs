//! The documents of the JIT API, typed: what the client sends and the service answers, and the other way round.
//!
//! Nothing here does I/O or reads a clock. A document that is passed on (`--json`) keeps the fields that this crate
//! does not know, in an `extra` map; all others tolerate and drop them.

pub mod audit;
pub mod command;
pub mod credential;
pub mod error;
pub mod integration;
pub mod org;
pub mod policy;
pub mod request;
pub mod role;
pub mod settings;
pub mod ssh;
pub mod stream;

/// Fields that this version does not know, kept so that an echoed document is whole.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// A field that some services send as `null` where they mean nothing.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de> + Default,
{
    Ok(<Option<T> as serde::Deserialize>::deserialize(deserializer)?.unwrap_or_default())
}
