//! Integrations that need no more than names: directories, Azure roles, and an organisation's own.

use super::{Shaped, document};
use crate::{catalog::Resource, grammar::resolve::ResolvedCommand};
use serde_json::{Map, Value};

/// `{"<argument>": {"id", "name"} or a list of them, "<flag>": …}`.
pub(super) fn shape(command: &ResolvedCommand<'_>) -> Shaped {
    let mut permission = Map::new();
    for argument in &command.access_type.arguments {
        let mut values = command.all(&argument.name).map(|resource| match &argument.kind {
            Some(_) => reference(resource),
            None => resource.key.as_str().into(),
        });
        let value = match argument.variadic {
            true => Some(values.collect()),
            false => values.next(),
        };
        permission.extend(value.map(|value| (argument.name.clone(), value)));
    }
    permission.extend(command.scope.iter().map(|(flag, resource)| ((*flag).to_owned(), reference(resource))));
    let texts = command.choices.iter().chain(&command.texts);
    permission.extend(texts.map(|(flag, text)| ((*flag).to_owned(), text.as_str().into())));
    permission.extend(command.switches.iter().map(|flag| ((*flag).to_owned(), Value::Bool(true))));
    Shaped::new(permission)
}

fn reference(resource: &Resource) -> Value {
    Value::Object(document([("id", Some(resource.key.as_str())), ("name", Some(resource.label()))]))
}
