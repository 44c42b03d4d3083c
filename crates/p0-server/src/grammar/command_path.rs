//! How far into the command tree the words lead, and what can follow there.

use super::words::Words;
use crate::catalog::{Catalog, Entry};
use crate::spec::{AccessType, Argument, Flag, Takes, verb::Verb};

/// A path in the tree.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandPath<'a> {
    /// The verb; none at the root.
    pub(crate) verb: Option<Verb>,
    /// The integration.
    pub(crate) entry: Option<&'a Entry>,
    /// The access type.
    pub(crate) access_type: Option<&'a AccessType>,
    /// With `ls`: the argument or flag that is listed.
    pub(crate) listed: Option<&'a str>,
}

/// A command that can follow.
pub(crate) struct Next<'a> {
    /// Its word.
    pub(crate) name: &'a str,
    /// The arguments of it that help shows.
    pub(crate) arguments: &'a [Argument],
    /// For people.
    pub(crate) label: &'a str,
    /// Other words for it.
    pub(crate) aliases: &'a [String],
}

impl<'a> CommandPath<'a> {
    /// Goes as far as the words lead; what is left of them comes along.
    pub(crate) fn reach<'w>(words: &Words<'w>, catalog: &'a Catalog) -> (Self, Vec<&'w str>) {
        let mut path = Self { verb: words.verb(), ..Self::default() };
        let mut rest = words.plain.iter().copied().skip(usize::from(path.verb.is_some())).peekable();
        if path.verb.is_some() {
            path.entry = rest.peek().and_then(|word| catalog.entry_named(word));
            rest.next_if(|_| path.entry.is_some());
        }
        if let Some(entry) = path.entry {
            path.access_type = rest.peek().and_then(|word| entry.spec.access_types.iter().find(|t| t.name == *word));
            rest.next_if(|_| path.access_type.is_some());
        }
        if let (Some(Verb::Ls), Some(access_type)) = (path.verb, path.access_type) {
            path.listed = rest.peek().and_then(|word| access_type.listable().find(|(n, _)| n == word)).map(|(n, _)| n);
            rest.next_if(|_| path.listed.is_some());
        }
        (path, rest.collect())
    }

    /// The words that lead here.
    pub(crate) fn path(&self) -> Vec<&'a str> {
        let verb = self.verb.map(Verb::name);
        let entry = self.entry.map(|entry| entry.spec.name.as_str());
        let access_type = self.access_type.map(|access_type| access_type.name.as_str());
        [verb, entry, access_type, self.listed].into_iter().flatten().collect()
    }

    /// For people.
    pub(crate) fn label(&self) -> &'a str {
        match (self.verb, self.entry, self.access_type) {
            (_, _, Some(access_type)) => match self.listed {
                Some(listed) => access_type.listable().find(|(name, _)| *name == listed).map_or("", |(_, label)| label),
                None => &access_type.label,
            },
            (_, Some(entry), None) => &entry.spec.label,
            (Some(verb), None, None) => verb.label(),
            (None, None, None) => "Just-in-time access",
        }
    }

    /// The commands that can follow, by name; none where a command is complete.
    pub(crate) fn next(&self, catalog: &'a Catalog) -> Vec<Next<'a>> {
        let mut next: Vec<Next<'a>> = match (self.verb, self.entry, self.access_type) {
            (None, _, _) => Verb::ALL
                .iter()
                .map(|verb| Next { name: verb.name(), arguments: &[], label: verb.label(), aliases: &[] })
                .collect(),
            (Some(_), None, _) => catalog
                .entries()
                .map(|entry| Next {
                    name: &entry.spec.name,
                    arguments: &[],
                    label: &entry.spec.label,
                    aliases: &entry.spec.aliases,
                })
                .collect(),
            (Some(verb), Some(entry), None) => entry
                .spec
                .access_types
                .iter()
                .filter(|access_type| verb != Verb::Ls || access_type.listable().next().is_some())
                .map(|access_type| Next {
                    name: &access_type.name,
                    arguments: if verb == Verb::Ls { &[] } else { &access_type.arguments },
                    label: &access_type.label,
                    aliases: &[],
                })
                .collect(),
            (Some(Verb::Ls), Some(_), Some(access_type)) if self.listed.is_none() => {
                access_type.listable().map(|(name, label)| Next { name, arguments: &[], label, aliases: &[] }).collect()
            }
            _ => Vec::new(),
        };
        next.sort_by_key(|next| next.name);
        next
    }

    /// The command is complete but for its arguments and flags.
    pub(crate) fn is_command(&self) -> bool {
        match self.verb {
            Some(Verb::Ls) => self.listed.is_some(),
            _ => self.access_type.is_some(),
        }
    }

    /// The arguments that must follow.
    pub(crate) fn arguments(&self) -> &'a [Argument] {
        match (self.verb, self.access_type) {
            (Some(Verb::Request | Verb::Grant | Verb::Allow), Some(access_type)) => &access_type.arguments,
            _ => &[],
        }
    }

    /// The flags that can follow, by name.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let Some(verb) = self.verb else { return Vec::new() };
        let mut flags = verb.flags();
        match (verb, self.access_type) {
            (Verb::Ls, Some(access_type)) => {
                let narrows = |flag: &&Flag| {
                    matches!(flag.takes, Takes::Listed { .. } | Takes::Choice(_)) && self.listed != Some(&flag.name)
                };
                flags.extend(
                    access_type.flags.iter().filter(narrows).map(|flag| Flag { required: false, ..flag.clone() }),
                );
            }
            (_, Some(access_type)) => {
                flags.extend(verb.flags_of_access());
                flags.extend(access_type.flags.iter().cloned());
            }
            (_, None) => {}
        }
        flags.sort_by(|a, b| a.name.cmp(&b.name));
        flags
    }
}
