//! Names that may stand on `ssh`'s command line and in its configuration: read from grants, which are from outside.
//!
//! What is neither an option, nor split into words, nor expanded by `ssh` (`%`, `~`, `*`) or a shell, is harmless in
//! whatever place it gets to; nothing else is let in.

use std::fmt;

/// The longest host name (RFC 1035, section 2.3.4); a machine's identifier at a provider may be longer than its parts.
const HOST: usize = 255;
/// The longest user name: an e-mail address (RFC 5321, section 4.5.3.1).
const USER: usize = 254;

/// A host: a name, an IPv4 or IPv6 address, or an identifier of that kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

/// The name of an account on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User(String);

/// A name that is none. Shown, it is cut short and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} that is none: '{shown}'")]
pub struct BadName {
    what: &'static str,
    shown: String,
}

impl Host {
    /// Letters, digits, `.`, `_`, `-` and `:`, beginning with a letter, a digit or `:`.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let first = |c: char| c.is_ascii_alphanumeric() || c == ':';
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
        match text.starts_with(first) && text.len() <= HOST && text.chars().all(fits) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadName::new("a host", text)),
        }
    }

    /// A host and its port, as in `192.0.2.1`, `example.com:2222` or `[2001:db8::1]:2222`; 22 where none is named.
    pub fn with_port(text: &str) -> Result<(Self, u16), BadName> {
        let bad = || BadName::new("an address", text);
        let port = |digits: &str| {
            // `parse` takes a sign as well.
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|port| is_number && *port != 0).ok_or_else(bad)
        };
        if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or_else(bad)?;
            let port = if rest.is_empty() { 22 } else { port(rest.strip_prefix(':').ok_or_else(bad)?)? };
            return Ok((Self::parse(host)?, port));
        }
        match text.split_once(':') {
            // More than one colon: an IPv6 address.
            Some((host, digits)) if !digits.contains(':') => Ok((Self::parse(host)?, port(digits)?)),
            _ => Ok((Self::parse(text)?, 22)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as that of a file, which no other host has.
    pub fn file_name(&self) -> String {
        file_name(&self.0, cfg!(windows))
    }

    /// The host whose file is called so, if one's is.
    pub fn of_file(name: &str) -> Option<Self> {
        let host = Self::parse(&name.trim_matches('+').replace('=', ":")).ok()?;
        (host.file_name() == name).then_some(host)
    }
}

/// On Windows a colon, a dot at the end and the names of devices, whatever follows their dot, mean something else
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>); `=` and `+` are in no host's name.
fn file_name(host: &str, windows: bool) -> String {
    let stem = host.split_once('.').map_or(host, |(stem, _)| stem).to_ascii_lowercase();
    let (kind, number) = stem.split_at(stem.len().min(3));
    let is_number = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_device = match kind {
        "con" | "prn" | "aux" | "nul" => number.is_empty(),
        "com" | "lpt" => is_number,
        _ => false,
    };
    let name = host.replace(':', "=");
    match windows {
        false => host.to_owned(),
        true if is_device || host.ends_with('.') => format!("+{name}+"),
        true => name,
    }
}

impl User {
    /// Letters, digits, `.`, `_`, `-`, `@` and `+`, beginning with a letter, a digit or `_`.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
        match text.starts_with(first) && text.len() <= USER && text.chars().all(fits) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadName::new("a user", text)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BadName {
    /// This kind of name, and the text that is none.
    pub fn new(what: &'static str, text: &str) -> Self {
        Self { what, shown: text.chars().take(64).flat_map(char::escape_debug).collect() }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_a_file_on_every_system() {
        for (host, on_windows) in [
            ("web-1.example.com", "web-1.example.com"),
            ("2001:db8::1", "2001=db8==1"),
            ("nul", "+nul+"),
            ("CON.example.com", "+CON.example.com+"),
            ("com1", "+com1+"),
            ("com", "com"),
            ("console", "console"),
            ("web.", "+web.+"),
        ] {
            assert_eq!(file_name(host, true), on_windows);
            assert_eq!(file_name(host, false), host);
            let host = Host::parse(host).expect("a host");
            assert_eq!(Host::of_file(&host.file_name()), Some(host));
        }
        assert_eq!(Host::of_file("a/b"), None);
    }

    #[test]
    fn names_are_let_in_and_nothing_else() {
        for host in ["web-1", "example.com", "192.0.2.1", "::1", "2001:db8::1", "i-0123456789abcdef0", "a_b"] {
            assert_eq!(Host::parse(host).map(|host| host.to_string()).as_deref(), Ok(host));
        }
        for user in ["ada", "_apt", "ada@example.com", "ada.l+x", "a-b"] {
            assert_eq!(User::parse(user).map(|user| user.to_string()).as_deref(), Ok(user));
        }
        let long = "a".repeat(10_000);
        for bad in [
            "",
            "-oProxyCommand=id",
            "a b",
            "a'b",
            "a\"b",
            "../x",
            "/x",
            "a%h",
            "~",
            "*",
            "a\nb",
            "a\0",
            "a;b",
            "$(id)",
            "é",
            "a\\b",
            "`id`",
            "a,b",
            "!a",
            "a#",
            "\u{1b}[2J",
            long.as_str(),
        ] {
            assert!(Host::parse(bad).is_err(), "{bad:?}");
            assert!(User::parse(bad).is_err(), "{bad:?}");
            assert!(Host::with_port(bad).is_err(), "{bad:?}");
        }
        assert!(User::parse(":").is_err() && User::parse("+x").is_err() && Host::parse(".").is_err());
    }

    #[test]
    fn a_port_is_read() {
        let of = |text: &str| Host::with_port(text).map(|(host, port)| (host.to_string(), port));
        assert_eq!(of("192.0.2.1"), Ok(("192.0.2.1".into(), 22)));
        assert_eq!(of("127.0.0.1:2222"), Ok(("127.0.0.1".into(), 2222)));
        assert_eq!(of("2001:db8::1"), Ok(("2001:db8::1".into(), 22)));
        assert_eq!(of("[2001:db8::1]:2222"), Ok(("2001:db8::1".into(), 2222)));
        assert_eq!(of("[::1]"), Ok(("::1".into(), 22)));
        for bad in ["a:", "a:0", "a:65536", "a:x", "[a", "[a]b", "[a]:", ":22", "a:-1", "a: 1", "a:+1"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_none_is_shown_harmlessly() {
        let error = Host::parse(&format!("\u{1b}[2J{}", "x".repeat(500))).expect_err("no host");
        let text = error.to_string();
        assert!(text.starts_with("a host that is none: '\\u{1b}[2J") && text.len() < 120, "{text}");
    }
}
