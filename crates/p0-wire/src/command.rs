//! `POST /o/{org}/command/`: words go out unread, and the service answers what they meant.

use crate::{Extra, request::Request};
use serde::{Deserialize, Serialize};

/// The words of a command, which the service alone understands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// The command and its arguments, without the name of the program.
    pub argv: Vec<String>,
    /// The name of the program, as help texts show it.
    #[serde(default = "script_name")]
    pub script_name: String,
}

fn script_name() -> String {
    "p0".into()
}

impl Command {
    /// These words, said by `p0`.
    pub fn new(argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { argv: argv.into_iter().map(Into::into).collect(), script_name: script_name() }
    }
}

/// The answer to `request` and `grant`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Submitted {
    /// Always true: a refusal is an error.
    #[serde(default)]
    pub ok: bool,
    /// For the user.
    #[serde(default)]
    pub message: String,
    /// The request's identifier: alphanumeric.
    pub id: String,
    /// The request as it stands now.
    pub request: Request,
    /// The access was there, or asked for, already.
    #[serde(default)]
    pub is_preexisting: bool,
    /// Standing access.
    #[serde(default)]
    pub is_persistent: bool,
    /// Approved in advance.
    #[serde(default)]
    pub is_preapproved: bool,
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The answer to `allow`, and to other commands that only report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Always true: a refusal is an error.
    #[serde(default)]
    pub ok: bool,
    /// For the user.
    #[serde(default)]
    pub message: String,
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The answer to `ls`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// Always true: a refusal is an error.
    #[serde(default)]
    pub ok: bool,
    /// What can be asked for.
    pub items: Vec<Item>,
    /// There are more than these.
    #[serde(default)]
    pub is_truncated: bool,
    /// The search terms, as given.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub term: String,
    /// What was listed, such as `roles`.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub arg: String,
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One thing that can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What a request names.
    pub key: String,
    /// What a person calls it.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub value: String,
    /// What it belongs to, such as an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The caller holds it already.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub is_preexisting: bool,
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}
