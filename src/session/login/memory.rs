//! What is remembered of sign-ins with an organisation: how this user likes to sign in, and whether a page that was
//! opened is still unanswered. Nothing secret; if it is lost, little is.

use super::SignInFlow;
use crate::dirs::{self, Dirs};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// How the user chose to sign in.
    pub way: Option<SignInFlow>,
    /// Where the organisation was looked up when the user last signed in, so that later calls need not be told again.
    pub service: Option<Url>,
    /// When a page was opened that nobody has signed in at since.
    pub unanswered: Option<Timestamp>,
    /// Whoever opened it has stopped waiting. Otherwise they still wait, or were killed.
    pub given_up: bool,
}

impl Memory {
    /// What is known; nothing where that cannot be read.
    pub fn recall(dirs: &Dirs, org: &str) -> Self {
        let text = dirs::read(&dirs.sign_in(org)).unwrap_or_else(|error| {
            tracing::debug!(%error, "what is remembered of sign-ins cannot be read");
            None
        });
        let memory = text.and_then(|text| {
            serde_json::from_str(&text)
                .inspect_err(|error| tracing::debug!(%error, "what is remembered of sign-ins is damaged"))
                .ok()
        });
        memory.unwrap_or_default()
    }

    /// Changes what is known. Whoever calls holds the lock of the organisation.
    pub fn change(dirs: &Dirs, org: &str, change: impl FnOnce(&mut Self)) {
        let before = Self::recall(dirs, org);
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return;
        }
        let text = serde_json::to_vec(&after).expect("what is remembered is made of text");
        if let Err(error) = dirs::replace(&dirs.sign_in(org), &text) {
            tracing::debug!(%error, "what is to be remembered of sign-ins cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_for_each_organisation_and_damage_costs_nothing_else() {
        let dir = tempfile::tempdir().expect("a directory");
        let dirs = Dirs::within(dir.path());
        assert_eq!(Memory::recall(&dirs, "example"), Memory::default());
        Memory::change(&dirs, "example", |memory| memory.way = Some(SignInFlow::Device));
        Memory::change(&dirs, "example", |memory| memory.unanswered = Some(Timestamp::UNIX_EPOCH));
        let memory = Memory::recall(&dirs, "example");
        assert_eq!((memory.way, memory.unanswered), (Some(SignInFlow::Device), Some(Timestamp::UNIX_EPOCH)));
        assert_eq!(Memory::recall(&dirs, "other"), Memory::default());
        for damage in ["", "{", "[]", r#"{"way": "telepathy"}"#] {
            dirs::replace(&dirs.sign_in("example"), damage.as_bytes()).expect("damaged");
            assert_eq!(Memory::recall(&dirs, "example"), Memory::default(), "{damage:?}");
        }
    }
}
