//! Stored state of the provider, and the interface of its store.

use super::secret::SecretHash;
use crate::{clock::Timestamp, store_error::StoreError};
use async_trait::async_trait;
use std::time::Duration;

/// The maximum number of pending device codes.
pub const MOST_DEVICE_CODES: u32 = 5_000;
/// The maximum number of pending device codes per network address.
pub const MOST_DEVICE_CODES_PER_ADDRESS: u32 = 20;
/// The maximum number of unused authorization codes per user. The oldest one is dropped first.
pub const MOST_CODES_PER_USER: u32 = 20;
/// The maximum number of grants with refresh tokens per user. The one that expires first is dropped first.
pub const MOST_GRANTS_PER_USER: u32 = 50;
/// The maximum number of browser sessions per user. The oldest one is dropped first.
pub const MOST_SESSIONS_PER_USER: u32 = 20;
/// The maximum number of unused refresh tokens per grant.
pub const MOST_SIBLINGS: u32 = 10;
/// The number of used refresh tokens per grant that are remembered, to detect reuse.
pub const GENERATIONS_KEPT: u32 = 100;
/// How long expired device codes are remembered, so that clients get `expired_token`.
pub const EXPIRED_DEVICE_CODES_KEPT: Duration = Duration::from_secs(600);

/// A signing key for tokens. No `Debug`: it is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The key id (`kid`): the RFC 7638 thumbprint.
    pub kid: String,
    /// The private key (PKCS #8, DER).
    pub pkcs8: Vec<u8>,
    /// When the key was made. The newest one signs.
    pub created_at: Timestamp,
}

/// The signing key for SAML assertions. No `Debug`: it is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SamlKey {
    /// The private RSA key (PKCS #8, DER).
    pub pkcs8: Vec<u8>,
    /// The self-signed certificate (X.509, DER).
    pub certificate: Vec<u8>,
    /// When the key was made.
    pub created_at: Timestamp,
}

/// A grant: the result of one sign-in. All of its tokens are revoked together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The id, which is not secret.
    pub id: String,
    /// The user's email address.
    pub email: String,
    /// The scope (RFC 6749, section 3.3).
    pub scope: String,
    /// When the user authenticated.
    pub auth_time: Timestamp,
}

/// An issued authorization code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The grant.
    pub grant: Grant,
    /// The redirect URI to which it was sent.
    pub redirect_uri: String,
    /// The PKCE challenge: the SHA-256 hash of the verifier (RFC 7636).
    pub code_challenge: String,
    /// The nonce for the ID token (OpenID Connect).
    pub nonce: Option<String>,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// The result of redeeming an authorization code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redemption {
    /// The code was valid and is now used.
    First(AuthorizationCode),
    /// The code was used before. Its grant, given by id, must be revoked.
    Again(String),
    /// The code is unknown or has expired.
    Unknown,
}

/// A refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The grant.
    pub grant: Grant,
    /// When it expires. Its successors expire at the same time, so that users must sign in again from time to time.
    pub expires_at: Timestamp,
}

/// The result of redeeming a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The token was valid, and its successor is stored.
    Rotated,
    /// The token was used before the grace period. Its grant must be revoked.
    Reused,
    /// The grant already has [`MOST_SIBLINGS`] unused tokens.
    TooMany,
    /// The token is unknown or has expired.
    Unknown,
}

/// A device that waits for a user's decision (RFC 8628).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The requested scope.
    pub scope: String,
    /// The client's name.
    pub agent: String,
    /// The client's network address.
    pub address: String,
    /// The polling interval.
    pub interval: Duration,
    /// When its codes expire.
    pub expires_at: Timestamp,
}

/// The result of polling. Results other than `Pending` and `SlowDown` are returned once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Poll {
    /// Not decided yet.
    Pending,
    /// The device polled too soon. Its interval is now longer.
    SlowDown,
    /// A user allowed it.
    Allowed(Grant),
    /// A user denied it.
    Denied,
    /// The codes expired without a decision.
    Expired,
    /// The code is unknown.
    Unknown,
}

/// A browser session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The user's email address.
    pub email: String,
    /// When the user authenticated.
    pub auth_time: Timestamp,
    /// When the session expires.
    pub expires_at: Timestamp,
}

/// Stores the provider's state. Calls are atomic and durable. Secrets are passed as hashes.
///
/// Calls fail with [`StoreError`] if the store cannot be read or written.
#[async_trait]
pub trait SignInStore: Send + Sync {
    /// Returns all signing keys, newest first. Stores the candidate if there are none.
    async fn signing_keys(&self, candidate: SigningKey) -> Result<Vec<SigningKey>, StoreError>;

    /// Returns the signing key for assertions.
    async fn saml_key(&self) -> Result<Option<SamlKey>, StoreError>;
    /// Stores a signing key for assertions, unless there is one. Returns the stored key.
    async fn keep_saml_key(&self, candidate: SamlKey) -> Result<SamlKey, StoreError>;

    /// Stores a code. Enforces [`MOST_CODES_PER_USER`].
    async fn add_code(&self, hash: SecretHash, code: &AuthorizationCode) -> Result<(), StoreError>;
    /// Redeems a code, which works once.
    async fn redeem_code(&self, hash: SecretHash, now: Timestamp) -> Result<Redemption, StoreError>;

    /// Stores the first refresh token of a grant. Enforces [`MOST_GRANTS_PER_USER`]. Returns false if the grant is revoked.
    async fn add_refresh_token(&self, hash: SecretHash, token: &RefreshToken) -> Result<bool, StoreError>;
    /// Returns a token, used or not, unless it has expired.
    async fn refresh_token(&self, hash: SecretHash, now: Timestamp) -> Result<Option<RefreshToken>, StoreError>;
    /// Redeems a token and stores its successor. A used token works again within the grace period. Redeeming a token invalidates
    /// its unused siblings, so that only one line of tokens continues.
    async fn rotate_refresh_token(
        &self,
        hash: SecretHash,
        successor: SecretHash,
        now: Timestamp,
        grace: Duration,
    ) -> Result<Rotation, StoreError>;

    /// Revokes all refresh tokens of a grant, and remembers until this time that its access tokens are revoked.
    async fn revoke_grant(&self, grant: &str, until: Timestamp) -> Result<(), StoreError>;
    /// Returns the revoked grants whose access tokens have not expired, each with the expiry of the last token.
    async fn revoked_grants(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError>;

    /// Stores a device's codes. Returns false beyond [`MOST_DEVICE_CODES`] or [`MOST_DEVICE_CODES_PER_ADDRESS`].
    async fn add_device(
        &self,
        device_code: SecretHash,
        user_code: SecretHash,
        device: &DeviceRequest,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Returns the device that waits with this user code.
    async fn waiting_device(&self, user_code: SecretHash, now: Timestamp) -> Result<Option<DeviceRequest>, StoreError>;
    /// Gives a waiting device the grant, or denies it (`None`). Returns false if no device waits.
    async fn decide_device(
        &self,
        user_code: SecretHash,
        grant: Option<&Grant>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Polls for a device. Polling too soon lengthens the interval by `penalty` (RFC 8628, section 3.5).
    async fn poll_device(&self, device_code: SecretHash, now: Timestamp, penalty: Duration)
    -> Result<Poll, StoreError>;

    /// Stores a browser session. Enforces [`MOST_SESSIONS_PER_USER`].
    async fn add_session(&self, hash: SecretHash, session: &Session) -> Result<(), StoreError>;
    /// Returns a session, unless it has expired.
    async fn session(&self, hash: SecretHash, now: Timestamp) -> Result<Option<Session>, StoreError>;
    /// Ends a session.
    async fn remove_session(&self, hash: SecretHash) -> Result<(), StoreError>;

    /// Removes expired entries.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}
