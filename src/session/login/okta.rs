//! Okta, by device code at the addresses that Okta has.

use super::{Attempt, discovery, identity::Issuer, landing::Redirect, provider::Provider};
use crate::{error::Failure, session::oauth::Client};
use p0_wire::org;
use url::Url;

/// `okta.apps.sso` is for the exchange of tokens with the apps behind Okta.
const SCOPES: [&str; 5] = ["openid", "email", "profile", "okta.apps.sso", "offline_access"];

pub(super) fn provider(attempt: &Attempt<'_>, described: &org::Provider) -> Result<Provider, Failure> {
    let domain = super::field(described.provider_domain.as_ref(), "providerDomain")?;
    let address = discovery::address(&domain, &attempt.described.base)?;
    let server = Server::new(&address, described.auth_server_path.as_deref())?;
    Ok(Provider {
        client: Client {
            id: super::field(described.client_id.as_ref(), "clientId")?,
            secret: None,
            secret_in_body: false,
            token: server.at("token"),
            revocation: Some(server.at("revoke")),
            origin: None,
        },
        scopes: SCOPES.to_vec(),
        device: Some(server.at("device/authorize")),
        page: None,
        userinfo: Some(server.at("userinfo")),
        redirect: Redirect::ANY,
        prompt: None,
        firebase_id: None,
        issuer: Issuer::Is(server.issuer),
    })
}

/// An authorization server of an Okta organisation.
struct Server {
    issuer: String,
    root: Url,
}

impl Server {
    /// The organisation's own one, or the one at this path.
    fn new(address: &Url, path: Option<&str>) -> Result<Self, Failure> {
        let wrong = || {
            Failure::error("The organisation's description has an authServerPath that is not a path.")
                .hint("Tell whoever runs the service.")
        };
        let origin = address.as_str().trim_end_matches('/');
        let path = path.map(|path| path.trim_matches('/')).filter(|path| !path.is_empty());
        let issuer = path.map_or_else(|| origin.to_owned(), |path| format!("{origin}/{path}"));
        let root = format!("{origin}/{}/v1/", path.unwrap_or("oauth2"));
        let root = Url::parse(&root).ok().filter(|url| url.query().is_none() && url.fragment().is_none());
        Ok(Self { issuer, root: root.filter(|root| root.origin() == address.origin()).ok_or_else(wrong)? })
    }

    fn at(&self, path: &str) -> Url {
        self.root.join(path).expect("a path below an address is one")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_okta_s() {
        let address = Url::parse("https://id.example.com").expect("an address");
        let server = Server::new(&address, None).expect("a server");
        assert_eq!(server.issuer, "https://id.example.com");
        assert_eq!(server.at("device/authorize").as_str(), "https://id.example.com/oauth2/v1/device/authorize");
        for path in ["/oauth2/default", "oauth2/default/"] {
            let server = Server::new(&address, Some(path)).expect("a server");
            assert_eq!(server.issuer, "https://id.example.com/oauth2/default");
            assert_eq!(server.at("token").as_str(), "https://id.example.com/oauth2/default/v1/token");
        }
        for path in ["/oauth2?x", "/oauth2#x"] {
            let failure = Server::new(&address, Some(path)).err().expect(path);
            assert!(failure.message.contains("not a path"), "{failure}");
        }
    }
}
