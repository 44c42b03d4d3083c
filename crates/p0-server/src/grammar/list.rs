//! `ls`: what can be asked for.

use super::{access, resolve::ResolvedCommand};
use crate::spec::{Kind, Shape};
use crate::{
    catalog::{Catalog, Entry, Resource},
    domain::Access,
};
use p0_wire::{
    Extra,
    command::{Item, Listing},
};
use serde_json::json;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

/// What to list.
#[derive(Debug, Clone)]
pub struct Query {
    /// Also what the caller may not ask for: for owners.
    pub all: bool,
    /// Whose access is looked at, where that is not the caller's: an e-mail address; for owners.
    pub principal: Option<String>,
    pub(super) integration: String,
    pub(super) access_type: String,
    pub(super) listed: String,
    pub(super) like: String,
    pub(super) size: usize,
    /// The keys of what flags name, by flag: only what belongs there is listed.
    pub(super) scope: BTreeMap<String, Resource>,
    pub(super) choices: BTreeMap<String, String>,
}

/// Lists what matches, in this order: what is held, then by group, then by value. `allowed` says what may be shown;
/// `held` has the keys of the access that the principal has.
pub fn list(query: &Query, catalog: &Catalog, allowed: &dyn Fn(&Access) -> bool, held: &HashSet<String>) -> Listing {
    let mut listing = Listing {
        ok: true,
        items: Vec::new(),
        is_truncated: false,
        term: query.like.clone(),
        arg: query.listed.clone(),
        extra: Extra::new(),
    };
    // The query was read against a catalogue; if this is another one, what is gone is not listed.
    let Some((kind, base)) = start(query, catalog) else { return listing };
    listing.arg.clone_from(&kind.plural);
    let terms = terms(&query.like);
    let within = base.within(kind);
    let entry = base.entry;
    let mut items: Vec<Item> = Vec::new();
    for resource in entry.resources(&kind.name).iter().filter(|resource| within.holds(resource)) {
        let group = resource.group.as_deref();
        let group = group.or_else(|| entry.parent_of(&kind.name, resource).map(Resource::label));
        if !matches(resource, group, &terms) {
            continue;
        }
        let access = access::access(&base.clone().item(&query.listed, resource));
        if allowed(&access) {
            items.push(item(kind, resource, group, held.contains(&access.key)));
        }
    }
    items.sort_by_cached_key(|item| {
        (!item.is_preexisting, item.group.clone(), item.value.to_lowercase(), item.key.clone())
    });
    listing.is_truncated = items.len() > query.size;
    items.truncate(query.size);
    listing.items = items;
    listing
}

fn start<'a>(query: &'a Query, catalog: &'a Catalog) -> Option<(&'a Kind, ResolvedCommand<'a>)> {
    let entry: &Entry = catalog.entry_named(&query.integration)?;
    let access_type = entry.spec.access_types.iter().find(|access_type| access_type.name == query.access_type)?;
    let kind = entry.spec.kind_named(access_type.kind_of(&query.listed)?)?;
    let scope = query.scope.iter().map(|(flag, resource)| (flag.as_str(), Cow::Borrowed(resource)));
    let choices = query.choices.iter().map(|(flag, choice)| (flag.as_str(), choice.clone()));
    let mut command = ResolvedCommand::new(catalog, entry, access_type);
    command.scope.extend(scope);
    command.choices.extend(choices);
    Some((kind, command))
}

/// The terms of a search: what stands between characters that are neither letters nor digits, in lower case.
fn terms(like: &str) -> Vec<String> {
    like.split(|c: char| !c.is_alphanumeric()).filter(|term| !term.is_empty()).map(str::to_lowercase).collect()
}

fn matches(resource: &Resource, group: Option<&str>, terms: &[String]) -> bool {
    let texts = [resource.key.as_str()].into_iter().chain(resource.other_names()).chain(group);
    let texts: Vec<String> = texts.map(str::to_lowercase).collect();
    terms.iter().all(|term| texts.iter().any(|text| text.contains(term)))
}

fn item(kind: &Kind, resource: &Resource, group: Option<&str>, held: bool) -> Item {
    let mut extra = Extra::new();
    if kind.shape != Shape::Plain {
        // Clients know Google Cloud by this name here.
        let provider = resource.provider().map(|provider| if provider == "gcloud" { "gcp" } else { provider });
        extra.insert("provider".into(), json!(provider));
        extra.insert("instanceId".into(), resource.key.as_str().into());
        extra.insert("name".into(), resource.label().into());
        extra.insert("alternativeNames".into(), json!(resource.names));
    }
    Item {
        key: resource.key.clone(),
        value: resource.label().into(),
        group: group.map(Into::into),
        is_preexisting: held,
        extra,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_separated_by_what_is_neither_letter_nor_digit() {
        assert_eq!(terms("big-Admin  (ÄRGER)"), ["big", "admin", "ärger"]);
        assert!(terms(" -- ").is_empty());
    }
}
