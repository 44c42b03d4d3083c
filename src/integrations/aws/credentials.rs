//! Temporary credentials.

use crate::secret_text;
use aws_credential_types::Credentials as Signer;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// How long before they expire credentials are renewed. botocore, and with it the AWS CLI and boto3, asks for others on
/// every call once they are valid for less than 15 minutes, which is the longest such time of any SDK (10 minutes in
/// Ruby's, 5 in JavaScript's, seconds in those for Go, Java and Rust).
const MARGIN: SignedDuration = SignedDuration::from_mins(16);

/// Credentials that are valid for less than this are used for three quarters of it: few calls would be saved by renewing
/// them all the time.
const SHORT: SignedDuration = SignedDuration::from_mins(18);

/// Credentials that end this close to the access are as long as it allows, and renewing them gains nothing.
const SAME_END: SignedDuration = SignedDuration::from_mins(1);

/// Temporary credentials for one role or permission set, as AWS's security token service gives them
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html>).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Names the credentials. Not secret.
    pub access_key_id: String,
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
    /// When credentials that are issued now, for access that ends then, are to be replaced.
    pub fn renew_at(&self, now: Timestamp, access_ends: Option<Timestamp>) -> Timestamp {
        let validity = self.expires_at.duration_since(now);
        let margin = if validity < SHORT { validity / 4 } else { MARGIN };
        let renew_at = self.expires_at - margin.max(SignedDuration::ZERO);
        match access_ends {
            Some(end) if end <= self.expires_at + SAME_END => end.min(self.expires_at),
            _ => renew_at,
        }
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
    }

    fn minute(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    /// After how many minutes they are renewed, if they are issued now.
    fn renewed_after(validity: i64, access: Option<i64>) -> i64 {
        let given = Credentials { expires_at: minute(validity), ..some() };
        given.renew_at(Timestamp::UNIX_EPOCH, access.map(minute)).as_second() / 60
    }

    #[test]
    fn credentials_are_renewed_while_valid_for_more_than_15_minutes() {
        assert_eq!([720, 60, 20, 18].map(|validity| renewed_after(validity, None)), [704, 44, 4, 2]);
        assert_eq!(renewed_after(60, Some(480)), 44);
    }

    #[test]
    fn short_credentials_are_used_for_three_quarters_of_their_validity() {
        assert_eq!([17, 15, 8, 0, -4].map(|validity| renewed_after(validity, None)), [12, 11, 6, 0, -4]);
    }

    #[test]
    fn credentials_that_end_with_the_access_are_used_until_then() {
        assert_eq!([59, 60, 61].map(|access| renewed_after(60, Some(access))), [59, 60, 60]);
        assert_eq!(renewed_after(15, Some(10)), 10);
        assert_eq!(renewed_after(60, Some(-1)), -1);
    }
}
