//! The types of what a kubeconfig contains (<https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>): `kubectl`
//! reads no file in which one is different. Keys that are not listed are ignored, as they are by `kubectl`.

use super::tree::{Kind, Node};

enum Type {
    Text,
    Bool,
    List(&'static Type),
    Map(&'static [(&'static str, Type)]),
    /// Lists of texts by any key.
    ListsByKey,
}

use Type::{Bool, List, ListsByKey, Map, Text};

const EXTENSIONS: Type = List(&Map(&[("name", Text)]));

const EXEC: Type = Map(&[
    ("apiVersion", Text),
    ("args", List(&Text)),
    ("command", Text),
    ("env", List(&Map(&[("name", Text), ("value", Text)]))),
    ("installHint", Text),
    ("interactiveMode", Text),
    ("provideClusterInfo", Bool),
]);

const CLUSTER: Type = Map(&[
    ("certificate-authority", Text),
    ("certificate-authority-data", Text),
    ("disable-compression", Bool),
    ("extensions", EXTENSIONS),
    ("insecure-skip-tls-verify", Bool),
    ("proxy-url", Text),
    ("server", Text),
    ("tls-server-name", Text),
]);

const CONTEXT: Type = Map(&[("cluster", Text), ("extensions", EXTENSIONS), ("namespace", Text), ("user", Text)]);

const USER: Type = Map(&[
    ("as", Text),
    ("as-groups", List(&Text)),
    ("as-uid", Text),
    ("as-user-extra", ListsByKey),
    ("auth-provider", Map(&[("name", Text)])),
    ("client-certificate", Text),
    ("client-certificate-data", Text),
    ("client-key", Text),
    ("client-key-data", Text),
    ("exec", EXEC),
    ("extensions", EXTENSIONS),
    ("password", Text),
    ("token", Text),
    ("tokenFile", Text),
    ("username", Text),
]);

const CONFIG: Type = Map(&[
    ("apiVersion", Text),
    ("clusters", List(&Map(&[("name", Text), ("cluster", CLUSTER)]))),
    ("contexts", List(&Map(&[("name", Text), ("context", CONTEXT)]))),
    ("current-context", Text),
    ("extensions", EXTENSIONS),
    ("kind", Text),
    ("preferences", Map(&[("colors", Bool), ("extensions", EXTENSIONS)])),
    ("users", List(&Map(&[("name", Text), ("user", USER)]))),
]);

/// What has the wrong type in a document, in words.
pub(super) fn check(root: &Node) -> Result<(), String> {
    CONFIG.check(root, "")
}

impl Type {
    fn check(&self, node: &Node, path: &str) -> Result<(), String> {
        // An alias is what it stands for, which is checked where it is itself.
        if node.is_null() || matches!(node.kind, Kind::Alias(_)) {
            return Ok(());
        }
        match (self, &node.kind) {
            (Text, _) if node.may_be_text() => Ok(()),
            (Bool, _) if node.may_be_bool() => Ok(()),
            (List(item), Kind::Sequence { items, .. }) => items.iter().try_for_each(|node| match (*item, &node.kind) {
                (Map(_), Kind::Scalar { .. } | Kind::Sequence { .. }) if !node.is_null() => {
                    Err(format!("each item of '{path}' must be a map"))
                }
                _ => item.check(node, path),
            }),
            (Map(fields), Kind::Mapping { .. }) => fields.iter().try_for_each(|(key, field)| match node.value(key) {
                Some(value) if path.is_empty() => field.check(value, key),
                Some(value) => field.check(value, &format!("{path}.{key}")),
                None => Ok(()),
            }),
            (ListsByKey, Kind::Mapping { entries, .. }) => {
                entries.iter().try_for_each(|(_, value)| List(&Text).check(value, path))
            }
            _ => Err(format!("'{path}' must be {}", self.name())),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Text => "a string",
            Bool => "true or false",
            List(_) => "a list",
            Map(_) | ListsByKey => "a map",
        }
    }
}
