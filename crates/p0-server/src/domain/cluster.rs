//! What is asked for in a Kubernetes cluster: the `permission` of a `k8s` request (protocol, section 6), and the names in
//! it.

use serde::Deserialize;
use std::fmt;

/// Stands, by itself, for every kind, namespace or name.
pub const ANY: &str = "*";

/// The `permission` of a `k8s` request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterPermission {
    /// To what.
    pub resource: ClusterResource,
    /// The role, as [`RoleName`] reads it.
    pub role: String,
    /// In which cluster.
    pub cluster_id: String,
}

/// A resource of a cluster, or all of some.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClusterResource {
    /// Such as `Pod` or `Deployment.apps`; or [`ANY`].
    pub kind: String,
    /// Its namespace; empty for what is in none; or [`ANY`].
    pub namespace: String,
    /// Its name; or [`ANY`].
    pub name: String,
}

impl fmt::Display for ClusterResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name } = self;
        if namespace.is_empty() { write!(f, "{kind} / {name}") } else { write!(f, "{kind} / {namespace} / {name}") }
    }
}

/// Which role, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleName {
    /// A role of the whole cluster.
    Cluster(String),
    /// A role that the organisation has described to the service.
    Curated(String),
    /// A role of a namespace.
    Namespaced {
        /// The namespace.
        namespace: String,
        /// The role's name.
        name: String,
    },
}

/// The forms in which a role can be named, for messages.
pub const ROLE_FORMS: &str = "\"ClusterRole / <name>\", \"CuratedRole / <name>\" or \"Role / <namespace> / <name>\"";

impl RoleName {
    /// Reads one of [`ROLE_FORMS`]. Neither the kind's case nor spaces around the slashes matter.
    pub fn parse(word: &str) -> Option<Self> {
        // RBAC objects have names of any characters but `/` and `%`; those that are used are these.
        let fits = |part: &str| {
            (1..=253).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c))
        };
        let parts: Vec<&str> = word.split('/').map(str::trim).collect();
        let (kind, rest) = parts.split_first()?;
        if !rest.iter().all(|part| fits(part)) {
            return None;
        }
        match rest {
            [name] if kind.eq_ignore_ascii_case("ClusterRole") => Some(Self::Cluster((*name).into())),
            [name] if kind.eq_ignore_ascii_case("CuratedRole") => Some(Self::Curated((*name).into())),
            [namespace, name] if kind.eq_ignore_ascii_case("Role") => {
                Some(Self::Namespaced { namespace: (*namespace).into(), name: (*name).into() })
            }
            _ => None,
        }
    }
}

/// The normal form, which [`RoleName::parse`] reads.
impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster(name) => write!(f, "ClusterRole / {name}"),
            Self::Curated(name) => write!(f, "CuratedRole / {name}"),
            Self::Namespaced { namespace, name } => write!(f, "Role / {namespace} / {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_three_forms_and_one_normal_form() {
        for (word, normal) in [
            ("ClusterRole / view", "ClusterRole / view"),
            ("clusterrole/system:node", "ClusterRole / system:node"),
            (" CURATEDROLE /log-reader ", "CuratedRole / log-reader"),
            ("role/shop/ deployer", "Role / shop / deployer"),
        ] {
            let role = RoleName::parse(word).expect(word);
            assert_eq!(role.to_string(), normal);
            assert_eq!(RoleName::parse(normal), Some(role));
        }
        for bad in [
            "",
            "view",
            "ClusterRole",
            "ClusterRole / ",
            "ClusterRole / a / b",
            "Role / a",
            "Role / a / b / c",
            "Pod / a",
            "ClusterRole / a b",
            "ClusterRole / \u{1b}[2J",
            "Role / .. /%2e",
            "ClusterRole / *",
        ] {
            assert_eq!(RoleName::parse(bad), None, "{bad:?}");
        }
    }
}
