//! PingOne, by device code at the addresses that PingOne has.

use super::{
    Attempt, discovery,
    identity::Issuer,
    landing::Redirect,
    provider::{self, Provider},
};
use crate::{error::Failure, session::oauth};
use p0_wire::org;

/// The environment of the organisation.
pub(super) fn provider(attempt: &Attempt<'_>, described: &org::Provider) -> Result<Provider, Failure> {
    let domain = super::field(described.provider_domain.as_ref(), "providerDomain")?;
    let root = discovery::address(&domain, &attempt.described.base)?;
    let environment = super::field(described.environment_id.as_ref(), "environmentId")?;
    let issuer = provider::below(&root, &[&environment, "as"])?;
    let at = |name: &str| provider::below(&issuer, &[name]);
    Ok(Provider {
        client: oauth::Client {
            id: super::field(described.client_id.as_ref(), "clientId")?,
            secret: None,
            secret_in_body: false,
            token: at("token")?,
            revocation: Some(at("revoke")?),
            origin: None,
        },
        scopes: vec!["openid", "email", "profile"],
        device: Some(at("device_authorization")?),
        page: None,
        userinfo: Some(at("userinfo")?),
        redirect: Redirect::ANY,
        prompt: None,
        firebase_id: None,
        issuer: Issuer::Is(issuer.into()),
    })
}
