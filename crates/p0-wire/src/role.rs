//! What a user may do in the organisation itself (protocol, section 9).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A role in the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Sees requests.
    Viewer,
    /// Sees requests and who holds what.
    IamViewer,
    /// Administers integrations.
    IamOwner,
    /// Security reviewer: decides on requests.
    Manager,
    /// Everything.
    Owner,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::IamViewer, Self::IamOwner, Self::Manager, Self::Owner];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::IamViewer => "iamViewer",
            Self::IamOwner => "iamOwner",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }

    /// The role with this word on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `GET /settings/roles/{role}/bindings`: who has a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bindings {
    /// E-mail addresses.
    #[serde(default)]
    pub users: Vec<String>,
    /// Group identifiers.
    #[serde(default)]
    pub groups: Vec<String>,
}
