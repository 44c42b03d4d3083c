//! Types for the JSON documents of the JIT API, used by both the client and the embedded service.
//!
//! Nothing here does I/O or reads a clock. Documents that p0 prints again (`--json`) keep unknown fields in an `extra`
//! map. All other types ignore unknown fields.

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

/// Fields that this version does not know, kept so that a document can be printed again in full.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// Reads `null` as the default value: some services send `null` instead of leaving a field out.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de> + Default,
{
    Ok(<Option<T> as serde::Deserialize>::deserialize(deserializer)?.unwrap_or_default())
}
