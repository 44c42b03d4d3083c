//! Finding the resource that a word names.

use super::{Entry, Resource};
use crate::spec::Kind;

/// Where to look.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Within<'a> {
    /// Only what belongs to the resource with this key, or to all alike.
    pub(crate) parent: Option<&'a str>,
    /// Only what is with this provider.
    pub(crate) provider: Option<&'a str>,
}

impl Within<'_> {
    /// A resource is there.
    pub(crate) fn holds(self, resource: &Resource) -> bool {
        let parent = match (self.parent, resource.parent.as_deref()) {
            (Some(wanted), Some(parent)) => wanted == parent,
            // A role can be found in every account; a machine is in one place.
            (Some(_), None) => resource.machine.is_none(),
            (None, _) => true,
        };
        let provider = |wanted| resource.provider().is_none_or(|provider| provider == wanted);
        parent && self.provider.is_none_or(provider)
    }
}

/// What a word names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LookupResult<'a> {
    /// Nothing.
    None,
    /// This.
    One(&'a Resource),
    /// Any of these.
    Several(Vec<&'a Resource>),
}

impl Entry {
    /// The resource of a kind that a word names. A key counts for more than a key without its prefix, and that for
    /// more than a name, of which the case does not matter: nobody can shadow a key by naming something after it.
    pub(crate) fn find(&self, kind: &Kind, word: &str, within: Within<'_>) -> LookupResult<'_> {
        let candidates = || self.resources(&kind.name).iter().filter(move |resource| within.holds(resource));
        let prefix = kind.prefix.as_deref();
        let mut found: Vec<&Resource> = candidates().filter(|r| r.key == word).collect();
        if found.is_empty() {
            found = candidates().filter(|r| prefix.and_then(|p| r.key.strip_prefix(p)) == Some(word)).collect();
        }
        if found.is_empty() {
            let named = |r: &Resource| r.other_names().any(|name| name.eq_ignore_ascii_case(word));
            found = candidates().filter(|r| r.key.eq_ignore_ascii_case(word) || named(r)).collect();
        }
        match found[..] {
            [] => LookupResult::None,
            [one] => LookupResult::One(one),
            _ => LookupResult::Several(found),
        }
    }
}
