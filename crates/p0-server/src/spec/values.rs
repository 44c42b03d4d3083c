//! The values of flags, read from their words. Each error is the whole message.

use super::text::{self, echo};
use crate::spec::Form;
use crate::{
    clock::Timestamp,
    domain::{
        RoleName,
        cluster::{ANY, ROLE_FORMS},
    },
};
use p0_wire::settings::Length;
use std::time::Duration;

/// A length such as `2 hours` or `30m`.
pub(crate) fn length(flag: &str, word: &str) -> Result<Length, String> {
    Length::parse(word).ok_or_else(|| {
        format!("Invalid duration format: {} (--{flag} takes, for example, 10 minutes, 2 hours or 1 week)", echo(word))
    })
}

/// An e-mail address (RFC 5321, without quoted parts and address literals), in lower case.
pub(crate) fn principal(word: &str) -> Result<String, String> {
    let local = |part: &str| {
        part.len() <= 64
            && part.split('.').all(|atom| {
                !atom.is_empty() && atom.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c))
            })
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let domain = |part: &str| part.contains('.') && part.split('.').all(label);
    match word.split_once('@') {
        Some((name, host)) if word.len() <= 254 && local(name) && domain(host) => Ok(word.to_ascii_lowercase()),
        _ => Err(format!("Invalid principal: {}", echo(word))),
    }
}

/// When a pre-approval begins: `now`, a length from now, RFC 3339, or a date with or without a time, in UTC.
pub(crate) fn start(word: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = word.trim();
    if text.eq_ignore_ascii_case("now") {
        return Ok(now);
    }
    if let Some(length) = Length::parse(text) {
        return Ok(now.plus(Duration::from_secs(length.seconds())));
    }
    let civil = |text: &str| text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let instant = text.parse::<jiff::Timestamp>().ok().or_else(|| civil(text).map(|zoned| zoned.timestamp()));
    instant.map(|instant| Timestamp(instant.as_millisecond())).ok_or_else(|| {
        format!("Invalid start: {} (--start takes, for example, 2 hours or 2030-01-31T09:00:00Z)", echo(word))
    })
}

/// An OpenSSH public key, as it stands in `authorized_keys` without options: a type, base64, and a comment, which is
/// left out.
pub(crate) fn public_key(word: &str) -> Result<String, String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut words = word.split_ascii_whitespace();
    let (kind, body) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let blob = STANDARD.decode(body).unwrap_or_default();
    // RFC 4253, section 6.6: the blob begins with the type, whose length stands before it in four bytes.
    let stated = blob
        .split_first_chunk::<4>()
        .and_then(|(length, rest)| rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?));
    match !kind.is_empty() && stated == Some(kind.as_bytes()) && !word.contains(text::is_hidden) {
        true => Ok(format!("{kind} {body}")),
        false => Err(format!("Invalid public key: {}", echo(word))),
    }
}

/// A text of a form, in its normal form; `name` is what it is for.
pub(crate) fn formed(form: Form, name: &str, word: &str) -> Result<String, String> {
    match form {
        Form::Any => free_text(name, word),
        Form::PublicKey => public_key(word),
        Form::Locator => locator(word).map(|locator| locator.to_string()),
        Form::ClusterRole => RoleName::parse(word)
            .map(|role| role.to_string())
            .ok_or_else(|| format!("Invalid role: {}. It must have the form {ROLE_FORMS}", echo(word))),
    }
}

/// How many items a listing has.
pub(crate) fn size(word: &str) -> Result<usize, String> {
    let size = word.parse().ok().filter(|size| (1..=10_000).contains(size));
    size.ok_or_else(|| format!("Invalid size: {} (--size takes a number from 1 to 10000)", echo(word)))
}

/// A resource of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Locator {
    /// Such as `Pod`.
    pub(crate) kind: String,
    /// `None`: it is in no namespace.
    pub(crate) namespace: Option<String>,
    /// Its name.
    pub(crate) name: String,
}

/// The normal form, which [`locator`] reads.
impl std::fmt::Display for Locator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} / {namespace} / {}", self.kind, self.name),
            None => write!(f, "{} / {}", self.kind, self.name),
        }
    }
}

/// `<Kind> / <namespace> / <name>`, or `<Kind> / <name>` for what is in no namespace.
pub(crate) fn locator(word: &str) -> Result<Locator, String> {
    // Kubernetes' names: RFC 1123 subdomains, and for some kinds any path segment, so colons are let through.
    // A star stands for all, and only by itself.
    let fits = |part: &&str| {
        *part == ANY
            || ((1..=253).contains(&part.len())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c)))
    };
    let parts: Vec<&str> = word.split('/').map(str::trim).collect();
    let (kind, namespace, name) = match parts[..] {
        [kind, name] => (kind, None, name),
        [kind, namespace, name] => (kind, Some(namespace), name),
        _ => ("", None, ""),
    };
    match [kind, name].iter().all(fits) && namespace.iter().all(fits) {
        true => Ok(Locator { kind: kind.into(), namespace: namespace.map(Into::into), name: name.into() }),
        false => Err(format!(
            "Invalid locator: {}. It must have the form \"<Kind> / <namespace> / <name>\", or \"<Kind> / <name>\" for a \
             resource without a namespace",
            echo(word)
        )),
    }
}

/// Any text that is passed on: line breaks and tabs are let through, other hidden characters are not.
pub(crate) fn free_text(name: &str, word: &str) -> Result<String, String> {
    let hidden = |c: char| text::is_hidden(c) && !matches!(c, '\n' | '\r' | '\t');
    match word.trim().is_empty() || word.contains(hidden) {
        true => Err(format!("Invalid {name}: {} (empty, or with control characters)", echo(word))),
        false => Ok(word.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_look_like_addresses() {
        assert_eq!(principal("Ada.L+ops@Example.COM").as_deref(), Ok("ada.l+ops@example.com"));
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "a@b@example.com",
            "a b@example.com",
            "a@-x.com",
            ".a@example.com",
            "a@example..com",
            "a\n@example.com",
            "a@exam\u{202e}ple.com",
        ] {
            assert_eq!(principal(bad), Err(format!("Invalid principal: {}", echo(bad))), "{bad:?}");
        }
    }

    #[test]
    fn lengths_that_are_none_say_so() {
        assert_eq!(length("length", "1 week").map(|l| l.seconds()), Ok(604_800));
        assert_eq!(
            length("length", "soon\u{7}").expect_err("not a length"),
            "Invalid duration format: soon (--length takes, for example, 10 minutes, 2 hours or 1 week)"
        );
    }

    #[test]
    fn a_start_is_a_time_or_a_length_from_now() {
        let now = Timestamp(1_000);
        assert_eq!(start("now", now), Ok(now));
        assert_eq!(start("2 hours", now), Ok(Timestamp(7_201_000)));
        assert_eq!(start("1970-01-01T00:01:00Z", now), Ok(Timestamp(60_000)));
        assert_eq!(start("1970-01-01T01:01:00+01:00", now), Ok(Timestamp(60_000)));
        assert_eq!(start("1970-01-02", now), Ok(Timestamp(86_400_000)));
        assert_eq!(start("1970-01-02 00:00", now), Ok(Timestamp(86_400_000)));
        assert_eq!(
            start("tomorrow", now).expect_err("not a start"),
            "Invalid start: tomorrow (--start takes, for example, 2 hours or 2030-01-31T09:00:00Z)"
        );
    }

    #[test]
    fn a_public_key_is_one_line_of_the_right_form() {
        let body = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
        let bare = format!("ssh-ed25519 {body}");
        assert_eq!(public_key(&format!("{bare} ada@laptop")).as_deref(), Ok(bare.as_str()));
        for bad in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 !!",
            "ssh-ed25519 AAAA",
            &format!("ssh-rsa {body}"),
            &format!("{bare}\nssh-ed25519 {body}"),
        ] {
            assert_eq!(public_key(bad), Err(format!("Invalid public key: {}", echo(bad))), "{bad:?}");
        }
    }

    #[test]
    fn sizes_are_numbers() {
        assert_eq!(size("30"), Ok(30));
        for bad in ["0", "-1", "x", "10001", "1e3"] {
            assert_eq!(size(bad), Err(format!("Invalid size: {bad} (--size takes a number from 1 to 10000)")));
        }
    }

    #[test]
    fn locators_have_two_parts_or_three() {
        let read = |word| locator(word).map(|l| (l.kind, l.namespace, l.name));
        assert_eq!(read("Pod / default / web-0"), Ok(("Pod".into(), Some("default".into()), "web-0".into())));
        assert_eq!(read("Node/node-1"), Ok(("Node".into(), None, "node-1".into())));
        for bad in
            ["", "Pod", "Pod /", "/ x", "Pod / a / b / c", "Pod / a b / c", "Pod / \u{1b}[2J / c", "Pod / a / web-*"]
        {
            let error = read(bad).expect_err("not a locator");
            assert!(error.starts_with(&format!("Invalid locator: {}. It must have the form", echo(bad))), "{error}");
        }
    }

    #[test]
    fn a_script_may_have_lines_but_no_other_control_characters() {
        assert!(free_text("script", "SELECT 1;\n\tSELECT 2;").is_ok());
        assert_eq!(
            free_text("script", "SELECT \u{1b}[2J").expect_err("not a text"),
            "Invalid script: SELECT [2J (empty, or with control characters)"
        );
        assert!(free_text("script", " ").is_err());
    }
}
