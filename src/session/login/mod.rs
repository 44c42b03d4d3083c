//! Signing in: one file per method, and the flows that methods share.
//!
//! `oidc` and `okta` are methods; `browser` (with `landing` and `opener`) and `device` are flows; `discovery` and
//! `identity` say where a provider listens and who signed in.

mod browser;
mod device;
pub(super) mod discovery;
mod identity;
mod landing;
mod oidc;
mod okta;
mod opener;

use super::{
    Parts,
    describe::Described,
    oauth::{Client, Granted},
    store::{Renewal, Session},
};
use crate::error::Failure;
use anyhow::Result;
use p0_wire::org::{Auth, Org, Provider};
use std::time::{Duration, Instant};

/// How long somebody may take to sign in.
pub const LIMIT: Duration = Duration::from_secs(300);

/// How the user wants to sign in.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoginOptions {
    /// Renew the session, although there is one.
    pub refresh: bool,
    /// With another machine's browser.
    pub device: bool,
    /// The user opens the page.
    pub no_browser: bool,
}

/// One attempt to sign in.
pub struct Attempt<'a> {
    /// What it may use.
    pub parts: &'a Parts,
    /// The organisation.
    pub org: &'a str,
    /// How it says that its users sign in.
    pub described: &'a Described,
    /// How this user wants to.
    pub how: LoginOptions,
    /// When to give up.
    pub deadline: Instant,
}

/// The methods there are.
#[derive(Debug, PartialEq, Eq)]
enum Method<'a> {
    Oidc(&'a Provider),
    Okta(&'a Provider),
}

impl<'a> Method<'a> {
    /// The organisation's method, or the words for what its users do instead.
    fn of(org: &'a Org) -> Result<Self, String> {
        let provider = match &org.auth {
            Auth::Sso { provider } => provider,
            Auth::Password => return Err("with an e-mail address and a password".into()),
            Auth::MagicLink => return Err("with a link sent by e-mail".into()),
            Auth::Unknown => return Err("in a way that is new".into()),
        };
        let kind = (provider.sso_provider.as_str(), provider.provider_type.as_deref());
        let method = match kind {
            ("oidc-pkce", Some("okta")) => Self::Okta(provider),
            ("oidc-pkce", Some("ping")) => return Err("with PingOne".into()),
            ("oidc-pkce", _) => Self::Oidc(provider),
            ("google" | "google-oidc", _) => return Err("with Google".into()),
            ("azure-oidc" | "microsoft", _) => return Err("with Microsoft Entra ID".into()),
            ("okta", _) => {
                return Err("with Okta, by an older configuration that names neither a domain nor a client,".into());
            }
            (other, _) => return Err(format!("with an identity provider of the kind '{other}'")),
        };
        if org.use_provider_token { Ok(method) } else { Err("with a token that is exchanged at Firebase".into()) }
    }
}

/// Signs in by the organisation's method. Nothing is kept yet.
///
/// # Errors
/// The method is not one of ours, the provider or the user refuses, or the time is over.
pub async fn sign_in(attempt: &Attempt<'_>) -> Result<Session> {
    match Method::of(&attempt.described.org).map_err(|how| not_yet(attempt.org, &how))? {
        Method::Oidc(provider) => oidc::sign_in(attempt, provider).await,
        Method::Okta(provider) => okta::sign_in(attempt, provider).await,
    }
}

impl Attempt<'_> {
    /// Whether a code for another machine's browser is better than this machine's: it was asked for, somebody sits
    /// elsewhere, or there is no desktop.
    fn prefers_device(&self) -> bool {
        self.how.device || (!self.how.no_browser && (self.parts.env.over_ssh || !self.has_a_browser()))
    }

    /// Whether opening a page here could help whoever signs in.
    fn may_open_a_browser(&self) -> bool {
        !self.how.no_browser && !self.parts.env.over_ssh && self.has_a_browser()
    }

    fn has_a_browser(&self) -> bool {
        let env = &self.parts.env;
        !cfg!(target_os = "linux") || env.display || env.wsl || self.parts.settings.browser.is_some()
    }

    /// What was granted to whom, as a session.
    fn session(&self, email: String, granted: Granted, client: Client) -> Session {
        Session {
            email,
            base: self.described.base.clone(),
            access_token: granted.access_token,
            expires_at: granted.expires_at,
            renewal: granted.refresh_token.map(|refresh_token| Renewal { refresh_token, client }),
        }
    }
}

fn not_yet(org: &str, how: &str) -> Failure {
    Failure::error(format!("The users of {org} sign in {how}, which this version of p0 cannot do yet."))
        .hint("Until it can, set P0_API_TOKEN to a token that you have from elsewhere.")
}

/// The user, or the provider in their stead, said no.
fn refused() -> Failure {
    Failure::error("The sign-in was refused.").hint("If that was a mistake, try again with: p0 login")
}

/// A field that a provider's description must have.
fn field(value: Option<&String>, name: &str) -> Result<String, Failure> {
    value.filter(|value| !value.is_empty()).cloned().ok_or_else(|| {
        Failure::error(format!("The organisation's description has no {name}, so nobody can sign in to it."))
            .hint("Tell whoever runs the service.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn org(auth: Value, use_provider_token: bool) -> Org {
        serde_json::from_value(json!({"auth": auth, "useProviderToken": use_provider_token})).expect("an organisation")
    }

    fn sso(provider: &str, kind: Option<&str>) -> Value {
        json!({"type": "sso", "provider": {"ssoProvider": provider, "providerType": kind}})
    }

    #[test]
    fn each_method_is_recognised_and_each_other_is_named() {
        for kind in [Some("cloudflare"), Some("another"), None] {
            assert!(matches!(Method::of(&org(sso("oidc-pkce", kind), true)), Ok(Method::Oidc(_))), "{kind:?}");
        }
        assert!(matches!(Method::of(&org(sso("oidc-pkce", Some("okta")), true)), Ok(Method::Okta(_))));
        for (auth, exchanged, words) in [
            (json!({"type": "password"}), false, "with an e-mail address and a password"),
            (json!({"type": "magic-link"}), false, "with a link sent by e-mail"),
            (json!({"type": "retina-scan"}), false, "in a way that is new"),
            (sso("google", None), false, "with Google"),
            (sso("google-oidc", None), false, "with Google"),
            (sso("microsoft", None), true, "with Microsoft Entra ID"),
            (sso("azure-oidc", None), true, "with Microsoft Entra ID"),
            (sso("oidc-pkce", Some("ping")), true, "with PingOne"),
            (sso("oidc-pkce", Some("okta")), false, "with a token that is exchanged at Firebase"),
            (sso("saml", None), true, "with an identity provider of the kind 'saml'"),
        ] {
            let org = org(auth, exchanged);
            assert_eq!(Method::of(&org).expect_err(words), words);
        }
        let failure = not_yet("example", "with Google");
        assert_eq!(
            failure.message,
            "The users of example sign in with Google, which this version of p0 cannot do yet."
        );
        assert!(failure.hints[0].contains("P0_API_TOKEN"));
    }
}
