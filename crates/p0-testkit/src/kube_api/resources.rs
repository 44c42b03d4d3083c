//! Which resources the stand-in has, and the documents by which clients discover them.

use serde_json::{Value, json};

/// One sort of resource; all are of version `v1`.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) group: &'static str,
    pub(super) plural: &'static str,
    pub(super) kind: &'static str,
    pub(super) namespaced: bool,
    short: &'static [&'static str],
    subresources: &'static [&'static str],
}

const fn resource(
    group: &'static str,
    plural: &'static str,
    kind: &'static str,
    namespaced: bool,
    short: &'static [&'static str],
    subresources: &'static [&'static str],
) -> Resource {
    Resource { group, plural, kind, namespaced, short, subresources }
}

pub(super) const RBAC: &str = "rbac.authorization.k8s.io";
pub(super) const AUTHENTICATION: &str = "authentication.k8s.io";
pub(super) const AUTHORIZATION: &str = "authorization.k8s.io";

const RESOURCES: [Resource; 16] = [
    resource("", "configmaps", "ConfigMap", true, &["cm"], &[]),
    resource("", "events", "Event", true, &["ev"], &[]),
    resource("", "namespaces", "Namespace", false, &["ns"], &[]),
    resource("", "nodes", "Node", false, &["no"], &[]),
    resource("", "pods", "Pod", true, &["po"], &["exec", "log"]),
    resource("", "secrets", "Secret", true, &[], &[]),
    resource("", "serviceaccounts", "ServiceAccount", true, &["sa"], &["token"]),
    resource("", "services", "Service", true, &["svc"], &[]),
    resource("apps", "deployments", "Deployment", true, &["deploy"], &["scale"]),
    resource(AUTHENTICATION, "selfsubjectreviews", "SelfSubjectReview", false, &[], &[]),
    resource(AUTHORIZATION, "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, &[], &[]),
    resource(AUTHORIZATION, "selfsubjectrulesreviews", "SelfSubjectRulesReview", false, &[], &[]),
    resource(RBAC, "clusterrolebindings", "ClusterRoleBinding", false, &[], &[]),
    resource(RBAC, "clusterroles", "ClusterRole", false, &[], &[]),
    resource(RBAC, "rolebindings", "RoleBinding", true, &[], &[]),
    resource(RBAC, "roles", "Role", true, &[], &[]),
];

impl Resource {
    /// By its group and plural.
    pub(super) fn named(group: &str, plural: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|resource| resource.group == group && resource.plural == plural)
    }

    /// By what a document says of itself.
    pub(super) fn from_document(document: &Value) -> Option<&'static Self> {
        let (api_version, kind) = (document["apiVersion"].as_str()?, document["kind"].as_str()?);
        RESOURCES.iter().find(|resource| resource.kind == kind && resource.api_version() == api_version)
    }

    /// Such as `apps/v1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { "v1".into() } else { format!("{}/v1", self.group) }
    }

    /// As errors call it: `roles.rbac.authorization.k8s.io`.
    pub(super) fn full_name(&self) -> String {
        if self.group.is_empty() { self.plural.into() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// The document at a path of discovery, such as `/apis/apps/v1`.
pub(super) fn document(path: &[&str]) -> Option<Value> {
    match path {
        ["version"] => Some(json!({"major": "1", "minor": "32", "gitVersion": "v1.32.0", "platform": "linux/amd64"})),
        ["api"] => Some(json!({"kind": "APIVersions", "versions": ["v1"]})),
        ["apis"] => {
            let groups: Vec<Value> = groups().map(group).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["api", "v1"] => Some(list("")),
        ["apis", name] => groups().find(|group| group == name).map(group),
        ["apis", name, "v1"] => groups().find(|group| group == name).map(list),
        _ => None,
    }
}

fn groups() -> impl Iterator<Item = &'static str> {
    let mut groups: Vec<_> =
        RESOURCES.iter().map(|resource| resource.group).filter(|group| !group.is_empty()).collect();
    groups.dedup();
    groups.into_iter()
}

fn group(name: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/v1"), "version": "v1"});
    json!({"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": [version], "preferredVersion": version})
}

fn list(group: &str) -> Value {
    let verbs = ["create", "delete", "get", "list", "patch", "update"];
    let of_group = RESOURCES.iter().filter(|resource| resource.group == group);
    let entries = of_group.flat_map(|resource| {
        let Resource { plural, kind, namespaced, short, subresources, .. } = resource;
        let whole = json!({"name": plural, "singularName": kind.to_lowercase(), "namespaced": namespaced, "kind": kind,
                           "verbs": verbs, "shortNames": short});
        let sub = |sub: &&str| {
            json!({"name": format!("{plural}/{sub}"), "singularName": "", "namespaced": namespaced, "kind": kind,
                   "verbs": ["create", "get"]})
        };
        std::iter::once(whole).chain(subresources.iter().map(sub)).collect::<Vec<_>>()
    });
    let version = if group.is_empty() { "v1".into() } else { format!("{group}/v1") };
    let entries: Vec<Value> = entries.collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": entries})
}
