//! The tables of the configuration.

use crate::oidc;
use p0_wire::{
    role::Role,
    settings::{DefaultApprovals, Length, Settings as OrgSettings},
};
use serde::{Deserialize, Deserializer};
use std::{collections::BTreeSet, path::PathBuf};

/// Whose service it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its name for people.
    #[serde(default)]
    pub name: Option<String>,
}

/// Where the service remembers things.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Store {
    /// In memory: everything is forgotten at the end.
    Memory,
    /// In an SQLite file.
    File {
        /// The file.
        path: PathBuf,
    },
}

/// How people prove who they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// What the sign-in page asks for.
    pub mode: SignInMode,
    /// Which kind of provider clients are told to expect.
    pub advertise: Advertise,
}

/// What the sign-in page asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInMode {
    /// A password.
    #[default]
    Password,
    /// Nothing: people pick themselves from a list. Only on the loopback.
    Choose,
}

/// Which kind of provider clients are told to expect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advertise {
    /// One that is found by OpenID Connect discovery.
    #[default]
    Discovery,
    /// One that works like Okta, for clients that know no other.
    Okta,
}

impl From<SignInMode> for oidc::SignIn {
    fn from(mode: SignInMode) -> Self {
        match mode {
            SignInMode::Password => Self::Password,
            SignInMode::Choose => Self::Choose,
        }
    }
}

impl From<Advertise> for oidc::Advertise {
    fn from(advertise: Advertise) -> Self {
        match advertise {
            Advertise::Discovery => Self::Discovery,
            Advertise::Okta => Self::Okta,
        }
    }
}

/// A group of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its identifier, which users and policies name.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub label: Option<String>,
    /// The directory from which it comes, such as `okta`.
    #[serde(default)]
    pub directory: Option<String>,
    /// The roles of its members in the organisation.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
}

/// Lengths, as people write them (`8 hours`), and what every approval asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lengths {
    /// What requestors can choose from.
    #[serde(deserialize_with = "lengths")]
    pub expiry_options: Option<Vec<Length>>,
    /// The longest wait between request and approval.
    #[serde(deserialize_with = "length")]
    pub approvable_duration: Option<Length>,
    /// The longest grant.
    #[serde(deserialize_with = "length")]
    pub max_access_duration: Option<Length>,
    /// The longest persistent access.
    #[serde(deserialize_with = "length")]
    pub standing_access_duration: Option<Length>,
    /// Requestors may approve their own requests.
    pub allow_one_party: Option<bool>,
    /// A reason must be given.
    pub require_reason: Option<bool>,
}

/// How much clients may ask of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest body of a call, in bytes.
    pub body_bytes: usize,
    /// How many clients may wait for their requests at once.
    pub waiting_clients: usize,
    /// How many of them may be one person's; absent: all.
    pub waiting_per_person: Option<usize>,
    /// How many requests one person may have made that wait for approval or are in use.
    pub requests_per_person: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1024 * 1024, waiting_clients: 20_000, waiting_per_person: None, requests_per_person: 200 }
    }
}

impl Limits {
    pub(crate) fn waiting_for_one_person(&self) -> usize {
        self.waiting_per_person.unwrap_or(self.waiting_clients)
    }
}

impl Lengths {
    pub(super) fn to_org(&self) -> OrgSettings {
        let defaults = OrgSettings::default();
        OrgSettings {
            expiry_options: self.expiry_options.clone().unwrap_or(defaults.expiry_options),
            default_approvals: DefaultApprovals {
                allow_one_party: self.allow_one_party,
                require_reason: self.require_reason,
            },
            approvable_duration: self.approvable_duration.unwrap_or(defaults.approvable_duration),
            max_access_duration: self.max_access_duration.unwrap_or(defaults.max_access_duration),
            standing_access_duration: self.standing_access_duration.unwrap_or(defaults.standing_access_duration),
        }
    }
}

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Length>, D::Error> {
    parse_length(&String::deserialize(deserializer)?).map(Some)
}

fn lengths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Length>>, D::Error> {
    Vec::<String>::deserialize(deserializer)?.iter().map(|text| parse_length(text)).collect::<Result<_, _>>().map(Some)
}

fn parse_length<E: serde::de::Error>(text: &str) -> Result<Length, E> {
    Length::parse(text).ok_or_else(|| E::custom(format!("{text:?} is not a duration such as 30 minutes or 8 hours")))
}
