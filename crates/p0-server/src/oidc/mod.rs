//! The service's own OpenID provider. Its only client is `p0`.
//!
//! Authorization code with PKCE (RFC 6749, RFC 7636, RFC 8252), device authorization (RFC 8628), refresh token rotation,
//! token exchange (RFC 8693), revocation (RFC 7009), discovery (RFC 8414, OpenID Connect Discovery). The pages are in
//! `web`; state is stored through [`store::SignInStore`].

mod attempts;
mod authenticate;
mod authorize;
pub(crate) mod browser;
mod claims;
mod client;
mod device;
mod discovery;
mod error;
mod exchange;
mod issuer;
mod keys;
mod options;
mod params;
mod password;
mod revoke;
pub(crate) mod secret;
mod sso;
pub mod store;
mod token;
mod token_message;

#[cfg(test)]
pub(crate) mod tests;

pub use client::{CLIENT_ID, PUBLIC_CLIENT_SECRET};
pub use options::{Advertise, Lifetimes, OidcOptions, SignIn};
pub use password::hash_password;
pub use secret::SecretHash;

pub(crate) use attempts::ClientAddr;
pub(crate) use authenticate::Refused;
pub(crate) use authorize::{AuthorizationRequest, Refusal};
pub(crate) use device::Lookup;
pub(crate) use discovery::path;
pub(crate) use issuer::Issuer;
pub(crate) use params::{Params, ParamsError};
pub(crate) use sso::Visitor;

use crate::{
    body::{self, Unread},
    clock::{Clock, Timestamp},
    domain::{Directory, User},
    store_error::StoreError,
    uncancellable::spawn_uncancellable,
};
use authenticate::SignInLimits;
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use claims::{AccessClaims, Tokens};
use keys::Keys;
use p0_wire::org::Provider;
use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use store::{Grant, SignInStore};

/// The maximum size of a form, in bytes.
const LARGEST_BODY: usize = 16 * 1024;
/// The interval between removals of expired entries.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// An error of the provider.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The issuer is invalid.
    #[error("{issuer} cannot be the service's address: {reason}")]
    Issuer {
        /// The configured value.
        issuer: String,
        /// Why it is invalid.
        reason: &'static str,
    },
    /// [`SignIn::Choose`] is not allowed on an address that other machines can reach.
    #[error("{0} can be reached from other machines: signing in there needs passwords")]
    Exposed(String),
    /// A user's `password_hash` is not an Argon2id hash.
    #[error("the password hash of {0} cannot be read: make one with `p0 serve --hash-password`")]
    PasswordHash(String),
    /// The password cannot be hashed.
    #[error("a password has between 1 and 1024 bytes")]
    Password,
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopping,
    /// A signing key cannot be generated or read.
    #[error("the key that signs tokens cannot be made or read")]
    Key,
    /// A token cannot be signed.
    #[error("a token cannot be signed: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
    /// No user with this email address exists.
    #[error("there is no user {0}")]
    UnknownUser(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The verified identity of a bearer token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The email address, as in the directory.
    pub email: String,
    /// The display name.
    pub name: Option<String>,
    /// The scope (RFC 6749, section 3.3).
    pub scope: String,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// Why a bearer token is rejected. Messages never contain the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token has expired.
    #[error("Your sign-in has expired. Sign in again with `p0 login`.")]
    Expired,
    /// The signature does not match.
    #[error("This token has been altered since it was issued. Sign in again with `p0 login`.")]
    Altered,
    /// The token is from another issuer or key, or for another purpose.
    #[error("This token is not one of this service's access tokens. Sign in with `p0 login`.")]
    NotOurs,
    /// It is not a token.
    #[error("This is not a token that can be read. Sign in with `p0 login`.")]
    Malformed,
    /// The user signed out, or a token was used twice.
    #[error("This sign-in has been revoked. Sign in again with `p0 login`.")]
    Revoked,
    /// The user is no longer in the directory.
    #[error("You are no longer a user of this organisation. Ask its owner.")]
    UnknownUser,
}

/// The provider. Clones share the same provider.
#[derive(Clone)]
pub struct OpenIdProvider {
    service: Arc<Service>,
}

impl OpenIdProvider {
    /// Starts a provider. Reads the keys of the store, or generates the first one.
    ///
    /// # Errors
    ///
    /// [`OidcError::Issuer`], [`OidcError::Exposed`] and [`OidcError::PasswordHash`] for invalid options;
    /// [`OidcError::Key`] and [`OidcError::Store`] if the store fails.
    pub async fn new(options: OidcOptions) -> Result<Self, OidcError> {
        Ok(Self { service: Arc::new(Service::new(options).await?) })
    }

    /// Returns a router with all endpoints and these pages. Requests should carry [`axum::extract::ConnectInfo`] with a
    /// [`std::net::SocketAddr`]. Without it, all clients share the same rate limits.
    pub(crate) fn router(&self, pages: Router<Arc<Service>>) -> Router {
        Router::new()
            .route(path::CONFIGURATION, get(discovery::configuration))
            .route(path::OAUTH_CONFIGURATION, get(discovery::configuration))
            .route(path::KEYS, get(discovery::keys))
            .route(path::USERINFO, get(discovery::userinfo).post(discovery::userinfo))
            .route(path::TOKEN, post(token::endpoint))
            .route(path::REVOKE, post(revoke::endpoint))
            .route(path::DEVICE_AUTHORIZE, post(device::endpoint))
            .merge(pages)
            .route_layer(middleware::from_fn_with_state(self.service.clone(), with_whole_body))
            .route_layer(DefaultBodyLimit::max(LARGEST_BODY))
            .route_layer(middleware::from_fn_with_state(self.service.clone(), only_for_us))
            .with_state(self.service.clone())
    }

    /// Verifies a bearer token, without access to the store.
    ///
    /// # Errors
    ///
    /// Why the token is rejected.
    pub fn verify(&self, bearer: &str) -> Result<Identity, TokenError> {
        self.service.verify(bearer)
    }

    /// Issues an access token without authentication: `p0 dev` signs in the user who runs it,
    /// without a browser.
    ///
    /// # Errors
    ///
    /// [`OidcError::UnknownUser`] if there is no user with this email address.
    pub fn access_token(&self, email: &str) -> Result<String, OidcError> {
        let user = self.service.directory.get(email).ok_or_else(|| OidcError::UnknownUser(email.to_owned()))?;
        let scope = "openid email profile".to_owned();
        let auth_time = self.service.clock.now();
        self.service.tokens.access(&Grant { id: secret::random_id(), email: user.email.clone(), scope, auth_time })
    }

    /// Redeems a one-time token for an application. Returns `None` if it is unknown, expired or used.
    pub(crate) fn visitor(&self, token: &str) -> Option<Visitor> {
        self.service.visitor(token)
    }

    /// Returns the issuer.
    pub(crate) fn issuer(&self) -> &Issuer {
        &self.service.issuer
    }

    /// Returns the `auth.provider` of the organisation document, whose `useProviderToken` is true.
    pub fn provider(&self) -> Provider {
        let (kind, client_secret) = match self.service.advertise {
            Advertise::Discovery => ("cloudflare", Some(PUBLIC_CLIENT_SECRET.to_owned())),
            Advertise::Okta => ("okta", None),
        };
        Provider {
            sso_provider: "oidc-pkce".to_owned(),
            provider_type: Some(kind.to_owned()),
            provider_id: Some("p0".to_owned()),
            provider_domain: Some(self.service.issuer.authority().to_owned()),
            client_id: Some(CLIENT_ID.to_owned()),
            client_secret,
            ..Provider::default()
        }
    }
}

impl fmt::Debug for OpenIdProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdProvider").field("issuer", &self.service.issuer).finish_non_exhaustive()
    }
}

/// Rejects a request for another host.
async fn only_for_us(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if service.issuer.is_meant_by(host) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "This service does not answer to that name.\n").into_response()
    }
}

/// Reads the body before the request is processed.
async fn with_whole_body(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match body::read(Request::from_parts(head.clone(), body), &service.clock).await {
        Ok(body) => next.run(Request::from_parts(head, Body::from(body))).await,
        Err(Unread::Slow) => (StatusCode::REQUEST_TIMEOUT, "The body took too long.\n").into_response(),
        Err(Unread::Refused(rejection)) => rejection.into_response(),
    }
}

/// Checks all password hashes. [`OidcError::PasswordHash`] names a user whose hash is invalid.
pub(crate) fn check_passwords<'a>(users: impl IntoIterator<Item = &'a User>) -> Result<(), OidcError> {
    let unreadable = |user: &&User| user.password_hash.as_deref().is_some_and(|hash| !password::is_readable(hash));
    match users.into_iter().find(unreadable) {
        Some(user) => Err(OidcError::PasswordHash(user.email.clone())),
        None => Ok(()),
    }
}

/// The state that endpoints and pages share.
pub(crate) struct Service {
    pub(crate) issuer: Issuer,
    pub(crate) tenant: String,
    pub(crate) clock: Clock,
    pub(crate) directory: Arc<Directory>,
    pub(crate) sign_in: SignIn,
    pub(crate) store: Arc<dyn SignInStore>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) gate: SignInLimits,
    pub(crate) forms: browser::FormKey,
    apps: BTreeSet<String>,
    tickets: sso::Tickets,
    advertise: Advertise,
    tokens: Tokens,
    swept_at: AtomicI64,
}

impl Service {
    async fn new(options: OidcOptions) -> Result<Self, OidcError> {
        let OidcOptions { issuer, clock, directory, sign_in, store, advertise, tenant, lifetimes, apps } = options;
        let issuer = Issuer::new(&issuer)?;
        if sign_in == SignIn::Choose && !issuer.is_loopback() {
            return Err(OidcError::Exposed(issuer.as_str().to_owned()));
        }
        check_passwords(directory.0.values())?;
        let now = clock.now();
        let keys = Keys::new(&store.signing_keys(keys::generate(now)?).await?)?;
        let revoked = store.revoked_grants(now).await?;
        let audience = issuer.at(&format!("/o/{tenant}"));
        let tokens = Tokens::new(keys, issuer.clone(), audience, clock.clone(), &lifetimes, revoked);
        let gate = SignInLimits::new(&clock);
        let forms = browser::FormKey::random();
        let swept_at = AtomicI64::new(i64::MIN);
        Ok(Self {
            issuer,
            tenant,
            clock,
            directory,
            sign_in,
            store,
            lifetimes,
            gate,
            forms,
            apps,
            tickets: sso::Tickets::default(),
            advertise,
            tokens,
            swept_at,
        })
    }

    /// Verifies a bearer token and returns its claims and user.
    fn authenticate(&self, bearer: &str) -> Result<(AccessClaims, &User), TokenError> {
        let claims = self.tokens.verify(bearer)?;
        let user = self.directory.get(&claims.sub).ok_or(TokenError::UnknownUser)?;
        Ok((claims, user))
    }

    fn verify(&self, bearer: &str) -> Result<Identity, TokenError> {
        let (claims, user) = self.authenticate(bearer)?;
        Ok(Identity {
            email: user.email.clone(),
            name: user.name.clone(),
            scope: claims.scope,
            expires_at: Timestamp(claims.exp.saturating_mul(1000)),
        })
    }

    /// Revokes all tokens of a grant, in memory and in the store, even if the client disconnects.
    async fn revoke(&self, grant: &str) -> Result<(), StoreError> {
        let until = self.tokens.revoke(grant);
        let (store, grant) = (Arc::clone(&self.store), grant.to_owned());
        spawn_uncancellable(async move { store.revoke_grant(&grant, until).await }).await
    }

    /// Removes expired entries from time to time. Called before an entry is added.
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let last = self.swept_at.load(Ordering::Relaxed);
        if Timestamp(last).plus(SWEEP_INTERVAL) > now {
            return Ok(());
        }
        if self.swept_at.compare_exchange(last, now.0, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return Ok(()); // Somebody else does it now.
        }
        self.store.sweep(now).await
    }
}
