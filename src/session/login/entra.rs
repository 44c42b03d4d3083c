//! Microsoft Entra ID, in the browser.

use super::{
    Attempt,
    identity::Issuer,
    landing::Redirect,
    provider::{self, Provider},
};
use crate::{error::Failure, session::oauth};
use p0_wire::org;

/// Where the directories are.
const HOST: &str = "login.microsoftonline.com";

/// The redirect that is registered with Entra ID, as that of a page: so its token calls carry an `Origin`.
pub(super) const REDIRECT: Redirect = Redirect { host: "localhost", port: Some(52701), path: "" };

/// The directory of the organisation.
pub(super) fn provider(attempt: &Attempt<'_>, described: &org::Provider) -> Result<Provider, Failure> {
    let root = provider::well_known(HOST, described, &attempt.described.base)?;
    let domain = super::field(described.microsoft_primary_domain.as_ref(), "microsoftPrimaryDomain")?;
    let at = |name: &str| provider::below(&root, &[&domain, "oauth2", "v2.0", name]);
    Ok(Provider {
        client: oauth::Client {
            id: super::field(described.client_id.as_ref(), "clientId")?,
            secret: None,
            secret_in_body: false,
            token: at("token")?,
            revocation: None,
            origin: Some(REDIRECT.origin()),
        },
        issuer: Issuer::Entra { address: root.as_str().trim_end_matches('/').to_owned() },
        scopes: vec!["openid", "profile", "email", "offline_access"],
        device: None,
        page: Some(at("authorize")?),
        userinfo: None,
        redirect: REDIRECT,
        prompt: None,
        firebase_id: None,
    })
}
