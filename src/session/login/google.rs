//! Google, in the browser.

use super::{
    Attempt,
    identity::Issuer,
    landing::Redirect,
    provider::{self, Provider},
};
use crate::{error::Failure, session::oauth};
use p0_wire::org;
use url::Url;

/// Where users sign in.
const ACCOUNTS: &str = "accounts.google.com";
const TOKENS: &str = "oauth2.googleapis.com";

/// The redirect that is registered with Google.
pub(super) const REDIRECT: Redirect = Redirect { host: "127.0.0.1", port: Some(52700), path: "" };

/// Google, as the client that the organisation's `config.google` names. `google-oidc` is the same under another name at
/// Firebase.
pub(super) fn provider(attempt: &Attempt<'_>, described: &org::Provider) -> Result<Provider, Failure> {
    let base = &attempt.described.base;
    let accounts = provider::well_known(ACCOUNTS, described, base)?;
    let tokens = provider::well_known(TOKENS, described, base)?;
    let google = attempt.described.org.config.as_ref().and_then(|config| config.google.as_ref());
    let at = |root: &Url, path: &str| root.join(path).expect("a path below an address is one");
    Ok(Provider {
        client: oauth::Client {
            id: super::field(google.map(|google| &google.client_id), "config.google.clientId")?,
            secret: google
                .map(|google| google.public_client_secret_for_pkce.clone())
                .filter(|secret| !secret.is_empty()),
            secret_in_body: true,
            token: at(&tokens, "/token"),
            revocation: Some(at(&tokens, "/revoke")),
            origin: None,
        },
        issuer: Issuer::Google { address: accounts.as_str().trim_end_matches('/').to_owned() },
        scopes: vec!["openid", "email"],
        device: None,
        page: Some(at(&accounts, "/o/oauth2/v2/auth")),
        userinfo: None,
        redirect: REDIRECT,
        prompt: Some("select_account"),
        firebase_id: Some(if described.sso_provider == "google" { "google.com" } else { "oidc.google-oidc" }),
    })
}
