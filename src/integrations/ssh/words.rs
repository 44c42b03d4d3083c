//! What `ssh`, `sshd`, `sudo` and the clouds' command lines say when they refuse, whichever provider the machine is at.

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

/// The last that was said, as far as it says why: what a cloud's command line calls an error, else what is neither a
/// warning of one nor the word of `ssh` and `scp` that the connection is closed (or not carried on), which follows from
/// whatever else went wrong and counts where nothing else was said.
pub fn last(said: &str) -> Option<&str> {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().filter_map(|line| line.strip_prefix("ERROR: ")).next_back();
    let tells = |line: &&str| !closed(line) && !line.starts_with("WARNING: ") && *line != "stdio forwarding failed";
    error.or_else(|| lines().rfind(tells)).or_else(|| lines().next_back())
}

/// No more is shown of what others have written, in characters.
pub const QUOTED: usize = 300;

/// Why a program has failed, to follow a colon.
pub fn reason(said: &str) -> String {
    last(said).unwrap_or("it does not say why").chars().take(QUOTED).collect()
}

/// A cloud's command line did not reach the cloud. `gcloud` and `az` name the error of urllib3, which both call the web
/// with (<https://urllib3.readthedocs.io/en/stable/reference/urllib3.exceptions.html>).
pub fn unreachable(said: &str) -> bool {
    said.contains("Max retries exceeded with url: ")
}

/// The file that holds another key than the one that a machine has shown, where `ssh` names it.
pub fn offending_file(said: &str) -> Option<&str> {
    let named = said.lines().find_map(|line| line.trim().strip_prefix("Offending ")?.split_once(" key in "));
    named.and_then(|(_, place)| place.rsplit_once(':')).map(|(file, _)| file)
}

/// What it means that `sudo` refuses, if it does. The last words are those of sudo-rs, which Ubuntu has since 25.10
/// (<https://github.com/trifectatechfoundation/sudo-rs/issues/1659>).
pub fn sudo(said: &str) -> Option<Verdict> {
    let refused =
        ["may not run sudo", "is not in the sudoers file", "is not allowed to execute", "I'm afraid I can't do that"];
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
            "sudo: I'm sorry ada. I'm afraid I can't do that",
        ] {
            assert_eq!(sudo(said), Some(Verdict::NotYet("sudo to be allowed")), "{said}");
        }
        assert_eq!(sudo("sudo: a password is required"), None);
        assert!(unreachable(
            "HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: /token (Caused by"
        ));
        let said = "@@@\nOffending ED25519 key in /state/p0 x/azure-jump-1:1\r\n  remove with:\n";
        assert_eq!(offending_file(said), Some("/state/p0 x/azure-jump-1"));
        assert_eq!(offending_file("Host key verification failed."), None);
    }

    #[test]
    fn the_reason_is_what_the_rest_follows_from() {
        const CLOSED: &str = "kex_exchange_identification: Connection closed by remote host\r\n\
            Connection closed by UNKNOWN port 65535\r\n";
        for (said, expected) in [
            ("\nAn error occurred (AccessDeniedException): no\n\n", "An error occurred (AccessDeniedException): no"),
            (
                "ERROR: [0] Error while connecting [4033: 'not authorized'].\nTraceback (most recent call last):\n  \
                 File \"x.py\", line 1, in x\nx.ConnectionCreationError: Error\n",
                "[0] Error while connecting [4033: 'not authorized'].",
            ),
            ("ERROR: The command failed. Here is the traceback:\nERROR: no route\nTraceback:\n", "no route"),
            (
                "channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\n",
                "channel 0: open failed: connect failed: Connection refused",
            ),
            ("WARNING: Ctrl + C to close\n", "Connection closed by UNKNOWN port 65535"),
            ("", "Connection closed by UNKNOWN port 65535"),
        ] {
            assert_eq!(last(&format!("{said}{CLOSED}")), Some(expected));
        }
        assert_eq!(last("ada@x: Permission denied (publickey).\n"), Some("ada@x: Permission denied (publickey)."));
        assert_eq!(last(" \n\n"), None);
        assert_eq!(reason(&"x".repeat(10_000)).len(), QUOTED);
        assert_eq!(reason(""), "it does not say why");
    }
}
