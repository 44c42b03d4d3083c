//! The issuer identifier.

use super::OidcError;
use url::{Host, Url};

/// The issuer identifier: the service's address without a path (OpenID Connect Discovery, section 3).
#[derive(Debug, Clone)]
pub(crate) struct Issuer {
    text: String,
    authority: String,
    loopback: bool,
    secure: bool,
    port: Option<u16>,
}

impl Issuer {
    pub(super) fn new(url: &Url) -> Result<Self, OidcError> {
        let refuse = |reason| Err(OidcError::Issuer { issuer: url.to_string(), reason });
        let Some(host) = url.host() else { return refuse("it has no host") };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it must not contain a user name");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refuse("it must end after the host and the port");
        }
        let loopback = is_loopback(&host);
        let secure = url.scheme() == "https";
        let local = url.scheme() == "http" && loopback;
        if !(secure || local) {
            return refuse("it must be https, or http on the loopback");
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let text = format!("{}://{authority}", url.scheme());
        Ok(Self { text, authority, loopback, secure, port: url.port() })
    }

    /// Returns the issuer as in tokens, without a trailing slash.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns host and port.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether only this machine can reach the service.
    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether clients use TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Returns the port, unless it is the default of the scheme.
    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// Returns the URL of a path of the service.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Whether a `Host` header is valid for the service. A web page can let its own name resolve to the loopback interface and
    /// then access the service as its own origin (DNS rebinding), but it cannot use a loopback name. Services that are not on
    /// the loopback interface rely on TLS, and a proxy may change the header.
    pub(super) fn is_meant_by(&self, host: Option<&str>) -> bool {
        if !self.loopback {
            return true;
        }
        let Some(url) = host.and_then(|host| Url::parse(&format!("http://{host}/")).ok()) else { return false };
        url.path() == "/" && url.username().is_empty() && url.host().is_some_and(|host| is_loopback(&host))
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(text: &str) -> Result<Issuer, String> {
        Issuer::new(&Url::parse(text).unwrap()).map_err(|e| e.to_string())
    }

    #[test]
    fn issuer_requires_https_or_loopback() {
        assert_eq!(issuer("https://jit.example.com/").unwrap().as_str(), "https://jit.example.com");
        assert_eq!(issuer("http://[::1]:8080").unwrap().as_str(), "http://[::1]:8080");
        assert_eq!(
            issuer("http://jit.example.com").unwrap_err(),
            "http://jit.example.com/ cannot be the service's address: it must be https, or http on the loopback"
        );
        assert!(
            issuer("https://jit.example.com/path").unwrap_err().ends_with("it must end after the host and the port")
        );
        assert!(issuer("https://u@jit.example.com").unwrap_err().ends_with("it must not contain a user name"));
        assert!(issuer("data:x").unwrap_err().ends_with("it has no host"));
    }

    #[test]
    fn foreign_name_for_loopback_is_rejected() {
        let local = issuer("http://127.0.0.1:8080").unwrap();
        for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost"] {
            assert!(local.is_meant_by(Some(host)), "{host}");
        }
        for host in
            ["evil.example.com:8080", "evil.example.com", "localhost.example.com", "a@localhost", "x/localhost", ""]
        {
            assert!(!local.is_meant_by(Some(host)), "{host}");
        }
        assert!(!local.is_meant_by(None));
        assert!(issuer("https://jit.example.com").unwrap().is_meant_by(Some("10.0.0.1")));
    }
}
