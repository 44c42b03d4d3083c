//! Kubernetes.

use super::{Shaped, aws};
use crate::{grammar::resolve::ResolvedCommand, spec::values};
use serde_json::{Map, json};

/// `{"resource": {"kind", "namespace", "name"}, "role", "clusterId", "type": "resource"}`. Without a locator the
/// resource is all of them; what is in no namespace has an empty one, as in Kubernetes itself.
pub(super) fn shape(command: &ResolvedCommand<'_>) -> Shaped {
    let cluster = command.scope.get("cluster");
    let role = command.first("role").map(|role| role.key.as_str());
    let resource = match command.texts.get("locator").and_then(|text| values::locator(text).ok()) {
        Some(at) => json!({"kind": at.kind, "namespace": at.namespace.unwrap_or_default(), "name": at.name}),
        None => json!({"kind": "*", "namespace": "*", "name": "*"}),
    };
    let mut permission = Map::new();
    permission.insert("resource".into(), resource);
    permission.insert("role".into(), json!(role));
    permission.insert("clusterId".into(), json!(cluster.map(|cluster| &cluster.key)));
    let mut shaped = Shaped::new(permission);
    shaped.generated = json!({"role": role});
    if let Some(cluster) = cluster
        && let Some(account) = cluster.property("account")
    {
        let (arn, role) = (cluster.arn(), cluster.property("role"));
        shaped.delegation.push(aws::delegate(command.catalog, account, arn, &cluster.key, role));
    }
    shaped
}
