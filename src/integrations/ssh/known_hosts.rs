//! The keys of machines, as `ssh` reads them: lines of `known_hosts` (sshd(8)).

use super::names::Host;
use ssh_key::{HashAlg, PublicKey};

/// No machine has more; the rest is left out.
const MOST: usize = 32;
/// No key is longer, in bytes: what OpenSSH takes (`SSH_MAX_PUBKEY_BYTES`).
const LONGEST: usize = 16 * 1024;

/// The keys in these lines, which may be from anywhere, under this name and nothing else. What is no key is left out.
pub fn under(alias: &Host, lines: &[String]) -> String {
    let mut keys: Vec<String> = lines.iter().flat_map(|text| text.lines()).filter_map(key).take(MOST).collect();
    keys.sort();
    keys.dedup();
    keys.iter().map(|key| format!("{alias} {key}\n")).collect()
}

/// The kinds of the keys, such as `ssh-ed25519`.
pub fn types(text: &str) -> Vec<String> {
    text.lines().filter_map(key).filter_map(|key| Some(key.split_once(' ')?.0.to_owned())).collect()
}

/// The fingerprints of the keys, such as `SHA256:… (ED25519)`.
pub fn fingerprints(text: &str) -> Vec<String> {
    let fingerprint = |key: String| {
        let key = PublicKey::from_openssh(&key).ok()?;
        Some(format!("{} ({})", key.fingerprint(HashAlg::Sha256), key.algorithm().as_str()))
    };
    text.lines().filter_map(key).filter_map(fingerprint).collect()
}

/// `type base64` of a line `hosts type base64 [comment]`. Lines with a marker (`@revoked`, `@cert-authority`) say
/// something else than what a machine's key is.
fn key(line: &str) -> Option<String> {
    let mut words = line.split_ascii_whitespace();
    let hosts = words.next().filter(|_| line.len() <= LONGEST)?;
    if hosts.starts_with(['@', '#']) {
        return None;
    }
    let key = format!("{} {}", words.next()?, words.next()?);
    PublicKey::from_openssh(&key).ok().map(|_| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn from_lines(lines: &[&str]) -> String {
        let lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        under(&Host::parse("web-1").expect("a host"), &lines)
    }

    #[test]
    fn keys_are_known_under_our_name_alone() {
        let expected = format!("web-1 {KEY}\n");
        let line = format!("* {KEY} comment");
        assert_eq!(from_lines(&[&line]), expected);
        assert_eq!(from_lines(&[&line, &format!("a,b {KEY}")]), expected, "and once");
        assert_eq!(from_lines(&[&format!("x {KEY}\n@cert-authority * {KEY}\ny {KEY}")]), expected);
    }

    #[test]
    fn what_is_no_key_is_left_out() {
        let marker = format!("@cert-authority * {KEY}");
        for line in ["", "#", "host", "host ssh-ed25519", "host ssh-ed25519 AAAA", "host\tx\ty", &marker, "\0 \0 \0"] {
            assert_eq!(from_lines(&[line]), "", "{line:?}");
        }
    }

    #[test]
    fn a_key_has_a_fingerprint() {
        let found = fingerprints(&from_lines(&[&format!("x {KEY}")]));
        assert_eq!(found, ["SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ (ssh-ed25519)"]);
    }
}
