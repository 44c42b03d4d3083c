//! The words of a command, understood: pure functions of the words, the catalogue and the time.
//!
//! `words` tells flags from other words, `path` finds the command in the tree that `spec` and `table` declare,
//! `resolve` finds what arguments and flags name, and `access` says what that is to policies and clients. `help` renders
//! the same tree, and `list` shows what it can be used with.

mod access;
mod command_path;
mod help;
mod list;
mod resolve;
#[cfg(test)]
mod tests;
mod words;

pub use list::{Query, list};

use crate::{
    catalog::Catalog,
    clock::Timestamp,
    domain::Access,
    spec::{Flag, suggest, text, values, verb::Verb},
};
use command_path::CommandPath;
use p0_wire::settings::Length;
use resolve::ResolvedCommand;
use std::time::Duration;
use words::Words;

/// A command.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// Access for the caller.
    Request(ParsedRequest),
    /// Access for somebody else.
    Grant {
        /// Who: an e-mail address, in lower case.
        to: String,
        /// What.
        ask: ParsedRequest,
    },
    /// An approval in advance.
    Allow {
        /// Who: an e-mail address, in lower case.
        to: String,
        /// How long the approval holds.
        length: Length,
        /// When it begins to hold. Absent: at once.
        start: Option<Timestamp>,
        /// What.
        ask: ParsedRequest,
    },
    /// What can be asked for.
    Ls(Query),
}

/// What is asked for, and how.
#[derive(Debug, Clone)]
pub struct ParsedRequest {
    /// What.
    pub access: Access,
    /// Why: one line, never empty.
    pub reason: Option<String>,
    /// How long it is needed.
    pub requested_duration: Option<Length>,
    /// Only if it needs no approval.
    pub approved_only: bool,
}

/// The words are not a command, or ask for help: the whole text of the `error` with which the service answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Understands a command. `script_name` is what help calls the program.
///
/// # Errors
///
/// The text to show: the help that was asked for, the help of a command that was used wrongly with a last line that says
/// how, or a line about a value that is wrong.
pub fn parse(argv: &[String], script_name: &str, catalog: &Catalog, now: Timestamp) -> Result<Parsed, Usage> {
    words::bounded(argv).map_err(Usage)?;
    let words = words::sort(argv, catalog);
    let (path, rest) = CommandPath::reach(&words, catalog);
    let help = || help::render(help::script(script_name), &path, catalog);
    if words.help {
        return Err(Usage(help()));
    }
    if let Some(problem) = problem(&words, &path, &rest, catalog) {
        return Err(Usage(format!("{}\n\n{problem}", help())));
    }
    match (path.verb, path.entry, path.access_type) {
        (Some(verb), Some(entry), Some(access_type)) => {
            let command = ResolvedCommand::flags(catalog, entry, access_type, &words)?;
            match path.listed {
                Some(listed) => query(&words, command, listed).map(Parsed::Ls),
                None => ask(verb, &words, &rest, command, now),
            }
        }
        // What is incomplete is a problem that has been found.
        _ => Err(Usage(help())),
    }
}

/// What is wrong with the use of the command, before anything is looked up.
fn problem(words: &Words<'_>, path: &CommandPath<'_>, rest: &[&str], catalog: &Catalog) -> Option<String> {
    let flags = path.flags();
    if !path.is_command()
        && let Some(word) = rest.first()
    {
        let next = path.next(catalog);
        let names = next.iter().flat_map(|next| [next.name].into_iter().chain(next.aliases.iter().map(String::as_str)));
        return Some(unknown(&[word], names));
    }
    let is_known = |name: &&str| flags.iter().any(|flag| flag.name == **name);
    let given = words.flags.keys().map(String::as_str).filter(|name| !is_known(name));
    let strange: Vec<&str> = words.unknown.iter().copied().chain(given).collect();
    if !strange.is_empty() {
        let names = flags.iter().flat_map(|flag| flag.aliases.iter().chain([&flag.name])).map(String::as_str);
        return Some(unknown(&strange, names.chain(["help"])));
    }
    if let Some(problem) = words.problems.first() {
        return Some(problem.clone());
    }
    if !path.is_command() {
        return Some("Not enough non-option arguments: got 0, need at least 1".into());
    }
    let arguments = path.arguments();
    if rest.len() < arguments.len() {
        let (got, need) = (rest.len(), arguments.len());
        return Some(format!("Not enough non-option arguments: got {got}, need at least {need}"));
    }
    if rest.len() > arguments.len() && !arguments.last().is_some_and(|last| last.variadic) {
        return Some(unknown(&rest[arguments.len()..], []));
    }
    missing(&flags, words)
}

/// `Unknown argument: foo`, and what may have been meant.
fn unknown<'a>(words: &[&str], candidates: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = words.iter().take(SHOWN).map(|word| text::echo(word)).collect();
    let (plural, more) = (if words.len() == 1 { "" } else { "s" }, if words.len() > SHOWN { ", …" } else { "" });
    let unknown = format!("Unknown argument{plural}: {}{more}", shown.join(", "));
    match suggest::closest(words[0], candidates) {
        Some(guess) => format!("{unknown}. {guess}"),
        None => unknown,
    }
}

/// `Missing required argument: to`.
fn missing(flags: &[Flag], words: &Words<'_>) -> Option<String> {
    let missing: Vec<&str> = flags
        .iter()
        .filter(|flag| flag.required && !words.flags.contains_key(&flag.name))
        .map(|flag| flag.name.as_str())
        .collect();
    match missing[..] {
        [] => None,
        [one] => Some(format!("Missing required argument: {one}")),
        _ => Some(format!("Missing required arguments: {}", missing.join(", "))),
    }
}

fn ask(
    verb: Verb,
    words: &Words<'_>,
    rest: &[&str],
    command: ResolvedCommand<'_>,
    now: Timestamp,
) -> Result<Parsed, Usage> {
    let length = |flag: &str| words.value(flag).map(|word| values::length(flag, word)).transpose().map_err(Usage);
    let to = || values::principal(words.value("to").unwrap_or_default()).map_err(Usage);
    let command = command.arguments(rest)?;
    let ask = ParsedRequest {
        access: access::access(&command),
        reason: words.value("reason").and_then(text::one_line),
        requested_duration: length("requested-duration")?,
        approved_only: words.is_on("approved"),
    };
    Ok(match verb {
        Verb::Grant => Parsed::Grant { to: to()?, ask },
        Verb::Allow => {
            let length = values::length("length", words.value("length").unwrap_or_default()).map_err(Usage)?;
            let start = words.value("start").map(|word| values::start(word, now)).transpose().map_err(Usage)?;
            let end = start.unwrap_or(now).plus(Duration::from_secs(length.seconds()));
            if end <= now {
                return Err(Usage("Invalid start: the approval would be over already".into()));
            }
            Parsed::Allow { to: to()?, length, start, ask }
        }
        Verb::Request | Verb::Ls => Parsed::Request(ask),
    })
}

fn query(words: &Words<'_>, command: ResolvedCommand<'_>, listed: &str) -> Result<Query, Usage> {
    let size = words.value("size").map(values::size).transpose().map_err(Usage)?;
    let principal = words.value("principal").map(values::principal).transpose().map_err(Usage)?;
    Ok(Query {
        all: words.is_on("all"),
        principal,
        integration: command.entry.spec.name.clone(),
        access_type: command.access_type.name.clone(),
        listed: listed.into(),
        like: words.value("like").and_then(text::one_line).unwrap_or_default(),
        size: size.unwrap_or(crate::spec::verb::LISTING_SIZE),
        scope: command.scope.into_iter().map(|(flag, resource)| (flag.into(), resource.into_owned())).collect(),
        choices: command.choices.into_iter().map(|(flag, choice)| (flag.into(), choice)).collect(),
    })
}
