//! The four commands, and the flags that they have for every integration.

use crate::spec::Flag;

/// The first word of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Asks for access.
    Request,
    /// Asks for somebody else.
    Grant,
    /// Approves in advance.
    Allow,
    /// Lists what can be asked for.
    Ls,
}

/// How many items a listing has unless told.
pub(crate) const LISTING_SIZE: usize = 15;

impl Verb {
    /// All of them, by name.
    pub(crate) const ALL: [Self; 4] = [Self::Allow, Self::Grant, Self::Ls, Self::Request];

    /// The word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Grant => "grant",
            Self::Allow => "allow",
            Self::Ls => "ls",
        }
    }

    /// The verb of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }

    /// For people.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Request => "Request access to a resource",
            Self::Grant => "Request access for somebody else",
            Self::Allow => "Approve access in advance",
            Self::Ls => "List what can be requested",
        }
    }

    /// Its flags, wherever in the tree it stands.
    pub(crate) fn flags(self) -> Vec<Flag> {
        let reason = || Flag::text("reason", "Reason access is needed");
        match self {
            Self::Request => vec![reason()],
            Self::Grant => vec![reason(), Flag::text("to", "Who gets access: an e-mail address").required()],
            Self::Allow => vec![
                Flag::text("length", "How long the approval holds, such as 2 weeks").required(),
                reason(),
                Flag::text("start", "When the approval begins: a time, or a length from now").defaults_to("now"),
                Flag::text("to", "Who may get access: an e-mail address").required(),
            ],
            Self::Ls => vec![
                Flag::switch("all", "Include what you may not request (owners only)"),
                Flag::text("like", "Terms that must all match"),
                Flag::text("principal", "Whose access is looked at (owners only)"),
                Flag::number("size", "At most so many items").defaults_to(&LISTING_SIZE.to_string()),
            ],
        }
    }

    /// Its flags where the access type is named.
    pub(crate) fn flags_of_access(self) -> Vec<Flag> {
        match self {
            Self::Ls => Vec::new(),
            Self::Request | Self::Grant | Self::Allow => {
                vec![Flag::text("requested-duration", "How long access is needed, such as 2 hours").alias("duration")]
            }
        }
    }
}
