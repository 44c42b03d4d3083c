//! What keeps `az` from working at all, whatever it was asked.

use crate::integrations::ssh::{provider::Explained, words};

/// What to do where Azure is not reached.
const NETWORK: &str = "Check your network and your proxy (HTTPS_PROXY), then try again.";

/// One of its troubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// An extension is not installed.
    NoExtension(&'static str),
    /// An extension is installed, and cannot be loaded.
    BrokenExtension(&'static str),
    /// It does not reach Azure.
    Offline,
    /// Nobody is signed in, or not for long enough.
    SignedOut,
}

impl Trouble {
    /// What is wrong, by the words of `az`; `None` where it is something else.
    pub(super) fn parse(said: &str) -> Option<Self> {
        let has = |text: &str| said.contains(text);
        for name in ["ssh", "bastion"] {
            if has(&format!("Unable to load extension '{name}:")) {
                return Some(Self::BrokenExtension(name));
            }
        }
        for name in ["ssh", "bastion"] {
            let missing = [
                format!("'{name}' is misspelled or not recognized"),
                format!("'{name}' is not in the"),
                format!("The command requires the extension {name}"),
                format!("The extension {name} is not installed"),
            ];
            if missing.iter().any(|words| has(words)) {
                return Some(Self::NoExtension(name));
            }
        }
        if words::unreachable(said) {
            return Some(Self::Offline);
        }
        let signed_out = ["az login", "AADSTS", "Interactive authentication is needed"];
        signed_out.iter().any(|words| has(words)).then_some(Self::SignedOut)
    }

    /// What is said of it where it cannot be mended on the spot.
    pub(super) fn explained(self) -> Explained {
        match self {
            Self::NoExtension(name) => Explained::new(
                format!("az lacks its extension '{name}'."),
                &[&format!("Install it with: az extension add --name {name}")],
            ),
            Self::BrokenExtension(name) => Explained::new(
                format!("The extension '{name}' of az is broken."),
                &[
                    &format!("Remove it with: az extension remove --name {name}"),
                    &format!("Install it again with: az extension add --name {name}"),
                ],
            ),
            Self::Offline => Explained::new("az does not reach Azure.", &[NETWORK]),
            Self::SignedOut => Explained::new("You are not signed in with az.", &["Sign in with: az login"]),
        }
    }
}
