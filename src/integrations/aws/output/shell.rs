//! Assignments for a shell, such that whatever a value holds is never read as anything but the value.

use super::Unwritable;
use crate::shell_words;
use secrecy::{ExposeSecret, SecretString};
use std::{ffi::OsStr, path::Path};

/// A shell, or a family of shells that quote alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// bash, zsh, and every shell that follows POSIX
    /// (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02>).
    Posix,
    /// fish (<https://fishshell.com/docs/current/language.html#quotes>).
    Fish,
    /// PowerShell
    /// (<https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules>).
    Powershell,
    /// The command prompt of Windows.
    Cmd,
    /// Nushell, which evaluates no text: a record for its `load-env`
    /// (<https://www.nushell.sh/commands/docs/load-env.html>).
    Nushell,
}

/// What the environment gives away of the shell that the user sits at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clues<'a> {
    /// `SHELL`: the user's login shell.
    pub shell: Option<&'a Path>,
    /// `NU_VERSION` is set: Nushell is running, somewhere above.
    pub nushell: bool,
    /// `PSModulePath`, which PowerShell sets; Windows itself sets a shorter one for everybody.
    pub ps_module_path: Option<&'a OsStr>,
    /// `ComSpec`: this is Windows.
    pub com_spec: Option<&'a Path>,
}

/// A shell that nothing can be written for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the shell '{0}' is not one that assignments can be written for")]
pub struct UnknownShell(pub String);

/// PowerShell adds the user's own modules to the two places that Windows names.
const POWERSHELL_ENTRIES: usize = 3;

impl Shell {
    /// The shell that the clues speak for. What a running shell has set goes before the user's login shell.
    ///
    /// # Errors
    /// They speak for one that is not known here.
    pub fn detect(clues: Clues<'_>) -> Result<Self, UnknownShell> {
        let on_windows = clues.com_spec.is_some();
        let powershell = clues.ps_module_path.is_some_and(|path| {
            !on_windows
                || path.to_string_lossy().split(';').filter(|entry| !entry.is_empty()).count() >= POWERSHELL_ENTRIES
        });
        match clues.shell {
            _ if clues.nushell => Ok(Self::Nushell),
            _ if powershell => Ok(Self::Powershell),
            Some(shell) => Self::of_program(shell),
            None if on_windows => Ok(Self::Cmd),
            None => Ok(Self::Posix),
        }
    }

    fn of_program(path: &Path) -> Result<Self, UnknownShell> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match name.as_str() {
            "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh" | "ksh93" | "mksh" | "oksh" | "yash" | "busybox" => {
                Ok(Self::Posix)
            }
            "fish" => Ok(Self::Fish),
            "pwsh" | "powershell" => Ok(Self::Powershell),
            "nu" => Ok(Self::Nushell),
            "cmd" => Ok(Self::Cmd),
            _ => Err(UnknownShell(name)),
        }
    }

    /// How people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Posix => "a POSIX shell",
            Self::Fish => "fish",
            Self::Powershell => "PowerShell",
            Self::Cmd => "cmd",
            Self::Nushell => "Nushell",
        }
    }

    /// How this shell evaluates what a command prints, which is given by its words.
    pub fn evaluate(self, command: &[&str]) -> String {
        let command = command.iter().map(|word| self.word(word)).collect::<Vec<_>>().join(" ");
        match self {
            Self::Posix => format!("eval \"$({command})\""),
            Self::Fish => format!("{command} | source"),
            Self::Powershell => format!("{command} | Out-String | Invoke-Expression"),
            Self::Cmd => format!("for /f \"delims=\" %i in ('{command}') do @%i"),
            Self::Nushell => format!("{command} | from json | load-env"),
        }
    }

    /// A word as it is typed to this shell.
    fn word(self, word: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:+-".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            return word.to_owned();
        }
        match self {
            Self::Posix => shell_words::word(word),
            Self::Fish => fish(word),
            Self::Powershell => powershell(word),
            Self::Cmd => format!("\"{word}\""),
            // Its strings in double quotes are JSON's.
            Self::Nushell => serde_json::Value::from(word).to_string(),
        }
    }

    /// Lines that set these variables and take those away.
    ///
    /// # Errors
    /// A value cannot be written for this shell.
    pub(super) fn assignments(
        self,
        set: &[(&'static str, SecretString)],
        unset: &[&'static str],
    ) -> Result<String, Unwritable> {
        if self == Self::Nushell {
            return nushell(set);
        }
        let mut text = String::new();
        for (name, value) in set {
            let value = value.expose_secret();
            let refused = Unwritable { name, place: self.name() };
            if value.contains('\0') || (self == Self::Cmd && !value.chars().all(is_plain_for_cmd)) {
                return Err(refused);
            }
            // A semicolon keeps the lines apart where an `eval` without quotes joins them.
            text += &match self {
                Self::Fish => format!("set -gx {name} {};\n", fish(value)),
                Self::Powershell => format!("$env:{name} = {};\n", powershell(value)),
                Self::Cmd => format!("set \"{name}={value}\"\n"),
                Self::Posix | Self::Nushell => format!("export {name}={};\n", shell_words::quoted(value)),
            };
        }
        for name in unset {
            text += &match self {
                Self::Fish => format!("set -ge {name};\n"),
                Self::Powershell => format!("$env:{name} = $null;\n"),
                Self::Cmd => format!("set \"{name}=\"\n"),
                Self::Posix | Self::Nushell => format!("unset {name};\n"),
            };
        }
        Ok(text)
    }
}

/// Within single quotes a backslash escapes itself and the quote. Control characters stand outside, escaped: `eval`
/// without `string collect` would take a line feed for a space.
fn fish(value: &str) -> String {
    let mut quoted = String::from("'");
    for c in value.chars() {
        match c {
            '\\' | '\'' => quoted.extend(['\\', c]),
            c if c.is_ascii_control() => quoted += &format!("'\\x{:02x}'", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "'"
}

/// Within single quotes everything is itself, but for what PowerShell takes for a single quote, which is doubled.
/// Control characters are added by number, since a pipeline carries lines.
fn powershell(value: &str) -> String {
    let mut quoted = String::from("'");
    for c in value.chars() {
        match c {
            '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' => quoted.extend([c, c]),
            c if c.is_control() => quoted += &format!("' + [char]{} + '", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "'"
}

/// What `set "NAME=value"` takes as it stands at the prompt, in `for` and in a batch file alike. There is no way to
/// escape the rest that is right in all three.
fn is_plain_for_cmd(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !"\"%!^&|<>".contains(c)
}

/// A record of variables. JSON has an escape for everything, and is a part of Nushell's own notation.
fn nushell(set: &[(&'static str, SecretString)]) -> Result<String, Unwritable> {
    let mut record = serde_json::Map::new();
    for (name, value) in set {
        if value.expose_secret().contains('\0') {
            return Err(Unwritable { name, place: Shell::Nushell.name() });
        }
        record.insert((*name).to_owned(), value.expose_secret().into());
    }
    Ok(format!("{}\n", serde_json::Value::Object(record)))
}
