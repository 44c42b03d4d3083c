//! Password sign-in, its rate limits, and browser sessions.

use super::{
    OidcError, Service, SignIn,
    attempts::{Attempts, ClientAddr, Locked},
    password::Passwords,
    secret::{self, SecretHash},
    store::Session,
};
use crate::clock::Clock;
use std::time::Duration;

/// The window of the rate limits.
const WINDOW: Duration = Duration::from_secs(15 * 60);
const MOST_PER_ACCOUNT: u32 = 10;
const MOST_PER_ADDRESS: u32 = 50;
/// The maximum length of an email address (RFC 5321, section 4.5.3.1).
const LONGEST_EMAIL: usize = 254;

/// Rate limits for passwords and user codes.
pub(crate) struct SignInLimits {
    passwords: Passwords,
    by_account: Attempts<String>,
    by_address: Attempts<ClientAddr>,
    codes_by_account: Attempts<String>,
    codes_by_address: Attempts<ClientAddr>,
}

/// Why a sign-in fails.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The user is unknown or the password is wrong. The answer does not say which.
    Wrong,
    /// Too many attempts. The next one is allowed after this time.
    Locked(Duration),
    /// The service has an error.
    Failed(OidcError),
}

impl From<Locked> for Refused {
    fn from(Locked(wait): Locked) -> Self {
        Self::Locked(wait)
    }
}

impl<E: Into<OidcError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl SignInLimits {
    pub(super) fn new(clock: &Clock) -> Self {
        Self {
            passwords: Passwords::new(),
            by_account: Attempts::new(clock.clone(), MOST_PER_ACCOUNT, WINDOW),
            by_address: Attempts::new(clock.clone(), MOST_PER_ADDRESS, WINDOW),
            codes_by_account: Attempts::new(clock.clone(), MOST_PER_ACCOUNT, WINDOW),
            codes_by_address: Attempts::new(clock.clone(), MOST_PER_ADDRESS, WINDOW),
        }
    }

    /// Counts a look-up of a user code by a signed-in user.
    pub(crate) fn begin_code(&self, email: &str, client: ClientAddr) -> Result<(), Locked> {
        self.codes_by_address.begin(&client)?;
        self.codes_by_account.begin(&email.to_owned())
    }

    /// Takes back the count of a look-up: the code was right.
    pub(crate) fn excuse_code(&self, email: &str, client: ClientAddr) {
        self.codes_by_address.excuse(&client);
        self.codes_by_account.excuse(&email.to_owned());
    }
}

impl Service {
    /// Signs a user in. Returns the new session and its secret, for the browser's cookie.
    pub(crate) async fn sign_in(
        &self,
        email: &str,
        password: &str,
        client: ClientAddr,
    ) -> Result<(String, Session), Refused> {
        if email.len() > LONGEST_EMAIL {
            return Err(Refused::Wrong);
        }
        let account = email.trim().to_lowercase();
        let user = self.directory.get(&account);
        if self.sign_in == SignIn::Password {
            self.gate.by_address.begin(&client)?;
            self.gate.by_account.begin(&account)?;
            let hash = user.and_then(|user| user.password_hash.as_deref());
            if !self.gate.passwords.verify(hash, password).await? {
                return Err(Refused::Wrong);
            }
            self.gate.by_address.excuse(&client);
            self.gate.by_account.forgive(&account);
        }
        let user = user.ok_or(Refused::Wrong)?;
        self.sweep().await?;
        let now = self.clock.now();
        let session =
            Session { email: user.email.clone(), auth_time: now, expires_at: now.plus(self.lifetimes.session) };
        let secret = secret::random();
        self.store.add_session(SecretHash::from_secret(&secret), &session).await?;
        Ok((secret, session))
    }

    /// Returns the session with this secret, if its user may still sign in.
    pub(crate) async fn session(&self, secret: &str) -> Result<Option<Session>, OidcError> {
        if !secret::is_well_formed(secret) {
            return Ok(None);
        }
        let session = self.store.session(SecretHash::from_secret(secret), self.clock.now()).await?;
        Ok(session.filter(|session| self.directory.get(&session.email).is_some()))
    }

    /// Ends a session.
    pub(crate) async fn end_session(&self, secret: &str) -> Result<(), OidcError> {
        Ok(self.store.remove_session(SecretHash::from_secret(secret)).await?)
    }
}
