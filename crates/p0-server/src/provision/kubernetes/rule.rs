//! RBAC rules (`rbac.authorization.k8s.io/v1`), and narrowing them to a resource. Pure.

use crate::domain::{ClusterResource, RoleName, cluster::ANY};
use serde::{Deserialize, Serialize};

/// A kind of resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// The API group. Empty for the core group.
    pub(super) group: String,
    /// The resource name, such as `pods`.
    pub(super) plural: String,
    /// Whether its resources are namespaced.
    pub(super) namespaced: bool,
    /// The subresources, such as `log`.
    pub(super) subresources: Vec<String>,
}

/// A `PolicyRule` of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// The API groups. The core group is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_groups: Vec<String>,
    /// The resources, such as `pods` or `pods/log`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The names of the resources. An empty list means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    /// Paths outside the resource API.
    #[serde(rename = "nonResourceURLs", skip_serializing_if = "Vec::is_empty")]
    pub non_resource_urls: Vec<String>,
    /// The verbs.
    pub verbs: Vec<String>,
}

/// The scope of a grant's role and binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// The whole cluster.
    Cluster,
    /// A namespace.
    Namespace(String),
}

/// An incompatible role and resource, as a message for the requestor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Mismatch(pub(super) String);

/// Returns the scope of a role on a resource. It depends on the request alone, so that deprovisioning needs no
/// result of provisioning.
pub(super) fn scope(role: &RoleName, resource: &ClusterResource) -> Result<Scope, Mismatch> {
    match (role, resource.namespace.as_str()) {
        (RoleName::Namespaced { namespace, .. }, at) if at == ANY || at == namespace => {
            Ok(Scope::Namespace(namespace.clone()))
        }
        (RoleName::Namespaced { namespace, .. }, _) => {
            Err(Mismatch(format!("{role} allows nothing on {resource}, which is not in the namespace {namespace}")))
        }
        (_, "" | ANY) => Ok(Scope::Cluster),
        (_, namespace) => Ok(Scope::Namespace(namespace.into())),
    }
}

/// Checks that a resource's namespace fits its kind. `None` means any kind.
pub(super) fn check_kind(resource: &ClusterResource, kind: Option<&Kind>) -> Result<(), Mismatch> {
    let ClusterResource { kind: word, namespace, name } = resource;
    let form = match kind {
        // RBAC cannot express "all resources without a namespace".
        None if namespace.is_empty() => format!("{word} / <namespace> / {name}"),
        Some(kind) if kind.namespaced && namespace.is_empty() => format!("{word} / <namespace> / {name}"),
        Some(kind) if !kind.namespaced && !matches!(namespace.as_str(), "" | ANY) => format!("{word} / {name}"),
        _ => return Ok(()),
    };
    let is = if namespace.is_empty() { "is in a namespace" } else { "is in no namespace" };
    Err(Mismatch(format!("{word} {is}: ask for \"{form}\"")))
}

/// Narrows a role's rules to a resource. Returns an empty list if nothing is left.
pub(super) fn narrow(rules: &[Rule], resource: &ClusterResource, kind: Option<&Kind>) -> Vec<Rule> {
    rules.iter().flat_map(|rule| narrow_one(rule, resource, kind)).collect()
}

fn narrow_one(rule: &Rule, resource: &ClusterResource, kind: Option<&Kind>) -> Vec<Rule> {
    let everything = [&resource.kind, &resource.namespace, &resource.name].into_iter().all(|part| part == ANY);
    let Some(names) = names(rule, &resource.name) else { return Vec::new() };
    let (api_groups, resources) = match kind {
        None => (rule.api_groups.clone(), rule.resources.clone()),
        Some(kind) => (vec![kind.group.clone()], resources_of(rule, kind)),
    };
    let mut left = Vec::new();
    if !resources.is_empty() {
        left.push(Rule { api_groups, resources, resource_names: names, verbs: rule.verbs.clone(), ..Rule::default() });
    }
    // Only a grant of everything includes non-resource paths.
    if everything && !rule.non_resource_urls.is_empty() {
        left.push(Rule {
            non_resource_urls: rule.non_resource_urls.clone(),
            verbs: rule.verbs.clone(),
            ..Rule::default()
        });
    }
    left
}

/// Intersects the names of the rule and the request. Returns `None` if they have none in common.
fn names(rule: &Rule, name: &str) -> Option<Vec<String>> {
    match (name, rule.resource_names.as_slice()) {
        (ANY, names) => Some(names.to_vec()),
        (name, []) => Some(vec![name.into()]),
        (name, names) => names.iter().any(|known| known == name).then(|| vec![name.into()]),
    }
}

/// Returns a rule's resources of a kind (`pods`, `pods/log`), with the wildcards `*` and `*/log` resolved.
fn resources_of(rule: &Rule, kind: &Kind) -> Vec<String> {
    if !rule.api_groups.iter().any(|group| group == ANY || *group == kind.group) {
        return Vec::new();
    }
    let whole = std::iter::once(kind.plural.clone());
    let subresources = kind.subresources.iter().map(|sub| format!("{}/{sub}", kind.plural));
    let covers = |listed: &str, wanted: &str| {
        let sub = wanted.split_once('/').map(|(_, sub)| sub);
        listed == ANY || listed == wanted || (sub.is_some() && listed.strip_prefix("*/") == sub)
    };
    whole.chain(subresources).filter(|wanted| rule.resources.iter().any(|listed| covers(listed, wanted))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pods() -> Kind {
        Kind {
            group: String::new(),
            plural: "pods".into(),
            namespaced: true,
            subresources: vec!["exec".into(), "log".into()],
        }
    }

    fn resource(kind: &str, namespace: &str, name: &str) -> ClusterResource {
        ClusterResource { kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    fn narrowed(rule: Value, resource: &ClusterResource, kind: Option<&Kind>) -> Value {
        let rules: Vec<Rule> = vec![serde_json::from_value(rule).expect("a rule")];
        serde_json::to_value(narrow(&rules, resource, kind)).expect("rules")
    }

    #[test]
    fn only_the_resource_that_was_asked_for_is_left() {
        let web = resource("Pod", "default", "web");
        for (rule, left) in [
            (
                json!({"apiGroups": ["", "apps"], "resources": ["pods", "secrets", "deployments"], "verbs": ["get"]}),
                json!([{"apiGroups": [""], "resources": ["pods"], "resourceNames": ["web"], "verbs": ["get"]}]),
            ),
            (
                json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}),
                json!([{"apiGroups": [""], "resources": ["pods", "pods/exec", "pods/log"], "resourceNames": ["web"], "verbs": ["*"]}]),
            ),
            (
                json!({"apiGroups": [""], "resources": ["*/log"], "verbs": ["get"]}),
                json!([{"apiGroups": [""], "resources": ["pods/log"], "resourceNames": ["web"], "verbs": ["get"]}]),
            ),
            (json!({"apiGroups": ["apps"], "resources": ["pods"], "verbs": ["get"]}), json!([])),
            (json!({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}), json!([])),
            (json!({"apiGroups": [""], "resources": ["pods"], "resourceNames": ["db"], "verbs": ["get"]}), json!([])),
            (json!({"nonResourceURLs": ["*"], "verbs": ["*"]}), json!([])),
        ] {
            assert_eq!(narrowed(rule.clone(), &web, Some(&pods())), left, "{rule}");
        }
    }

    #[test]
    fn all_of_a_kind_and_all_of_a_namespace_can_be_asked_for() {
        let rule = json!({"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get"]});
        assert_eq!(
            narrowed(rule.clone(), &resource("Pod", "*", "*"), Some(&pods())),
            json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
        );
        assert_eq!(narrowed(rule.clone(), &resource("*", "default", "*"), None), json!([rule]));
        let paths = json!({"nonResourceURLs": ["/metrics"], "verbs": ["get"]});
        assert_eq!(narrowed(paths.clone(), &resource("*", "default", "*"), None), json!([]));
        assert_eq!(narrowed(paths.clone(), &resource("*", "*", "*"), None), json!([paths]));
    }

    #[test]
    fn the_role_and_the_locator_say_where() {
        let cluster = RoleName::Cluster("view".into());
        let shop = RoleName::Namespaced { namespace: "shop".into(), name: "deployer".into() };
        assert_eq!(scope(&cluster, &resource("*", "*", "*")), Ok(Scope::Cluster));
        assert_eq!(scope(&cluster, &resource("Node", "", "n1")), Ok(Scope::Cluster));
        assert_eq!(scope(&cluster, &resource("Pod", "a", "web")), Ok(Scope::Namespace("a".into())));
        for namespace in ["*", "shop"] {
            assert_eq!(scope(&shop, &resource("Pod", namespace, "web")), Ok(Scope::Namespace("shop".into())));
        }
        assert_eq!(
            scope(&shop, &resource("Pod", "a", "web")).expect_err("elsewhere").to_string(),
            "Role / shop / deployer allows nothing on Pod / a / web, which is not in the namespace shop"
        );
    }

    #[test]
    fn a_resource_is_where_its_kind_is() {
        let node = Kind { plural: "nodes".into(), namespaced: false, ..pods() };
        for (at, kind, message) in [
            (resource("Pod", "a", "web"), Some(pods()), None),
            (resource("Node", "", "n1"), Some(node.clone()), None),
            (
                resource("Pod", "", "web"),
                Some(pods()),
                Some("Pod is in a namespace: ask for \"Pod / <namespace> / web\""),
            ),
            (resource("*", "", "web"), None, Some("* is in a namespace: ask for \"* / <namespace> / web\"")),
            (resource("Node", "a", "n1"), Some(node), Some("Node is in no namespace: ask for \"Node / n1\"")),
        ] {
            let error = check_kind(&at, kind.as_ref()).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), message, "{at}");
        }
    }
}
