//! OS Login: the service that tells machines of Google Cloud which keys are whose, and as whom they may come
//! (<https://cloud.google.com/compute/docs/oslogin/rest/v1/users/importSshPublicKey>).

use p0_client::{Error as HttpError, Fetched, Http};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// A call may take so long.
const LIMIT: Duration = Duration::from_secs(30);
/// No answer is longer, in bytes: a login profile has at most 32 KiB.
const LARGEST: usize = 256 * 1024;

pub fn endpoint() -> Url {
    Url::parse("https://oslogin.googleapis.com/").expect("the built-in address is one")
}

/// What is imported, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// The account at Google: an e-mail address.
    pub email: &'a str,
    /// The project that the machine is in.
    pub project: &'a str,
    /// The public key, as in `authorized_keys`.
    pub public_key: &'a str,
    /// When the key is of no more use: milliseconds since the Unix epoch. `None`: it stays.
    pub expires_at: Option<i64>,
}

/// Why a key could not be imported.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OsLoginError {
    /// The token is not taken (401).
    #[error("Google does not accept gcloud's token")]
    Token,
    /// The user may not, or may not yet (403).
    #[error("OS Login refuses the key: {0}")]
    Forbidden(String),
    /// The API is switched off in the project.
    #[error("the OS Login API is switched off in the project")]
    Disabled,
    /// The profile has no room for another key.
    #[error("your OS Login profile is full")]
    Full,
    /// It refuses for another reason.
    #[error("OS Login refuses the key: {0}")]
    Refused(String),
    /// It is in trouble (429, 5xx), so that another try makes sense.
    #[error("OS Login answers {0}")]
    Busy(u16),
    /// It cannot be reached.
    #[error("OS Login cannot be reached: {0}")]
    Unreachable(String),
    /// It answers something else than a login profile.
    #[error("OS Login answers something else than a login profile")]
    Invalid,
    /// The profile has no account for Linux machines.
    #[error("your OS Login profile has no account for Linux machines")]
    NoAccount,
}

/// What it answers, as far as it matters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Imported {
    login_profile: Profile,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    #[serde(default)]
    posix_accounts: Vec<PosixAccount>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PosixAccount {
    username: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    operating_system_type: Option<String>,
}

/// Imports a public key, and gives back the name of the user's account on machines. Doing it again changes nothing.
pub async fn import(http: &Http, endpoint: &Url, token: &SecretString, key: Key<'_>) -> Result<String, OsLoginError> {
    let url = address(endpoint, key);
    let failed = |error| match error {
        HttpError::TooLong { .. } => OsLoginError::Invalid,
        error => OsLoginError::Unreachable(error.to_string()),
    };
    let client = http.reqwest(&url).map_err(failed)?;
    let call = client.post(url.clone()).bearer_auth(token.expose_secret()).json(&body(key));
    let Fetched { status, body, .. } = http.fetch(&url, call, LIMIT, LARGEST).await.map_err(failed)?;
    match status.as_u16() {
        200 => account(&body),
        status => Err(refusal(status, &body)),
    }
}

/// The method stands behind a colon in the last part of the path, which `url` encodes as far as it has to.
fn address(endpoint: &Url, key: Key<'_>) -> Url {
    let mut url = endpoint.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["v1", "users", &format!("{}:importSshPublicKey", key.email)]);
    }
    url.query_pairs_mut().append_pair("projectId", key.project);
    url
}

fn body(key: Key<'_>) -> Value {
    let mut body = json!({ "key": key.public_key });
    if let Some(millis) = key.expires_at {
        body["expirationTimeUsec"] = millis.saturating_mul(1_000).to_string().into();
    }
    body
}

fn account(bytes: &[u8]) -> Result<String, OsLoginError> {
    let Imported { login_profile } = serde_json::from_slice(bytes).map_err(|_| OsLoginError::Invalid)?;
    let is_linux = |account: &PosixAccount| account.operating_system_type.as_deref() != Some("WINDOWS");
    let mut accounts: Vec<_> = login_profile.posix_accounts.into_iter().filter(is_linux).collect();
    // The sort keeps the order of equals, so that without a primary account it is the first.
    accounts.sort_by_key(|account| !account.primary);
    accounts.into_iter().next().map(|account| account.username).ok_or(OsLoginError::NoAccount)
}

/// What a refusal means: `{"error": {"code", "message", "status", "details": [{"reason"}]}}`
/// (<https://google.aip.dev/193>).
fn refusal(status: u16, bytes: &[u8]) -> OsLoginError {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let message = document.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
    let said = || match message {
        "" => format!("HTTP status {status}"),
        message => message.chars().take(300).collect(),
    };
    let reasons = document.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let is_disabled =
        || reasons.filter_map(|detail| detail.get("reason")?.as_str()).any(|reason| reason == "SERVICE_DISABLED");
    match status {
        401 => OsLoginError::Token,
        403 if message.contains("has not been used in project") || is_disabled() => OsLoginError::Disabled,
        403 => OsLoginError::Forbidden(said()),
        400 if message.contains("32 KiB") => OsLoginError::Full,
        429 | 500.. => OsLoginError::Busy(status),
        _ => OsLoginError::Refused(said()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key<'_> = Key {
        email: "ada@example.com",
        project: "example-dev",
        public_key: "ssh-ed25519 AAAA",
        expires_at: Some(1_700_000_000_000),
    };

    #[test]
    fn the_call_is_google_s() {
        let of = |base: &str, key| address(&Url::parse(base).expect("a URL"), key).to_string();
        assert_eq!(
            of("https://oslogin.googleapis.com/", KEY),
            "https://oslogin.googleapis.com/v1/users/ada@example.com:importSshPublicKey?projectId=example-dev"
        );
        // Nobody gets out of the path.
        let hostile = Key { email: "../../x?y#z", project: "a&b=c", ..KEY };
        assert_eq!(
            of("http://127.0.0.1:1/base", hostile),
            "http://127.0.0.1:1/base/v1/users/..%2F..%2Fx%3Fy%23z:importSshPublicKey?projectId=a%26b%3Dc"
        );
        assert_eq!(body(KEY), json!({"key": "ssh-ed25519 AAAA", "expirationTimeUsec": "1700000000000000"}));
        assert_eq!(body(Key { expires_at: None, ..KEY }), json!({"key": "ssh-ed25519 AAAA"}));
    }

    #[test]
    fn the_primary_account_for_linux_is_the_user_s() {
        let of = |accounts: Value| {
            account(json!({"loginProfile": {"name": "1", "posixAccounts": accounts}}).to_string().as_bytes())
        };
        let other = json!({"username": "other", "operatingSystemType": "LINUX"});
        let primary =
            json!({"primary": true, "username": "ada_example_com", "uid": "1", "operatingSystemType": "LINUX"});
        let windows = json!({"primary": true, "username": "win", "operatingSystemType": "WINDOWS"});
        assert_eq!(of(json!([windows, other, primary])).as_deref(), Ok("ada_example_com"));
        assert_eq!(of(json!([other])).as_deref(), Ok("other"));
        assert_eq!(of(json!([windows])), Err(OsLoginError::NoAccount));
        assert_eq!(account(br#"{"loginProfile": {}}"#), Err(OsLoginError::NoAccount));
        for bad in ["", "{}", "[]", "<html>", r#"{"loginProfile": {"posixAccounts": [{}]}}"#] {
            assert_eq!(account(bad.as_bytes()), Err(OsLoginError::Invalid), "{bad}");
        }
    }

    #[test]
    fn a_refusal_says_what_it_means() {
        let of = |status: u16, message: &str| {
            refusal(status, json!({"error": {"code": status, "message": message}}).to_string().as_bytes())
        };
        assert_eq!(of(401, "Request had invalid authentication credentials."), OsLoginError::Token);
        assert_eq!(of(403, "The caller is not allowed"), OsLoginError::Forbidden("The caller is not allowed".into()));
        assert_eq!(of(403, "Cloud OS Login API has not been used in project 1 before"), OsLoginError::Disabled);
        let details = json!({"error": {"message": "no", "details": [{"reason": "SERVICE_DISABLED"}]}}).to_string();
        assert_eq!(refusal(403, details.as_bytes()), OsLoginError::Disabled);
        assert_eq!(of(400, "Login profile size exceeds 32 KiB. Delete profile values"), OsLoginError::Full);
        assert_eq!(of(400, "Invalid key"), OsLoginError::Refused("Invalid key".into()));
        for status in [429, 500, 503] {
            assert_eq!(of(status, ""), OsLoginError::Busy(status));
        }
        assert_eq!(refusal(404, b"<html>"), OsLoginError::Refused("HTTP status 404".into()));
        let OsLoginError::Refused(long) = of(400, &"x".repeat(10_000)) else { panic!("refused") };
        assert_eq!(long.len(), 300);
    }
}
