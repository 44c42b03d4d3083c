//! Who may do what: roles and bindings, evaluated as Kubernetes does
//! (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/>).

use super::{
    attributes::Attributes,
    objects::Objects,
    resources::{AUTHENTICATION, AUTHORIZATION, RBAC, Resource},
};
use serde_json::Value;

/// Somebody whom the API knows.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) groups: Vec<String>,
}

impl Objects {
    /// Whether a user may do this.
    pub(super) fn allows(&self, user: &User, wanted: &Attributes) -> bool {
        let is_self_review = matches!(wanted.resource.group, AUTHENTICATION | AUTHORIZATION);
        is_self_review
            || user.groups.iter().any(|group| group == "system:masters")
            || self.rules_of(user, wanted.namespace.as_deref()).any(|rule| covers(rule, wanted))
    }

    /// Whether a user may make a role or a binding as this document says. Stricter than Kubernetes, which lets through what
    /// the user has anyway.
    pub(super) fn may_grant(&self, user: &User, wanted: &Attributes, document: &Value) -> bool {
        let referenced = match wanted.resource.kind {
            "Role" | "ClusterRole" => Some(wanted.with_verb("escalate")),
            "RoleBinding" | "ClusterRoleBinding" => {
                let role = &document["roleRef"];
                let kind = if role["kind"] == "Role" { "roles" } else { "clusterroles" };
                Resource::named(RBAC, kind).map(|resource| Attributes {
                    resource,
                    name: role["name"].as_str().map(str::to_owned),
                    ..wanted.with_verb("bind")
                })
            }
            _ => None,
        };
        referenced.is_none_or(|referenced| self.allows(user, &referenced))
    }

    fn rules_of<'a>(&'a self, user: &'a User, namespace: Option<&str>) -> impl Iterator<Item = &'a Value> {
        let bindings = |plural, namespace| {
            let resource = Resource::named(RBAC, plural).expect("a resource of the stand-in");
            self.list(resource, namespace).filter(|binding| binds(binding, user))
        };
        let of_cluster = bindings("clusterrolebindings", None).map(|binding| (binding, None));
        let of_namespace = namespace.map(|namespace| {
            let owned = namespace.to_owned();
            bindings("rolebindings", Some(namespace)).map(move |binding| (binding, Some(owned.clone())))
        });
        let all: Vec<(&Value, Option<String>)> = of_cluster.chain(of_namespace.into_iter().flatten()).collect();
        all.into_iter().flat_map(|(binding, namespace)| {
            let role = &binding["roleRef"];
            let (plural, namespace) =
                if role["kind"] == "Role" { ("roles", namespace) } else { ("clusterroles", None) };
            let resource = Resource::named(RBAC, plural).expect("a resource of the stand-in");
            let role = role["name"].as_str().and_then(|name| self.get(resource, namespace.as_deref(), name));
            role.and_then(|role| role["rules"].as_array()).into_iter().flatten()
        })
    }
}

fn binds(binding: &Value, user: &User) -> bool {
    binding["subjects"].as_array().into_iter().flatten().any(|subject| {
        let name = subject["name"].as_str().unwrap_or_default();
        match subject["kind"].as_str() {
            Some("User") => user.name == name,
            Some("Group") => user.groups.iter().any(|group| group == name),
            Some("ServiceAccount") => {
                user.name
                    == format!("system:serviceaccount:{}:{name}", subject["namespace"].as_str().unwrap_or_default())
            }
            _ => false,
        }
    })
}

fn covers(rule: &Value, wanted: &Attributes) -> bool {
    let lists = |field: &str, word: &str| {
        rule[field].as_array().into_iter().flatten().any(|listed| listed == word || listed == "*")
    };
    let resource = match &wanted.subresource {
        None => lists("resources", wanted.resource.plural),
        Some(sub) => {
            lists("resources", &format!("{}/{sub}", wanted.resource.plural)) || lists("resources", &format!("*/{sub}"))
        }
    };
    let names = rule["resourceNames"].as_array().filter(|names| !names.is_empty());
    let name = names.is_none_or(|names| wanted.name.as_deref().is_some_and(|name| names.iter().any(|n| n == name)));
    lists("verbs", &wanted.verb) && lists("apiGroups", wanted.resource.group) && resource && name
}
