//! What there is to ask for: the integrations, their commands and their resources, read once from the configuration
//! and checked whole, so that a command never meets a resource that cannot be granted.

mod check;
mod config;
mod find;
mod installed;
mod partition;
mod resource;
#[cfg(test)]
mod tests;

pub use check::{CatalogError, Problem};
pub use config::{AccessTypeConfig, ArgumentConfig, FlagConfig, IntegrationConfig, IntegrationsConfig, TakesConfig};
pub(crate) use find::{LookupResult, Within};
pub(crate) use partition::Partition;
pub use resource::{Bucket, Gateway, Machine, NetworkInterface, Resource};

use crate::{
    provision::config::ProvisionerConfig,
    spec::{Flag, Integration, table, verb::Verb},
};
use p0_wire::integration::Configuration;
use std::collections::BTreeMap;

/// The integrations of the organisation that `p0 dev` starts.
#[cfg(test)]
pub(crate) fn seeds() -> IntegrationsConfig {
    #[derive(serde::Deserialize)]
    struct Seeds {
        integrations: IntegrationsConfig,
    }
    let seeds: Seeds =
        toml::from_str(include_str!("../../seeds/integrations.toml")).expect("the seeds are a configuration");
    seeds.integrations
}

/// Everything that can be asked for.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    entries: BTreeMap<String, Entry>,
    flags: BTreeMap<String, FlagName>,
}

/// One integration, with what it has.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its commands.
    pub(crate) spec: Integration,
    /// Its resources, by kind.
    pub(crate) resources: BTreeMap<String, Vec<Resource>>,
    /// What is not listed can be asked for as well.
    pub(crate) open: bool,
    /// What is installed, as clients read it.
    pub(crate) configuration: Configuration,
    provisioner: ProvisionerConfig,
}

/// What a flag's name means. It is the same in every command, so that words can be told apart before it is known which
/// command they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlagName {
    /// The name for which it stands: itself, or the one whose alias it is.
    pub(crate) name: String,
    /// A word follows.
    pub(crate) has_value: bool,
}

impl Catalog {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// If it contradicts itself or the table of integrations; the error names the place.
    pub fn from_config(config: IntegrationsConfig) -> Result<Self, CatalogError> {
        let mut builtin: BTreeMap<String, Integration> =
            table::all().into_iter().map(|integration| (integration.name.clone(), integration)).collect();
        let aliases: Vec<String> = builtin.values().flat_map(|integration| integration.aliases.clone()).collect();
        let mut catalog = Self { entries: BTreeMap::new(), flags: BTreeMap::new() };
        for verb in Verb::ALL {
            for flag in verb.flags().iter().chain(&verb.flags_of_access()) {
                catalog.name_flag(flag).map_err(|problem| problem.at(verb.name()))?;
            }
        }
        for (name, config) in config {
            let entry = Self::entry(&name, config, builtin.remove(&name), &aliases).map_err(|p| p.at(&name))?;
            for flag in entry.spec.access_types.iter().flat_map(|access_type| &access_type.flags) {
                catalog.name_flag(flag).map_err(|problem| problem.at(&name))?;
            }
            catalog.entries.insert(name, entry);
        }
        Ok(catalog)
    }

    fn entry(
        name: &str,
        config: IntegrationConfig,
        builtin: Option<Integration>,
        aliases: &[String],
    ) -> Result<Entry, Problem> {
        let mut spec = match builtin {
            Some(_) if !config.access_types.is_empty() => return Err(Problem::BuiltIn),
            Some(spec) => spec,
            None if aliases.iter().any(|alias| alias == name) => return Err(Problem::Taken(name.into())),
            None => config.spec(name),
        };
        if let Some(label) = config.label {
            spec.label = label;
        }
        check::commands(&spec)?;
        check::resources(&spec, &config.resources)?;
        check::provisioner(&spec, &config.provisioner, &config.resources)?;
        let mut installed = config.installed;
        for (id, fields) in config.provisioner.installed() {
            let item = installed.entry(id).or_default();
            fields.into_iter().for_each(|(name, value)| _ = item.entry(name).or_insert(value));
        }
        let configuration = installed::configuration(name, installed, &config.resources)?;
        Ok(Entry {
            spec,
            resources: config.resources,
            open: config.open,
            configuration,
            provisioner: config.provisioner,
        })
    }

    fn name_flag(&mut self, flag: &Flag) -> Result<(), Problem> {
        for name in flag.aliases.iter().chain([&flag.name]) {
            let meaning = FlagName { name: flag.name.clone(), has_value: flag.has_value() };
            match self.flags.get(name) {
                Some(other) if *other != meaning => return Err(Problem::FlagMeansTwoThings(name.clone())),
                _ => self.flags.insert(name.clone(), meaning),
            };
        }
        Ok(())
    }

    /// How an integration's access is granted and taken back.
    pub fn provisioner(&self, integration: &str) -> ProvisionerConfig {
        self.entry_named(integration).map(|entry| entry.provisioner.clone()).unwrap_or_default()
    }

    /// The names of the integrations, in order.
    pub fn integrations(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// An integration's list of resources, such as the `account`s of `aws`; empty if there is none.
    pub fn resources(&self, integration: &str, kind: &str) -> &[Resource] {
        self.entry_named(integration).map_or(&[], |entry| entry.resources(kind))
    }

    /// The partition of an AWS account; the commercial one where nothing else is said.
    pub(crate) fn partition(&self, account: &str) -> Partition {
        self.entry_named("aws").map(|aws| installed::partition(&aws.resources, account)).unwrap_or_default()
    }

    /// The integrations, in the order of their names.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The integration of this name or alias.
    pub(crate) fn entry_named(&self, word: &str) -> Option<&Entry> {
        self.entries.get(word).or_else(|| self.entries().find(|e| e.spec.aliases.iter().any(|alias| alias == word)))
    }

    /// What a flag's name means, whatever the command.
    pub(crate) fn flag_named(&self, name: &str) -> Option<&FlagName> {
        self.flags.get(name)
    }
}

impl Entry {
    /// The resources of a kind.
    pub(crate) fn resources(&self, kind: &str) -> &[Resource] {
        self.resources.get(kind).map_or(&[], Vec::as_slice)
    }

    /// What a resource belongs to.
    pub(crate) fn parent_of(&self, kind: &str, resource: &Resource) -> Option<&Resource> {
        let parents = self.spec.kind_named(kind)?.parent.as_deref()?;
        let key = resource.parent.as_deref()?;
        self.resources(parents).iter().find(|parent| parent.key == key)
    }
}
