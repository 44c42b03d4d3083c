//! The stand-in's objects, in memory.

use super::resources::Resource;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Group and plural, namespace (empty: none), name.
type Key = (&'static str, &'static str, String, String);

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Objects {
    objects: BTreeMap<Key, Value>,
    /// How often anything has changed.
    revision: u64,
}

fn key(resource: &'static Resource, namespace: Option<&str>, name: &str) -> Key {
    let namespace = namespace.filter(|_| resource.namespaced).unwrap_or_default();
    (resource.group, resource.plural, namespace.into(), name.into())
}

impl Objects {
    pub(super) fn get(&self, resource: &'static Resource, namespace: Option<&str>, name: &str) -> Option<&Value> {
        self.objects.get(&key(resource, namespace, name))
    }

    /// Those of a namespace, or of all.
    pub(super) fn list<'a>(
        &'a self,
        resource: &'static Resource,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &'a Value> + use<'a> {
        let namespace = namespace.filter(|_| resource.namespaced).map(str::to_owned);
        let is_wanted = move |key: &Key| {
            (key.0, key.1) == (resource.group, resource.plural) && namespace.as_ref().is_none_or(|n| *n == key.2)
        };
        self.objects.iter().filter(move |(key, _)| is_wanted(key)).map(|(_, object)| object)
    }

    /// Puts a document where it belongs, over whatever is there.
    pub(super) fn put(&mut self, resource: &'static Resource, namespace: Option<&str>, mut object: Value) -> Value {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let key = key(resource, namespace, &name);
        self.revision += 1;
        let uid = match self.objects.get(&key) {
            Some(before) => before["metadata"]["uid"].clone(),
            None => json!(format!("00000000-0000-4000-8000-{:012}", self.revision)),
        };
        object["apiVersion"] = resource.api_version().into();
        object["kind"] = resource.kind.into();
        let metadata = &mut object["metadata"];
        metadata["uid"] = uid;
        metadata["resourceVersion"] = self.revision.to_string().into();
        metadata["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
        if resource.namespaced {
            metadata["namespace"] = key.2.as_str().into();
        }
        self.objects.insert(key, object.clone());
        object
    }

    pub(super) fn remove(&mut self, resource: &'static Resource, namespace: Option<&str>, name: &str) -> Option<Value> {
        self.objects.remove(&key(resource, namespace, name))
    }

    /// Everything that carries this label.
    pub(super) fn labelled(&self, label: &str, value: &str) -> Vec<Value> {
        let carries = |object: &&Value| object["metadata"]["labels"][label] == value;
        self.objects.values().filter(carries).cloned().collect()
    }
}
