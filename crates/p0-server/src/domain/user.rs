//! People, their groups and their roles.

use p0_wire::role::Role;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person who can sign in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The email address, in lower case. It identifies the person.
    pub email: String,
    /// The display name.
    #[serde(default)]
    pub name: Option<String>,
    /// The ids of their directory groups.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Fields of their directory profile, such as `manager`.
    #[serde(default)]
    pub profile: BTreeMap<String, String>,
    /// The services for which they are on call.
    #[serde(default)]
    pub on_call: BTreeSet<String>,
    /// Their roles in the organisation.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
    /// An Argon2id hash in PHC string format. Without it, they cannot sign in with a password.
    #[serde(default)]
    pub password_hash: Option<String>,
}

/// All people, by email address.
#[derive(Debug, Clone, Default)]
pub struct Directory(pub BTreeMap<String, User>);

impl Directory {
    /// Returns the person with this email address, in any case.
    pub fn get(&self, email: &str) -> Option<&User> {
        self.0.get(&email.to_lowercase())
    }
}
