//! Tokens: their claims, issuing and verification.

use super::{CLIENT_ID, Lifetimes, OidcError, TokenError, issuer::Issuer, keys::Keys, secret, store::Grant};
use crate::clock::{Clock, Timestamp};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

/// The `typ` of access tokens (RFC 9068, section 2.1), so that no other token is accepted as one.
const ACCESS_TOKEN: &str = "at+jwt";
/// The `typ` of ID tokens.
const ID_TOKEN: &str = "JWT";
/// The maximum length of a token.
const LONGEST_TOKEN: usize = 4096;
/// The tolerated clock difference.
const LEEWAY: Duration = Duration::from_secs(5);

/// The claims of an access token (RFC 9068, section 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessClaims {
    /// The issuer.
    pub(crate) iss: String,
    /// The subject: an email address.
    pub(crate) sub: String,
    /// The audience.
    pub(crate) aud: String,
    /// The expiry, in seconds since the Unix epoch.
    pub(crate) exp: i64,
    /// The time of issue, in seconds since the Unix epoch.
    pub(crate) iat: i64,
    /// When the user authenticated, in seconds since the Unix epoch.
    pub(crate) auth_time: i64,
    /// A unique id.
    pub(crate) jti: String,
    /// The client.
    pub(crate) client_id: String,
    /// The scope.
    pub(crate) scope: String,
    /// The grant. Revoking it revokes this token.
    pub(crate) grant: String,
}

/// The claims of an ID token (OpenID Connect Core, section 2).
#[derive(Debug, Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    at_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(flatten)]
    profile: serde_json::Map<String, serde_json::Value>,
}

/// Issues and verifies tokens.
pub(crate) struct Tokens {
    keys: Keys,
    issuer: Issuer,
    audience: String,
    clock: Clock,
    access: Duration,
    /// Revoked grants, each with the time at which its last access token expires.
    revoked: RwLock<HashMap<String, Timestamp>>,
}

impl Tokens {
    pub(super) fn new(
        keys: Keys,
        issuer: Issuer,
        audience: String,
        clock: Clock,
        lifetimes: &Lifetimes,
        revoked: Vec<(String, Timestamp)>,
    ) -> Self {
        let revoked = RwLock::new(revoked.into_iter().collect());
        Self { keys, issuer, audience, clock, access: lifetimes.access, revoked }
    }

    /// Returns the key set.
    pub(super) fn key_set(&self) -> serde_json::Value {
        self.keys.document()
    }

    /// Issues an access token of this grant for the service's own API.
    pub(super) fn access(&self, grant: &Grant) -> Result<String, OidcError> {
        let iat = seconds(self.clock.now());
        self.sign_access(&AccessClaims {
            iss: self.issuer.as_str().to_owned(),
            sub: grant.email.clone(),
            aud: self.audience.clone(),
            exp: iat.saturating_add_unsigned(self.access.as_secs()),
            iat,
            auth_time: seconds(grant.auth_time),
            jti: secret::random_id(),
            client_id: CLIENT_ID.to_owned(),
            scope: grant.scope.clone(),
            grant: grant.id.clone(),
        })
    }

    /// Signs an access token with these claims.
    pub(super) fn sign_access(&self, claims: &AccessClaims) -> Result<String, OidcError> {
        self.keys.sign(ACCESS_TOKEN, claims)
    }

    /// Issues an ID token for this grant, bound to the access token (`at_hash`).
    pub(super) fn id(
        &self,
        grant: &Grant,
        profile: serde_json::Map<String, serde_json::Value>,
        nonce: Option<&str>,
        access_token: &str,
    ) -> Result<String, OidcError> {
        let iat = seconds(self.clock.now());
        let half = &Sha256::digest(access_token)[..16];
        self.keys.sign(
            ID_TOKEN,
            &IdClaims {
                iss: self.issuer.as_str(),
                sub: &grant.email,
                aud: CLIENT_ID,
                exp: iat.saturating_add_unsigned(self.access.as_secs()),
                iat,
                auth_time: seconds(grant.auth_time),
                at_hash: URL_SAFE_NO_PAD.encode(half),
                nonce,
                profile,
            },
        )
    }

    /// Verifies an access token for the service's own API.
    pub(super) fn verify(&self, token: &str) -> Result<AccessClaims, TokenError> {
        let claims: AccessClaims = self.decode(token, ACCESS_TOKEN, &self.audience)?;
        self.check_end(claims.exp)?;
        if self.is_revoked(&claims.grant) {
            return Err(TokenError::Revoked);
        }
        Ok(claims)
    }

    /// Verifies an ID token and returns its subject.
    pub(super) fn verify_id(&self, token: &str) -> Result<String, TokenError> {
        #[derive(Clone, Deserialize)]
        struct Claims {
            sub: String,
            exp: i64,
        }
        let Claims { sub, exp } = self.decode(token, ID_TOKEN, CLIENT_ID)?;
        self.check_end(exp)?;
        Ok(sub)
    }

    /// Whether a grant is revoked.
    pub(super) fn is_revoked(&self, grant: &str) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).contains_key(grant)
    }

    /// Verifies everything but the expiry of a token with this type and audience.
    fn decode<T: DeserializeOwned + Clone>(&self, token: &str, kind: &str, audience: &str) -> Result<T, TokenError> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenError::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        let is_of_kind = header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case(kind));
        if header.alg != Algorithm::ES256 || !is_of_kind {
            return Err(TokenError::NotOurs);
        }
        let key = header.kid.and_then(|kid| self.keys.verifying(&kid)).ok_or(TokenError::NotOurs)?;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.set_issuer(&[self.issuer.as_str()]);
        rules.set_audience(&[audience]);
        // The library would read the system clock.
        rules.validate_exp = false;
        jsonwebtoken::decode::<T>(token, key, &rules).map(|token| token.claims).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature | ErrorKind::Base64(_) => TokenError::Altered,
            ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => TokenError::NotOurs,
            _ => TokenError::Malformed,
        })
    }

    fn check_end(&self, exp: i64) -> Result<(), TokenError> {
        let ended = Timestamp(exp.saturating_mul(1000)).plus(LEEWAY) <= self.clock.now();
        if ended { Err(TokenError::Expired) } else { Ok(()) }
    }

    /// Revokes the access tokens of a grant. Returns the time at which all of them have expired.
    pub(super) fn revoke(&self, grant: &str) -> Timestamp {
        let now = self.clock.now();
        let until = now.plus(self.access).plus(LEEWAY);
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.retain(|_, until| *until > now);
        revoked.insert(grant.to_owned(), until);
        until
    }
}

/// Converts to seconds since the Unix epoch, as in tokens.
pub(super) fn seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(1000)
}
