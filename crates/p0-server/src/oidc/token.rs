//! The token endpoint (RFC 6749, section 3.2).

use super::{
    Service, client,
    client::Scope,
    error::OAuthError,
    exchange,
    params::Params,
    secret::{self, SecretHash},
    store::{Grant, Poll, Redemption, RefreshToken, Rotation},
    token_message::{TokenAnswer, required},
};
use aws_lc_rs::constant_time;
use axum::{body::Bytes, extract::State, http::HeaderMap};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

const CODE: &str = "authorization_code";
const REFRESH: &str = "refresh_token";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The supported grant types.
pub(super) const GRANT_TYPES: [&str; 4] = [CODE, REFRESH, DEVICE, EXCHANGE];

/// How much `slow_down` lengthens the polling interval (RFC 8628, section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// `POST /oauth2/v1/token`.
pub(super) async fn endpoint(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<TokenAnswer, OAuthError> {
    let params = Params::of_form(&headers, &body)?;
    client::authenticate(&headers, &params)?;
    match params.get("grant_type") {
        Some(CODE) => service.redeem_code(&params).await,
        Some(REFRESH) => service.refresh(&params).await,
        Some(DEVICE) => service.poll_device(&params).await,
        Some(EXCHANGE) => exchange::exchange(&service, &params),
        Some(_) => Err(OAuthError::new("unsupported_grant_type", "this grant_type is not known")),
        None => Err(OAuthError::invalid_request("grant_type is missing")),
    }
}

impl Service {
    /// The authorization code grant (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
    async fn redeem_code(&self, params: &Params) -> Result<TokenAnswer, OAuthError> {
        let code = required(params, "code")?;
        let redirect_uri = required(params, "redirect_uri")?;
        let verifier = required(params, "code_verifier")?;
        let record = match self.store.redeem_code(SecretHash::from_secret(code), self.clock.now()).await? {
            Redemption::First(record) => record,
            Redemption::Again(grant) => {
                // The code was presented twice, so it may be stolen (RFC 6749, section 4.1.2).
                self.revoke(&grant).await?;
                return Err(OAuthError::invalid_grant("the code was used before; its tokens are revoked"));
            }
            Redemption::Unknown => return Err(OAuthError::invalid_grant("the code is unknown or has expired")),
        };
        if record.redirect_uri != redirect_uri {
            return Err(OAuthError::invalid_grant("redirect_uri is not the one that the code was sent to"));
        }
        if !is_verified(&record.code_challenge, verifier) {
            return Err(OAuthError::invalid_grant("code_verifier does not fit code_challenge"));
        }
        self.begin_grant(&record.grant, record.nonce.as_deref()).await
    }

    /// The device code grant (RFC 8628, section 3.4).
    async fn poll_device(&self, params: &Params) -> Result<TokenAnswer, OAuthError> {
        let device_code = required(params, "device_code")?;
        match self.store.poll_device(SecretHash::from_secret(device_code), self.clock.now(), SLOW_DOWN).await? {
            Poll::Allowed(grant) => self.begin_grant(&grant, None).await,
            Poll::Pending => Err(OAuthError::new("authorization_pending", "nobody has decided yet")),
            Poll::SlowDown => Err(OAuthError::new("slow_down", "wait 5 seconds longer between two calls")),
            Poll::Denied => Err(OAuthError::new("access_denied", "the user refused")),
            Poll::Expired => Err(OAuthError::new("expired_token", "nobody decided in time")),
            Poll::Unknown => Err(OAuthError::invalid_grant("the device code is unknown, or was used before")),
        }
    }

    /// The refresh token grant (RFC 6749, section 6), with rotation (RFC 9700, section 4.14.2).
    async fn refresh(&self, params: &Params) -> Result<TokenAnswer, OAuthError> {
        let unknown = || OAuthError::invalid_grant("the refresh token is unknown, revoked or has expired");
        let now = self.clock.now();
        let hash = SecretHash::from_secret(required(params, "refresh_token")?);
        let RefreshToken { mut grant, .. } = self.store.refresh_token(hash, now).await?.ok_or_else(unknown)?;
        self.check_user(&grant).await?;
        let granted = Scope::parse(Some(&grant.scope)).ok_or_else(unknown)?;
        let asked = match params.get("scope") {
            Some(asked) => Scope::parse(Some(asked)).filter(|asked| asked.is_within(&granted)),
            None => Some(granted),
        };
        let asked = asked.ok_or_else(|| OAuthError::new("invalid_scope", "more was asked for than was granted"))?;
        let successor = secret::random();
        let grace = self.lifetimes.refresh_grace;
        match self.store.rotate_refresh_token(hash, SecretHash::from_secret(&successor), now, grace).await? {
            Rotation::Rotated => {}
            Rotation::Unknown => return Err(unknown()),
            Rotation::TooMany => return Err(OAuthError::too_many("the refresh token was used too often at once")),
            Rotation::Reused => {
                // The token was presented twice, so it may be stolen.
                self.revoke(&grant.id).await?;
                return Err(OAuthError::invalid_grant("the refresh token was used before; its sign-in is revoked"));
            }
        }
        grant.scope = asked.to_string();
        self.answer(&grant, None, Some(successor))
    }

    /// Issues the first tokens of a grant.
    async fn begin_grant(&self, grant: &Grant, nonce: Option<&str>) -> Result<TokenAnswer, OAuthError> {
        self.check_user(grant).await?;
        self.sweep().await?;
        let offline = Scope::parse(Some(&grant.scope)).is_some_and(|scope| scope.has("offline_access"));
        let refresh_token = offline.then(secret::random);
        if let Some(secret) = &refresh_token {
            let expires_at = self.clock.now().plus(self.lifetimes.refresh);
            let token = RefreshToken { grant: grant.clone(), expires_at };
            if !self.store.add_refresh_token(SecretHash::from_secret(secret), &token).await? {
                return Err(OAuthError::invalid_grant("the sign-in was revoked"));
            }
        }
        self.answer(grant, nonce, refresh_token)
    }

    /// Returns an error if the user has left the directory.
    async fn check_user(&self, grant: &Grant) -> Result<(), OAuthError> {
        if self.directory.get(&grant.email).is_some() {
            return Ok(());
        }
        self.revoke(&grant.id).await?;
        Err(OAuthError::invalid_grant("the user may not sign in any more"))
    }

    fn answer(
        &self,
        grant: &Grant,
        nonce: Option<&str>,
        refresh_token: Option<String>,
    ) -> Result<TokenAnswer, OAuthError> {
        let access_token = self.tokens.access(grant)?;
        let openid = Scope::parse(Some(&grant.scope)).is_some_and(|scope| scope.has("openid"));
        let profile = self.profile(&grant.email, &grant.scope);
        let id_token = openid.then(|| self.tokens.id(grant, profile, nonce, &access_token)).transpose()?;
        Ok(TokenAnswer {
            access_token,
            token_type: "Bearer",
            expires_in: self.lifetimes.access.as_secs(),
            scope: grant.scope.clone(),
            refresh_token,
            id_token,
            issued_token_type: None,
        })
    }
}

/// Whether the verifier matches the challenge (RFC 7636, sections 4.1 and 4.6).
fn is_verified(challenge: &str, verifier: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let computed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && constant_time::verify_slices_are_equal(challenge.as_bytes(), computed.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_verified;

    #[test]
    fn rfc_7636_example_verifies() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_verified(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!is_verified(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!is_verified(challenge, challenge), "as if the method were plain");
    }
}
