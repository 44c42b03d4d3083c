//! Any OpenID provider that says where it listens: in the browser, or by device code where it offers that.

use super::{
    Attempt, browser, device,
    discovery::{self, Metadata},
    identity::{self, Expected},
    landing::Page,
};
use crate::{error::Failure, session::store::Session};
use anyhow::Result;
use p0_wire::org::Provider;

/// Signs in.
///
/// # Errors
/// The provider cannot be reached or used, it or the user refuses, or the time is over.
pub(super) async fn sign_in(attempt: &Attempt<'_>, provider: &Provider) -> Result<Session> {
    let domain = super::field(provider.provider_domain.as_ref(), "providerDomain")?;
    let address = discovery::address(&domain, &attempt.described.base)?;
    let http = &attempt.parts.http;
    let metadata = Metadata::fetch(http, &address).await?;
    let client = metadata.client(provider)?;
    let (issuer, scopes) = (metadata.issuer.as_str(), metadata.scopes());
    let expected = Expected { issuer, client: &client.id, nonce: None };
    let userinfo = metadata.userinfo_endpoint.as_ref();

    if let Some(endpoint) = metadata.device_authorization_endpoint.as_ref().filter(|_| attempt.prefers_device()) {
        let granted = device::run(attempt, &client, endpoint, &scopes).await?;
        let email = identity::email(http, &granted, &expected, userinfo).await?;
        return Ok(attempt.session(email, granted, client));
    }
    if attempt.how.device {
        return Err(Failure::error("This organisation's identity provider cannot sign in by code.")
            .hint("Sign in with this machine's browser: p0 login, or p0 login --no-browser to open the page yourself")
            .into());
    }
    let endpoint = metadata.authorization_endpoint.as_ref().ok_or_else(|| {
        Failure::error("This organisation's identity provider has no sign-in page.").hint("Try: p0 login --device")
    })?;
    let returned = browser::run(attempt, &client, endpoint, issuer, &scopes).await?;
    let expected = Expected { nonce: Some(&returned.nonce), ..expected };
    let email = identity::email(http, &returned.granted, &expected, userinfo).await;
    returned.tab.show(if email.is_ok() { Page::SignedIn } else { Page::Failed }).await;
    Ok(attempt.session(email?, returned.granted, client))
}
