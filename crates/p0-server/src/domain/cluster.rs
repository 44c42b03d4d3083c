//! Permissions in Kubernetes clusters (protocol, section 6).

use serde::Deserialize;
use std::fmt;

/// Matches every kind, namespace or name.
pub const ANY: &str = "*";

/// The `permission` of a `k8s` request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterPermission {
    /// The resource.
    pub resource: ClusterResource,
    /// The role, in a form that [`RoleName::parse`] accepts.
    pub role: String,
    /// The cluster id.
    pub cluster_id: String,
}

/// A resource of a cluster, or a set of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClusterResource {
    /// The kind, such as `Pod` or `Deployment.apps`, or [`ANY`].
    pub kind: String,
    /// The namespace, or [`ANY`]. Empty for resources without a namespace.
    pub namespace: String,
    /// The name, or [`ANY`].
    pub name: String,
}

impl fmt::Display for ClusterResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name } = self;
        if namespace.is_empty() { write!(f, "{kind} / {name}") } else { write!(f, "{kind} / {namespace} / {name}") }
    }
}

/// A role, with its scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleName {
    /// A ClusterRole.
    Cluster(String),
    /// A role that is defined in the service's configuration.
    Curated(String),
    /// A Role in a namespace.
    Namespaced {
        /// The namespace.
        namespace: String,
        /// The role's name.
        name: String,
    },
}

/// The accepted forms of a role, for messages.
pub const ROLE_FORMS: &str = "\"ClusterRole / <name>\", \"CuratedRole / <name>\" or \"Role / <namespace> / <name>\"";

impl RoleName {
    /// Parses one of [`ROLE_FORMS`]. The kind's case and spaces around slashes do not matter.
    pub fn parse(word: &str) -> Option<Self> {
        // Kubernetes allows any characters except `/` and `%`. These are the ones in use.
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

/// Formats the canonical form, which [`RoleName::parse`] accepts.
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
    fn each_spelling_of_a_role_has_one_canonical_form() {
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
