//! Token exchange (RFC 8693): exchanges an access token for one with fewer rights, or for a one-time token for an
//! application (`sso`).
//!
//! `audience` (an absolute `http` or `https` URL) requests a token for another service, which verifies it with the key set.
//! The service's own API rejects such a token. `scope` requests a smaller scope. `expires_in` (seconds; an extension of the
//! RFC) requests a shorter lifetime. By default, the new token expires with the given one.

use super::{
    Service,
    claims::seconds,
    client::Scope,
    error::OAuthError,
    params::Params,
    secret, sso,
    token_message::{ACCESS_TOKEN, TokenAnswer, required},
};
use url::Url;

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// The maximum length of an audience.
const LONGEST_AUDIENCE: usize = 512;

/// RFC 8693, section 2.
pub(super) fn exchange(service: &Service, params: &Params) -> Result<TokenAnswer, OAuthError> {
    if params.get("requested_token_type") == Some(sso::WEB_SSO_TOKEN) {
        return sso::exchange(service, params);
    }
    let subject = required(params, "subject_token")?;
    if ![ACCESS_TOKEN, JWT].contains(&required(params, "subject_token_type")?) {
        return Err(OAuthError::invalid_request("subject_token must be an access token"));
    }
    if params.get("requested_token_type").is_some_and(|kind| ![ACCESS_TOKEN, JWT].contains(&kind)) {
        return Err(OAuthError::invalid_request("only access tokens are to be had"));
    }
    for name in ["actor_token", "resource"] {
        if params.get(name).is_some() {
            return Err(OAuthError::invalid_request(format!("{name} is not supported")));
        }
    }
    // Verified as for the service's own API, so a token for another audience is rejected.
    let (mut claims, _) = service
        .authenticate(subject)
        .map_err(|error| OAuthError::invalid_request(format!("subject_token: {error}")))?;

    if let Some(audience) = params.get("audience") {
        let is_address = Url::parse(audience).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_address || audience.len() > LONGEST_AUDIENCE {
            return Err(OAuthError::new("invalid_target", "audience must be an http or https address"));
        }
        claims.aud = audience.to_owned();
    }
    if let Some(asked) = params.get("scope") {
        let granted = Scope::parse(Some(&claims.scope));
        let narrower =
            Scope::parse(Some(asked)).filter(|asked| granted.is_some_and(|granted| asked.is_within(&granted)));
        let scope = narrower.ok_or_else(|| OAuthError::new("invalid_scope", "more was asked for than was granted"))?;
        claims.scope = scope.to_string();
    }
    let now = seconds(service.clock.now());
    if let Some(asked) = params.get("expires_in") {
        let asked: u32 = asked
            .parse()
            .ok()
            .filter(|length| *length > 0)
            .ok_or_else(|| OAuthError::invalid_request("expires_in must be a number of seconds"))?;
        claims.exp = claims.exp.min(now.saturating_add(i64::from(asked)));
    }
    claims.iat = now;
    claims.jti = secret::random_id();
    Ok(TokenAnswer {
        access_token: service.tokens.sign_access(&claims)?,
        token_type: "Bearer",
        expires_in: u64::try_from(claims.exp - now).unwrap_or(0),
        scope: claims.scope,
        refresh_token: None,
        id_token: None,
        issued_token_type: Some(ACCESS_TOKEN),
    })
}
