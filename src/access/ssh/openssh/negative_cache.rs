//! Hosts that are not the organisation's machines, remembered so that `ssh` to them costs no call.

use crate::{access::ssh::service, ctx::Ctx, dirs, integrations::ssh::names::Host};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ffi::OsStr, fs, io, time::Duration};

/// How long a host stays in the cache after the service has said that it does not know it.
pub(super) const UNKNOWN_HOST_TTL: Duration = Duration::from_secs(12 * 3600);
/// The same after no answer, or one that may soon change.
pub(super) const NO_ANSWER_TTL: Duration = Duration::from_secs(10);
/// How many hosts are remembered. Those that expire first make room for others.
const MAX_HOSTS: usize = 1000;

/// Each host, and when its entry expires.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct NegativeCache {
    /// The user who asked ([`crate::session::Sessions::holder`]). The service may answer another user differently.
    holder: String,
    hosts: BTreeMap<String, Timestamp>,
}

impl NegativeCache {
    /// Reads the cache. It is empty if the file cannot be read or is another user's.
    pub(super) fn load(ctx: &Ctx, service: &str, holder: &str) -> Self {
        let text = dirs::read(&ctx.dirs.ssh_others(service)).ok().flatten();
        let known =
            text.and_then(|text| serde_json::from_str(&text).ok()).filter(|known: &Self| known.holder == holder);
        known.unwrap_or_else(|| Self { holder: holder.to_owned(), hosts: BTreeMap::new() })
    }

    /// When the entry of a host expires, if it has one.
    pub(super) fn until(&self, host: &Host, now: Timestamp) -> Option<Timestamp> {
        self.hosts.get(host.as_str()).copied().filter(|end| now < *end)
    }

    /// Adds a host.
    pub(super) fn remember(mut self, ctx: &Ctx, service: &str, host: &Host, now: Timestamp, length: Duration) {
        self.hosts.retain(|_, end| now < *end);
        self.hosts.insert(host.as_str().to_owned(), now + length);
        while self.hosts.len() > MAX_HOSTS {
            let first = self.hosts.iter().min_by_key(|(_, end)| **end).map(|(host, _)| host.clone());
            first.and_then(|host| self.hosts.remove(&host));
        }
        let text = serde_json::to_vec(&self).expect("hosts are text");
        // Without the entry, the next connection costs a call.
        if let Err(error) = dirs::replace(&ctx.dirs.ssh_others(service), &text) {
            tracing::debug!(%error, "the negative cache cannot be written");
        }
    }
}

/// Empties the cache after access to a machine was granted: the names by which `ssh` reaches it are unknown.
pub fn granted(ctx: &Ctx, org: &str) {
    let forgotten = service(ctx, org).and_then(|service| Ok(dirs::remove(&ctx.dirs.ssh_others(&service))?));
    if let Err(error) = forgotten {
        tracing::debug!(%error, "the negative cache cannot be emptied");
    }
}

/// Empties the caches of these services.
pub(super) fn forget(ctx: &Ctx, which: impl Fn(&str) -> bool) -> io::Result<()> {
    let of_any = ctx.dirs.ssh_others("any");
    let entries = match of_any.parent().map(fs::read_dir) {
        Some(Ok(entries)) => entries,
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => return Ok(()),
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|end| end == "json")
            && path.file_stem().and_then(OsStr::to_str).is_some_and(&which)
        {
            dirs::remove(&path)?;
        }
    }
    Ok(())
}

/// Whether a name matches a pattern of ssh_config(5): `*` matches any text, `?` one character.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    // The last `*` and the text that it matches. Backtracking to an earlier one never helps.
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || c.eq_ignore_ascii_case(&name[n]) => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_ssh() {
        for (pattern, name) in [
            ("web-1", "web-1"),
            ("WEB-1", "web-1"),
            ("*", "x"),
            ("*", ""),
            ("web-*", "web-"),
            ("*.example.com", "a.b.example.com"),
            ("?eb", "web"),
            ("*a*b*", "xaybz"),
            ("a**b", "ab"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("web-1", "web-2"),
            ("", "x"),
            ("?", ""),
            ("*.example.com", "example.com"),
            ("a*b", "abc"),
            ("web", "web-1"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)), "without exponential backtracking");
    }
}
