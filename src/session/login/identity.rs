//! Who signed in, by the `id_token` that came with the access token (OpenID Connect Core, section 3.1.3.7).
//!
//! Its signature is not checked: it comes straight from the token endpoint, over TLS or on the loopback (point 6 there).

use crate::{clock, error::Failure, session::oauth};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use oauth2::CsrfToken;
use p0_client::Http;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

/// How far the provider's clock and this machine's may be apart, in seconds.
const LEEWAY: i64 = 300;

/// What the `id_token` has to say.
pub(super) struct Expected<'a> {
    /// The provider (`iss`).
    pub(super) issuer: &'a str,
    /// This client (`aud`).
    pub(super) client: &'a str,
    /// What was sent along with the sign-in, if something was.
    pub(super) nonce: Option<&'a CsrfToken>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    azp: Option<String>,
    nonce: Option<String>,
    email: Option<String>,
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
    #[error("it has expired; check this machine's clock")]
    Expired,
}

/// The e-mail address of whoever signed in: from the `id_token`, else from the provider's userinfo endpoint.
///
/// # Errors
/// The token is missing or not believed, the provider does not answer, or it does not know an address.
pub(super) async fn email(
    http: &Http,
    granted: &oauth::Granted,
    expected: &Expected<'_>,
    userinfo: Option<&Url>,
) -> anyhow::Result<String> {
    let id_token = granted.id_token.as_ref().ok_or_else(|| {
        Failure::error("The identity provider did not say who signed in: there is no id_token in its answer.")
    })?;
    let claims = check(id_token, expected, clock::now()).map_err(|doubt| {
        Failure::error(format!("What the identity provider says of who signed in cannot be used: {doubt}."))
    })?;
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
    Err(Failure::error("The identity provider did not say which e-mail address signed in.")
        .hint("Its administrator has to release the 'email' claim to this client.")
        .into())
}

fn check(token: &SecretString, expected: &Expected<'_>, now: Timestamp) -> Result<Claims, Doubt> {
    let mut parts = token.expose_secret().split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Doubt::Malformed);
    };
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Doubt::Malformed)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| Doubt::Malformed)?;
    if claims.iss != expected.issuer {
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
        let expected = Expected { issuer: "https://id.example.com", client: "p0-cli", nonce: Some(&nonce) };
        let now = Timestamp::from_second(900).expect("a time");
        let check_at = |claims: &Value, now| check(&token(claims), &expected, now).map(|claims| claims.email);
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
            assert_eq!(super::check(&text.into(), &expected, now).map(|_| ()), Err(Doubt::Malformed), "{text}");
        }
    }
}
