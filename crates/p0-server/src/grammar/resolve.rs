//! From words to what they name: every argument and flag is looked up, read or refused, and what follows from it is
//! filled in. What comes out is the same however it was said.

use super::{
    Usage,
    words::{Given, Words},
};
use crate::catalog::{Catalog, Entry, LookupResult, Resource, Within};
use crate::spec::{
    AccessType, Argument, Flag, Form, Kind, Shape, Takes, suggest,
    text::{self, echo},
    values,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// A command of which everything is known.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedCommand<'a> {
    /// Where other integrations are looked up.
    pub(crate) catalog: &'a Catalog,
    /// The integration.
    pub(crate) entry: &'a Entry,
    /// The access type.
    pub(crate) access_type: &'a AccessType,
    /// What the arguments name, by argument; each in the order of its keys. Free text stands as the key.
    pub(crate) arguments: BTreeMap<&'a str, Vec<Cow<'a, Resource>>>,
    /// What the flags name, by flag.
    pub(crate) scope: BTreeMap<&'a str, Cow<'a, Resource>>,
    /// The flags that are choices.
    pub(crate) choices: BTreeMap<&'a str, String>,
    /// The flags that are texts, in their normal form.
    pub(crate) texts: BTreeMap<&'a str, String>,
    /// The switches that are on.
    pub(crate) switches: BTreeSet<&'a str>,
}

impl<'a> ResolvedCommand<'a> {
    /// A command of which nothing is known but what it is.
    pub(crate) fn new(catalog: &'a Catalog, entry: &'a Entry, access_type: &'a AccessType) -> Self {
        Self {
            catalog,
            entry,
            access_type,
            arguments: BTreeMap::new(),
            scope: BTreeMap::new(),
            choices: BTreeMap::new(),
            texts: BTreeMap::new(),
            switches: BTreeSet::new(),
        }
    }

    /// Reads the flags. What they do not say is not yet filled in.
    pub(crate) fn flags(
        catalog: &'a Catalog,
        entry: &'a Entry,
        access_type: &'a AccessType,
        words: &Words<'_>,
    ) -> Result<Self, Usage> {
        let mut command = Self::new(catalog, entry, access_type);
        for flag in &access_type.flags {
            match words.flags.get(&flag.name) {
                Some(Given::Switch(true)) => _ = command.switches.insert(&flag.name),
                Some(Given::Value(word)) => command.value(flag, word)?,
                Some(Given::Switch(false)) | None => {}
            }
        }
        // What the others lie within comes first.
        let (nested, outer): (Vec<&Flag>, Vec<&Flag>) =
            access_type.flags.iter().partition(|flag| command.is_nested(flag));
        for flag in outer.into_iter().chain(nested) {
            if let (Some(kind), Some(word)) = (command.kind(flag.kind()), words.value(&flag.name)) {
                let found = command.look_up(kind, word)?;
                command.scope.insert(&flag.name, found);
            }
        }
        Ok(command)
    }

    /// Reads the arguments, and fills in what follows from them.
    pub(crate) fn arguments(mut self, words: &[&str]) -> Result<Self, Usage> {
        let mut rest = words;
        for argument in &self.access_type.arguments {
            let (taken, left) = rest.split_at(if argument.variadic { rest.len() } else { rest.len().min(1) });
            rest = left;
            let named = taken.iter().map(|word| self.argument(argument, word)).collect::<Result<_, _>>()?;
            self.put(argument, named);
        }
        for flag in &self.access_type.flags {
            if let Takes::Listed { kind, settles: true } = &flag.takes {
                self.resolve(flag, kind)?;
            }
        }
        self.follow();
        Ok(self)
    }

    /// As if one argument or flag, and nothing else, had been given: what a listing shows of one item.
    pub(crate) fn item(mut self, listed: &str, resource: &'a Resource) -> Self {
        match self.access_type.arguments.iter().find(|argument| argument.name == listed) {
            Some(argument) => self.put(argument, vec![Cow::Borrowed(resource)]),
            None => {
                if let Some(flag) = self.access_type.flags.iter().find(|flag| flag.name == listed) {
                    self.scope.insert(&flag.name, Cow::Borrowed(resource));
                }
            }
        }
        for flag in &self.access_type.flags {
            if let Takes::Listed { kind, settles: true } = &flag.takes
                && let [only] = self.entry.resources(kind)
                && !self.scope.contains_key(&*flag.name)
            {
                self.scope.insert(&flag.name, Cow::Borrowed(only));
            }
        }
        self.follow();
        self
    }

    /// The same for each thing by itself, where an argument names several.
    pub(crate) fn parts(&self) -> Vec<Self> {
        let several = self.arguments.iter().filter(|(_, named)| named.len() > 1);
        let each = |(argument, named): (&&'a str, &Vec<Cow<'a, Resource>>)| {
            let one = |resource: &Cow<'a, Resource>| {
                let mut part = self.clone();
                part.arguments.insert(*argument, vec![resource.clone()]);
                part
            };
            named.iter().map(one).collect::<Vec<_>>()
        };
        several.flat_map(each).collect()
    }

    /// The first that an argument names.
    pub(crate) fn first(&self, argument: &str) -> Option<&Resource> {
        self.arguments.get(argument)?.first().map(Cow::as_ref)
    }

    /// All that an argument names.
    pub(crate) fn all(&self, argument: &str) -> impl Iterator<Item = &Resource> {
        self.arguments.get(argument).into_iter().flatten().map(Cow::as_ref)
    }

    /// Where to look for what these flags leave open.
    pub(crate) fn within(&self, kind: &Kind) -> Within<'_> {
        let flag = kind.parent.as_deref().and_then(|parent| self.flag_of(parent));
        Within {
            parent: flag.and_then(|flag| self.scope.get(&*flag.name)).map(|parent| parent.key.as_str()),
            provider: self.choices.get("provider").map(String::as_str),
        }
    }

    fn kind(&self, name: Option<&str>) -> Option<&'a Kind> {
        self.entry.spec.kind_named(name?)
    }

    /// The flag that names one of this kind.
    fn flag_of(&self, kind: &str) -> Option<&'a Flag> {
        self.access_type.flags.iter().find(|flag| flag.kind() == Some(kind))
    }

    /// What it names lies within what another flag names.
    fn is_nested(&self, flag: &Flag) -> bool {
        let parent = self.kind(flag.kind()).and_then(|kind| kind.parent.as_deref());
        parent.is_some_and(|parent| self.flag_of(parent).is_some())
    }

    fn value(&mut self, flag: &'a Flag, word: &str) -> Result<(), Usage> {
        match &flag.takes {
            Takes::Choice(choices) => {
                let chosen = choices.iter().find(|choice| choice.value == word || choice.also.as_deref() == Some(word));
                let Some(chosen) = chosen else {
                    let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
                    return Err(Usage(format!(
                        "Invalid value for {}: {} (choose one of {})",
                        flag.name,
                        echo(word),
                        values.join(", ")
                    )));
                };
                self.choices.insert(&flag.name, chosen.value.clone());
            }
            Takes::Text(form) => {
                self.texts.insert(&flag.name, values::formed(*form, &flag.name, word).map_err(Usage)?);
            }
            // Numbers are the verbs'; resources are looked up once the choices are known.
            Takes::Number | Takes::Switch | Takes::Listed { .. } => {}
        }
        Ok(())
    }

    fn argument(&self, argument: &Argument, word: &str) -> Result<Cow<'a, Resource>, Usage> {
        match self.kind(argument.kind.as_deref()) {
            Some(kind) => self.look_up(kind, word),
            None => {
                values::free_text(&argument.name, word).map(|text| Cow::Owned(Resource::named(text))).map_err(Usage)
            }
        }
    }

    fn put(&mut self, argument: &'a Argument, mut named: Vec<Cow<'a, Resource>>) {
        named.sort_by(|a, b| (&a.key, &a.parent).cmp(&(&b.key, &b.parent)));
        named.dedup();
        self.arguments.insert(&argument.name, named);
    }

    fn look_up(&self, kind: &Kind, word: &str) -> Result<Cow<'a, Resource>, Usage> {
        let within = self.within(kind);
        let whole = |word: &str| match kind.form {
            Form::Any => Ok(word.to_owned()),
            form => values::formed(form, &kind.name, word).map_err(Usage),
        };
        // A name that is not whole is looked up as it is.
        let formed = if word.contains('/') { whole(word)? } else { word.to_owned() };
        let word = formed.as_str();
        match self.entry.find(kind, word, within) {
            LookupResult::One(resource) => Ok(Cow::Borrowed(resource)),
            LookupResult::Several(resources) => Err(self.several(kind, word, &resources)),
            LookupResult::None if self.entry.open && kind.can_be_open() && text::is_name(word) => {
                let bare = kind.prefix.as_deref().filter(|_| !word.contains('/')).unwrap_or_default();
                Ok(Cow::Owned(Resource::named(whole(&format!("{bare}{word}"))?)))
            }
            LookupResult::None => Err(self.none(kind, word, within)),
        }
    }

    fn none(&self, kind: &Kind, word: &str, within: Within<'_>) -> Usage {
        let mut missing = format!("Could not find any {} matching {}", kind.plural, echo(word));
        // Clients know the message about machines as it stands.
        if kind.shape != Shape::Plain {
            return Usage(missing);
        }
        if word.trim() != word || word.contains(text::is_hidden) {
            missing.push_str(" (it contains spaces at the ends or invisible characters: type it again)");
            return Usage(missing);
        }
        if let Some(parent) = within.parent {
            missing.extend([" in ", &echo(parent)]);
        }
        let resources = self.entry.resources(&kind.name).iter().filter(|resource| within.holds(resource));
        let prefix = kind.prefix.as_deref().unwrap_or_default();
        let names =
            resources.flat_map(|r| [r.key.strip_prefix(prefix).unwrap_or(&r.key)].into_iter().chain(r.other_names()));
        Usage(match suggest::closest(word.strip_prefix(prefix).unwrap_or(word), names) {
            Some(guess) => format!("{missing}. {guess}"),
            None => missing,
        })
    }

    /// Several resources match: each with the flags that tell it from the others.
    fn several(&self, kind: &Kind, word: &str, resources: &[&Resource]) -> Usage {
        const SHOWN: usize = 10;
        let differ = |of: fn(&Resource) -> Option<&str>| resources.iter().any(|r| of(r) != of(resources[0]));
        let provider = self.access_type.flags.iter().any(|f| f.name == "provider") && differ(Resource::provider);
        let parent = kind.parent.as_deref().and_then(|parent| self.flag_of(parent));
        let parent = parent.filter(|_| differ(|resource| resource.parent.as_deref()));
        let mut message = format!("Several {} match {}:", kind.plural, echo(word));
        for resource in resources.iter().take(SHOWN) {
            let mut line = format!("\n  {}", echo(&resource.key));
            if let Some(value) = resource.value.as_deref() {
                line.extend(["  ", &echo(value)]);
            }
            if let Some(provider) = resource.provider().filter(|_| provider) {
                line.extend(["  --provider ", provider]);
            }
            if let (Some(flag), Some(parent)) = (parent, &resource.parent) {
                line.extend(["  --", &flag.name, " ", &echo(parent)]);
            }
            message.push_str(&line);
        }
        if let Some(more @ 1..) = resources.len().checked_sub(SHOWN) {
            message.push_str(&format!("\n  … and {more} more"));
        }
        message.push_str(match provider || parent.is_some() {
            true => "\nName one by its identifier, or add the flags beside it.",
            false => "\nName one by its identifier.",
        });
        Usage(message)
    }

    /// Finds that within which the access is, where no flag says so: that of the arguments, or the only one.
    fn resolve(&mut self, flag: &'a Flag, kind: &'a str) -> Result<(), Usage> {
        if self.scope.contains_key(&*flag.name) {
            return Ok(());
        }
        let names = |parents: &[&Resource]| {
            const SHOWN: usize = 10;
            let shown: Vec<String> = parents.iter().take(SHOWN).map(|parent| echo(&parent.key)).collect();
            format!("{}{}", shown.join(", "), if parents.len() > SHOWN { ", …" } else { "" })
        };
        let mut parents = self.parents(kind);
        if parents.len() > 1 {
            let plural = self.kind(Some(kind)).map_or(kind, |kind| &kind.plural);
            return Err(Usage(format!("What is named belongs to different {plural}: {}", names(&parents))));
        }
        if parents.is_empty() {
            parents = self.entry.resources(kind).iter().collect();
        }
        match parents[..] {
            [only] => _ = self.scope.insert(&flag.name, Cow::Borrowed(only)),
            [] => {}
            _ => {
                let (flag, names) = (&flag.name, names(&parents));
                return Err(Usage(format!("Missing required argument: {flag} (--{flag} takes one of {names})")));
            }
        }
        Ok(())
    }

    /// To which of this kind the things belong that were named.
    fn parents(&self, kind: &str) -> Vec<&'a Resource> {
        let within = |of: Option<&str>| self.kind(of).is_some_and(|of| of.parent.as_deref() == Some(kind));
        let arguments = self.access_type.arguments.iter().filter(|argument| within(argument.kind.as_deref()));
        let named = arguments.flat_map(|argument| self.all(&argument.name));
        let flags = self.access_type.flags.iter().filter(|flag| within(flag.kind()));
        let named = named.chain(flags.filter_map(|flag| self.scope.get(&*flag.name)).map(Cow::as_ref));
        let keys: BTreeSet<&str> = named.filter_map(|resource| resource.parent.as_deref()).collect();
        self.entry.resources(kind).iter().filter(|parent| keys.contains(parent.key.as_str())).collect()
    }

    /// Fills in what the arguments say of themselves, so that it makes no difference whether flags say it as well.
    fn follow(&mut self) {
        for flag in &self.access_type.flags {
            if let Some(kind) = flag.kind()
                && let [parent] = self.parents(kind)[..]
            {
                self.scope.insert(&flag.name, Cow::Borrowed(parent));
            }
        }
        let provider = self.arguments.values().flatten().find_map(|resource| resource.provider()).map(str::to_owned);
        let is_provider = |flag: &&Flag| flag.name == "provider" && matches!(flag.takes, Takes::Choice(_));
        if let (Some(provider), Some(flag)) = (provider, self.access_type.flags.iter().find(is_provider)) {
            self.choices.insert(&flag.name, provider);
        }
    }
}
