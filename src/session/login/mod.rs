//! Signing in: one file per method, and what methods share.
//!
//! `google`, `entra`, `okta`, `ping` and `oidc` each say what an identity provider looks like; `provider` signs in there, by
//! one of two flows: `browser` (with `landing`, `opener` and `pasted`) or `device`. `password` needs no provider. `discovery`
//! and `identity` say where a provider listens and who signed in; `memory` is what outlasts a sign-in.

mod browser;
mod device;
pub(super) mod discovery;
mod entra;
mod google;
pub(super) mod identity;
mod landing;
mod memory;
mod oidc;
mod okta;
pub mod opener;
mod password;
mod ping;
mod provider;

pub use memory::Memory;

use super::{
    Deps,
    describe::Described,
    firebase::Firebase,
    import::ImportedSession,
    oauth::{Client, Granted},
    provider::AtProvider,
    store::{Renewal, Renewer, Session},
};
use crate::{
    clock,
    error::{Failure, Kind},
    ui::time,
};
use anyhow::Result;
use p0_wire::org::{Auth, Org, Provider};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How long somebody may take to sign in.
pub const LIMIT: Duration = Duration::from_secs(300);

/// Ways to a sign-in page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInFlow {
    /// This machine's browser is opened.
    Browser,
    /// The user enters a code in another machine's browser.
    Device,
    /// The user opens the page.
    NoBrowser,
}

/// How the user wants to sign in.
#[derive(Debug, Clone, Default)]
pub struct LoginOptions {
    /// Renew the session, although there is one.
    pub refresh: bool,
    /// The way that the user chose; `None`: as the last time, else as suits the machine.
    pub way: Option<SignInFlow>,
    /// Signing in is what the user asked for, and not on the way of something else.
    pub asked: bool,
    /// Another client's session, to be taken over.
    pub found: Option<ImportedSession>,
}

/// One attempt to sign in.
pub struct Attempt<'a> {
    /// What it may use.
    pub deps: &'a Deps,
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
    Google(&'a Provider),
    Entra(&'a Provider),
    Okta(&'a Provider),
    Ping(&'a Provider),
    Oidc(&'a Provider),
    Password,
}

impl<'a> Method<'a> {
    /// The organisation's method, or the words for what its users do instead.
    fn from_org(org: &'a Org) -> Result<Self, String> {
        let provider = match &org.auth {
            Auth::Sso { provider } => provider.as_ref(),
            Auth::Password => return Ok(Self::Password),
            Auth::MagicLink => return Err("with a link sent by e-mail".into()),
            Auth::Unknown => return Err("in a way that is new".into()),
        };
        let says = |field: &Option<String>| field.as_deref().is_some_and(|field| !field.is_empty());
        Ok(match (provider.sso_provider.as_str(), provider.provider_type.as_deref()) {
            ("google" | "google-oidc", _) => Self::Google(provider),
            ("azure-oidc" | "microsoft", _) => Self::Entra(provider),
            ("oidc-pkce", Some("okta")) => Self::Okta(provider),
            ("oidc-pkce", Some("ping")) => Self::Ping(provider),
            ("oidc-pkce", _) => Self::Oidc(provider),
            ("okta", _) if says(&provider.provider_domain) && says(&provider.client_id) => Self::Okta(provider),
            ("okta", _) => {
                return Err("with Okta, by an older configuration that names neither a domain nor a client,".into());
            }
            (other, _) => return Err(format!("with an identity provider of the kind '{other}'")),
        })
    }
}

/// Whether the identity provider exchanges its tokens for those of the apps behind it, so that they are worth keeping
/// beside those that the API takes.
pub fn exchanges(org: &Org) -> bool {
    matches!(Method::from_org(org), Ok(Method::Okta(_)))
}

/// Signs in by the organisation's method. Nothing is kept yet.
pub async fn sign_in(attempt: &Attempt<'_>) -> Result<Session> {
    match provider(attempt).await? {
        Some((provider, described)) => provider::sign_in(attempt, provider, described).await,
        None if attempt.how.found.is_some() => {
            Err(provider::not_taken_over(attempt, "users of this organisation sign in by password").into())
        }
        None => password::sign_in(attempt).await,
    }
}

/// This program as a client of the organisation's identity provider; `None` where users sign in by password.
pub async fn client(attempt: &Attempt<'_>) -> Result<Option<Client>> {
    Ok(provider(attempt).await?.map(|(provider, _)| provider.client))
}

/// The organisation's identity provider, and how the organisation describes it; `None` where users sign in by password.
async fn provider<'a>(attempt: &Attempt<'a>) -> Result<Option<(provider::Provider, &'a Provider)>> {
    let method = Method::from_org(&attempt.described.org).map_err(|how| impossible(attempt.org, &how))?;
    Ok(Some(match method {
        Method::Google(described) => (google::provider(attempt, described)?, described),
        Method::Entra(described) => (entra::provider(attempt, described)?, described),
        Method::Okta(described) => (okta::provider(attempt, described)?, described),
        Method::Ping(described) => (ping::provider(attempt, described)?, described),
        Method::Oidc(described) => (oidc::provider(attempt, described).await?, described),
        Method::Password => return Ok(None),
    }))
}

impl Attempt<'_> {
    /// Whether a code for another machine's browser is better than this machine's.
    fn prefers_device(&self) -> bool {
        match self.how.way {
            Some(way) => way == SignInFlow::Device,
            None => self.is_remote(),
        }
    }

    /// Whether opening a page here could help whoever signs in.
    fn may_open_a_browser(&self) -> bool {
        self.how.way != Some(SignInFlow::NoBrowser) && (self.how.way == Some(SignInFlow::Browser) || !self.is_remote())
    }

    /// Whether a page that is opened here would be seen by nobody.
    fn is_remote(&self) -> bool {
        !opener::helps(&self.deps.env, &self.deps.settings)
    }

    /// A page is being opened, which whoever comes next need not open again.
    fn remember_page(&self) {
        Memory::change(&self.deps.dirs, self.org, |memory| {
            memory.unanswered = Some(clock::now());
            memory.given_up = false;
        });
    }

    /// The Firebase project of the organisation, or its emulator.
    fn firebase(&self) -> Result<Firebase, Failure> {
        let emulator = self.deps.env.firebase_emulator.as_deref();
        let firebase = Firebase::from_org(&self.described.org, emulator)?;
        if let Some(emulator) = emulator {
            self.deps.ui.warn(format!("FIREBASE_AUTH_EMULATOR_HOST is set: signing in at the emulator on {emulator}."));
        }
        Ok(firebase)
    }

    /// What was granted to whom, as a session.
    fn session(&self, email: String, granted: Granted, by: Renewer, provider: Option<AtProvider>) -> Session {
        Session {
            email,
            base: self.described.base.clone(),
            access_token: granted.access_token,
            expires_at: granted.expires_at,
            renewal: granted.refresh_token.map(|refresh_token| Renewal { refresh_token, by }),
            provider,
        }
    }
}

/// A page is open already, or was closed: a tool that tries again must not open one more each time. Whoever waited for
/// another's sign-in, of which nothing has come because that was killed, takes it over.
pub fn no_second_page(deps: &Deps, org: &str, waited: bool) -> Result<(), Failure> {
    let Memory { unanswered: Some(at), given_up, .. } = Memory::recall(&deps.dirs, org) else { return Ok(()) };
    if waited && !given_up {
        return Ok(());
    }
    let ago = time::relative(clock::now(), at);
    Err(Failure::new(
        Kind::NotSignedIn,
        format!("You are not signed in to {org}: nobody answered the sign-in page that was opened {ago}."),
    )
    .hint(format!("Sign in with: p0 login {org}")))
}

fn impossible(org: &str, how: &str) -> Failure {
    Failure::error(format!("The users of {org} sign in {how}, which p0 cannot do."))
        .hint("Ask the organisation's owner for a sign-in by identity provider or password.")
        .hint("Until then, set P0_API_TOKEN to a token that you have from elsewhere.")
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

    fn org(auth: Value) -> Org {
        serde_json::from_value(json!({"auth": auth})).expect("an organisation")
    }

    fn sso(provider: &str, kind: Option<&str>) -> Value {
        json!({"type": "sso", "provider": {"ssoProvider": provider, "providerType": kind}})
    }

    #[test]
    fn each_method_is_recognised_and_each_other_is_named() {
        let method = |auth: Value| match Method::from_org(&org(auth)) {
            Ok(method) => format!("{method:?}").split('(').next().unwrap_or_default().to_owned(),
            Err(words) => words,
        };
        for (auth, expected) in [
            (sso("google", None), "Google"),
            (sso("google-oidc", None), "Google"),
            (sso("microsoft", None), "Entra"),
            (sso("azure-oidc", None), "Entra"),
            (sso("oidc-pkce", Some("okta")), "Okta"),
            (sso("oidc-pkce", Some("ping")), "Ping"),
            (sso("oidc-pkce", Some("cloudflare")), "Oidc"),
            (sso("oidc-pkce", Some("another")), "Oidc"),
            (sso("oidc-pkce", None), "Oidc"),
            (json!({"type": "password"}), "Password"),
            (json!({"type": "magic-link"}), "with a link sent by e-mail"),
            (json!({"type": "retina-scan"}), "in a way that is new"),
            (sso("saml", None), "with an identity provider of the kind 'saml'"),
            (sso("okta", None), "with Okta, by an older configuration that names neither a domain nor a client,"),
        ] {
            assert_eq!(method(auth.clone()), expected, "{auth}");
        }
        let mut okta = sso("okta", None);
        okta["provider"]["providerDomain"] = "id.example.com".into();
        okta["provider"]["clientId"] = "c".into();
        assert_eq!(method(okta), "Okta");
        let failure = impossible("example", "with a link sent by e-mail");
        assert_eq!(failure.message, "The users of example sign in with a link sent by e-mail, which p0 cannot do.");
        assert!(failure.hints[1].contains("P0_API_TOKEN"));
    }
}
