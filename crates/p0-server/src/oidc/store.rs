//! What signing in has to remember, and the interface of whoever remembers it.

use super::secret::SecretHash;
use crate::{clock::Timestamp, store::StoreError};
use async_trait::async_trait;
use std::time::Duration;

/// At most so many device codes wait at once, for everybody together.
pub const MOST_DEVICE_CODES: u32 = 5_000;
/// At most so many device codes wait at once, for one network address.
pub const MOST_DEVICE_CODES_PER_ADDRESS: u32 = 20;
/// At most so many authorization codes are outstanding for one person; an older one goes first.
pub const MOST_CODES_PER_USER: u32 = 20;
/// At most so many grants with refresh tokens for one person; the one that ends first goes first.
pub const MOST_GRANTS_PER_USER: u32 = 50;
/// At most so many browsers in which one person is signed in; the oldest sign-in goes first.
pub const MOST_SESSIONS_PER_USER: u32 = 20;
/// At most so many unused refresh tokens of one grant.
pub const MOST_SIBLINGS: u32 = 10;
/// Used refresh tokens are remembered for so many rotations, to tell their reuse from nonsense.
pub const GENERATIONS_KEPT: u32 = 100;
/// How long an expired device code is remembered, so that the client hears `expired_token`.
pub const EXPIRED_DEVICE_CODES_KEPT: Duration = Duration::from_secs(600);

/// A key that signs tokens. No `Debug`: it is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name in a token's header: the RFC 7638 thumbprint.
    pub kid: String,
    /// The private key: PKCS #8, DER.
    pub pkcs8: Vec<u8>,
    /// The newest one signs.
    pub created_at: Timestamp,
}

/// The key that signs assertions for other services. No `Debug`: it is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SamlKey {
    /// The private key, for RSA: PKCS #8, DER.
    pub pkcs8: Vec<u8>,
    /// Its certificate, signed by itself: X.509, DER.
    pub certificate: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What one sign-in gave to a client. All tokens of a grant are revoked together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its identifier, which is not a secret.
    pub id: String,
    /// Who signed in.
    pub email: String,
    /// What was granted (RFC 6749, section 3.3).
    pub scope: String,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
}

/// An authorization code that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// What it stands for.
    pub grant: Grant,
    /// Where it was sent.
    pub redirect_uri: String,
    /// RFC 7636: the SHA-256 hash of the verifier.
    pub code_challenge: String,
    /// OpenID Connect: passed on into the ID token.
    pub nonce: Option<String>,
    /// When it is void.
    pub expires_at: Timestamp,
}

/// What became of an authorization code that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redemption {
    /// It is good, and used from now on.
    First(AuthorizationCode),
    /// It was used before: the identifier of its grant, which must be revoked.
    Again(String),
    /// There is no such code, or it has expired.
    Unknown,
}

/// A refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// What it stands for.
    pub grant: Grant,
    /// When it is void. Its successors inherit this, so that everybody signs in anew from time to time.
    pub expires_at: Timestamp,
}

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The successor holds from now on.
    Rotated,
    /// It was used before, longer ago than the grace: its grant must be revoked.
    Reused,
    /// Its grant has [`MOST_SIBLINGS`] unused tokens already.
    TooMany,
    /// There is no such token, or it has expired.
    Unknown,
}

/// A device that waits for somebody to allow it to sign in (RFC 8628).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// What it asked for.
    pub scope: String,
    /// What it calls itself.
    pub agent: String,
    /// Where it called from.
    pub address: String,
    /// How often it may ask.
    pub interval: Duration,
    /// When its code is void.
    pub expires_at: Timestamp,
}

/// What a device hears when it asks. An answer other than `Pending` and `SlowDown` is given once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Poll {
    /// Nobody has decided yet.
    Pending,
    /// It asked too soon, and has to wait longer from now on.
    SlowDown,
    /// Somebody allowed it.
    Allowed(Grant),
    /// Somebody refused it.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// There is no such code.
    Unknown,
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub email: String,
    /// Since when.
    pub auth_time: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Remembers what signing in needs. Every call is atomic, and holds when it returns; secrets are given as hashes.
///
/// Every call fails with [`StoreError`] when the store cannot be read or written.
#[async_trait]
pub trait SignInStore: Send + Sync {
    /// All signing keys, the newest first. When there is none yet, the candidate is kept as the first.
    async fn signing_keys(&self, candidate: SigningKey) -> Result<Vec<SigningKey>, StoreError>;

    /// The key that signs assertions, if there is one yet.
    async fn saml_key(&self) -> Result<Option<SamlKey>, StoreError>;
    /// Keeps a key that signs assertions, unless there is one: then that is the answer.
    async fn keep_saml_key(&self, candidate: SamlKey) -> Result<SamlKey, StoreError>;

    /// Keeps a code, within [`MOST_CODES_PER_USER`].
    async fn add_code(&self, hash: SecretHash, code: &AuthorizationCode) -> Result<(), StoreError>;
    /// Takes a code, which works once.
    async fn redeem_code(&self, hash: SecretHash, now: Timestamp) -> Result<Redemption, StoreError>;

    /// Keeps the first refresh token of a grant, within [`MOST_GRANTS_PER_USER`]. False if the grant is revoked already.
    async fn add_refresh_token(&self, hash: SecretHash, token: &RefreshToken) -> Result<bool, StoreError>;
    /// The token, used or not, unless it has expired.
    async fn refresh_token(&self, hash: SecretHash, now: Timestamp) -> Result<Option<RefreshToken>, StoreError>;
    /// Uses a token, and keeps its successor. A used one works again for as long as the grace. Using a token overtakes
    /// its unused siblings, so that after a repetition within the grace one line goes on.
    async fn rotate_refresh_token(
        &self,
        hash: SecretHash,
        successor: SecretHash,
        now: Timestamp,
        grace: Duration,
    ) -> Result<Rotation, StoreError>;

    /// Revokes all refresh tokens of a grant, and remembers until then that its access tokens are void.
    async fn revoke_grant(&self, grant: &str, until: Timestamp) -> Result<(), StoreError>;
    /// The grants whose access tokens are void although they have not expired, and until when to remember that.
    async fn revoked_grants(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError>;

    /// Keeps a device's codes. False beyond [`MOST_DEVICE_CODES`] or [`MOST_DEVICE_CODES_PER_ADDRESS`].
    async fn add_device(
        &self,
        device_code: SecretHash,
        user_code: SecretHash,
        device: &DeviceRequest,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// The device that waits under this user code.
    async fn waiting_device(&self, user_code: SecretHash, now: Timestamp) -> Result<Option<DeviceRequest>, StoreError>;
    /// Allows a waiting device the grant, or refuses it (`None`). False if none waits.
    async fn decide_device(
        &self,
        user_code: SecretHash,
        grant: Option<&Grant>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Answers a device. Asking sooner than its interval lengthens it by `penalty` (RFC 8628, section 3.5).
    async fn poll_device(&self, device_code: SecretHash, now: Timestamp, penalty: Duration)
    -> Result<Poll, StoreError>;

    /// Keeps a browser's session, within [`MOST_SESSIONS_PER_USER`].
    async fn add_session(&self, hash: SecretHash, session: &Session) -> Result<(), StoreError>;
    /// The session, unless it has expired.
    async fn session(&self, hash: SecretHash, now: Timestamp) -> Result<Option<Session>, StoreError>;
    /// Ends a session.
    async fn remove_session(&self, hash: SecretHash) -> Result<(), StoreError>;

    /// Forgets what has expired.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}
