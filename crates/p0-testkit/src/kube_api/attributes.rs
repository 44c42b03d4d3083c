//! What a request wants: from its method and path, as Kubernetes reads them.

use super::resources::Resource;
use url::Url;

/// What is to be done, and to what.
#[derive(Debug, Clone)]
pub(super) struct Attributes {
    pub(super) verb: String,
    pub(super) resource: &'static Resource,
    pub(super) subresource: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
}

impl Attributes {
    /// `None`: there is no such path.
    pub(super) fn from_request(method: &str, url: &Url) -> Option<Self> {
        let path: Vec<&str> = url.path_segments()?.collect();
        let (group, rest) = match path.as_slice() {
            ["api", "v1", rest @ ..] => ("", rest),
            ["apis", group, "v1", rest @ ..] => (*group, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            // A namespace is within itself.
            ["namespaces", name] => (Some(*name), rest),
            ["namespaces", name, rest @ ..] => (Some(*name), rest),
            _ => (None, rest),
        };
        let (plural, name, subresource) = match rest {
            [plural] => (plural, None, None),
            [plural, name] => (plural, Some(*name), None),
            [plural, name, sub] => (plural, Some(*name), Some(*sub)),
            _ => return None,
        };
        let resource = Resource::named(group, plural)?;
        let verb = match (method, name) {
            ("GET", None) => "list",
            ("GET", Some(_)) => "get",
            ("POST", _) => "create",
            ("PUT", Some(_)) => "update",
            ("PATCH", Some(_)) => "patch",
            ("DELETE", Some(_)) => "delete",
            _ => return None,
        };
        let owned = |word: Option<&str>| word.map(str::to_owned);
        Some(Self {
            verb: verb.into(),
            resource,
            subresource: owned(subresource),
            namespace: owned(namespace),
            name: owned(name),
        })
    }

    /// The same, for another verb.
    pub(super) fn with_verb(&self, verb: &str) -> Self {
        Self { verb: verb.into(), ..self.clone() }
    }

    /// In Kubernetes' words: `User "x" cannot get resource "pods" in API group "" in the namespace "default"`.
    pub(super) fn denial(&self, user: &str) -> String {
        let name = self.name.as_ref().map(|name| format!(" \"{name}\"")).unwrap_or_default();
        let sub = self.subresource.as_ref().map(|sub| format!("/{sub}")).unwrap_or_default();
        let place = match &self.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".into(),
        };
        let Resource { group, plural, .. } = self.resource;
        format!(
            "{}{name} is forbidden: User \"{user}\" cannot {} resource \"{plural}{sub}\" in API group \"{group}\" {place}",
            self.resource.full_name(),
            self.verb,
        )
    }
}
