//! What `ssh`, `sshd` and `sudo` say when they refuse, whichever provider the machine is at.

use super::provider::Verdict;

/// The machine takes none of the keys that it was shown, which the proxy in front of it does not say.
pub fn key_refused(said: &str) -> bool {
    said.contains("Permission denied (") && said.contains("publickey")
}

/// The connection ended before the machine had shown who it is.
pub fn closed(said: &str) -> bool {
    const CLOSED: [&str; 5] = [
        "Connection closed by ",
        "kex_exchange_identification",
        "Connection reset by ",
        "banner exchange: Connection to ",
        "scp: Connection closed",
    ];
    CLOSED.iter().any(|words| said.contains(words))
}

/// The last that was said. That a connection is closed, `ssh` and `scp` say whatever the program before them failed of, so
/// it counts where nothing else was said.
pub fn last(said: &str) -> Option<&str> {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    lines().rfind(|line| !closed(line)).or_else(|| lines().next_back())
}

/// The file that holds another key than the one that a machine has shown, where `ssh` names it.
pub fn offending_file(said: &str) -> Option<&str> {
    let named = said.lines().find_map(|line| line.trim().strip_prefix("Offending ")?.split_once(" key in "));
    named.and_then(|(_, place)| place.rsplit_once(':')).map(|(file, _)| file)
}

/// What it means that `sudo` refuses, if it does.
pub fn sudo(said: &str) -> Option<Verdict> {
    let refused = ["may not run sudo", "is not in the sudoers file", "is not allowed to execute"];
    refused.iter().any(|words| said.contains(words)).then_some(Verdict::NotYet("sudo to be allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_known_by_their_words() {
        assert!(key_refused("ada@host: Permission denied (publickey).\r\n"));
        assert!(key_refused("ada@host: Permission denied (publickey,gssapi-with-mic,password)."));
        assert!(!key_refused("bash: /root/x: Permission denied") && !key_refused("Permission denied (password)."));
        for said in [
            "Connection closed by UNKNOWN port 65535",
            "Connection closed by 192.0.2.1 port 22",
            "kex_exchange_identification: Connection closed by remote host",
            "kex_exchange_identification: read: Connection reset by peer",
            "banner exchange: Connection to UNKNOWN port 65535: Broken pipe",
            "scp: Connection closed",
        ] {
            assert!(closed(said), "{said}");
        }
        assert!(!closed("Connection to 192.0.2.1 closed."));
        assert_eq!(last("a\nAccessDenied \r\nConnection closed by UNKNOWN port 65535\r\n\n"), Some("AccessDenied"));
        assert_eq!(last("\nscp: Connection closed\n"), Some("scp: Connection closed"));
        assert_eq!(last(" \n"), None);
        for said in [
            "Sorry, user ada may not run sudo on web-1.",
            "ada is not in the sudoers file.",
            "Sorry, user ada is not allowed to execute 'validate' as root on web-1.",
        ] {
            assert_eq!(sudo(said), Some(Verdict::NotYet("sudo to be allowed")), "{said}");
        }
        assert_eq!(sudo("sudo: a password is required"), None);
        let said = "@@@\nOffending ED25519 key in /state/p0 x/azure-jump-1:1\r\n  remove with:\n";
        assert_eq!(offending_file(said), Some("/state/p0 x/azure-jump-1"));
        assert_eq!(offending_file("Host key verification failed."), None);
    }
}
