//! What must hold for a configuration before anything is asked for.

use super::resource::{Gateway, Machine, Resource};
use crate::{
    provision::config::ProvisionerConfig,
    spec::{AccessType, Form, Integration, Kind, Shape, Takes, suggest, text, values},
    ssh,
};
use p0_wire::ssh::SelfHostedMachine;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// The configuration of an integration contradicts itself, or the table of integrations.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("integrations.{integration}: {problem}")]
pub struct CatalogError {
    /// The integration.
    pub integration: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an integration's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The table says what can be asked of it.
    #[error("this integration is built in, so it cannot have access_types")]
    BuiltIn,
    /// It is the alias of a built-in one.
    #[error("the name {0} stands for a built-in integration")]
    Taken(String),
    /// Neither built in nor described.
    #[error("no such integration is built in; one of your own needs access_types")]
    NoAccessTypes,
    /// Not a word for a command.
    #[error("{0:?} cannot be a name: use lower-case letters, digits and hyphens, and begin with a letter")]
    Name(String),
    /// A name is there twice.
    #[error("{place}: the name {name} is used twice")]
    NameTwice {
        /// Where.
        place: String,
        /// Which.
        name: String,
    },
    /// Empty, or with characters that cannot be shown.
    #[error("{place}: {text:?} is empty, too long, or has characters that cannot be shown")]
    Text {
        /// Where.
        place: String,
        /// Which.
        text: String,
    },
    /// An argument after a variadic one.
    #[error("access_types.{0}: only the last argument can be variadic")]
    Variadic(String),
    /// A choice between nothing.
    #[error("access_types.{access_type}: the flag {flag} is a choice, so it needs choices")]
    NoChoices {
        /// Where.
        access_type: String,
        /// Which.
        flag: String,
    },
    /// A flag that some commands take a value for, and others do not.
    #[error("the flag {0} has another meaning elsewhere; choose another name")]
    FlagMeansTwoThings(String),
    /// A provisioner that could not do anything.
    #[error("provisioner: {0}")]
    Provisioner(String),
    /// A list that no command reads.
    #[error("resources.{kind}: there is no such list here{hint}")]
    Kind {
        /// Which.
        kind: String,
        /// The closest matches, or the lists that there are.
        hint: String,
    },
    /// Two resources are one.
    #[error("resources.{kind}: {key} is listed twice")]
    Twice {
        /// Where.
        kind: String,
        /// Which.
        key: String,
    },
    /// A parent that is not there.
    #[error("resources.{kind}: {key} belongs to {parent}, which is not listed")]
    Parent {
        /// Where.
        kind: String,
        /// Which.
        key: String,
        /// Its parent.
        parent: String,
    },
    /// An item that clients could not use.
    #[error("installed.{id}: {what}")]
    Installed {
        /// Which.
        id: String,
        /// What is wrong with it.
        what: String,
    },
    /// Something else about one resource.
    #[error("resources.{kind}: {key} {what}")]
    Resource {
        /// Where.
        kind: String,
        /// Which.
        key: String,
        /// Such as `needs a machine`.
        what: String,
    },
}

impl Problem {
    /// The error at this integration.
    pub(super) fn at(self, integration: &str) -> CatalogError {
        CatalogError { integration: integration.into(), problem: self }
    }
}

/// The longest key, name or label, in bytes.
const LONGEST: usize = 1024;

/// Checks what can be asked for. The built-in table passes; a test says so.
pub(super) fn commands(spec: &Integration) -> Result<(), Problem> {
    name(&spec.name)?;
    label("label", &spec.label)?;
    if spec.access_types.is_empty() {
        return Err(Problem::NoAccessTypes);
    }
    spec.access_types.iter().try_for_each(access_type)
}

fn access_type(access_type: &AccessType) -> Result<(), Problem> {
    let place = format!("access_types.{}", access_type.name);
    name(&access_type.name)?;
    label(&place, &access_type.label)?;
    let arguments = access_type.arguments.iter().map(|a| (&a.name, &a.label));
    let mut names = BTreeSet::from(["help"]);
    for (word, text) in arguments.chain(access_type.flags.iter().map(|f| (&f.name, &f.label))) {
        name(word)?;
        label(&place, text)?;
        if !names.insert(word) {
            return Err(Problem::NameTwice { place, name: word.clone() });
        }
    }
    access_type.arguments.iter().filter_map(|a| a.kind.as_deref()).try_for_each(name)?;
    for flag in &access_type.flags {
        if let Takes::Choice(choices) = &flag.takes {
            if choices.is_empty() {
                return Err(Problem::NoChoices { access_type: access_type.name.clone(), flag: flag.name.clone() });
            }
            choices.iter().try_for_each(|choice| label(&place, &choice.value))?;
        }
    }
    match access_type.arguments.iter().rev().skip(1).any(|argument| argument.variadic) {
        true => Err(Problem::Variadic(access_type.name.clone())),
        false => Ok(()),
    }
}

fn name(word: &str) -> Result<(), Problem> {
    let fits = word.len() <= 40
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    // `--no-x` is how a switch is turned off.
    if fits && !word.starts_with("no-") { Ok(()) } else { Err(Problem::Name(text::echo(word))) }
}

fn label(place: &str, shown: &str) -> Result<(), Problem> {
    match shown.len() <= LONGEST && text::is_name(shown) {
        true => Ok(()),
        false => Err(Problem::Text { place: place.into(), text: text::echo(shown) }),
    }
}

/// Checks how access is granted.
pub(super) fn provisioner(
    spec: &Integration,
    config: &ProvisionerConfig,
    lists: &BTreeMap<String, Vec<Resource>>,
) -> Result<(), Problem> {
    let wrong = |what| Err(Problem::Provisioner(what));
    match config {
        ProvisionerConfig::Ssh if spec.name != "ssh" => wrong("the kind ssh is for the integration ssh alone".into()),
        ProvisionerConfig::Command { command, .. } if command.first().is_none_or(String::is_empty) => {
            wrong("command names no program".into())
        }
        ProvisionerConfig::Command { timeout_s: 0, .. } => wrong("timeout_s is at least 1".into()),
        ProvisionerConfig::Kubernetes(_) if spec.name != "k8s" => {
            wrong("only k8s can have kind = \"kubernetes\"".into())
        }
        ProvisionerConfig::Kubernetes(config) => {
            // Access to any other would be refused once it is granted.
            let listed = lists.get("cluster").into_iter().flatten().map(|cluster| &cluster.key);
            let unknown = listed.into_iter().find(|key| !config.clusters.contains_key(*key));
            let unknown = unknown.map(|key| format!("the cluster {key} has no entry in clusters"));
            config.mistake().or(unknown).map_or(Ok(()), wrong)
        }
        ProvisionerConfig::Simulated { .. } | ProvisionerConfig::Command { .. } | ProvisionerConfig::Ssh => Ok(()),
    }
}

/// Checks the resources.
pub(super) fn resources(spec: &Integration, lists: &BTreeMap<String, Vec<Resource>>) -> Result<(), Problem> {
    for (kind_name, list) in lists {
        let kind = spec.kind_named(kind_name).ok_or_else(|| unknown_kind(spec, kind_name))?;
        let mut seen = BTreeSet::new();
        for resource in list {
            texts(kind, resource)?;
            if !seen.insert((&resource.key, &resource.parent)) {
                return Err(Problem::Twice { kind: kind.name.clone(), key: resource.key.clone() });
            }
            let parent = parent(kind, resource, lists)?;
            properties(kind, resource)?;
            shape(kind, resource, parent)?;
            machine(kind, resource)?;
        }
    }
    Ok(())
}

fn unknown_kind(spec: &Integration, name: &str) -> Problem {
    let kinds: Vec<&str> = spec.kinds.iter().map(|kind| kind.name.as_str()).collect();
    let hint = match suggest::closest(name, kinds.iter().copied()) {
        Some(guess) => format!(". {guess}"),
        None => format!("; there is {}", kinds.join(", ")),
    };
    Problem::Kind { kind: text::echo(name), hint }
}

fn texts(kind: &Kind, resource: &Resource) -> Result<(), Problem> {
    let place = format!("resources.{}", kind.name);
    label(&place, &resource.key)?;
    resource.other_names().chain(resource.group.as_deref()).try_for_each(|name| label(&place, name))?;
    let formed = values::formed(kind.form, &kind.name, &resource.key);
    if kind.form != Form::Any && formed.as_ref() != Ok(&resource.key) {
        let what = match formed {
            Ok(normal) => format!("is written {normal:?}"),
            Err(why) => format!("is none. {why}"),
        };
        return Err(wrong(kind, resource, what));
    }
    // A command would take it for an option.
    if resource.key.starts_with('-') { Err(wrong(kind, resource, "begins with a hyphen")) } else { Ok(()) }
}

fn wrong(kind: &Kind, resource: &Resource, what: impl Into<String>) -> Problem {
    Problem::Resource { kind: kind.name.clone(), key: resource.key.clone(), what: what.into() }
}

fn parent<'a>(
    kind: &Kind,
    resource: &Resource,
    lists: &'a BTreeMap<String, Vec<Resource>>,
) -> Result<Option<&'a Resource>, Problem> {
    let Some(key) = &resource.parent else { return Ok(None) };
    let Some(parents) = &kind.parent else { return Err(wrong(kind, resource, "cannot have a parent")) };
    let found = lists.get(parents).into_iter().flatten().find(|parent| parent.key == *key);
    found.map(Some).ok_or_else(|| Problem::Parent {
        kind: kind.name.clone(),
        key: resource.key.clone(),
        parent: key.clone(),
    })
}

fn properties(kind: &Kind, resource: &Resource) -> Result<(), Problem> {
    if let Some(missing) = kind.requires.iter().find(|name| !resource.properties.contains_key(*name)) {
        return Err(wrong(kind, resource, format!("needs the property {missing}")));
    }
    let Some(known) = &kind.knows else { return Ok(()) };
    match resource.properties.keys().find(|name| !known.contains(name) && !kind.requires.contains(name)) {
        Some(unknown) => Err(wrong(kind, resource, format!("has an unknown property, {unknown}"))),
        None => Ok(()),
    }
}

/// What ends up in certificates, in `known_hosts` and in arguments of ssh.
fn machine(kind: &Kind, resource: &Resource) -> Result<(), Problem> {
    let wrong = |what: &str| Err(wrong(kind, resource, what));
    let (Some(Machine::Aws { user_name, .. }) | Some(Machine::SelfHosted { user_name, .. })) = &resource.machine else {
        return Ok(());
    };
    if user_name.as_deref().is_some_and(|name| !ssh::is_account(name)) {
        return wrong("has a user_name that cannot be that of an account");
    }
    let Some(Machine::SelfHosted { hostname, public_ip, host_keys, own_certificates, .. }) = &resource.machine else {
        return Ok(());
    };
    if *own_certificates && !ssh::is_machine(hostname) {
        return wrong("has a hostname that cannot stand in certificates");
    }
    let own = SelfHostedMachine { hostname: hostname.clone(), public_ip: public_ip.clone() };
    if own.address().is_none() {
        return wrong("has a public_ip that is neither an address nor a host name, with a port or without");
    }
    match host_keys.iter().all(|key| ssh::host_key(key).as_ref() == Some(key)) {
        true => Ok(()),
        false => wrong("has host_keys of which one is not a type and base64"),
    }
}

fn shape(kind: &Kind, resource: &Resource, parent: Option<&Resource>) -> Result<(), Problem> {
    let wrong = |what: &str| Err(wrong(kind, resource, what));
    match (kind.shape, &resource.machine) {
        (Shape::Plain, Some(_)) => return wrong("cannot have a machine"),
        (Shape::Plain, None) => {}
        (_, None) => return wrong("needs a machine"),
        (Shape::Machine, Some(machine)) => {
            let provider = parent.and_then(|parent| parent.property("provider"));
            if provider.is_some_and(|provider| provider != machine.provider()) {
                return wrong("belongs to a parent of another provider");
            }
        }
        (Shape::Bucket, Some(Machine::Aws { .. })) => {}
        (Shape::Bucket, Some(_)) => return wrong("must be a machine on AWS"),
        (Shape::Desktop, Some(Machine::Azure { gateway: Gateway::BastionHost { .. }, .. })) => {}
        (Shape::Desktop, Some(_)) => return wrong("must be a machine on Azure behind a bastion host"),
    }
    if matches!(resource.machine, Some(Machine::Aws { .. } | Machine::Gcloud { .. } | Machine::Azure { .. }))
        && parent.is_none()
    {
        return wrong("needs a parent: its account, project or subscription");
    }
    match (kind.shape, &resource.bucket) {
        (Shape::Bucket, None) => wrong("needs a bucket"),
        (Shape::Plain | Shape::Machine | Shape::Desktop, Some(_)) => wrong("cannot have a bucket"),
        _ => Ok(()),
    }
}
