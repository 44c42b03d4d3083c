//! The objects of a request in a cluster, and their paths.

use super::rule::{Rule, Scope};
use crate::domain::Request;
use serde_json::{Map, Value, json};

const RBAC: &str = "rbac.authorization.k8s.io";

/// The objects of one request.
pub(super) struct Objects<'a> {
    request: &'a Request,
    /// The name of all objects.
    pub(super) name: String,
    /// The namespace of the service account.
    pub(super) account_namespace: &'a str,
    scope: Scope,
}

impl<'a> Objects<'a> {
    pub(super) fn new(request: &'a Request, account_namespace: &'a str, scope: Scope) -> Self {
        // Object names are in lower case. The 20 letters and digits of an id are unique without their case too.
        let name = format!("p0-{}", request.id.0.to_ascii_lowercase());
        Self { request, name, account_namespace, scope }
    }

    pub(super) fn account_path(&self) -> Vec<&str> {
        vec!["api", "v1", "namespaces", self.account_namespace, "serviceaccounts", &self.name]
    }

    pub(super) fn role_path(&self) -> Vec<&str> {
        self.rbac_path(["clusterroles", "roles"])
    }

    pub(super) fn binding_path(&self) -> Vec<&str> {
        self.rbac_path(["clusterrolebindings", "rolebindings"])
    }

    fn rbac_path(&self, [of_cluster, of_namespace]: [&'static str; 2]) -> Vec<&str> {
        match &self.scope {
            Scope::Cluster => vec!["apis", RBAC, "v1", of_cluster, &self.name],
            Scope::Namespace(namespace) => vec!["apis", RBAC, "v1", "namespaces", namespace, of_namespace, &self.name],
        }
    }

    pub(super) fn account(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": self.metadata(Some(self.account_namespace)),
            // Tokens are requested explicitly; pods must not get one.
            "automountServiceAccountToken": false,
        })
    }

    pub(super) fn role(&self, rules: &[Rule]) -> Value {
        json!({
            "apiVersion": format!("{RBAC}/v1"),
            "kind": self.role_kind(),
            "metadata": self.metadata(self.namespace()),
            "rules": rules,
        })
    }

    /// Binds the role to the service account and to the principal's user name in the cluster.
    pub(super) fn binding(&self, username: &str) -> Value {
        json!({
            "apiVersion": format!("{RBAC}/v1"),
            "kind": format!("{}Binding", self.role_kind()),
            "metadata": self.metadata(self.namespace()),
            "roleRef": {"apiGroup": RBAC, "kind": self.role_kind(), "name": self.name},
            "subjects": [
                {"kind": "ServiceAccount", "name": self.name, "namespace": self.account_namespace},
                {"apiGroup": RBAC, "kind": "User", "name": username},
            ],
        })
    }

    /// Returns the request's `generated` document.
    pub(super) fn generated(&self) -> Value {
        let mut generated = Map::new();
        generated.insert("role".into(), json!(self.name));
        generated.insert("roleKind".into(), json!(self.role_kind()));
        generated.extend(self.namespace().map(|namespace| ("namespace".to_owned(), json!(namespace))));
        let account = json!({"namespace": self.account_namespace, "name": self.name});
        generated.insert("serviceAccount".into(), account);
        Value::Object(generated)
    }

    fn role_kind(&self) -> &'static str {
        match self.scope {
            Scope::Cluster => "ClusterRole",
            Scope::Namespace(_) => "Role",
        }
    }

    fn namespace(&self) -> Option<&str> {
        match &self.scope {
            Scope::Cluster => None,
            Scope::Namespace(namespace) => Some(namespace),
        }
    }

    fn metadata(&self, namespace: Option<&str>) -> Value {
        let mut metadata = json!({
            "name": self.name,
            "labels": {"app.kubernetes.io/managed-by": "p0", "p0.dev/request": self.request.id.0},
            "annotations": {"p0.dev/principal": self.request.principal},
        });
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.into();
        }
        metadata
    }
}
