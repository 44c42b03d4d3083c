//! Who signed in, by the `id_token` that came with the access token (OpenID Connect Core, section 3.1.3.7).
//!
//! Its signature is not checked: it comes straight from the token endpoint, over TLS or on the loopback (point 6 there).

use crate::{clock, error::Failure, session::oauth};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use oauth2::CsrfToken;
use p0_client::Http;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

/// How far the provider's clock and this machine's may be apart, in seconds.
const LEEWAY: i64 = 300;

/// Whose name has to stand in a token (`iss`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Issuer {
    Is(String),
    /// Google's address, with or without the scheme.
    Google {
        address: String,
    },
    /// A directory of Entra ID, which the token names by its number (`tid`), whatever name it was asked for by.
    Entra {
        address: String,
    },
}

impl Issuer {
    /// Whether a token that says this comes from there.
    fn issued(&self, claims: &Claims) -> bool {
        match self {
            Self::Entra { address } => {
                claims.tid.as_ref().is_some_and(|tid| claims.iss == format!("{address}/{tid}/v2.0"))
            }
            _ => self.answers_as(&claims.iss),
        }
    }

    /// Whether this name in a redirect (RFC 9207) can be its own.
    pub(super) fn answers_as(&self, iss: &str) -> bool {
        match self {
            Self::Is(issuer) => iss == issuer,
            Self::Google { address } => {
                iss == address || address.split_once("://").is_some_and(|(_, bare)| iss == bare)
            }
            Self::Entra { address } => iss
                .strip_prefix(address.as_str())
                .and_then(|rest| rest.strip_prefix('/')?.strip_suffix("/v2.0"))
                .is_some_and(crate::dirs::is_plain),
        }
    }
}

/// What the `id_token` has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) client: &'a str,
    /// What was sent along with the sign-in, if something was.
    pub(super) nonce: Option<&'a CsrfToken>,
}

/// What an `id_token` says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    azp: Option<String>,
    nonce: Option<String>,
    email: Option<String>,
    preferred_username: Option<String>,
    tid: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct UserInfo {
    sub: String,
    email: Option<String>,
}

/// Why an `id_token` is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Doubt {
    #[error("it is not understood")]
    Malformed,
    #[error("it is from another provider")]
    Issuer,
    #[error("it is for another program")]
    Audience,
    #[error("it belongs to another sign-in")]
    Nonce,
    #[error("it has expired")]
    Expired,
}

/// What the `id_token` says, if it is for this sign-in.
pub(super) fn check(granted: &oauth::Granted, expected: &Expected<'_>) -> Result<Claims, Failure> {
    let id_token = granted.id_token.as_ref().ok_or_else(|| {
        Failure::error("The identity provider did not say who signed in: there is no id_token in its answer.")
            .hint("Tell whoever runs the service: the client has to be one of OpenID Connect.")
    })?;
    believe(id_token, expected, clock::now()).map_err(|doubt| {
        let failure =
            Failure::error(format!("What the identity provider says of who signed in cannot be used: {doubt}."));
        match doubt {
            Doubt::Expired => failure.hint("Set this machine's clock: it is ahead of the identity provider's."),
            _ => failure.hint("Try again with: p0 login").hint("If it stays so, tell whoever runs the service."),
        }
    })
}

/// The e-mail address of whoever signed in: from the `id_token`, else from the provider's userinfo endpoint. It is for
/// people to read: who may do what is for the service to say.
pub(super) async fn email(
    http: &Http,
    granted: &oauth::Granted,
    claims: Claims,
    userinfo: Option<&Url>,
) -> anyhow::Result<String> {
    if let Some(email) = claims.email {
        return Ok(email);
    }
    if let Some(endpoint) = userinfo {
        let info: UserInfo = oauth::userinfo(http, endpoint, &granted.access_token).await?;
        // Section 5.3.2: an answer about somebody else must not be used.
        if let Some(email) = info.email.filter(|_| info.sub == claims.sub) {
            return Ok(email);
        }
    }
    // Entra ID has users without a mailbox.
    if let Some(name) = claims.preferred_username.filter(|name| name.contains('@')) {
        return Ok(name);
    }
    Err(Failure::error("The identity provider did not say which e-mail address signed in.")
        .hint("Its administrator has to release the 'email' claim to this client.")
        .into())
}

/// When an `id_token` expires, if it says so.
pub(in crate::session) fn expiry(token: &SecretString) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Expiry {
        exp: i64,
    }
    Timestamp::from_second(claims::<Expiry>(token)?.exp).ok()
}

/// What a token says (RFC 7519, section 3), if it is one.
fn claims<T: DeserializeOwned>(token: &SecretString) -> Option<T> {
    let mut parts = token.expose_secret().split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn believe(token: &SecretString, expected: &Expected<'_>, now: Timestamp) -> Result<Claims, Doubt> {
    let claims: Claims = claims(token).ok_or(Doubt::Malformed)?;
    if !expected.issuer.issued(&claims) {
        return Err(Doubt::Issuer);
    }
    let ours = match &claims.aud {
        Audience::One(one) => one == expected.client,
        // With several, it also says for which of them it was issued.
        Audience::Several(all) => {
            all.iter().any(|one| one == expected.client)
                && (all.len() == 1 || claims.azp.as_deref() == Some(expected.client))
        }
    };
    if !ours || claims.azp.as_deref().is_some_and(|azp| azp != expected.client) {
        return Err(Doubt::Audience);
    }
    if let Some(nonce) = expected.nonce
        && claims.nonce.clone().map(CsrfToken::new).as_ref() != Some(nonce)
    {
        return Err(Doubt::Nonce);
    }
    if claims.exp.saturating_add(LEEWAY) < now.as_second() {
        return Err(Doubt::Expired);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn token(claims: &Value) -> SecretString {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string())).into()
    }

    fn claims() -> Value {
        json!({"iss": "https://id.example.com", "sub": "1", "aud": "p0-cli", "exp": 1000, "nonce": "n", "email": "ada@example.com"})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    #[test]
    fn only_a_token_for_this_sign_in_is_believed() {
        let nonce = CsrfToken::new("n".into());
        let issuer = Issuer::Is("https://id.example.com".into());
        let expected = Expected { issuer: &issuer, client: "p0-cli", nonce: Some(&nonce) };
        let now = Timestamp::from_second(900).expect("a time");
        let check_at = |claims: &Value, now| believe(&token(claims), &expected, now).map(|claims| claims.email);
        let check = |claims: &Value| check_at(claims, now);
        assert_eq!(check(&claims()), Ok(Some("ada@example.com".into())));
        assert!(check(&with("aud", json!(["p0-cli"]))).is_ok());
        let mut several = with("aud", json!(["other", "p0-cli"]));
        assert_eq!(check(&several), Err(Doubt::Audience));
        several["azp"] = json!("p0-cli");
        assert!(check(&several).is_ok());

        for (wrong, doubt) in [
            (with("iss", json!("https://id.example.com.evil.example.com")), Doubt::Issuer),
            (with("iss", json!("https://id.example.com/")), Doubt::Issuer),
            (with("aud", json!("other")), Doubt::Audience),
            (with("aud", json!([])), Doubt::Audience),
            (with("azp", json!("other")), Doubt::Audience),
            (with("nonce", json!("m")), Doubt::Nonce),
            (with("nonce", Value::Null), Doubt::Nonce),
            (with("exp", json!("soon")), Doubt::Malformed),
            (json!([]), Doubt::Malformed),
        ] {
            assert_eq!(check(&wrong), Err(doubt), "{wrong}");
        }
        let late = Timestamp::from_second(1000 + LEEWAY + 1).expect("a time");
        assert_eq!(check_at(&claims(), late), Err(Doubt::Expired));
        for text in ["", "a", "a.b", "a.!.c", "e30.e30.e30.e30"] {
            assert_eq!(believe(&text.into(), &expected, now).map(|_| ()), Err(Doubt::Malformed), "{text}");
        }
    }

    #[test]
    fn google_and_entra_id_name_themselves_in_their_own_ways() {
        let now = Timestamp::from_second(900).expect("a time");
        let issued = |issuer: &Issuer, claims: &Value| {
            let expected = Expected { issuer, client: "p0-cli", nonce: None };
            believe(&token(claims), &expected, now).map(|_| ())
        };
        let google = Issuer::Google { address: "https://accounts.google.com".into() };
        for (iss, expected) in [
            ("https://accounts.google.com", Ok(())),
            ("accounts.google.com", Ok(())),
            ("http://accounts.google.com", Err(Doubt::Issuer)),
            ("accounts.google.com.example.com", Err(Doubt::Issuer)),
        ] {
            assert_eq!(issued(&google, &with("iss", json!(iss))), expected, "{iss}");
        }
        let entra = Issuer::Entra { address: "https://login.microsoftonline.com".into() };
        let from = |iss: &str, tid: Value| {
            let mut claims = with("iss", json!(iss));
            claims["tid"] = tid;
            issued(&entra, &claims)
        };
        assert_eq!(from("https://login.microsoftonline.com/t-1/v2.0", json!("t-1")), Ok(()));
        for (iss, tid) in [
            ("https://login.microsoftonline.com/t-1/v2.0", json!("t-2")),
            ("https://login.microsoftonline.com/t-1/v2.0", Value::Null),
            ("https://login.microsoftonline.com.example.com/t-1/v2.0", json!("t-1")),
            ("https://login.microsoftonline.com/t-1", json!("t-1")),
        ] {
            assert_eq!(from(iss, tid.clone()), Err(Doubt::Issuer), "{iss} {tid}");
        }
        assert!(entra.answers_as("https://login.microsoftonline.com/t-1/v2.0"));
        assert!(!entra.answers_as("https://login.microsoftonline.com/a/b/v2.0"));
    }

    #[test]
    fn doubts_say_what_to_do() {
        let issuer = Issuer::Is("https://id.example.com".into());
        let failure = |id_token: Option<SecretString>| {
            let granted = oauth::Granted { access_token: "a".into(), expires_at: None, refresh_token: None, id_token };
            let expected = Expected { issuer: &issuer, client: "p0-cli", nonce: None };
            check(&granted, &expected).expect_err("doubts")
        };
        let hour = clock::now().as_second() - 3600;
        let late = failure(Some(token(&with("exp", json!(hour)))));
        assert_eq!(late.message, "What the identity provider says of who signed in cannot be used: it has expired.");
        assert_eq!(late.hints, ["Set this machine's clock: it is ahead of the identity provider's."]);
        let other = failure(Some(token(&with("aud", json!("other")))));
        assert!(other.message.ends_with("it is for another program."), "{other}");
        assert_eq!(other.hints.len(), 2);
        assert!(failure(None).message.contains("there is no id_token"));
    }
}
