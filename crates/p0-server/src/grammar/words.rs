//! Telling words, flags and their values apart, before it is known which command they are.

use crate::catalog::Catalog;
use crate::spec::{text::echo, verb::Verb};
use std::collections::BTreeMap;

/// The most words that a command can have, and the most bytes that one of them can have.
const MOST_WORDS: usize = 256;
const LONGEST_WORD: usize = 8 * 1024;

/// A command, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words<'a> {
    /// What is not a flag, in order.
    pub(crate) plain: Vec<&'a str>,
    /// The flags, by name (not by alias).
    pub(crate) flags: BTreeMap<String, Given<'a>>,
    /// `--help` is among them.
    pub(crate) help: bool,
    /// What is wrong, the first first.
    pub(crate) problems: Vec<String>,
    /// Flags that no command has.
    pub(crate) unknown: Vec<&'a str>,
}

/// What was given for a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given<'a> {
    /// A switch, on or off.
    Switch(bool),
    /// A value.
    Value(&'a str),
}

/// Refuses what no person types, so that all that follows has little to do.
pub(crate) fn bounded(argv: &[String]) -> Result<(), String> {
    if argv.len() > MOST_WORDS {
        return Err(format!("Too many arguments: got {}, at most {MOST_WORDS} are read", argv.len()));
    }
    match argv.iter().find(|word| word.len() > LONGEST_WORD) {
        Some(long) => Err(format!("Argument too long: {} (at most {LONGEST_WORD} bytes are read)", echo(long))),
        None => Ok(()),
    }
}

/// Sorts the words. Flags can stand anywhere; behind `--` there are none.
pub(crate) fn sort<'a>(argv: &'a [String], catalog: &Catalog) -> Words<'a> {
    let mut words = Words::default();
    let mut rest = argv.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            words.plain.extend(rest.map(String::as_str));
            break;
        }
        let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-').filter(|name| !name.is_empty()));
        let Some(flag) = flag else {
            words.plain.push(word);
            continue;
        };
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        if name == "help" && word.starts_with("--") {
            words.help |= value != Some("false");
            continue;
        }
        let long = word.starts_with("--");
        let meaning = catalog.flag_named(name).filter(|_| long);
        match (meaning, value) {
            (Some(flag), Some(value)) if flag.has_value => words.give(&flag.name, Given::Value(value)),
            (Some(flag), None) if flag.has_value => {
                // A word that begins with two dashes is a flag, not the value of one.
                match rest.as_slice().first().filter(|next| !next.starts_with("--")) {
                    Some(next) => {
                        words.give(&flag.name, Given::Value(next));
                        rest.next();
                    }
                    None => words.problems.push(format!("Not enough arguments following: {}", flag.name)),
                }
            }
            (Some(flag), None | Some("true")) => words.give(&flag.name, Given::Switch(true)),
            (Some(flag), Some("false")) => words.give(&flag.name, Given::Switch(false)),
            (Some(flag), Some(value)) => {
                words.problems.push(format!("Invalid value for {}: {} (it is true or false)", flag.name, echo(value)));
            }
            (None, None) => match name.strip_prefix("no-").and_then(|name| catalog.flag_named(name)) {
                Some(flag) if long && !flag.has_value => words.give(&flag.name, Given::Switch(false)),
                _ => words.unknown.push(name),
            },
            (None, Some(_)) => words.unknown.push(name),
        }
    }
    words
}

impl<'a> Words<'a> {
    fn give(&mut self, name: &str, given: Given<'a>) {
        match self.flags.insert(name.into(), given) {
            Some(earlier) if earlier != given => self.problems.push(format!("Argument given twice: {name}")),
            _ => {}
        }
    }

    /// A flag's value.
    pub(crate) fn value(&self, flag: &str) -> Option<&'a str> {
        match self.flags.get(flag) {
            Some(Given::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// A switch is on.
    pub(crate) fn is_on(&self, flag: &str) -> bool {
        self.flags.get(flag) == Some(&Given::Switch(true))
    }

    /// The verb, which is the first word.
    pub(crate) fn verb(&self) -> Option<Verb> {
        self.plain.first().and_then(|word| Verb::named(word))
    }
}
