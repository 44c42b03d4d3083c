//! Where `ssh` runs commands by a POSIX shell.

use super::BadPath;
use crate::integrations::ssh::program::Argv;
use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

/// A path as the value of an option that `ssh` splits into words and expands (`%`): quoted, so that it is itself.
pub fn path(path: &Path) -> Result<OsString, BadPath> {
    let bad = |text: &str| text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\')) || text.contains("${");
    match path.to_str() {
        Some(text) if !bad(text) => Ok(format!("\"{}\"", text.replace('%', "%%")).into()),
        _ => Err(BadPath::new(path, "a quote, a backslash, a control character or '${'")),
    }
}

/// A directory as the beginning of a quoted pattern for files (`Include`).
pub fn pattern(directory: &Path) -> Result<String, BadPath> {
    // Patterns of files, and from OpenSSH 9.9 on tokens and variables: no version takes those as they are in both places.
    let bad = |c: char| c.is_control() || matches!(c, '"' | '\\' | '*' | '?' | '[' | '%' | '$');
    match directory.to_str() {
        Some(text) if !text.contains(bad) => Ok(text.to_owned()),
        _ => Err(BadPath::new(directory, "a quote, a backslash, a control character, or one of *?[%$")),
    }
}

/// A program and arguments of which none means anything to a shell, as the value of a `ProxyCommand` for any shell.
pub fn program(program: &Path, args: &[&str]) -> Result<String, BadPath> {
    Ok(format!("{} {}", word(program)?, args.join(" ")))
}

/// The criteria of a `Match` that asks this program about a host, which gets there behind `--`. `path` follows the arguments.
///
/// The host's name, which may come from anywhere (a link, a repository's address), gets to a shell: it stands between
/// quotes, and a name that contains one is not asked about in the first place, as criteria are looked at in their order.
/// It is the name that was typed (`%n`), as in that criterion and in what was generated, and not what was made of it.
pub fn criteria(hosts: &[String], program: &Path, args: &[&str], path: &Path) -> Result<String, BadPath> {
    let (command, path, hosts) = (self::program(program, args)?, word(path)?, super::hosts(hosts));
    Ok(format!("originalhost \"!*'*,!*\\**,{hosts}\" exec \"{command} {path} -- '%n'\""))
}

/// A path as a word of a command in `ssh`'s configuration, which any shell takes as it is: `%` doubled for `ssh`.
fn word(path: &Path) -> Result<String, BadPath> {
    let bad = |c: char| c.is_control() || matches!(c, '\'' | '"' | '\\' | '!');
    match path.to_str() {
        Some(text) if !text.contains(bad) => Ok(format!("'{}'", text.replace('%', "%%"))),
        _ => Err(BadPath::new(path, "a quote, a backslash, '!' or a control character")),
    }
}

/// A `ProxyCommand` that runs this and nothing else, whatever is in it: each word quoted for `ssh` and for the POSIX shell
/// that it starts, in front of which it puts an `exec`. What it has to say goes to the log.
pub fn proxy(argv: &Argv, log: &Path) -> OsString {
    let mut line = OsString::new();
    for word in argv.words() {
        line.push(quoted_twice(word));
        line.push(" ");
    }
    line.push("2>>");
    line.push(quoted_twice(log.as_os_str()));
    line
}

/// A word of a command in `ssh`'s configuration. `ssh` reads `%`, and looks whether all quotes have an end; there it takes
/// a backslash between single quotes for more than itself, which a shell does not: so it stands between double ones.
fn quoted_twice(word: &OsStr) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let mut quoted = vec![b'\''];
    for byte in word.as_bytes() {
        match byte {
            b'\'' => quoted.extend(br"'\''"),
            b'\\' => quoted.extend(br#"'"\\"'"#),
            b'%' => quoted.extend(b"%%"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    OsString::from_vec(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::ssh::command::tests::hostile;
    use std::process::Command;

    #[test]
    fn a_proxy_gets_its_words_as_they_are() {
        let directory = tempfile::Builder::new().prefix("it's 100% \"").tempdir().expect("a directory");
        let log = directory.path().join("log");
        let words = hostile();
        let line = proxy(&Argv::new("printf", [&["%s\\0".to_owned()], &words[..]].concat()), &log);
        // As `ssh` does it: `%%` is `%`, `exec` in front, and a shell.
        let line = format!("exec {}", line.to_str().expect("text").replace("%%", "%"));
        let output = Command::new("/bin/sh").arg("-c").arg(line).output().expect("a shell");
        let expected: String = words.iter().flat_map(|word| [word, "\0"]).collect();
        assert_eq!(String::from_utf8(output.stdout).expect("text"), expected);
        assert!(log.try_exists().expect("looked"));
    }

    #[test]
    fn a_path_is_itself_or_nothing() {
        assert_eq!(path(Path::new("/run/a b/100%")).expect("a path"), "\"/run/a b/100%%\"");
        for bad in ["/a\"b", "/a\\b", "/a\nb", "/${HOME}"] {
            assert!(path(Path::new(bad)).is_err(), "{bad:?}");
        }
        for bad in ["/a'b", "/a\"b", "/a\\b", "/a!b", "/a\nb"] {
            assert!(program(Path::new(bad), &["x"]).is_err(), "{bad:?}");
        }
        for bad in ["/a*b", "/a?b", "/a[b]", "/a\"b", "/a\\b", "/100%", "/${HOME}"] {
            assert!(pattern(Path::new(bad)).is_err(), "{bad:?}");
        }
    }
}
