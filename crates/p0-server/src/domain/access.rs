//! Permissions, as parsed from commands.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A permission: parsed by the grammar, evaluated by policies and granted by provisioners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// The integration, such as `gcloud`.
    pub integration: String,
    /// The access type, such as `role`.
    pub access_type: String,
    /// The wire's `permission` document (protocol, section 6).
    pub permission: Value,
    /// Identifies the permission. Arguments in another order, or another public key, result in the same key.
    pub key: String,
    /// The permission for display, such as `gcloud role viewer`.
    pub title: String,
    /// The individual permissions if several are requested at once, because policies can allow one and deny another. Empty
    /// for a single permission.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Access>,
    /// The values that policy filters examine, by filter name (`destination`, `group`, `tag`, `sudo`, …).
    pub aspects: BTreeMap<String, Vec<Aspect>>,
    /// The part of `generated` that the catalog knows before provisioning.
    #[serde(default)]
    pub generated: Value,
    /// The delegated grants that the catalog knows before provisioning.
    #[serde(default)]
    pub delegation: Vec<Value>,
}

/// A value for policy filters: a boolean, or properties by key (`name`, `arn`, `id`, a tag's name).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Aspect {
    /// A boolean, such as `sudo`.
    Is(bool),
    /// Properties, such as a destination's `name` and `arn`.
    Has(BTreeMap<String, String>),
}
