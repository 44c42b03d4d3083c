//! Words for a POSIX shell (POSIX.1-2017, Shell Command Language, 2.2): in lines that others run, and in those that users
//! copy from a hint.
//!
//! On Windows hints are for PowerShell, which reads such words alike unless there is a single quote in one.
//!
//! What takes other rules has its own: assignments for the user's shell, `ssh`'s configuration, option files, YAML.

use std::path::Path;

/// An argument as it is written: bare where no shell takes it for anything else, else quoted.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    // One that begins with `=` is the path of a program to zsh, and `%` is a job.
    let begins_plain = !text.is_empty() && !text.starts_with(['=', '%']);
    if begins_plain && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// A path as a word, for a hint: what is not UTF-8 in it is shown by a replacement character.
pub fn path(path: &Path) -> String {
    word(&path.to_string_lossy())
}

/// A command for which a variable is set, for a hint: name and value are of our own making, and need no quotes. PowerShell
/// keeps it set.
pub fn with_variable(name: &str, value: &str, command: &str) -> String {
    match cfg!(windows) {
        true => format!("$env:{name}='{value}'; {command}"),
        false => format!("{name}={value} {command}"),
    }
}

/// Between single quotes, where everything is itself, but for the single quote.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use p0_testkit::hostile;
    use proptest::{collection::vec, prelude::*};
    use std::{ffi::OsStr, process::Command};

    const HOSTILE: [&str; 18] = [
        "",
        " ",
        "a b",
        "it's",
        "''",
        "\"",
        "\\",
        "$HOME",
        "`id`",
        "$(id)",
        "a;b|c&d>e<f",
        "~",
        "*?[a]",
        "a\nb",
        "#",
        "{a,b}",
        "=ls",
        "%1",
    ];

    /// What a shell makes of these words.
    fn read(line: &OsStr) -> Vec<u8> {
        let mut script = OsStr::new("printf '%s\\0' ").to_owned();
        script.push(line);
        Command::new("/bin/sh").arg("-c").arg(script).output().expect("a shell").stdout
    }

    #[test]
    fn a_shell_reads_each_word_as_it_was() {
        for text in HOSTILE.into_iter().chain(["web-1", "a/b.c:d@e", "--x=y", "100%"]) {
            let expected = [text.as_bytes(), b"\0"].concat();
            for written in [word(text), quoted(text)] {
                assert_eq!(read(written.as_ref()), expected, "{written}");
            }
        }
    }

    #[test]
    fn every_shell_reads_whatever_is_written_as_it_was() {
        let shells: Vec<&str> = ["dash", "bash", "zsh", "ksh"].into_iter().filter(|shell| is_there(shell)).collect();
        proptest!(hostile::config(32), |(words in vec(hostile::text(), 1..20))| {
            let written: Vec<String> = words.iter().flat_map(|text| [word(text), quoted(text)]).collect();
            let line = format!("printf '%s\\0' {}", written.join(" "));
            let expected: String = words.iter().map(|text| format!("{text}\0{text}\0")).collect();
            for shell in ["sh"].iter().chain(&shells) {
                let output = Command::new(shell).arg("-c").arg(&line).output().expect("a shell");
                prop_assert!(output.stdout == expected.as_bytes(), "{}: {:?}", shell, line);
            }
        });
    }

    fn is_there(program: &str) -> bool {
        Command::new(program).args(["-c", ":"]).status().is_ok_and(|status| status.success())
    }

    #[test]
    fn only_what_needs_it_is_quoted() {
        for text in ["web-1", "/home/ada/.ssh/config", "arn:aws:rds:eu-west-1:1:db:x", "--reason=x", "a@b"] {
            assert_eq!(word(text), text);
        }
        assert_eq!(word("it's"), r"'it'\''s'");
        assert_eq!(path(Path::new("/Application Support/p0")), "'/Application Support/p0'");
        assert!(HOSTILE.iter().all(|text| word(text).starts_with('\'')));
    }
}
