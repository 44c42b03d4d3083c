//! Kubeconfig files (<https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>): their
//! entries, and changes that keep every other byte.
//!
//! The text is parsed to locate the entries, and spliced. After each change it is parsed again; the change is kept only if
//! the text then says what it should and nothing else. docs/architecture.md says why no YAML crate does this.

mod edit;
mod emit;
pub mod entries;
pub mod files;
mod schema;
mod tree;

use serde_json::Value;
use tree::{Kind, Node};

/// Why a text is not a kubeconfig, or cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// It is not YAML.
    #[error("it is not well-formed YAML: line {line}: {why}")]
    Malformed {
        line: usize,
        /// In the parser's words.
        why: String,
    },
    /// It has a character at which `kubectl` begins a line, as YAML 1.1 has it, and others do not.
    #[error("it has U+{character:04X} on line {line}, which is a line break to kubectl and none to others")]
    LineBreak { line: usize, character: u32 },
    /// It is nested deeper than any kubeconfig.
    #[error("it is nested too deep")]
    TooDeep,
    /// It is YAML, but not a kubeconfig.
    #[error("it is not a kubeconfig: {what}")]
    NotKubeconfig { what: String },
    /// A name stands in it twice, and `kubectl` reads no such file.
    #[error("it has two {what} named '{name}'")]
    Twice {
        /// Of what there are two.
        what: &'static str,
        name: String,
    },
    /// It is written in a way that cannot be changed without changing more.
    #[error("its {what} are written in a way that cannot be changed here, such as with anchors and aliases")]
    Unchangeable {
        /// The part of the file.
        what: &'static str,
    },
}

/// The lists of a kubeconfig.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Clusters,
    /// Which user goes with which cluster.
    Contexts,
    /// How users prove who they are.
    Users,
}

impl List {
    pub const ALL: [Self; 3] = [Self::Clusters, Self::Contexts, Self::Users];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Contexts => "contexts",
            Self::Users => "users",
        }
    }

    /// The key of what an entry holds beside its name.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Clusters => "cluster",
            Self::Contexts => "context",
            Self::Users => "user",
        }
    }
}

/// The text of a kubeconfig, and what it says.
#[derive(Debug, Clone)]
pub struct Kubeconfig {
    text: String,
    root: Option<Node>,
}

impl Kubeconfig {
    /// Reads a text; an empty one is an empty kubeconfig.
    pub fn parse(text: impl Into<String>) -> Result<Self, YamlError> {
        let text = text.into();
        let root = tree::parse(&text)?.filter(|root| !root.is_null());
        let this = Self { text, root };
        this.check()?;
        Ok(this)
    }

    /// A kubeconfig with this one context in it, which is the current one.
    pub fn from_context(context: &entries::Context) -> Self {
        let text = emit::block(&Self::document(context), 0);
        Self { root: tree::parse(&text).ok().flatten(), text }
    }

    /// The same as a document.
    pub fn document(context: &entries::Context) -> Value {
        entries::document(context)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// What an entry holds beside its name; `None` if there is no such entry.
    pub fn entry(&self, list: List, name: &str) -> Option<Value> {
        let item = self.items(list).iter().find(|item| self.is_named(item, name))?;
        Some(item.value(list.singular()).map_or(Value::Null, value))
    }

    /// The entries of a list, each by its name with what it holds beside that.
    pub fn entries(&self, list: List) -> impl Iterator<Item = (String, Value)> {
        let held = move |item: &Node| item.value(list.singular()).map_or(Value::Null, value);
        self.items(list).iter().filter_map(move |item| Some((self.name(item)?.to_owned(), held(item))))
    }

    /// The names of a list's entries.
    #[cfg(test)]
    pub fn names(&self, list: List) -> Vec<String> {
        self.items(list).iter().filter_map(|item| self.name(item)).map(str::to_owned).collect()
    }

    /// The name of the context that is used where none is named.
    pub fn current(&self) -> Option<&str> {
        let current = self.root.as_ref()?.value("current-context")?;
        current.text().filter(|name| !name.is_empty() && !current.is_null())
    }

    fn items(&self, list: List) -> &[Node] {
        match self.root.as_ref().and_then(|root| root.value(list.key())).map(|value| &value.kind) {
            Some(Kind::Sequence { items, .. }) => items,
            _ => &[],
        }
    }

    fn name<'a>(&self, item: &'a Node) -> Option<&'a str> {
        item.value("name")?.text()
    }

    fn is_named(&self, item: &Node, name: &str) -> bool {
        self.name(item) == Some(name)
    }

    /// What `kubectl` would not read is not changed either.
    fn check(&self) -> Result<(), YamlError> {
        let Some(root) = &self.root else { return Ok(()) };
        let not = |what: String| Err(YamlError::NotKubeconfig { what });
        let Kind::Mapping { entries, .. } = &root.kind else { return not("it is no map of settings".into()) };
        let keys: Vec<&str> = entries.iter().filter_map(|(key, _)| key.text()).collect();
        if let Some(twice) = first_twice(&keys) {
            return not(format!("'{twice}' stands in it twice"));
        }
        schema::check(root).or_else(not)?;
        let says = |key, allowed: &str| {
            root.value(key).and_then(Node::text).filter(|text| ![allowed, "", "null", "~"].contains(text))
        };
        if let Some(kind) = says("kind", "Config") {
            return not(format!("its kind is '{kind}'"));
        }
        if let Some(version) = says("apiVersion", "v1") {
            return not(format!("its apiVersion is '{version}'"));
        }
        for list in List::ALL {
            match root.value(list.key()).map(|value| (&value.kind, value.is_null())) {
                None | Some((Kind::Sequence { .. }, _) | (_, true)) => {}
                Some((Kind::Alias(_), _)) => return Err(YamlError::Unchangeable { what: list.key() }),
                Some(_) => return not(format!("'{}' is no list", list.key())),
            }
            let names: Vec<&str> = self.items(list).iter().filter_map(|item| self.name(item)).collect();
            if let Some(name) = first_twice(&names) {
                return Err(YamlError::Twice { what: list.key(), name: name.to_owned() });
            }
        }
        Ok(())
    }
}

/// The first of these that was there before.
fn first_twice<'a>(names: &[&'a str]) -> Option<&'a str> {
    let mut seen = std::collections::HashSet::new();
    names.iter().copied().find(|name| !seen.insert(*name))
}

/// What a node says, as JSON. What stands elsewhere is null: no entry of ours has aliases.
fn value(node: &Node) -> Value {
    match &node.kind {
        _ if node.is_null() => Value::Null,
        Kind::Scalar { text, plain: true } if matches!(text.as_str(), "true" | "false") => Value::Bool(text == "true"),
        Kind::Scalar { text, plain } => match number(text).filter(|_| *plain) {
            Some(number) => Value::Number(number),
            None => Value::String(text.clone()),
        },
        Kind::Sequence { items, .. } => items.iter().map(value).collect(),
        Kind::Mapping { entries, .. } => {
            let named = entries.iter().filter_map(|(key, node)| Some((key.text()?.to_owned(), value(node))));
            Value::Object(named.collect())
        }
        Kind::Alias(_) => Value::Null,
    }
}

/// The number that a text is in JSON, if it is written as JSON has it.
fn number(text: &str) -> Option<serde_json::Number> {
    serde_json::from_str(text).ok().filter(|number: &serde_json::Number| number.to_string() == text)
}

/// Whether a node says exactly this.
fn says(node: &Node, wanted: &Value) -> bool {
    match (&node.kind, wanted) {
        (Kind::Scalar { text, .. }, Value::String(wanted)) => text == wanted,
        (Kind::Scalar { text, plain: true }, Value::Null) => text == "null",
        (Kind::Scalar { text, plain: true }, Value::Bool(wanted)) => text == if *wanted { "true" } else { "false" },
        (Kind::Scalar { text, plain: true }, Value::Number(wanted)) => *text == wanted.to_string(),
        (Kind::Sequence { items, .. }, Value::Array(wanted)) => {
            items.len() == wanted.len() && items.iter().zip(wanted).all(|(item, wanted)| says(item, wanted))
        }
        (Kind::Mapping { entries, .. }, Value::Object(wanted)) => {
            let same = |((key, node), (name, wanted)): (&(Node, Node), (&String, &Value))| {
                key.text() == Some(name) && says(node, wanted)
            };
            entries.len() == wanted.len() && entries.iter().zip(wanted).all(same)
        }
        _ => false,
    }
}
