//! The user's own words for `ssh`: options, and a command behind them.

use std::ffi::OsString;

/// The options of `ssh` that have a value (ssh(1), OpenSSH 10).
const WITH_VALUE: &[u8] = b"BbcDEeFIiJLlmOoPpQRSWw";
/// Those of `scp` (scp(1)).
const SCP_WITH_VALUE: &[u8] = b"cDFiJloPSX";

/// Whose options they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Ssh,
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

/// What an `ssh` was started for, as far as its arguments say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invocation {
    /// It connects to the machine. `ssh -G` prints the configuration, and `ssh -O` asks another `ssh`.
    pub connects: bool,
    /// Its arguments say how the machine is reached (`-J`, `-o ProxyCommand=…`), whatever its configuration says.
    pub has_own_proxy: bool,
}

/// What an `ssh` with these arguments does. `ssh` takes options before the destination and after it, up to the command.
pub fn invocation(args: &[OsString]) -> Invocation {
    let mut found = Invocation { connects: true, has_own_proxy: false };
    let mut words = args.iter().map(|word| word.as_encoded_bytes());
    let mut destination = false;
    while let Some(word) = words.next() {
        match word {
            b"--" if destination => break,
            b"--" => (),
            [b'-', letters @ ..] if !letters.is_empty() => {
                let value_at = letters.iter().position(|letter| WITH_VALUE.contains(letter));
                let (flags, value) = match value_at {
                    None => (letters, None),
                    Some(at) if at + 1 == letters.len() => (&letters[..at], words.next()),
                    Some(at) => (&letters[..at], Some(&letters[at + 1..])),
                };
                let option = value_at.map(|at| letters[at]);
                found.connects &=
                    !flags.iter().any(|flag| matches!(flag, b'G' | b'V')) && !matches!(option, Some(b'O' | b'Q'));
                found.has_own_proxy |= is_proxy(option, value.unwrap_or_default());
            }
            _ if destination => break,
            _ => destination = true,
        }
    }
    found
}

/// The options among the user's own that say how the machine is reached; `ssh` and `scp` have the same ones.
pub fn proxy_options(words: &[OsString], tool: Tool) -> Vec<OsString> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.as_encoded_bytes().strip_prefix(b"-") else { continue };
        let Some(at) = letters.iter().position(|letter| tool.with_value().contains(letter)) else { continue };
        let rest = &letters[at + 1..];
        let next = if rest.is_empty() { words.next() } else { None };
        let value = next.map_or(rest, |next| next.as_encoded_bytes());
        if is_proxy(Some(letters[at]), value) {
            let value = String::from_utf8_lossy(value).into_owned();
            found.extend([format!("-{}", char::from(letters[at])).into(), value.into()]);
        }
    }
    found
}

/// Whether the options forward an agent (`-A`, `-o ForwardAgent=yes`).
pub fn forwards_agent(words: &[OsString]) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.as_encoded_bytes().strip_prefix(b"-") else { continue };
        let value_at = letters.iter().position(|letter| WITH_VALUE.contains(letter)).unwrap_or(letters.len());
        if letters[..value_at].contains(&b'A') {
            return true;
        }
        let next = if value_at + 1 == letters.len() { words.next() } else { None };
        let value = next.map_or(letters.get(value_at + 1..).unwrap_or_default(), |next| next.as_encoded_bytes());
        let value = String::from_utf8_lossy(value).trim_start().to_ascii_lowercase();
        if letters.get(value_at) == Some(&b'o') && value.starts_with("forwardagent") {
            return true;
        }
    }
    false
}

fn is_proxy(option: Option<u8>, value: &[u8]) -> bool {
    match option {
        Some(b'J') => true,
        Some(b'o') => {
            let value = String::from_utf8_lossy(value).trim_start().to_ascii_lowercase();
            let name: String = value.chars().take_while(char::is_ascii_alphabetic).collect();
            matches!(&*name, "proxyjump" | "proxycommand")
        }
        _ => false,
    }
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

    #[test]
    fn ssh_that_makes_no_connection_is_told_from_one_that_does() {
        let of = |line: &str| invocation(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in
            ["-G web-1", "web-1 -G", "-vG web-1", "-o X=y -G web-1", "-p 22 web-1 -TG", "-O check web-1", "-Oexit h"]
        {
            assert!(!of(line).connects, "{line}");
        }
        for line in ["web-1", "web-1 ls -G", "-p 22 web-1 -- -G", "-o -G web-1", "-oX=-G web-1", "-l G web-1 cmd -O x"]
        {
            assert!(of(line).connects, "{line}");
        }
    }

    #[test]
    fn a_proxy_of_the_users_own_is_found() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for line in [
            "-J bastion web-1",
            "-Jbastion web-1",
            "-vJ bastion web-1",
            "web-1 -J bastion",
            "-o ProxyCommand=nc web-1",
            "-oproxyjump=b web-1",
            "-o proxycommand=x web-1",
        ] {
            assert!(invocation(&words(line)).has_own_proxy, "{line}");
        }
        for line in ["web-1", "web-1 x -J b", "-l J web-1", "-o ProxyUseFdpass=no web-1"] {
            assert!(!invocation(&words(line)).has_own_proxy, "{line}");
        }
        let own = words("-v -J a,b -L 1:b:2 -oProxyCommand=x -N");
        assert_eq!(proxy_options(&own, Tool::Ssh), ["-J", "a,b", "-o", "ProxyCommand=x"]);
        assert_eq!(proxy_options(&words("-v -L -J"), Tool::Ssh), Vec::<OsString>::new());
    }

    #[test]
    fn an_agent_that_is_forwarded_is_found() {
        let of = |line: &str| forwards_agent(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in ["-A", "-vA", "-L 1:b:2 -A", "-o ForwardAgent=yes", "-oforwardagent=yes"] {
            assert!(of(line), "{line}");
        }
        for line in ["-v", "-l A", "-lA", "-L -A", "-o Foo=-A"] {
            assert!(!of(line), "{line}");
        }
    }
}
