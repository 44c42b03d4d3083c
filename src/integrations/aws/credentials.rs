//! Temporary credentials.

use crate::secret_text;
use aws_credential_types::Credentials as Signer;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Credentials that are good for that long are used as they are; others are renewed first.
const ENOUGH: SignedDuration = SignedDuration::from_mins(5);

/// Temporary credentials for one role or permission set, as AWS's security token service gives them
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html>).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Names the credentials. Not secret.
    pub access_key_id: String,
    /// Signs calls.
    #[serde(with = "secret_text")]
    pub secret_access_key: SecretString,
    /// Stands in every call that is signed.
    #[serde(with = "secret_text")]
    pub session_token: SecretString,
    /// From when on they are of no use.
    pub expires_at: Timestamp,
    /// The account that they are for: twelve digits.
    pub account_id: String,
    /// Where calls go if nobody says otherwise, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl Credentials {
    /// The same as what signs calls (Signature Version 4).
    pub(crate) fn signer(&self) -> Signer {
        let token = self.session_token.expose_secret().to_owned();
        Signer::new(&self.access_key_id, self.secret_access_key.expose_secret(), Some(token), None, "p0")
    }
}

impl Credentials {
    /// When those that were given now are to be replaced: five minutes before they expire, or, where they do not last
    /// long, when three quarters of that are over.
    pub fn renew_at(&self, now: Timestamp) -> Timestamp {
        let validity = self.expires_at.duration_since(now);
        self.expires_at - ENOUGH.min(validity / 4).max(SignedDuration::ZERO)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    /// Credentials that are good for the first hour of the epoch.
    pub(in crate::integrations::aws) fn some() -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "hush-key".into(),
            session_token: "hush-token".into(),
            expires_at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1),
            account_id: "111122223333".into(),
            region: None,
        }
    }

    #[test]
    fn credentials_survive_the_vault_and_show_no_secret() {
        let credentials = some();
        let text = serde_json::to_string(&credentials).expect("text");
        let back: Credentials = serde_json::from_str(&text).expect("the same");
        assert_eq!(back.session_token.expose_secret(), "hush-token");
        assert_eq!((back.expires_at, back.account_id.as_str()), (credentials.expires_at, "111122223333"));
        assert!(!format!("{back:?}").contains("hush"));
        let renewed_after = |minutes: i64| {
            let given =
                Credentials { expires_at: Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes), ..some() };
            given.renew_at(Timestamp::UNIX_EPOCH).as_second() / 60
        };
        assert_eq!([60, 20, 8, 0, -4].map(renewed_after), [55, 15, 6, 0, -4]);
    }
}
