//! Shells: which one reads the output of this process, and assignments in its syntax, in which no value is ever read as
//! anything but that value.

mod ancestors;

use crate::shell_words;
use ancestors::Ancestor;
use secrecy::{ExposeSecret, SecretString};

/// A shell, or a family of shells that quote alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// bash, zsh, and every shell that follows POSIX
    /// (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02>).
    Posix,
    /// fish (<https://fishshell.com/docs/current/language.html#quotes>).
    Fish,
    /// tcsh and csh (<https://www.tcsh.org/manual/tcsh.1.html>).
    Tcsh,
    /// PowerShell
    /// (<https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules>).
    Powershell,
    /// The command prompt of Windows.
    Cmd,
    /// Nushell, which evaluates no text: a record for its `load-env`
    /// (<https://www.nushell.sh/commands/docs/load-env.html>).
    Nushell,
}

/// A shell that p0 has no syntax for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("p0 does not know the syntax of {0}")]
pub struct UnsupportedShell(pub String);

/// A value that a format has no way to express, such as one that contains a NUL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the value of {name} cannot be written for {format}")]
pub struct Unwritable {
    pub name: &'static str,
    pub format: &'static str,
}

/// Programs that pass their standard output on to the program that they run, so that the shell is above them.
const WRAPPERS: [&str; 18] = [
    "caffeinate",
    "cargo",
    "doas",
    "env",
    "faketime",
    "ltrace",
    "nice",
    "nohup",
    "p0",
    "run0",
    "setsid",
    "stdbuf",
    "strace",
    "sudo",
    "systemd-run",
    "time",
    "timeout",
    "unbuffer",
];

impl Shell {
    /// The shell that reads the output of this process.
    pub fn detect() -> Result<Self, UnsupportedShell> {
        Self::reader(&ancestors::ancestors())
    }

    /// The shell that reads the output of a process with these ancestors, the parent first. It is the parent, unless that
    /// is a script for `sh` or a program that is no shell, and a shell above it holds the other end of the pipe. `SHELL` is
    /// not consulted: it names the login shell, and scripts run in others. POSIX syntax is for all that is not known.
    fn reader(ancestors: &[Ancestor]) -> Result<Self, UnsupportedShell> {
        let mut candidates = ancestors.iter().filter(|ancestor| !ancestor.names.iter().any(|name| is_wrapper(name)));
        let shell = |program: &Ancestor| program.names.iter().find_map(|name| Self::from_program(&program_name(name)));
        match candidates.clone().next().and_then(shell) {
            None | Some(Ok(Self::Posix)) => {
                let reader = candidates.find(|program| program.reads_output);
                reader.and_then(shell).unwrap_or(Ok(Self::Posix))
            }
            Some(parent) => parent,
        }
    }

    /// `None`: this is not known to be a shell.
    fn from_program(name: &str) -> Option<Result<Self, UnsupportedShell>> {
        Some(Ok(match name {
            "sh" | "ash" | "bash" | "busybox" | "dash" | "ksh" | "ksh93" | "mksh" | "oksh" | "yash" | "zsh" => {
                Self::Posix
            }
            "fish" => Self::Fish,
            "csh" | "bsd-csh" | "tcsh" => Self::Tcsh,
            "pwsh" | "pwsh-preview" | "powershell" | "powershell_ise" => Self::Powershell,
            "nu" => Self::Nushell,
            "cmd" => Self::Cmd,
            "elvish" | "ion" | "rc" | "xonsh" => return Some(Err(UnsupportedShell(name.to_owned()))),
            _ => return None,
        }))
    }

    /// How people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Posix => "a POSIX shell",
            Self::Fish => "fish",
            Self::Tcsh => "tcsh",
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
            Self::Tcsh => format!("eval `{command}`"),
            Self::Powershell => format!("{command} | Out-String | Invoke-Expression"),
            Self::Cmd => format!("for /f \"delims=\" %i in ('{command}') do @%i"),
            Self::Nushell => format!("{command} | from json | load-env"),
        }
    }

    /// A line that sets variables for the programs that are run from this shell.
    #[cfg(feature = "serve")]
    pub fn set(self, variables: &[(&str, String)]) -> String {
        let join = |separator: &str, line: &dyn Fn(&str, &str) -> String| {
            variables.iter().map(|(name, value)| line(name, value)).collect::<Vec<_>>().join(separator)
        };
        match self {
            Self::Posix => format!("export {}", join(" ", &|name, value| format!("{name}={}", self.word(value)))),
            Self::Fish => join("; ", &|name, value| format!("set -gx {name} {}", self.word(value))),
            Self::Tcsh => join("; ", &|name, value| format!("setenv {name} {}", self.word(value))),
            Self::Powershell => join("; ", &|name, value| format!("$env:{name} = {}", powershell(value))),
            Self::Cmd => join(" & ", &|name, value| format!("set \"{name}={value}\"")),
            Self::Nushell => join("; ", &|name, value| format!("$env.{name} = {}", serde_json::Value::from(value))),
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
            Self::Tcsh => tcsh(word),
            Self::Powershell => powershell(word),
            Self::Cmd => format!("\"{word}\""),
            // Its strings in double quotes are JSON's.
            Self::Nushell => serde_json::Value::from(word).to_string(),
        }
    }

    /// Lines that set these variables and take those away.
    pub fn assignments(
        self,
        set: &[(&'static str, SecretString)],
        unset: &[&'static str],
    ) -> Result<String, Unwritable> {
        if self == Self::Nushell {
            return nushell(set);
        }
        let mut unset = unset.iter().peekable();
        let mut text = String::new();
        for (name, value) in set {
            let value = value.expose_secret();
            let refused = Unwritable { name, format: self.name() };
            if value.contains('\0') || (self == Self::Cmd && !value.chars().all(is_plain_for_cmd)) {
                return Err(refused);
            }
            text += &match self {
                // A semicolon separates the lines where an `eval` without quotes joins them.
                Self::Fish => format!("set -gx {name} {};\n", fish(value)),
                Self::Tcsh => format!("setenv {name} {};\n", tcsh(value)),
                Self::Powershell => format!("$env:{name} = {};\n", powershell(value)),
                Self::Cmd => format!("set \"{name}={value}\"\n"),
                // No semicolons, since `$(p0 aws role assume …)` without `eval` is documented by other clients: joined, the
                // lines are the arguments of one `export`.
                Self::Posix | Self::Nushell => format!("export {name}={}\n", shell_words::word(value)),
            };
        }
        if self == Self::Posix && unset.peek().is_some() {
            // Separates `unset` from `export` where `eval $(…)` joins the lines, and is a valid argument of `export` where
            // `$(…)` does.
            text += "export _=;\n";
        }
        for name in unset {
            text += &match self {
                // `set -e` has status 4 for a variable that is not set, or only universally.
                Self::Fish => format!("set -g {name}; set -ge {name};\n"),
                Self::Tcsh => format!("unsetenv {name};\n"),
                Self::Powershell => format!("$env:{name} = $null;\n"),
                Self::Cmd => format!("set \"{name}=\"\n"),
                Self::Posix | Self::Nushell => format!("unset {name}\n"),
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

/// Between `$'` and `'`, where an escape is a byte in octal. Spaces are escaped too: without quotes around it, a command
/// substitution keeps one of several.
fn tcsh(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/+=_.:,@%-".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut quoted = String::from("$'");
    for c in value.chars() {
        if is_plain(c) || !c.is_ascii() { quoted.push(c) } else { quoted += &format!("\\{:03o}", u32::from(c)) }
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
            return Err(Unwritable { name, format: Shell::Nushell.name() });
        }
        record.insert((*name).to_owned(), value.expose_secret().into());
    }
    Ok(format!("{}\n", serde_json::Value::Object(record)))
}

fn is_wrapper(name: &str) -> bool {
    WRAPPERS.contains(&program_name(name).as_str())
}

/// `bash` for `/bin/bash`, `-bash` (a login shell), `BASH.EXE`, `.bash-wrapped` (Nix) and `bash (deleted)`, which Linux
/// shows once the file has been replaced.
fn program_name(path: &str) -> String {
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name).trim_start_matches(['-', '.']);
    name.strip_suffix("-wrapped").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests;
