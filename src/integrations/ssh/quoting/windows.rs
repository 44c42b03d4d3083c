//! Where `ssh` is OpenSSH for Windows (<https://github.com/PowerShell/openssh-portable>).
//!
//! * Its configuration takes paths with `/`, which is no escape to any version of it.
//! * A `ProxyCommand` goes to `CreateProcess` without a shell: as it stands where it begins with a quote, so the program's
//!   path is whole and quoted, and the words are for the C runtime's rules
//!   (<https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments>).
//! * The command of `Match exec` goes to `cmd.exe /c`, and can contain no quote, as the first one ends it.

use super::BadPath;
use crate::integrations::ssh::program::Argv;
use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

/// What means something to `cmd.exe` outside of quotes, or parts words: no host that contains one is asked about. Quotes, `*`
/// and the comma, which a pattern cannot name, do no harm without these.
const SPECIAL: [char; 15] = ['&', '|', '<', '>', '^', '%', '!', '\'', '`', '(', ')', ';', '=', ' ', '\\'];

/// A path as the value of an option that `ssh` splits into words and expands (`%`): quoted, so that it is itself.
pub fn path(path: &Path) -> Result<OsString, BadPath> {
    let bad = |text: &str| text.contains(|c: char| c.is_control() || c == '"') || text.contains("${");
    match path.to_str() {
        // The form that stands for "not to be changed" knows no `/`.
        Some(text) if text.starts_with(r"\\?\") => Err(BadPath::new(path, r"'\\?\'")),
        Some(text) if !bad(text) => Ok(format!("\"{}\"", text.replace('\\', "/").replace('%', "%%")).into()),
        _ => Err(BadPath::new(path, "a quote, a control character or '${'")),
    }
}

/// A directory as the beginning of a quoted pattern for files (`Include`).
pub fn pattern(directory: &Path) -> Result<String, BadPath> {
    let bad = |c: char| c.is_control() || matches!(c, '"' | '*' | '?' | '[' | '%' | '$');
    match directory.to_str() {
        Some(text) if is_whole(text) && !text.contains(bad) => Ok(text.replace('\\', "/")),
        _ => Err(BadPath::new(directory, "a control character or one of [%$, or does not begin with a drive")),
    }
}

/// A program and arguments of which none means anything to the C runtime, as the value of a `ProxyCommand`.
pub fn program(program: &Path, args: &[&str]) -> Result<String, BadPath> {
    match program.to_str() {
        Some(text) if is_whole(text) && !text.contains(|c: char| c.is_control() || c == '"') => {
            Ok(format!("\"{}\" {}", text.replace('%', "%%"), args.join(" ")))
        }
        _ => Err(BadPath::new(program, "a quote or a control character, or does not begin with a drive")),
    }
}

/// The criteria of a `Match` that asks this program about a host, which gets there behind `--`. `path` follows the arguments,
/// in as many words as it has.
///
/// `cd` takes a path with spaces without quotes, of which there can be none; a program that is not there any more is one
/// that says no. The host's name, which may come from anywhere (a link, a repository's address), stands there as it is, so
/// a name with a character of `cmd.exe`'s is not asked about: criteria are looked at in their order.
pub fn criteria(hosts: &[String], program: &Path, args: &[&str], path: &Path) -> Result<String, BadPath> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let bad = || BadPath::new(program, "what cmd.exe takes for something else, or does not begin with a drive");
    let (directory, name) = bare(program)?.rsplit_once('\\').ok_or_else(bad)?;
    if !name.chars().all(plain) {
        return Err(bad());
    }
    let patterns: String = SPECIAL.iter().map(|c| format!("!*{c}*,")).collect();
    let (args, path, hosts) = (args.join(" "), bare(path)?, super::hosts(hosts));
    Ok(format!("originalhost \"{patterns}{hosts}\" exec \"cd /d {directory}\\ && .\\{name} {args} {path} -- %n\""))
}

/// A path that is itself to `cmd.exe` without quotes.
fn bare(path: &Path) -> Result<&str, BadPath> {
    let bad = |c: char| c.is_control() || matches!(c, '"' | '&' | '|' | '<' | '>' | '^' | '%' | '!' | ',' | ';' | '=');
    match path.to_str() {
        Some(text) if is_whole(text) && !text.contains(bad) => Ok(text),
        _ => Err(BadPath::new(path, "what cmd.exe takes for something else, or does not begin with a drive")),
    }
}

/// A `ProxyCommand` that runs this and nothing else, whatever is in it: each word quoted for the C runtime, `%` doubled for
/// `ssh`. It is given `ssh`'s own stderr, which is the log.
pub fn proxy(argv: &Argv, _log: &Path) -> OsString {
    let words: Vec<_> = argv.words().map(|word| quoted(word).replace('%', "%%")).collect();
    words.join(" ").into()
}

/// Whether a path begins with a drive and its root, and not with `\\`: neither `cmd.exe` nor all versions of `ssh` take
/// those of the network.
fn is_whole(path: &str) -> bool {
    let mut chars = path.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.as_str().starts_with(":\\")
}

/// A word between quotes: backslashes in front of a quote are doubled, and the quote is behind one more. What is no text
/// is replaced: no file is called that.
fn quoted(word: &OsStr) -> String {
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in word.to_string_lossy().chars() {
        if c == '"' {
            quoted.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        quoted.push(c);
    }
    quoted.extend(std::iter::repeat_n('\\', backslashes));
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::ssh::{command::tests::hostile, quoting::CRITERIA};

    /// What the C runtime makes of a command line, by Microsoft's rules.
    fn read(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        let (mut word, mut is_word, mut is_quoted) = (String::new(), false, false);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    let more = std::iter::from_fn(|| chars.next_if_eq(&'\\')).count() + 1;
                    let before_quote = chars.peek() == Some(&'"');
                    word.extend(std::iter::repeat_n('\\', if before_quote { more / 2 } else { more }));
                    if before_quote && more % 2 == 1 {
                        chars.next();
                        word.push('"');
                    }
                    is_word = true;
                }
                '"' => (is_quoted, is_word) = (!is_quoted, true),
                ' ' | '\t' if !is_quoted => {
                    if std::mem::take(&mut is_word) {
                        words.push(std::mem::take(&mut word));
                    }
                }
                c => {
                    word.push(c);
                    is_word = true;
                }
            }
        }
        if is_word {
            words.push(word);
        }
        words
    }

    #[test]
    fn a_proxy_gets_its_words_as_they_are() {
        let mut words = hostile();
        words.extend([r"C:\a b\", r"\\server\share\\", r#"\""#, r#"a\\"b"#].map(str::to_owned));
        let line = proxy(&Argv::new(r"C:\Program Files\p0\p0.exe", &words), Path::new("C:/log"));
        let line = line.to_str().expect("text").replace("%%", "%");
        assert!(line.starts_with(r#""C:\Program Files\p0\p0.exe" "#), "what begins otherwise is changed by ssh");
        assert_eq!(read(&line)[1..], words);
        assert_eq!(
            program(Path::new(r"C:\100%\p0.exe"), &["ssh-proxy", "web-1"]).as_deref(),
            Ok(r#""C:\100%%\p0.exe" ssh-proxy web-1"#)
        );
        for bad in ["p0.exe", r"a\p0.exe", r"\\server\p0.exe", "C:/p0.exe", "C:\\a\nb.exe", "C:\\a\"b.exe"] {
            assert!(program(Path::new(bad), &["x"]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_path_is_itself_or_nothing() {
        assert_eq!(path(Path::new(r"C:\Users\ada b\100%")).expect("a path"), "\"C:/Users/ada b/100%%\"");
        assert_eq!(pattern(Path::new(r"C:\Users\ada b\x")).as_deref(), Ok("C:/Users/ada b/x"));
        assert!(pattern(Path::new(r"C:\a[b]")).is_err() && pattern(Path::new(r"C:\100%")).is_err());
        for bad in ["C:\\a\"b", "C:\\a\nb", "C:\\${HOME}", r"\\?\C:\a"] {
            assert!(path(Path::new(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn cmd_is_told_to_run_the_program_and_nothing_else() {
        let into = Path::new(r"C:\Users\ada b\p0");
        let criteria = |path: &str| criteria(&[], Path::new(path), &["ssh-resolve", "--into"], into);
        let line = criteria(r"C:\Program Files (x86)\p0\p0.exe").expect("criteria");
        let expected =
            r#" exec "cd /d C:\Program Files (x86)\p0\ && .\p0.exe ssh-resolve --into C:\Users\ada b\p0 -- %n""#;
        assert!(line.starts_with(CRITERIA) && line.ends_with(expected), "{line}");
        assert_eq!(line.matches('"').count(), 4, "{line}");
        for bad in [
            "p0.exe",
            "C:p0.exe",
            r"\\server\share\p0.exe",
            r"C:\a&b\p0.exe",
            r"C:\%PATH%\p0.exe",
            r"C:\a^b\p0.exe",
            r"C:\a!b\p0.exe",
            "C:\\a\"b\\p0.exe",
            r"C:\a\p 0.exe",
            "C:\\a\nb\\p0.exe",
        ] {
            assert!(criteria(bad).is_err(), "{bad:?}");
        }
    }

    /// `ssh` of this system reads patterns as that of Windows does.
    #[cfg(unix)]
    #[test]
    fn a_host_with_a_character_of_cmds_is_not_asked_about() {
        use p0_testkit::need::{self, Need};
        use std::process::Command;
        if !need::all(&[Need::Program("ssh")]) {
            return;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let line = criteria(&[], Path::new(r"C:\p0.exe"), &["ssh-resolve"], Path::new(r"C:\x")).expect("criteria");
        // What stands in for `cmd.exe` here says yes to all that it is asked.
        let (patterns, _) = line.split_once(" exec ").expect("a command");
        let config = directory.path().join("config");
        std::fs::write(&config, format!("Match {patterns} exec \"true\"\n  User asked\n")).expect("written");
        let is_asked = |host: &str| {
            let output = Command::new("ssh").arg("-F").arg(&config).args(["-G", "--", host]).output().expect("ssh");
            String::from_utf8_lossy(&output.stdout).lines().any(|line| line == "user asked")
        };
        for host in ["web-1", "a.example.com", "2001:db8::1", "a_b"] {
            assert!(is_asked(host), "{host}");
        }
        for c in SPECIAL {
            for host in [format!("a{c}calc"), format!("{c}calc{c}"), format!("a{c}")] {
                assert!(!is_asked(&host), "{host}");
            }
        }
    }
}
