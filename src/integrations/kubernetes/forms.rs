//! How the service wants roles and resources written, checked before anything is asked for.

use std::{fmt, str::FromStr};

/// No name in Kubernetes is longer, in bytes
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>).
const LONGEST: usize = 253;

/// A role that can be asked for. It is written, and sent, as `ClusterRole / view`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A role for the whole cluster.
    Cluster(String),
    /// A role that the service defines.
    Curated(String),
    /// A role of one namespace.
    Namespaced { namespace: String, name: String },
}

/// A resource to which access is narrowed: `Pod / default / web-0`, or `Node / node-1` for what is in no namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What it is, such as `Pod`.
    pub kind: String,
    /// The namespace that it is in, if it is in one.
    pub namespace: Option<String>,
    pub name: String,
}

/// A text that is neither. It says how the right ones look, a form a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error(
        "it is written in one of these forms:\n  ClusterRole/<name>, such as ClusterRole/view\n  \
         CuratedRole/<name>, such as CuratedRole/view\n  Role/<namespace>/<name>, such as Role/default/pod-reader"
    )]
    Role,
    #[error(
        "it is written in one of these forms:\n  <kind>/<namespace>/<name>, such as Pod/default/web-0\n  \
         <kind>/<name> for what is in no namespace, such as Node/node-1"
    )]
    Resource,
}

impl FromStr for Role {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let parts = parts(text).ok_or(FormError::Role)?;
        let is = |kind: &str| parts[0].eq_ignore_ascii_case(kind);
        match parts[1..] {
            [name] if is("ClusterRole") => Ok(Self::Cluster(name.into())),
            [name] if is("CuratedRole") => Ok(Self::Curated(name.into())),
            [namespace, name] if is("Role") => Ok(Self::Namespaced { namespace: namespace.into(), name: name.into() }),
            _ => Err(FormError::Role),
        }
    }
}

impl FromStr for Resource {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let parts = parts(text).ok_or(FormError::Resource)?;
        let (kind, namespace, name) = match parts[..] {
            [kind, name] => (kind, None, name),
            [kind, namespace, name] => (kind, Some(namespace.to_owned()), name),
            _ => return Err(FormError::Resource),
        };
        Ok(Self { kind: kind.into(), namespace, name: name.into() })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster(name) => write!(f, "ClusterRole / {name}"),
            Self::Curated(name) => write!(f, "CuratedRole / {name}"),
            Self::Namespaced { namespace, name } => write!(f, "Role / {namespace} / {name}"),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} / {namespace} / {}", self.kind, self.name),
            None => write!(f, "{} / {}", self.kind, self.name),
        }
    }
}

/// The namespace that a role, or a resource, is within.
pub fn namespace(role: &str, resource: Option<&str>) -> Option<String> {
    match role.parse() {
        Ok(Role::Namespaced { namespace, .. }) => Some(namespace),
        _ => resource?.parse::<Resource>().ok()?.namespace,
    }
}

/// The parts between the slashes, if each can be a name. Kubernetes lets some names be any part of a path.
fn parts(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.split('/').map(str::trim).collect();
    let fits = |part: &&str| {
        (1..=LONGEST).contains(&part.len())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._:*".contains(c))
            && !matches!(*part, "." | "..")
    };
    parts.iter().all(fits).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_in_any_case_and_sent_in_one_form() {
        for (text, sent) in [
            ("ClusterRole/view", "ClusterRole / view"),
            ("clusterrole / system:node", "ClusterRole / system:node"),
            (" CURATEDROLE /view ", "CuratedRole / view"),
            ("role/default/pod-reader", "Role / default / pod-reader"),
        ] {
            assert_eq!(text.parse::<Role>().map(|role| role.to_string()).as_deref(), Ok(sent), "{text:?}");
            assert_eq!(sent.parse::<Role>().map(|role| role.to_string()).as_deref(), Ok(sent));
        }
    }

    #[test]
    fn resources_have_two_parts_or_three() {
        for (text, sent) in [("Pod/default/web-0", "Pod / default / web-0"), ("Node /node-1", "Node / node-1")] {
            assert_eq!(text.parse::<Resource>().map(|resource| resource.to_string()).as_deref(), Ok(sent), "{text:?}");
        }
    }

    #[test]
    fn other_forms_are_refused_with_the_right_ones() {
        let long = format!("ClusterRole/{}", "x".repeat(254));
        for text in [
            "",
            "view",
            "ClusterRole",
            "ClusterRole/",
            "/view",
            "ClusterRole/a/b",
            "Role/view",
            "Role/a/b/c",
            "Group/view",
            "ClusterRole/a b",
            "ClusterRole/a\nb",
            "ClusterRole/\u{1b}[2J",
            "Role/../x",
            &long,
        ] {
            let error = text.parse::<Role>().expect_err(text).to_string();
            assert!(error.contains("ClusterRole/<name>") && error.contains("Role/<namespace>/<name>"), "{error}");
        }
        for text in ["", "Pod", "Pod/", "Pod//x", "a/b/c/d", "Pod/a b/c", "Pod/default/é"] {
            let error = text.parse::<Resource>().expect_err(text).to_string();
            assert!(error.contains("<kind>/<namespace>/<name>"), "{error}");
        }
    }
}
