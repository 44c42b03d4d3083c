//! Options of the provider.

use super::store::SignInStore;
use crate::{clock::Clock, domain::Directory};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use url::Url;

/// Options of the provider.
pub struct OidcOptions {
    /// The service's URL for clients: `https`, or `http` on the loopback interface, without a path.
    pub issuer: Url,
    /// The clock.
    pub clock: Clock,
    /// The users.
    pub directory: Arc<Directory>,
    /// How users authenticate.
    pub sign_in: SignIn,
    /// The store for keys, codes, tokens and sessions.
    pub store: Arc<dyn SignInStore>,
    /// The kind of provider in the organisation document.
    pub advertise: Advertise,
    /// The organisation's slug.
    pub tenant: String,
    /// Lifetimes.
    pub lifetimes: Lifetimes,
    /// The ids of the applications for which the provider issues one-time tokens, such as AWS.
    pub apps: BTreeSet<String>,
}

/// How users authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// Users choose themselves from a list, without authentication. Only on the loopback interface, for `p0 dev`.
    Choose,
    /// With a password.
    Password,
}

/// The kind of provider in the organisation document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advertise {
    /// `cloudflare`: authorization code with PKCE and discovery. Discovery also names the device endpoint.
    Discovery,
    /// `okta`: device authorization, which the existing client uses.
    Okta,
}

/// Lifetimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// The lifetime of access and ID tokens.
    pub access: Duration,
    /// The lifetime of refresh tokens, from sign-in. Rotation does not extend it.
    pub refresh: Duration,
    /// The grace period in which a used refresh token works again, so that a client that crashed before it stored the
    /// response is not signed out.
    pub refresh_grace: Duration,
    /// The lifetime of browser sessions.
    pub session: Duration,
    /// The lifetime of authorization codes.
    pub code: Duration,
    /// The lifetime of device codes.
    pub device: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const HOUR: u64 = 60 * 60;
        Self {
            access: Duration::from_secs(HOUR),
            refresh: Duration::from_secs(30 * 24 * HOUR),
            refresh_grace: Duration::from_secs(30),
            session: Duration::from_secs(12 * HOUR),
            code: Duration::from_secs(60),
            device: Duration::from_secs(600),
        }
    }
}
