//! What the provider is told when it starts.

use super::store::SignInStore;
use crate::{clock::Clock, domain::Directory};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use url::Url;

/// What the provider needs.
pub struct OidcOptions {
    /// The service's address as clients reach it: `https`, or `http` on the loopback; no path.
    pub issuer: Url,
    /// The time.
    pub clock: Clock,
    /// Who may sign in.
    pub directory: Arc<Directory>,
    /// How they prove who they are.
    pub sign_in: SignIn,
    /// Remembers keys, codes and refresh tokens.
    pub store: Arc<dyn SignInStore>,
    /// Which kind of provider clients are told to expect.
    pub advertise: Advertise,
    /// The organisation's slug.
    pub tenant: String,
    /// How long everything holds.
    pub lifetimes: Lifetimes,
    /// The identifiers of the applications that people reach through it, such as AWS.
    pub apps: BTreeSet<String>,
}

/// How people prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// They pick themselves from a list: whoever can reach the service is anybody. Only on the loopback, for `p0 dev`.
    Choose,
    /// With the password of their directory entry.
    Password,
}

/// Which kind of provider the organisation's document names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advertise {
    /// `cloudflare`: authorization code with PKCE, by discovery. A client that likes finds the device endpoint too.
    Discovery,
    /// `okta`: device authorization, for clients that know no other way.
    Okta,
}

/// How long everything holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Access and ID tokens.
    pub access: Duration,
    /// Refresh tokens, from sign-in on: a rotation does not prolong it.
    pub refresh: Duration,
    /// For so long after its use a refresh token works again, so that a client that died before it stored the answer
    /// is not signed out.
    pub refresh_grace: Duration,
    /// A browser's session.
    pub session: Duration,
    /// An authorization code.
    pub code: Duration,
    /// A device code.
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
