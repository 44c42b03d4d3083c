//! `POST /o/{org}/command/`: the client sends command-line arguments unparsed, and the service interprets them.

use crate::{Extra, request::Request};
use serde::{Deserialize, Serialize};

/// A command line for the service to parse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// The subcommand and its arguments, without the program name.
    pub argv: Vec<String>,
    /// The program name that the service shows in help texts.
    #[serde(default = "script_name")]
    pub script_name: String,
}

fn script_name() -> String {
    "p0".into()
}

impl Command {
    /// A command line of `p0`.
    pub fn new(argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { argv: argv.into_iter().map(Into::into).collect(), script_name: script_name() }
    }
}

/// The response to `request` and `grant`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Submitted {
    /// Always true. Failures are reported as [`ErrorBody`](crate::error::ErrorBody).
    #[serde(default)]
    pub ok: bool,
    /// A message to show to the user.
    #[serde(default)]
    pub message: String,
    /// The request id (alphanumeric).
    pub id: String,
    /// The request in its current state.
    pub request: Request,
    /// The same access was already held or requested; `id` names that request.
    #[serde(default)]
    pub is_preexisting: bool,
    /// The access is permanent (approval type `persistent`).
    #[serde(default)]
    pub is_persistent: bool,
    /// The request matched a pre-approval.
    #[serde(default)]
    pub is_preapproved: bool,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The response to `allow` and to other commands that return only a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandMessage {
    /// Always true. Failures are reported as [`ErrorBody`](crate::error::ErrorBody).
    #[serde(default)]
    pub ok: bool,
    /// A message to show to the user.
    #[serde(default)]
    pub message: String,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The response to `ls`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// Always true. Failures are reported as [`ErrorBody`](crate::error::ErrorBody).
    #[serde(default)]
    pub ok: bool,
    /// The items that can be requested.
    pub items: Vec<Item>,
    /// More items match than are listed.
    #[serde(default)]
    pub is_truncated: bool,
    /// The search term of the request.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub term: String,
    /// The plural of the listed argument, such as `roles`.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub arg: String,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An item that can be requested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The value to pass to `request`.
    pub key: String,
    /// The display name.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub value: String,
    /// The parent that the item is listed under, such as an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The caller already has this access.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub is_preexisting: bool,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}
