//! One-time tokens for applications such as AWS (RFC 8693, with Okta's parameters). `saml` redeems one for an
//! assertion.
//!
//! The tokens are in memory only. They expire within a minute, and after a restart clients request new ones.

use super::{
    Service,
    claims::AccessClaims,
    error::OAuthError,
    params::Params,
    secret::{self, SecretHash},
    token_message::{ACCESS_TOKEN, TokenAnswer, required},
};
use crate::clock::Timestamp;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The `requested_token_type` for an application.
pub(super) const WEB_SSO_TOKEN: &str = "urn:okta:oauth:token-type:web_sso_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
/// The prefix of an application's audience, followed by its id.
const APP_AUDIENCE: &str = "urn:okta:apps:";
/// The lifetime of a token.
const LIFETIME: Duration = Duration::from_secs(60);
/// The maximum number of unused tokens per user. The oldest one is dropped first.
const MOST_PER_USER: usize = 20;

/// A redeemed token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// The user's email address.
    pub(crate) email: String,
    /// The application.
    pub(crate) app: String,
    /// When the user authenticated, in seconds since the Unix epoch.
    pub(crate) auth_time: i64,
}

struct Ticket {
    app: String,
    claims: AccessClaims,
    expires_at: Timestamp,
}

/// The unused tokens.
#[derive(Default)]
pub(super) struct Tickets(Mutex<HashMap<SecretHash, Ticket>>);

impl Tickets {
    fn add(&self, hash: SecretHash, ticket: Ticket, now: Timestamp) {
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, ticket| ticket.expires_at > now);
        let theirs = || tickets.iter().filter(|(_, other)| other.claims.sub == ticket.claims.sub);
        if theirs().count() >= MOST_PER_USER
            && let Some(first) = theirs().min_by_key(|(_, other)| other.expires_at).map(|(hash, _)| *hash)
        {
            tickets.remove(&first);
        }
        tickets.insert(hash, ticket);
    }

    fn take(&self, hash: SecretHash, now: Timestamp) -> Option<Ticket> {
        let ticket = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash)?;
        (ticket.expires_at > now).then_some(ticket)
    }
}

/// Exchanges an access token (`actor_token`) and the ID token of the same user (`subject_token`) for a token for the
/// application in `audience`. A client without an ID token sends its access token as the subject token.
pub(super) fn exchange(service: &Service, params: &Params) -> Result<TokenAnswer, OAuthError> {
    let claims = judge(service, params)?;
    let audience = required(params, "audience")?;
    let app = audience
        .strip_prefix(APP_AUDIENCE)
        .filter(|app| service.apps.contains(*app))
        .ok_or_else(|| OAuthError::new("invalid_target", "audience must be urn:okta:apps: and an app's identifier"))?;
    let token = secret::random();
    let now = service.clock.now();
    let ticket = Ticket { app: app.to_owned(), claims, expires_at: now.plus(LIFETIME) };
    service.tickets.add(SecretHash::from_secret(&token), ticket, now);
    Ok(TokenAnswer {
        access_token: token,
        // The issued token is not an access token (RFC 8693, section 2.2.1).
        token_type: "N_A",
        expires_in: LIFETIME.as_secs(),
        scope: String::new(),
        refresh_token: None,
        id_token: None,
        issued_token_type: Some(WEB_SSO_TOKEN),
    })
}

/// Verifies that the tokens belong to the same user and returns the claims of the access token.
fn judge(service: &Service, params: &Params) -> Result<AccessClaims, OAuthError> {
    let authenticate = |name: &str, token: &str| {
        let refused = |error| OAuthError::invalid_request(format!("{name}: {error}"));
        service.authenticate(token).map(|(claims, _)| claims).map_err(refused)
    };
    let subject = required(params, "subject_token")?;
    match (required(params, "subject_token_type")?, params.get("actor_token")) {
        (ACCESS_TOKEN, None) => authenticate("subject_token", subject),
        (ID_TOKEN, Some(actor)) => {
            if params.get("actor_token_type") != Some(ACCESS_TOKEN) {
                return Err(OAuthError::invalid_request("actor_token must be an access token"));
            }
            let claims = authenticate("actor_token", actor)?;
            let refused = |error| OAuthError::invalid_request(format!("subject_token: {error}"));
            if service.tokens.verify_id(subject).map_err(refused)? != claims.sub {
                return Err(OAuthError::invalid_request("subject_token and actor_token are of two persons"));
            }
            Ok(claims)
        }
        _ => Err(OAuthError::invalid_request(
            "give an ID token as subject_token and an access token as actor_token, or an access token alone",
        )),
    }
}

impl Service {
    /// Redeems a token. Returns `None` if it is unknown, used or expired, or if its user has signed out or left.
    pub(super) fn visitor(&self, token: &str) -> Option<Visitor> {
        let Ticket { app, claims, .. } = self.tickets.take(SecretHash::from_secret(token), self.clock.now())?;
        let user = self.directory.get(&claims.sub).filter(|_| !self.tokens.is_revoked(&claims.grant))?;
        Some(Visitor { email: user.email.clone(), app, auth_time: claims.auth_time })
    }
}
