//! The only OAuth client: `p0-cli`, a public native application (RFC 8252).

use super::{error::OAuthError, params::Params};
use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;
use url::{Host, Url};

/// The client id.
pub const CLIENT_ID: &str = "p0-cli";
/// A client secret for clients that require one. It is public; PKCE protects the code.
pub const PUBLIC_CLIENT_SECRET: &str = "not-a-secret";

/// The allowed paths of redirect URIs.
const REDIRECT_PATHS: [&str; 2] = ["/", "/callback"];

/// Identifies the client (RFC 6749, section 2.3). The id is required, the public secret is optional.
pub(crate) fn authenticate(headers: &HeaderMap, params: &Params) -> Result<(), OAuthError> {
    let basic = match headers.get(AUTHORIZATION) {
        Some(value) => Some(value.to_str().ok().and_then(read_basic).ok_or_else(OAuthError::invalid_client)?),
        None => None,
    };
    let (id, secret) = match &basic {
        Some((id, secret)) => (Some(id.as_str()), Some(secret.as_str())),
        None => (params.get("client_id"), params.get("client_secret")),
    };
    let agrees = params.get("client_id").is_none_or(|stated| Some(stated) == id);
    let known =
        id == Some(CLIENT_ID) && secret.is_none_or(|secret| secret.is_empty() || secret == PUBLIC_CLIENT_SECRET);
    if agrees && known { Ok(()) } else { Err(OAuthError::invalid_client()) }
}

/// Decodes HTTP Basic credentials, whose parts are form-encoded (RFC 6749, section 2.3.1).
fn read_basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let read = |part: &str| {
        let pair = format!("v={part}");
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((read(id)?, read(secret)?))
}

/// A redirect URI: the loopback interface, any port, an allowed path (RFC 8252, section 7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RedirectUri {
    text: String,
    url: Url,
}

impl RedirectUri {
    /// Parses a redirect URI. A spelling that browsers would interpret as another address is
    /// rejected.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let on_loopback = match url.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.octets() == [127, 0, 0, 1],
            Host::Ipv6(address) => address.is_loopback(),
        };
        let plain = url.scheme() == "http" && url.username().is_empty() && url.password().is_none();
        let exact = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
        let allowed = on_loopback && plain && exact && REDIRECT_PATHS.contains(&url.path());
        let bare = url.query().is_none() && url.fragment().is_none();
        (allowed && bare).then(|| Self { text: text.to_owned(), url })
    }

    /// Returns the URI as the client wrote it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns host and port, for display.
    pub(crate) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Returns the source for a content security policy. CSP cannot express IPv6 addresses, so it is then the scheme.
    pub(crate) fn csp_source(&self) -> String {
        match self.url.host() {
            Some(Host::Ipv6(_)) | None => "http:".to_owned(),
            Some(_) => format!("http://{}", self.authority()),
        }
    }

    /// Appends parameters.
    pub(crate) fn with<'a>(&self, params: impl IntoIterator<Item = (&'a str, &'a str)>) -> Url {
        let mut url = self.url.clone();
        url.query_pairs_mut().extend_pairs(params);
        url
    }
}

/// The supported scope values (RFC 6749, section 3.3), in canonical order.
const SCOPES: [&str; 4] = ["openid", "email", "profile", "offline_access"];

/// A set of scope values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope([bool; SCOPES.len()]);

impl Scope {
    /// Parses a scope and ignores unknown values. An absent scope means `openid`.
    /// Returns `None` if no known value is left.
    pub(crate) fn parse(asked: Option<&str>) -> Option<Self> {
        let asked = asked.unwrap_or("openid email profile");
        let scope = Self(SCOPES.map(|known| asked.split(' ').any(|word| word == known)));
        scope.0.contains(&true).then_some(scope)
    }

    /// Whether the set contains this value.
    pub(crate) fn has(&self, word: &str) -> bool {
        SCOPES.iter().zip(self.0).any(|(known, is_in)| is_in && *known == word)
    }

    /// Whether this is a subset of the other set.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(mine, theirs)| !mine || theirs)
    }

    /// All supported values.
    pub(crate) fn all() -> &'static [&'static str] {
        &SCOPES
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = SCOPES.iter().zip(self.0).filter(|(_, is_in)| *is_in).map(|(word, _)| *word).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uri_must_be_on_the_loopback() {
        for good in [
            "http://127.0.0.1:52700",
            "http://127.0.0.1:52700/",
            "http://localhost:1/callback",
            "http://[::1]:65535/callback",
            "http://127.0.0.1/callback",
        ] {
            assert_eq!(RedirectUri::parse(good).map(|u| u.as_str().to_owned()).as_deref(), Some(good));
        }
        for bad in [
            "https://127.0.0.1:1/",
            "http://127.0.0.2:1/",
            "http://127.1:1/",
            "http://2130706433:1/",
            "http://0x7f.0.0.1/",
            "http://LOCALHOST:1/",
            "http://localhost.example.com/",
            "http://evil.example.com/",
            "http://127.0.0.1@evil.example.com/",
            "http://u:p@127.0.0.1:1/",
            "http://127.0.0.1:1/other",
            "http://127.0.0.1:1/callback/",
            "http://127.0.0.1:1/callback/../",
            "http://127.0.0.1:1/?next=x",
            "http://127.0.0.1:1/#x",
            "http://127.0.0.1:1\\@evil.example.com/",
            " http://127.0.0.1:1/",
            "http:127.0.0.1",
            "//127.0.0.1/",
            "javascript:alert(1)",
            "data:text/html,x",
            "p0:/callback",
            "",
        ] {
            assert_eq!(RedirectUri::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn csp_source_is_the_origin() {
        let source = |text: &str| RedirectUri::parse(text).unwrap().csp_source();
        assert_eq!(source("http://127.0.0.1:52700"), "http://127.0.0.1:52700");
        assert_eq!(source("http://[::1]:52700/"), "http:");
    }

    #[test]
    fn unknown_scope_values_are_ignored() {
        assert_eq!(Scope::parse(Some("profile okta.apps.sso openid")).unwrap().to_string(), "openid profile");
        assert_eq!(Scope::parse(None).unwrap().to_string(), "openid email profile");
        assert_eq!(Scope::parse(Some("admin")), None);
        let narrow = Scope::parse(Some("openid")).unwrap();
        let wide = Scope::parse(Some("openid offline_access")).unwrap();
        assert!(narrow.is_within(&wide) && !wide.is_within(&narrow));
    }
}
