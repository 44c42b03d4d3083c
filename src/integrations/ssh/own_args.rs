//! The user's own words for `ssh`: options, and a command behind them.

use std::ffi::OsString;

/// The options of `ssh` that have a value (ssh(1), OpenSSH 10).
const WITH_VALUE: &[u8] = b"BbcDEeFIiJLlmOoPpQRSWw";
/// Those of `scp` (scp(1)).
const SCP_WITH_VALUE: &[u8] = b"cDFiJloPSX";

/// Whose options they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `ssh`'s.
    Ssh,
    /// `scp`'s.
    Scp,
}

impl Tool {
    fn with_value(self) -> &'static [u8] {
        match self {
            Self::Ssh => WITH_VALUE,
            Self::Scp => SCP_WITH_VALUE,
        }
    }
}

/// Parts words as the tools do: options first, and from the first word that is none what is no option; behind a destination
/// that is a command for `ssh`.
///
/// # Errors
/// The last option is without the value that it wants, and would take a word of ours for it.
pub fn part(mut words: Vec<OsString>, tool: Tool) -> Result<(Vec<OsString>, Vec<OsString>), NoValue> {
    let mut at = 0;
    while let Some(word) = words.get(at).map(|word| word.as_encoded_bytes()) {
        match word {
            b"--" => {
                words.remove(at);
                break;
            }
            [b'-', letters @ ..] if !letters.is_empty() => at += 1 + usize::from(takes_next(letters, tool)),
            _ => break,
        }
    }
    if let (true, Some(last)) = (at > words.len(), words.last()) {
        return Err(NoValue(shown(&last.to_string_lossy())));
    }
    let command = words.split_off(at);
    Ok((words, command))
}

/// As much of a word as is shown of it.
fn shown(word: &str) -> String {
    word.chars().take(64).flat_map(char::escape_debug).collect()
}

/// Whether the value of the bundle's last option is the next word: `-L x`, `-vL x`, but not `-Lx`.
fn takes_next(letters: &[u8], tool: Tool) -> bool {
    letters.iter().position(|letter| tool.with_value().contains(letter)).is_some_and(|at| at + 1 == letters.len())
}

/// An option that wants a value, and is the last word. Shown, it is cut short and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' wants a value, and nothing stands behind it")]
pub struct NoValue(String);

/// Whether the options contain this one, which has no value: alone or in a bundle.
pub fn has(words: &[OsString], option: u8, tool: Tool) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.as_encoded_bytes().strip_prefix(b"-") else { continue };
        let value = letters.iter().position(|letter| tool.with_value().contains(letter));
        if letters[..value.unwrap_or(letters.len())].contains(&option) {
            return true;
        }
        if takes_next(letters, tool) {
            words.next();
        }
    }
    false
}

/// Something that is no port, where one should stand. Shown, it is cut short and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no port; it is a number from 1 to 65535")]
pub struct BadPort(String);

/// The port that the options name: `-p` of `ssh`, `-P` of `scp`, or `-o Port=…`. The first one counts, as with `ssh`.
///
/// # Errors
/// It is none.
pub fn port(words: &[OsString], tool: Tool) -> Result<Option<u16>, BadPort> {
    let (letter, with_value) = (if tool == Tool::Ssh { b'p' } else { b'P' }, tool.with_value());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.as_encoded_bytes().strip_prefix(b"-") else { continue };
        let Some(at) = letters.iter().position(|letter| with_value.contains(letter)) else { continue };
        let value = match &letters[at + 1..] {
            [] => words.next().map(|word| word.as_encoded_bytes()).unwrap_or_default(),
            value => value,
        };
        let value = String::from_utf8_lossy(value);
        let text = match letters[at] {
            found if found == letter => &*value,
            b'o' => match port_option(&value) {
                Some(text) => text,
                None => continue,
            },
            _ => continue,
        };
        let bad = || BadPort(shown(text));
        return text.parse().ok().filter(|port| *port != 0).map(Some).ok_or_else(bad);
    }
    Ok(None)
}

/// The value of `Port=…` or `Port …`, in any case.
fn port_option(option: &str) -> Option<&str> {
    let (name, value) = option.trim().split_once(|c: char| c == '=' || c.is_ascii_whitespace())?;
    name.trim().eq_ignore_ascii_case("Port").then(|| value.trim_start_matches(['=', ' ', '\t']).trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn option_is_found_in_a_bundle_but_not_in_a_value() {
        let has = |words: &[&str]| has(&words.iter().map(OsString::from).collect::<Vec<_>>(), b'r', Tool::Scp);
        for words in [&["-r"][..], &["-pr"], &["-l", "8000", "-rq"], &["-o", "x", "-r"], &["-rP", "22"]] {
            assert!(has(words), "{words:?}");
        }
        for words in [&[][..], &["-p"], &["-o", "-r"], &["-Pr"], &["-cr"], &["r"]] {
            assert!(!has(words), "{words:?}");
        }
    }

    #[test]
    fn a_port_is_found() {
        let of = |words: &[&str], tool| port(&words.iter().map(OsString::from).collect::<Vec<_>>(), tool);
        for words in [
            &["-p", "2222"][..],
            &["-p2222"],
            &["-vp", "2222", "-p", "1"],
            &["-L", "1:b:2", "-o", "Port=2222"],
            &["-oport=2222"],
            &["-o", "Port 2222"],
            &["-o", " port = 2222 "],
        ] {
            assert_eq!(of(words, Tool::Ssh), Ok(Some(2222)), "{words:?}");
        }
        for words in [&[][..], &["-v"], &["-L", "-p"], &["-o", "ProxyPort=1"], &["-P", "1"], &["-o"]] {
            assert_eq!(of(words, Tool::Ssh), Ok(None), "{words:?}");
        }
        assert_eq!(of(&["-p", "-P", "2222"], Tool::Scp), Ok(Some(2222)));
        for bad in ["0", "65536", "x", "", "-1", "\u{1b}[2J"] {
            assert!(of(&["-p", bad], Tool::Ssh).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn options_end_where_a_command_begins() {
        let of = |line: &str| {
            let words = line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
            let (own, command) = part(words, Tool::Ssh).expect("nothing is missing");
            let text = |words: Vec<OsString>| words.join(OsStr::new(" ")).into_string().expect("text");
            (text(own), text(command))
        };
        for (line, own, command) in [
            ("", "", ""),
            ("uname -a", "", "uname -a"),
            ("-v", "-v", ""),
            ("-L 1:b:2 -N", "-L 1:b:2 -N", ""),
            ("-L1:b:2 ls -l", "-L1:b:2", "ls -l"),
            ("-vL 1:b:2 ls", "-vL 1:b:2", "ls"),
            ("-o -o", "-o -o", ""),
            ("-t -- -x", "-t", "-x"),
            ("- x", "", "- x"),
        ] {
            assert_eq!(of(line), (own.to_owned(), command.to_owned()), "{line}");
        }
    }

    #[test]
    fn an_option_does_not_take_our_words_for_its_value() {
        for (words, tool, word) in [
            (&["-o"][..], Tool::Ssh, "-o"),
            (&["-v", "-vL"], Tool::Ssh, "-vL"),
            (&["-L", "-o", "-i"], Tool::Ssh, "-i"),
            (&["-P"], Tool::Scp, "-P"),
            (&["-\u{1b}i"], Tool::Ssh, "-\\u{1b}i"),
        ] {
            let words = words.iter().map(OsString::from).collect();
            assert_eq!(part(words, tool), Err(NoValue(word.into())));
        }
        assert!(part(vec!["-p".into()], Tool::Scp).is_ok() && part(vec!["ls".into(), "-l".into()], Tool::Ssh).is_ok());
    }
}
