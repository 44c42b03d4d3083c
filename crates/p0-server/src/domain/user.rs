//! People, their groups and their roles.

use p0_wire::role::Role;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person who may sign in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Who they are: an e-mail address, in lower case.
    pub email: String,
    /// What a person calls them.
    #[serde(default)]
    pub name: Option<String>,
    /// Identifiers of the directory groups that they are members of.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Fields of their directory profile, such as `manager`.
    #[serde(default)]
    pub profile: BTreeMap<String, String>,
    /// The services that they are on call for now.
    #[serde(default)]
    pub on_call: BTreeSet<String>,
    /// Their roles in the organisation.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
    /// Argon2id, in PHC string format. Absent: they cannot sign in with a password.
    #[serde(default)]
    pub password_hash: Option<String>,
}

/// Everybody, by e-mail address.
#[derive(Debug, Clone, Default)]
pub struct Directory(pub BTreeMap<String, User>);

impl Directory {
    /// The person with this e-mail address, whatever its case.
    pub fn get(&self, email: &str) -> Option<&User> {
        self.0.get(&email.to_lowercase())
    }
}
