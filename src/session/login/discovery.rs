//! Where an OpenID provider listens, by its own word (OpenID Connect Discovery).

use crate::{clock, error::Failure, session::oauth};
use anyhow::Result;
use p0_client::Http;
use p0_wire::org::Provider;
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// The document is there by then, retries included, or not at all.
const LIMIT: Duration = Duration::from_secs(30);

/// What a provider says of itself (section 3), as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Option<Url>,
    pub(super) device_authorization_endpoint: Option<Url>,
    pub(super) userinfo_endpoint: Option<Url>,
    token_endpoint: Url,
    revocation_endpoint: Option<Url>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    scopes_supported: Option<Vec<String>>,
}

impl Metadata {
    /// Asks the provider that has this identifier.
    pub(super) async fn fetch(http: &Http, issuer: &Url) -> Result<Self> {
        let mut url = issuer.clone();
        url.path_segments_mut()
            .expect("an http address has a path")
            .pop_if_empty()
            .extend([".well-known", "openid-configuration"]);
        let metadata: Self = http.get_json(&url, Some(clock::instant() + LIMIT)).await?.value;
        metadata.check(issuer)?;
        Ok(metadata)
    }

    fn check(&self, issuer: &Url) -> Result<(), Failure> {
        let host = oauth::host_of(issuer);
        // Section 4.3: else anybody's tokens could be passed off as this provider's.
        if self.issuer.trim_end_matches('/') != issuer.as_str().trim_end_matches('/') {
            return Err(Failure::error(format!("{host} says that it is another identity provider."))
                .hint("Tell whoever runs the service: the 'issuer' of its openid-configuration is not its address."));
        }
        let optional = [
            &self.authorization_endpoint,
            &self.device_authorization_endpoint,
            &self.userinfo_endpoint,
            &self.revocation_endpoint,
        ];
        let mut endpoints = optional.into_iter().flatten().chain([&self.token_endpoint]);
        if endpoints.any(|endpoint| !p0_client::may_carry_secrets(endpoint)) {
            return Err(Failure::error(format!("{host} names an address for sign-ins that is not https."))
                .hint("Secrets must not cross a network in clear. Tell whoever runs the service."));
        }
        Ok(())
    }

    /// This program as a client of the provider.
    pub(super) fn client(&self, provider: &Provider) -> Result<oauth::Client, Failure> {
        let takes = |method: &str| {
            self.token_endpoint_auth_methods_supported.as_ref().map(|all| all.iter().any(|one| one == method))
        };
        // Without a list, only `client_secret_basic` is sure to work (section 3).
        let (basic, body) =
            (takes("client_secret_basic").unwrap_or(true), takes("client_secret_post").unwrap_or(false));
        let secret = provider.client_secret.clone().filter(|secret| !secret.is_empty() && (basic || body));
        Ok(oauth::Client {
            id: super::field(provider.client_id.as_ref(), "clientId")?,
            secret,
            secret_in_body: !basic,
            token: self.token_endpoint.clone(),
            revocation: self.revocation_endpoint.clone(),
            origin: None,
        })
    }

    /// What is asked for: who signs in, and a way to stay signed in where the provider has one.
    pub(super) fn scopes(&self) -> Vec<&'static str> {
        let offered = |scope: &&str| match &self.scopes_supported {
            Some(offered) => offered.iter().any(|one| one == scope),
            None => true,
        };
        ["openid"].into_iter().chain(["email", "profile", "offline_access"].into_iter().filter(offered)).collect()
    }
}

/// The address of an identity provider, which is also its identifier: on the service's own host as the service is
/// reached, on this machine's loopback in clear, and everywhere else over https.
pub(super) fn address(domain: &str, base: &Url) -> Result<Url, Failure> {
    let parse = |scheme: &str| {
        Url::parse(&format!("{scheme}://{domain}")).ok().filter(|url| {
            let bare = url.username().is_empty() && url.password().is_none();
            bare && url.query().is_none() && url.fragment().is_none() && !domain.starts_with('/')
        })
    };
    let wrong = || {
        Failure::error("The organisation's description has a providerDomain that is not a domain.")
            .hint("Tell whoever runs the service.")
    };
    let secure = parse("https").ok_or_else(wrong)?;
    let scheme = if parse(base.scheme()).is_some_and(|url| url.origin() == base.origin()) {
        base.scheme()
    } else if p0_client::is_loopback(&secure) {
        "http"
    } else {
        return Ok(secure);
    };
    parse(scheme).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn the_scheme_is_https_but_on_this_machine_and_on_the_service_itself() {
        for (domain, base, expected) in [
            ("id.example.com", "https://api.example.com", "https://id.example.com/"),
            ("id.example.com", "http://127.0.0.1:8080", "https://id.example.com/"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("127.0.0.1:8443", "https://127.0.0.1:8443", "https://127.0.0.1:8443/"),
            ("localhost", "http://localhost/", "http://localhost/"),
            ("[::1]:9000", "https://api.example.com", "http://[::1]:9000/"),
            ("127.0.0.1:9000", "https://127.0.0.1:8443", "http://127.0.0.1:9000/"),
            ("api.example.com/tenant", "https://api.example.com", "https://api.example.com/tenant"),
            ("localhost.example.com", "http://127.0.0.1", "https://localhost.example.com/"),
        ] {
            assert_eq!(address(domain, &url(base)).expect(domain).as_str(), expected, "{domain} {base}");
        }
        for domain in ["", "/", "/x", "a b", "user@id.example.com", "id.example.com?x", "id.example.com#x", ":80"] {
            let failure = address(domain, &url("https://api.example.com")).expect_err(domain);
            assert!(failure.message.contains("not a domain"), "{domain}: {failure}");
        }
    }

    fn metadata(change: serde_json::Value) -> Metadata {
        let mut document = json!({
            "issuer": "https://id.example.com",
            "authorization_endpoint": "https://id.example.com/authorize",
            "token_endpoint": "https://id.example.com/token",
        });
        for (name, value) in change.as_object().expect("an object") {
            document[name] = value.clone();
        }
        serde_json::from_value(document).expect("metadata")
    }

    #[test]
    fn a_provider_that_is_another_or_speaks_in_clear_is_refused() {
        let check = |change| metadata(change).check(&url("https://id.example.com")).map_err(|failure| failure.message);
        assert_eq!(check(json!({})), Ok(()));
        assert_eq!(check(json!({"issuer": "https://id.example.com/"})), Ok(()));
        for issuer in ["https://id.example.com.evil.example.com", "http://id.example.com", ""] {
            let message = check(json!({"issuer": issuer})).expect_err(issuer);
            assert_eq!(message, "id.example.com says that it is another identity provider.");
        }
        for endpoint in ["token_endpoint", "authorization_endpoint", "userinfo_endpoint", "revocation_endpoint"] {
            let message = check(json!({endpoint: "http://id.example.com/x"})).expect_err(endpoint);
            assert_eq!(message, "id.example.com names an address for sign-ins that is not https.");
        }
        assert!(check(json!({"authorization_endpoint": "file:///etc/passwd"})).is_err());
    }

    #[test]
    fn the_client_is_what_the_organisation_and_the_provider_agree_on() {
        let mut provider = Provider { client_id: Some("c".into()), ..Provider::default() };
        let client = |methods: serde_json::Value, provider: &Provider| {
            metadata(json!({"token_endpoint_auth_methods_supported": methods})).client(provider).expect("a client")
        };
        assert_eq!(client(json!(null), &provider).secret, None);
        provider.client_secret = Some("s".into());
        assert_eq!(client(json!(null), &provider).secret.as_deref(), Some("s"));
        assert!(!client(json!(["client_secret_basic"]), &provider).secret_in_body);
        assert!(client(json!(["client_secret_post"]), &provider).secret_in_body);
        assert_eq!(client(json!(["none"]), &provider).secret, None);
        let failure = metadata(json!({})).client(&Provider::default()).expect_err("no client");
        assert_eq!(failure.message, "The organisation's description has no clientId, so nobody can sign in to it.");
    }

    #[test]
    fn only_what_the_provider_offers_is_asked_for() {
        assert_eq!(metadata(json!({})).scopes(), ["openid", "email", "profile", "offline_access"]);
        assert_eq!(metadata(json!({"scopes_supported": ["email", "openid"]})).scopes(), ["openid", "email"]);
    }
}
