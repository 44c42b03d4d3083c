//! Configuration of Kubernetes clusters: the `provisioner` table of `k8s`.

use super::rule::Rule;
use crate::domain::cluster::RoleName;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use url::Url;

/// The placeholder for the principal's email address in [`ClusterConfig::username`].
const PRINCIPAL: &str = "{principal}";

/// The clusters and the objects in them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesConfig {
    /// The clusters, by the key of the resource `cluster`.
    pub clusters: BTreeMap<String, ClusterConfig>,
    /// The namespace of the service accounts. It must exist.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// The rules of each `CuratedRole / <name>`.
    #[serde(default)]
    pub curated_roles: BTreeMap<String, Vec<Rule>>,
}

/// The connection to a cluster: `server`, `ca` and `token_file`, or `kubeconfig`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterConfig {
    /// The URL of the API server.
    #[serde(default)]
    pub server: Option<Url>,
    /// A file with CA certificates (PEM). No other CAs are trusted.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// A file with the service's token.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// A kubeconfig file.
    #[serde(default)]
    pub kubeconfig: Option<PathBuf>,
    /// The context in the kubeconfig. By default, the current one.
    #[serde(default)]
    pub context: Option<String>,
    /// The user name of people who sign in to the cluster directly. `{principal}` is replaced with the email address.
    #[serde(default = "default_username")]
    pub username: String,
}

fn default_namespace() -> String {
    "default".into()
}

fn default_username() -> String {
    PRINCIPAL.into()
}

impl KubernetesConfig {
    /// Resolves relative paths against this directory.
    pub(crate) fn count_from(&mut self, folder: &Path) {
        for cluster in self.clusters.values_mut() {
            for path in [&mut cluster.ca, &mut cluster.token_file, &mut cluster.kubeconfig].into_iter().flatten() {
                *path = folder.join(&*path);
            }
        }
    }

    /// Returns the clusters for clients. The address in a kubeconfig is sent with the credential.
    pub(crate) fn installed(&self) -> impl Iterator<Item = (String, Map<String, Value>)> {
        self.clusters.iter().map(|(id, cluster)| {
            let server = cluster.server.iter().map(|server| ("clusterServer".to_owned(), server.as_str().into()));
            (id.clone(), server.collect())
        })
    }

    /// Returns the first contradiction. Does not read files.
    pub(crate) fn mistake(&self) -> Option<String> {
        if self.clusters.is_empty() {
            return Some("clusters is empty".into());
        }
        let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.namespace.is_empty() || self.namespace.len() > 63 || !self.namespace.chars().all(is_label) {
            return Some(format!("namespace: {:?} is not a valid namespace name", self.namespace));
        }
        if let Some(name) = self.curated_roles.keys().find(|n| RoleName::parse(&format!("CuratedRole/{n}")).is_none()) {
            return Some(format!("curated_roles: {name:?} is not a valid role name"));
        }
        let mistakes = self.clusters.iter().find_map(|(name, cluster)| Some((name, cluster.mistake()?)));
        mistakes.map(|(name, mistake)| format!("clusters.{name}: {mistake}"))
    }
}

impl ClusterConfig {
    fn mistake(&self) -> Option<&'static str> {
        let Self { server, ca, token_file, kubeconfig, context, username } = self;
        if !username.contains(PRINCIPAL) {
            return Some("username does not contain {principal}, so everybody would be the same person");
        }
        match (server, ca, token_file, kubeconfig) {
            (None, None, None, Some(_)) => None,
            (Some(server), Some(_), Some(_), None) if context.is_none() => {
                (server.scheme() != "https").then_some("server does not begin with https://")
            }
            _ => Some("needs either server, ca and token_file, or kubeconfig and perhaps context"),
        }
    }

    /// Returns the user name of a person in the cluster.
    pub(super) fn username_of(&self, principal: &str) -> String {
        self.username.replace(PRINCIPAL, principal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, mistake) in [
            ("clusters = {}", Some("clusters is empty")),
            ("clusters.dev = { kubeconfig = 'c' }", None),
            ("clusters.dev = { server = 'https://k8s.example.com', ca = 'c', token_file = 't' }", None),
            (
                "clusters.dev = { server = 'http://k8s.example.com', ca = 'c', token_file = 't' }",
                Some("clusters.dev: server does not begin with https://"),
            ),
            (
                "clusters.dev = { server = 'https://k8s.example.com', token_file = 't' }",
                Some("clusters.dev: needs either server, ca and token_file, or kubeconfig and perhaps context"),
            ),
            (
                "clusters.dev = { kubeconfig = 'c', username = 'admin' }",
                Some("clusters.dev: username does not contain {principal}, so everybody would be the same person"),
            ),
            (
                "namespace = 'A B'\nclusters.dev = { kubeconfig = 'c' }",
                Some("namespace: \"A B\" is not a valid namespace name"),
            ),
            (
                "clusters.dev = { kubeconfig = 'c' }\ncurated_roles.'a/b' = []",
                Some("curated_roles: \"a/b\" is not a valid role name"),
            ),
        ] {
            let config: KubernetesConfig = toml::from_str(text).expect(text);
            assert_eq!(config.mistake().as_deref(), mistake, "{text}");
        }
    }

    #[test]
    fn a_person_has_the_name_that_the_cluster_knows() {
        let config = ClusterConfig { username: "oidc:{principal}".into(), ..ClusterConfig::default() };
        assert_eq!(config.username_of("ada@example.com"), "oidc:ada@example.com");
    }
}
