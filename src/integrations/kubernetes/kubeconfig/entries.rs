//! The entries that are ours: how they look, and how they are told from others.

use super::super::forms;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use url::Url;

/// The name of the extension that marks an entry as ours. `kubectl` keeps extensions.
const MARK: &str = "p0.dev";
/// The key of the context that was the current one before.
const PREVIOUS: &str = "previousContext";
/// The variables that a plugin of ours may have: they decide whose sign-in it uses.
pub(super) const VARIABLES: [&str; 3] = ["P0_HOME", "P0_ENV", "P0_APP_URL"];

/// A context, with the cluster and the user that it names; all three have its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name, such as `p0-dev/ClusterRole/view`.
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
    pub command: String,
    pub args: Vec<String>,
    /// Variables that it gets beside those of `kubectl`.
    pub env: Vec<(&'static str, String)>,
}

/// What a context of ours is for, kept in its mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    pub org: String,
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

    /// The namespace, where an entry of this name is replaced: one that the user has set with `kubectl` stays.
    pub(super) fn namespace_after(&self, former: &Value) -> Option<String> {
        let set = former.get("namespace").and_then(Value::as_str).map(str::to_owned);
        match About::from_context(former) {
            Some(about) if !about.is_same_access(&self.about) && set == about.namespace() => self.about.namespace(),
            _ => set,
        }
    }
}

/// An entry of ours that takes the place of a former one: what the user has added with `kubectl`, such as `proxy-url`,
/// stays.
pub(super) fn merged(former: Option<Value>, body: &Value) -> Value {
    let (Some(Value::Object(former)), Value::Object(body)) = (former, body) else { return body.clone() };
    let mut body = body.clone();
    for (key, value) in former {
        match (key.as_str(), body.get_mut(&key)) {
            ("extensions", Some(Value::Array(own))) => {
                own.extend(items(value).filter(|it| text(it, "name") != Some(MARK)));
            }
            ("exec", Some(exec)) => keep_variables(exec, &value),
            (_, Some(_)) => {}
            // Without one, the context is in no namespace.
            ("namespace", None) => {}
            (_, None) => drop(body.insert(key, value)),
        }
    }
    body.sort_keys();
    body.into()
}

/// Keeps the variables of a plugin that are not ours.
fn keep_variables(exec: &mut Value, former: &Value) {
    let is_ours = |it: &Value| text(it, "name").is_some_and(|name| VARIABLES.contains(&name));
    let kept: Vec<Value> = items(former["env"].clone()).filter(|it| !is_ours(it)).collect();
    if !kept.is_empty() {
        let own = items(exec["env"].take());
        exec["env"] = own.chain(kept).collect();
    }
}

fn items(list: Value) -> impl Iterator<Item = Value> {
    match list {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
    .into_iter()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// The names of the cluster and of the user that a context's entry joins.
pub(super) fn joined(context: &Value) -> [Option<&str>; 2] {
    [text(context, "cluster"), text(context, "user")]
}

/// The value of a variable that a user's entry gives its plugin.
pub(super) fn variable<'a>(user: &'a Value, name: &str) -> Option<&'a str> {
    let env = user.pointer("/exec/env")?.as_array()?;
    text(env.iter().find(|it| text(it, "name") == Some(name))?, "value")
}

/// A context's entry that says that another one was the current one before.
pub(super) fn with_previous(mut context: Value, previous: Option<&str>) -> Value {
    let extensions = context.get_mut("extensions").and_then(Value::as_array_mut);
    let mark = extensions.and_then(|all| all.iter_mut().find(|it| text(it, "name") == Some(MARK)));
    if let Some(Value::Object(mark)) = mark.and_then(|mark| mark.get_mut("extension")) {
        match previous {
            Some(previous) => drop(mark.insert(PREVIOUS.into(), json!(previous))),
            None => drop(mark.shift_remove(PREVIOUS)),
        }
    }
    context
}

impl About {
    fn document(&self) -> Value {
        let mut document = Map::new();
        document.insert("provider".into(), json!(MARK));
        for (key, value) in [("org", &self.org), ("cluster", &self.cluster), ("role", &self.role)] {
            document.insert(key.into(), json!(value));
        }
        for (key, value) in [("resource", &self.resource), (PREVIOUS, &self.previous)] {
            if let Some(value) = value {
                document.insert(key.into(), json!(value));
            }
        }
        document.into()
    }

    /// What a context of ours is for; `None`: it is not ours.
    pub fn from_context(context: &Value) -> Option<Self> {
        let mark = marked(context)?;
        let text = |key: &str| mark.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            org: text("org").unwrap_or_default(),
            cluster: text("cluster").unwrap_or_default(),
            role: text("role").unwrap_or_default(),
            resource: text("resource"),
            previous: text(PREVIOUS),
        })
    }

    /// What a user's entry of ours is for, whose context is gone: by the arguments of its plugin.
    pub(super) fn of_user(user: &Value) -> Option<Self> {
        marked(user)?;
        let args: Vec<&str> = user.pointer("/exec/args")?.as_array()?.iter().filter_map(Value::as_str).collect();
        let value = |option: &str| {
            let at = args.iter().position(|arg| *arg == option)?;
            args.get(at + 1).map(|value| (*value).to_owned())
        };
        Some(Self {
            org: value("--org").unwrap_or_default(),
            cluster: value("--cluster").unwrap_or_default(),
            role: value("--role").unwrap_or_default(),
            resource: value("--resource"),
            previous: None,
        })
    }

    /// Whether both are for the same access.
    pub fn is_same_access(&self, other: &Self) -> bool {
        let access = |it: &Self| (it.org.clone(), it.cluster.clone(), it.role.clone(), it.resource.clone());
        access(self) == access(other)
    }

    /// The namespace that the access is within, if it is within one.
    pub fn namespace(&self) -> Option<String> {
        forms::namespace(&self.role, self.resource.as_deref())
    }

    /// The name that contexts had before names contained the role.
    pub fn legacy_name(&self) -> String {
        format!("p0-{}", self.cluster)
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
