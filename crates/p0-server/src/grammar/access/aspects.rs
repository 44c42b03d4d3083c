//! What the filters of policies look at (protocol, section 9).

use crate::{catalog::Resource, domain::Aspect, grammar::resolve::ResolvedCommand, spec::Takes};
use std::collections::BTreeMap;

type Aspects = BTreeMap<String, Vec<Aspect>>;

/// An aspect with these properties, of those whose value is there.
pub(super) fn has<'v>(properties: impl IntoIterator<Item = (&'v str, Option<&'v str>)>) -> Aspect {
    Aspect::Has(properties.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into()))).collect())
}

/// Adds one.
pub(super) fn add(aspects: &mut Aspects, name: &str, aspect: Aspect) {
    aspects.entry(name.into()).or_default().push(aspect);
}

/// Adds further properties to the first of its name.
pub(super) fn describe(aspects: &mut Aspects, name: &str, further: Aspect) {
    if let (Some(Aspect::Has(known)), Aspect::Has(further)) =
        (aspects.get_mut(name).and_then(|named| named.first_mut()), further)
    {
        known.extend(further);
    }
}

/// Those that follow from what was named: one for every resource under the name of its kind, its tags, and the
/// switches and choices.
pub(super) fn common(command: &ResolvedCommand<'_>) -> Aspects {
    let mut aspects = Aspects::new();
    let access_type = command.access_type;
    for argument in &access_type.arguments {
        for resource in command.all(&argument.name) {
            named(&mut aspects, argument.kind.as_deref().unwrap_or(&argument.name), resource);
        }
    }
    for flag in access_type.flags.iter().filter(|flag| flag.identifies) {
        match &flag.takes {
            Takes::Switch => {
                let is = Aspect::Is(command.switches.contains(&*flag.name));
                add(&mut aspects, &flag.name, is);
            }
            Takes::Listed { kind, .. } => {
                // `ssh parent` names it as its argument.
                if let Some(resource) = command.scope.get(&*flag.name) {
                    named(&mut aspects, kind, resource);
                }
            }
            Takes::Choice(_) => {
                if let Some(choice) = command.choices.get(&*flag.name) {
                    add(&mut aspects, &flag.name, has([("id", Some(choice.as_str()))]));
                }
            }
            Takes::Text(_) | Takes::Number => {
                if let Some(text) = command.texts.get(&*flag.name) {
                    add(&mut aspects, &flag.name, has([("id", Some(text.as_str()))]));
                }
            }
        }
    }
    aspects
}

fn named(aspects: &mut Aspects, kind: &str, resource: &Resource) {
    let properties = resource.properties.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
    let own = [("id", Some(resource.key.as_str())), ("name", Some(resource.label())), ("arn", resource.arn())];
    // A property that is stated counts for more than one that follows.
    add(aspects, kind, has(own.into_iter().chain(properties)));
    if !resource.tags.is_empty() {
        add(aspects, "tag", Aspect::Has(resource.tags.clone()));
    }
}
