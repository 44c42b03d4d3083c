//! The `[integrations.<name>]` tables of the configuration.

use super::resource::Resource;
use crate::provision::config::ProvisionerConfig;
use crate::spec::{AccessType, Argument, Flag, Integration, Kind};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// All integrations of an organisation, by name.
pub type IntegrationsConfig = BTreeMap<String, IntegrationConfig>;

/// One integration: of the built-in table, or one of the organisation's own, which says what can be asked of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegrationConfig {
    /// For people. Absent: the table's, or the name.
    #[serde(default)]
    pub label: Option<String>,
    /// How its access is granted and taken back.
    #[serde(default)]
    pub provisioner: ProvisionerConfig,
    /// What is not listed can be asked for as well.
    #[serde(default)]
    pub open: bool,
    /// What access can be granted to, as clients read it (protocol, section 7): accounts, clusters, providers or
    /// instances, by identifier. All of it is public within the organisation. What a resource of the same key says
    /// already, such as its label, need not be said again.
    #[serde(default)]
    pub installed: BTreeMap<String, Map<String, Value>>,
    /// What can be asked for: lists by kind, such as `role`.
    #[serde(default)]
    pub resources: BTreeMap<String, Vec<Resource>>,
    /// What can be asked of it, if it is not in the built-in table.
    #[serde(default)]
    pub access_types: BTreeMap<String, AccessTypeConfig>,
}

/// One way of access to an integration of the organisation's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTypeConfig {
    /// For people.
    pub label: String,
    /// The words that follow.
    #[serde(default)]
    pub arguments: Vec<ArgumentConfig>,
    /// The flags, beside those that every command has.
    #[serde(default)]
    pub flags: Vec<FlagConfig>,
}

/// A word that follows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentConfig {
    /// What help calls it.
    pub name: String,
    /// For people.
    pub label: String,
    /// One or more; only the last can be.
    #[serde(default)]
    pub variadic: bool,
    /// The list of resources that it names one of. Absent: any text.
    #[serde(default)]
    pub resources: Option<String>,
}

/// A flag.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagConfig {
    /// Without the dashes.
    pub name: String,
    /// For people.
    pub label: String,
    /// The command is wrong without it.
    #[serde(default)]
    pub required: bool,
    /// What it takes.
    #[serde(default)]
    pub takes: TakesConfig,
    /// With `choice`: the values.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// What a flag takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TakesConfig {
    /// Any text.
    #[default]
    Text,
    /// Nothing.
    Switch,
    /// One of `choices`.
    Choice,
    /// The name of a resource, from the list that has the flag's name.
    Resource,
}

impl IntegrationConfig {
    /// The commands of an integration of the organisation's own.
    pub(super) fn spec(&self, name: &str) -> Integration {
        let mut integration = Integration::new(name, name);
        let mut kinds = BTreeSet::new();
        for (name, config) in &self.access_types {
            let access_type = config.spec(name);
            kinds.extend(access_type.listable().filter_map(|(name, _)| access_type.kind_of(name)).map(String::from));
            integration = integration.offers(access_type);
        }
        kinds.into_iter().fold(integration, |integration, kind| {
            integration.kind(Kind::new(&kind, &plural(&kind)).known_by_value().knows_anything())
        })
    }
}

impl AccessTypeConfig {
    fn spec(&self, name: &str) -> AccessType {
        let access_type = AccessType::new(name, &self.label);
        let access_type = self.arguments.iter().fold(access_type, |access_type, argument| {
            access_type.argument(Argument {
                name: argument.name.clone(),
                label: argument.label.clone(),
                variadic: argument.variadic,
                kind: argument.resources.clone(),
            })
        });
        self.flags.iter().fold(access_type, |access_type, flag| access_type.flag(flag.spec()))
    }
}

impl FlagConfig {
    fn spec(&self) -> Flag {
        let flag = match self.takes {
            TakesConfig::Text => Flag::text(&self.name, &self.label),
            TakesConfig::Switch => Flag::switch(&self.name, &self.label),
            TakesConfig::Choice => Flag::choice(&self.name, &self.label, self.choices.iter().map(String::as_str)),
            TakesConfig::Resource => Flag::listed(&self.name, &self.label),
        };
        if self.required { flag.required() } else { flag }
    }
}

/// The English plural of a name, as far as names in configurations need it.
fn plural(name: &str) -> String {
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if name.ends_with(['s', 'x']) || name.ends_with("ch") || name.ends_with("sh") => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_plurals() {
        for (name, expected) in
            [("profile", "profiles"), ("policy", "policies"), ("key", "keys"), ("mailbox", "mailboxes"), ("y", "ies")]
        {
            assert_eq!(plural(name), expected);
        }
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        let read =
            |text: &str| toml::from_str::<IntegrationsConfig>(text).map(|_| ()).map_err(|e| e.message().to_owned());
        assert_eq!(read("[gcloud]\nopen = true"), Ok(()));
        assert!(read("[gcloud]\nopne = true").is_err_and(|e| e.contains("opne")));
        assert!(read("[[gcloud.resources.role]]\nkey = 'a'\nvalues = 'b'").is_err_and(|e| e.contains("values")));
        let machine =
            "[[ssh.resources.destination]]\nkey = 'a'\nmachine = { provider = 'aws', region = 'x', zone = 'y' }";
        assert!(read(machine).is_err_and(|e| e.contains("zone")));
    }
}
