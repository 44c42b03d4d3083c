//! The entries that are ours: how they look, and how they are told from others.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use url::Url;

/// The name of the extension that marks an entry as ours. `kubectl` keeps extensions.
const MARK: &str = "p0.dev";

/// A context, with the cluster and the user that it names; all three have its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name, such as `p0-dev`.
    pub name: String,
    /// Where the cluster's API is.
    pub server: Url,
    /// Who signs the API's certificate, in PEM.
    pub authority: String,
    /// The namespace where the access is, if it is in one.
    pub namespace: Option<String>,
    /// Asked for credentials by `kubectl`.
    pub plugin: Plugin,
    /// What it is for.
    pub about: About,
}

/// A program that hands out credentials (<https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// Its path.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables that it gets beside those of `kubectl`.
    pub env: Vec<(&'static str, String)>,
}

/// What a context of ours is for, kept in its mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The organisation.
    pub org: String,
    /// The cluster's id.
    pub cluster: String,
    /// The role, as it is sent.
    pub role: String,
    /// The resource, as it is sent.
    pub resource: Option<String>,
    /// The context that was the current one before.
    pub previous: Option<String>,
}

impl Context {
    /// What the cluster's entry holds.
    pub(super) fn cluster(&self) -> Value {
        json!({
            "certificate-authority-data": BASE64_STANDARD.encode(&self.authority),
            "extensions": mark(json!({ "provider": MARK })),
            "server": self.server.as_str().trim_end_matches('/'),
        })
    }

    /// What the user's entry holds.
    pub(super) fn user(&self) -> Value {
        let env: Vec<Value> =
            self.plugin.env.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        json!({
            "exec": {
                "apiVersion": super::super::exec::V1,
                "args": self.plugin.args,
                "command": self.plugin.command,
                "env": if env.is_empty() { Value::Null } else { env.into() },
                "installHint": "These credentials come from p0, which is not where it was when this context was made. \
                                Make it again with: p0 kubeconfig",
                "interactiveMode": "IfAvailable",
                "provideClusterInfo": false,
            },
            "extensions": mark(json!({ "provider": MARK })),
        })
    }

    /// What the context's entry holds.
    pub(super) fn context(&self) -> Value {
        let mut context = Map::new();
        context.insert("cluster".into(), json!(self.name));
        context.insert("extensions".into(), mark(self.about.document()));
        if let Some(namespace) = &self.namespace {
            context.insert("namespace".into(), json!(namespace));
        }
        context.insert("user".into(), json!(self.name));
        context.into()
    }
}

impl About {
    fn document(&self) -> Value {
        let mut document = Map::new();
        document.insert("provider".into(), json!(MARK));
        for (key, value) in [("org", &self.org), ("cluster", &self.cluster), ("role", &self.role)] {
            document.insert(key.into(), json!(value));
        }
        for (key, value) in [("resource", &self.resource), ("previousContext", &self.previous)] {
            if let Some(value) = value {
                document.insert(key.into(), json!(value));
            }
        }
        document.into()
    }

    /// What a context of ours is for; `None`: it is not ours.
    pub fn of(context: &Value) -> Option<Self> {
        let mark = marked(context)?;
        let text = |key: &str| mark.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            org: text("org").unwrap_or_default(),
            cluster: text("cluster").unwrap_or_default(),
            role: text("role").unwrap_or_default(),
            resource: text("resource"),
            previous: text("previousContext"),
        })
    }
}

/// Whether an entry, by what it holds, is ours.
pub fn is_ours(entry: &Value) -> bool {
    marked(entry).is_some()
}

/// A kubeconfig with this context alone.
pub(super) fn document(context: &Context) -> Value {
    json!({
        "apiVersion": "v1",
        "clusters": [{ "cluster": context.cluster(), "name": context.name }],
        "contexts": [{ "context": context.context(), "name": context.name }],
        "current-context": context.name,
        "kind": "Config",
        "users": [{ "name": context.name, "user": context.user() }],
    })
}

fn mark(extension: Value) -> Value {
    json!([{ "extension": extension, "name": MARK }])
}

fn marked(entry: &Value) -> Option<&Value> {
    let extensions = entry.get("extensions")?.as_array()?;
    let mark = extensions.iter().find(|extension| extension.get("name").and_then(Value::as_str) == Some(MARK))?;
    mark.get("extension")
}
