//! Any OpenID provider that says where it listens: in the browser, or by device code where it offers that.

use super::{
    Attempt,
    discovery::{self, Metadata},
    identity::Issuer,
    landing::Redirect,
    provider::Provider,
};
use anyhow::Result;
use p0_wire::org;

/// The provider, by its own word.
///
/// # Errors
/// It cannot be reached, or not be used.
pub(super) async fn provider(attempt: &Attempt<'_>, described: &org::Provider) -> Result<Provider> {
    let domain = super::field(described.provider_domain.as_ref(), "providerDomain")?;
    let address = discovery::address(&domain, &attempt.described.base)?;
    let metadata = Metadata::fetch(&attempt.parts.http, &address).await?;
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
