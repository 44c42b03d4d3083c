//! An identity provider, as a sign-in sees it: whoever it is, the steps from its page to a session are the same.

use super::{
    Attempt, browser, device, discovery,
    identity::{self, Expected, Issuer},
    landing::{Page, Redirect},
};
use crate::{
    error::{Failure, classify},
    session::{
        import::ImportedSession,
        oauth::{Client, Error, Granted},
        provider::AtProvider,
        store::{Renewer, Session},
    },
};
use anyhow::Result;
use oauth2::CsrfToken;
use p0_wire::org;
use url::Url;

/// An OpenID provider and this program's place at it.
pub(super) struct Provider {
    /// This program, as a client of it.
    pub(super) client: Client,
    /// Whose name stands in its tokens.
    pub(super) issuer: Issuer,
    /// What is asked for.
    pub(super) scopes: Vec<&'static str>,
    /// Where a code for another machine's browser is had (RFC 8628).
    pub(super) device: Option<Url>,
    /// Where users sign in (the authorization endpoint).
    pub(super) page: Option<Url>,
    /// Who signed in, where the `id_token` does not say.
    pub(super) userinfo: Option<Url>,
    /// Where the browser comes back to.
    pub(super) redirect: Redirect,
    /// How it is to ask the user, if not as it likes.
    pub(super) prompt: Option<&'static str>,
    /// Its name at Firebase; `None`: the one in the organisation's description.
    pub(super) firebase_id: Option<&'static str>,
}

pub(super) async fn sign_in(attempt: &Attempt<'_>, provider: Provider, described: &org::Provider) -> Result<Session> {
    if let Some(found) = &attempt.how.found {
        let taken_over = take_over(attempt, &provider, described, found).await;
        return taken_over.map_err(|error| not_taken_over(attempt, &classify(error).message).into());
    }
    if let Some(endpoint) = provider.device.as_ref().filter(|_| provider.page.is_none() || attempt.prefers_device()) {
        let granted = device::run(attempt, &provider.client, endpoint, &provider.scopes).await?;
        return session(attempt, &provider, described, granted, None).await;
    }
    if attempt.how.way == Some(super::SignInFlow::Device) {
        return Err(Failure::error("This organisation's identity provider cannot sign in by code.")
            .hint("Open its page yourself, on any machine: p0 login --no-browser")
            .into());
    }
    let page = provider.page.as_ref().ok_or_else(|| {
        Failure::error("This organisation's identity provider has no sign-in page.")
            .hint("Tell whoever runs the service.")
    })?;
    let returned = browser::run(attempt, &provider, page).await?;
    let session = session(attempt, &provider, described, returned.granted, returned.nonce.as_ref()).await;
    returned.tab.show(if session.is_ok() { Page::SignedIn } else { Page::Failed }).await;
    session
}

/// Another client's session as ours: fresh from the provider where that renews it, else as it stands.
async fn take_over(
    attempt: &Attempt<'_>,
    provider: &Provider,
    described: &org::Provider,
    found: &ImportedSession,
) -> Result<Session> {
    let mut granted = found.granted.clone();
    if let Some(refresh_token) = &granted.refresh_token {
        let fresh = provider.client.refresh(&attempt.deps.http, refresh_token).await;
        let fresh = fresh.map_err(Error::into_failure)?;
        // What a renewal leaves out stays as it was (RFC 6749, section 6; OpenID Connect Core, section 12.2).
        granted = Granted {
            refresh_token: fresh.refresh_token.or(granted.refresh_token),
            id_token: fresh.id_token.or(granted.id_token),
            ..fresh
        };
    }
    session(attempt, provider, described, granted, None).await
}

/// That another client's session is of no use here.
pub(super) fn not_taken_over(attempt: &Attempt<'_>, why: &str) -> Failure {
    let path = attempt.how.found.as_ref().map(|found| found.path.display().to_string()).unwrap_or_default();
    Failure::error(format!("The session in {path} cannot be taken over: {}.", why.trim_end_matches('.')))
        .hint(format!("Sign in with: p0 login {}", attempt.org))
}

/// What was granted, as a session: with the provider's own token, or with Firebase's for it.
async fn session(
    attempt: &Attempt<'_>,
    provider: &Provider,
    described: &org::Provider,
    granted: Granted,
    nonce: Option<&CsrfToken>,
) -> Result<Session> {
    let http = &attempt.deps.http;
    let expected = Expected { issuer: &provider.issuer, client: &provider.client.id, nonce };
    let claims = identity::check(&granted, &expected)?;
    if attempt.described.org.use_provider_token {
        let email = identity::email(http, &granted, claims, provider.userinfo.as_ref()).await?;
        let at_provider = granted.id_token.as_ref().map(|id_token| AtProvider::of_session(&provider.client, id_token));
        return Ok(attempt.session(email, granted, Renewer::Client(provider.client.clone()), at_provider));
    }
    let firebase = attempt.firebase()?;
    let id = match provider.firebase_id {
        Some(id) => id.to_owned(),
        None => super::field(described.provider_id.as_ref(), "providerId")?,
    };
    let account = firebase.sign_in_with_idp(http, &granted, &id).await?;
    let exchanges = super::exchanges(&attempt.described.org);
    let at_provider = if exchanges { AtProvider::beside(&provider.client, &granted) } else { None };
    Ok(attempt.session(account.email, account.granted, Renewer::Firebase(firebase.token_service()), at_provider))
}

/// Where a provider is that is the same for everybody, such as Google. A `providerDomain` on this machine's loopback
/// stands in for it, as test services do; no other does, so a description cannot send users to an impostor elsewhere.
pub(super) fn well_known(host: &str, described: &org::Provider, base: &Url) -> Result<Url, Failure> {
    let stand_in = described.provider_domain.as_deref().filter(|domain| !domain.is_empty());
    if let Some(domain) = stand_in {
        let address = discovery::address(domain, base)?;
        if p0_client::is_loopback(&address) {
            return Ok(address);
        }
    }
    Ok(Url::parse(&format!("https://{host}")).expect("an address"))
}

/// An address below another, by segments that are each one.
pub(super) fn below(root: &Url, segments: &[&str]) -> Result<Url, Failure> {
    if let Some(wrong) = segments.iter().find(|segment| !crate::dirs::is_plain(segment)) {
        let shown: String = wrong.chars().take(64).collect();
        return Err(Failure::error(format!(
            "'{shown}' in the organisation's description cannot be part of an address."
        ))
        .hint("Tell whoever runs the service."));
    }
    let mut url = root.clone();
    url.path_segments_mut().expect("an http address has a path").pop_if_empty().extend(segments);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_loopback_stands_in_for_a_provider_that_everybody_knows() {
        let base = Url::parse("https://api.example.com").expect("an address");
        let at = |domain: Option<&str>| {
            let described = org::Provider { provider_domain: domain.map(str::to_owned), ..Default::default() };
            well_known("accounts.google.com", &described, &base).expect("an address").to_string()
        };
        assert_eq!(at(Some("127.0.0.1:8080")), "http://127.0.0.1:8080/");
        assert_eq!(at(Some("localhost:8080")), "http://localhost:8080/");
        for domain in [None, Some(""), Some("accounts.example.com"), Some("127.0.0.1.example.com"), Some("192.0.2.1")] {
            assert_eq!(at(domain), "https://accounts.google.com/", "{domain:?}");
        }
    }

    #[test]
    fn a_segment_stays_one() {
        let root = Url::parse("https://id.example.com/").expect("an address");
        let url = below(&root, &["example.com", "v2.0", "token"]).expect("an address");
        assert_eq!(url.as_str(), "https://id.example.com/example.com/v2.0/token");
        for segment in ["", "..", "a/b", "a?b", "a%2fb"] {
            let failure = below(&root, &[segment]).expect_err(segment);
            assert!(failure.message.contains("cannot be part of an address"), "{failure}");
        }
    }
}
