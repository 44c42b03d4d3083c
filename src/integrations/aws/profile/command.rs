//! A command as one line of the configuration. The AWS CLI takes it apart by the rules of a POSIX shell, most SDKs give it
//! to `sh -c`, and on Windows to `cmd`: the line means the same to all.

use crate::shell_words;

/// Whose rules the line is taken apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    Posix,
    /// Those of programs on Windows.
    Windows,
}

/// A word that cannot stand in the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' cannot stand in the configuration of the AWS CLI", .0.escape_debug())]
pub struct Unquotable(pub String);

/// The words as one line.
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>, quoting: Quoting) -> Result<String, Unquotable> {
    let quoted: Result<Vec<String>, _> = words.into_iter().map(|word| quote(word, quoting)).collect();
    Ok(quoted?.join(" "))
}

fn quote(word: &str, quoting: Quoting) -> Result<String, Unquotable> {
    let unquotable = || Unquotable(word.to_owned());
    if word.chars().any(char::is_control) {
        return Err(unquotable());
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@+=:,./-\\".contains(c);
    match quoting {
        // A space and a hash begin a comment for the SDKs, even between quotes: two strings keep them apart.
        Quoting::Posix => Ok(shell_words::word(word).replace(" #", " ''#").replace(" ;", " '';")),
        Quoting::Windows if !word.is_empty() && word.chars().all(is_plain) => Ok(word.to_owned()),
        Quoting::Windows if word.contains(['"', '%', '^', '&', '|', '<', '>', '!']) => Err(unquotable()),
        Quoting::Windows if word.contains(" #") || word.contains(" ;") => Err(unquotable()),
        // A backslash in front of the closing quote would escape it.
        Quoting::Windows if word.ends_with('\\') => Err(unquotable()),
        Quoting::Windows => Ok(format!("\"{word}\"")),
    }
}
