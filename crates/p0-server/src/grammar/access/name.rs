//! What access is called: by the service, which compares, and by people, who decide.

use crate::{
    catalog::{LookupResult, Resource, Within},
    grammar::resolve::ResolvedCommand,
    spec::{Flag, Takes, text::echo},
};
use serde_json::{Map, Value, json};

/// The identity of the access. Two commands have the same key exactly when they ask for the same: it is JSON, so no
/// name can be chosen such that it reads like the end of another.
pub(super) fn key(command: &ResolvedCommand<'_>) -> String {
    let identity = |resource: &Resource| match &resource.parent {
        Some(parent) => json!([resource.key, parent]),
        None => json!([resource.key]),
    };
    let mut parts = Map::new();
    for argument in &command.access_type.arguments {
        parts.insert(argument.name.clone(), command.all(&argument.name).map(identity).collect());
    }
    for flag in command.access_type.flags.iter().filter(|flag| flag.identifies) {
        let value = match &flag.takes {
            Takes::Switch => command.switches.contains(&*flag.name).then_some(Value::Bool(true)),
            Takes::Listed { .. } => command.scope.get(&*flag.name).map(|resource| identity(resource)),
            Takes::Choice(_) => command.choices.get(&*flag.name).map(|value| value.as_str().into()),
            Takes::Text(_) | Takes::Number => command.texts.get(&*flag.name).map(|value| value.as_str().into()),
        };
        parts.extend(value.map(|value| (flag.name.clone(), value)));
    }
    parts.sort_keys();
    json!([command.entry.spec.name, command.access_type.name, parts]).to_string()
}

/// The words that ask for it, in their shortest clear form: `gcloud role viewer`.
pub(super) fn title(command: &ResolvedCommand<'_>) -> String {
    let mut words = vec![command.entry.spec.name.clone(), command.access_type.name.clone()];
    for argument in &command.access_type.arguments {
        let kind = argument.kind.as_deref();
        words.extend(command.all(&argument.name).map(|resource| echo(word(command, kind, resource))));
    }
    for flag in command.access_type.flags.iter().filter(|flag| flag.identifies) {
        words.extend(flag_words(command, flag));
    }
    words.join(" ")
}

/// The flag, if the title is not clear without it.
fn flag_words(command: &ResolvedCommand<'_>, flag: &Flag) -> Vec<String> {
    let named = command.arguments.values().flatten();
    let value = match &flag.takes {
        Takes::Switch if command.switches.contains(&*flag.name) => return vec![format!("--{}", flag.name)],
        Takes::Switch => None,
        Takes::Listed { kind, settles } => {
            let alone = *settles && command.entry.resources(kind).len() == 1;
            let implied = !settles && named.clone().any(|resource| resource.machine.is_some());
            let resource = command.scope.get(&*flag.name).filter(|_| !alone && !implied);
            resource.map(|resource| word(command, Some(kind), resource))
        }
        Takes::Choice(_) => {
            let implied = flag.name == "provider" && named.clone().any(|resource| resource.provider().is_some());
            command.choices.get(&*flag.name).filter(|_| !implied).map(String::as_str)
        }
        Takes::Text(_) | Takes::Number => command.texts.get(&*flag.name).map(String::as_str),
    };
    value.map_or_else(Vec::new, |value| vec![format!("--{}", flag.name), echo(value)])
}

/// What people call a resource, if that names it alone; else its key.
fn word<'r>(command: &ResolvedCommand<'_>, kind: Option<&str>, resource: &'r Resource) -> &'r str {
    let Some(kind) = kind.and_then(|kind| command.entry.spec.kind_named(kind)) else { return &resource.key };
    let parent = kind.parent.as_deref().and(resource.parent.as_deref());
    let shown =
        command.access_type.flags.iter().any(|flag| {
            flag.kind() == kind.parent.as_deref() && matches!(flag.takes, Takes::Listed { settles: true, .. })
        });
    let within = Within { parent: parent.filter(|_| shown), provider: None };
    let short = match (&resource.value, &kind.prefix) {
        (Some(value), _) if kind.known_by_value => value,
        (_, Some(prefix)) => resource.key.strip_prefix(prefix.as_str()).unwrap_or(&resource.key),
        _ => &resource.key,
    };
    match command.entry.find(kind, short, within) {
        LookupResult::One(found) if found.key == resource.key => short,
        _ => &resource.key,
    }
}
