//! Any OpenID provider that says where it listens: in the browser, or by device code where it offers that.

use super::{
    Attempt,
    discovery::{self, Metadata},
    identity::Issuer,
    landing::Redirect,
    provider::{self, Provider},
};
use crate::error::Failure;
use anyhow::Result;
use p0_client::Error;
use p0_wire::org;
use url::Url;

/// The provider, by its own word.
pub(super) async fn provider(attempt: &Attempt<'_>, described: &org::Provider) -> Result<Provider> {
    let domain = super::field(described.provider_domain.as_ref(), "providerDomain")?;
    let address = discovery::address(&domain, &attempt.described.base)?;
    let http = &attempt.deps.http;
    let metadata = match Metadata::fetch(http, &address).await {
        Err(error) if is_cloudflare(described) && is_not_there(&error) => {
            Metadata::fetch(http, &cloudflare_access(&address, described)?).await?
        }
        metadata => metadata?,
    };
    Ok(Provider {
        client: metadata.client(described)?,
        scopes: metadata.scopes(),
        issuer: Issuer::Is(metadata.issuer),
        device: metadata.device_authorization_endpoint,
        page: metadata.authorization_endpoint,
        userinfo: metadata.userinfo_endpoint,
        redirect: Redirect::ANY,
        prompt: None,
        firebase_id: None,
    })
}

fn is_cloudflare(described: &org::Provider) -> bool {
    described.provider_type.as_deref() == Some("cloudflare")
}

fn is_not_there(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::NotFound { .. } | Error::Status { status: 404 }))
}

/// The identifier of an application of Cloudflare Access as a provider: one below the team's domain for each client
/// (<https://developers.cloudflare.com/cloudflare-one/applications/configure-apps/saas-apps/generic-oidc-saas/>).
fn cloudflare_access(team: &Url, described: &org::Provider) -> Result<Url, Failure> {
    let client = super::field(described.client_id.as_ref(), "clientId")?;
    provider::below(team, &["cdn-cgi", "access", "sso", "oidc", &client])
}
