//! What is asked for, once the words have been understood.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One permission, as the grammar reads it from a command, policies judge it and provisioners grant it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// Such as `gcloud`.
    pub integration: String,
    /// Such as `role`.
    pub access_type: String,
    /// The wire's `permission` document (protocol, section 6).
    pub permission: Value,
    /// What identifies the permission: the same words in another order, or another public key, give the same key.
    pub key: String,
    /// For people: `gcloud role viewer`.
    pub title: String,
    /// Each thing by itself, where several are named: whoever may have one may not have another yet. Empty where only
    /// one is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Access>,
    /// What a policy's filters look at, by the filter's name: `destination`, `group`, `tag`, `sudo`, …
    pub aspects: BTreeMap<String, Vec<Aspect>>,
    /// `generated` and `delegation` as far as the catalogue knows them before provisioning.
    #[serde(default)]
    pub generated: Value,
    /// See `generated`.
    #[serde(default)]
    pub delegation: Vec<Value>,
}

/// One aspect of a permission: its properties by key (`name`, `arn`, `id`, a tag's name), or a yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Aspect {
    /// Such as `sudo`.
    Is(bool),
    /// Such as a destination's `name` and `arn`.
    Has(BTreeMap<String, String>),
}
