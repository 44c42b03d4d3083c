//! Roles, which say what a user may do in the organisation (protocol, section 9).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A role in the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Can see requests.
    Viewer,
    /// Can see requests and who has which access.
    IamViewer,
    /// Can configure integrations.
    IamOwner,
    /// A security reviewer: can decide on requests.
    Manager,
    /// Can do everything.
    Owner,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::IamViewer, Self::IamOwner, Self::Manager, Self::Owner];

    /// Returns the role's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::IamViewer => "iamViewer",
            Self::IamOwner => "iamOwner",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }

    /// Parses a role's name on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The response to `GET /settings/roles/{role}/bindings`: who has the role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bindings {
    /// Email addresses of users.
    #[serde(default)]
    pub users: Vec<String>,
    /// Ids of directory groups.
    #[serde(default)]
    pub groups: Vec<String>,
}
