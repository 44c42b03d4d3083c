//! What is asked for, as policies, provisioners and clients see it: the permission document of each integration
//! (protocol, section 6), and what is common to all of them.

mod aspects;
mod aws;
mod database;
mod gcloud;
mod k8s;
mod machine;
mod name;
mod plain;
mod ssh;

use super::resolve::ResolvedCommand;
use crate::domain::{Access, Aspect};
use serde_json::{Map, Value, json};

/// What an integration makes of a command.
struct Shaped {
    /// The permission document, without its `type`.
    permission: Map<String, Value>,
    /// Aspects that only this integration knows.
    aspects: Vec<(&'static str, Aspect)>,
    /// Further properties of the one resource of this kind.
    properties: Option<(&'static str, Aspect)>,
    /// What is known before provisioning.
    generated: Value,
    /// What else has to be granted: `{key, request}` each.
    delegation: Vec<Value>,
}

impl Shaped {
    fn new(permission: Map<String, Value>) -> Self {
        Self { permission, aspects: Vec::new(), properties: None, generated: json!({}), delegation: Vec::new() }
    }
}

/// The access that a command asks for.
pub(crate) fn access(command: &ResolvedCommand<'_>) -> Access {
    let integration = command.entry.spec.name.as_str();
    let shaped = match integration {
        "aws" => aws::shape(command),
        "gcloud" => gcloud::shape(command),
        "k8s" => k8s::shape(command),
        "postgres" | "mysql" => database::shape(command),
        "ssh" => ssh::shape(command),
        "rdp" => machine::desktop(command),
        "file-transfer" => machine::bucket(command),
        _ => plain::shape(command),
    };
    let mut permission = Map::new();
    permission.insert("type".into(), command.access_type.name.as_str().into());
    permission.extend(shaped.permission);
    let mut aspects = aspects::common(command);
    for (name, aspect) in shaped.aspects {
        aspects::add(&mut aspects, name, aspect);
    }
    if let Some((kind, properties)) = shaped.properties {
        aspects::describe(&mut aspects, kind, properties);
    }
    Access {
        integration: integration.into(),
        access_type: command.access_type.name.clone(),
        permission: Value::Object(permission),
        key: name::key(command),
        title: name::title(command),
        parts: command.parts().iter().map(access).collect(),
        aspects,
        generated: shaped.generated,
        delegation: shaped.delegation,
    }
}

/// Adds fields of which the value is there.
fn put<'v>(map: &mut Map<String, Value>, fields: impl IntoIterator<Item = (&'v str, Option<&'v str>)>) {
    map.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
}

/// A document of fields of which the value is there.
fn document<'v>(fields: impl IntoIterator<Item = (&'v str, Option<&'v str>)>) -> Map<String, Value> {
    let mut map = Map::new();
    put(&mut map, fields);
    map
}
