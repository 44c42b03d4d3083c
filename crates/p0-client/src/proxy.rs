//! The proxy that the environment names, and the hosts that are reached without it.
//!
//! reqwest reads the same variables, but ignores those that it cannot parse: a mistake would send the traffic around the
//! proxy. It also knows neither ports nor `*.` in `NO_PROXY`.

use crate::Error;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use url::{Host, Url};

/// The variables, as they are set.
#[derive(Debug, Clone, Default)]
pub struct ProxyVariables {
    /// The variable that names the proxy for https, and its value, which can hold a password.
    pub https: Option<(&'static str, SecretString)>,
    /// The same for http. p0 calls no other machine by http, so this is only checked.
    pub http: Option<(&'static str, SecretString)>,
    /// The hosts that are reached without it.
    pub exceptions: Option<(&'static str, String)>,
}

/// A proxy to connect through (RFC 9110, section 9.3.6).
#[derive(Clone)]
pub struct Proxy {
    /// The variable that names it.
    pub variable: &'static str,
    /// Its address, with the user name and password if there are any.
    url: Url,
    exceptions: Vec<Exception>,
}

impl ProxyVariables {
    /// The proxy for https.
    ///
    /// # Errors
    /// [`Error::ProxyVariable`] for a variable that p0 cannot use.
    pub fn proxy(&self) -> Result<Option<Proxy>, Error> {
        let Some((variable, value)) = &self.https else { return Ok(None) };
        let url = address(variable, value)?;
        if !matches!(url.scheme(), "http" | "https") {
            let reason = format!("p0 does not support {} proxies", url.scheme());
            return Err(Error::ProxyVariable { variable, reason });
        }
        let exceptions = match &self.exceptions {
            Some((variable, list)) => exceptions(variable, list)?,
            None => Vec::new(),
        };
        Ok(Some(Proxy { variable, url, exceptions }))
    }

    /// Whether every variable holds the address of a proxy, even one of a kind that p0 does not support.
    ///
    /// # Errors
    /// [`Error::ProxyVariable`].
    pub fn check(&self) -> Result<(), Error> {
        for (variable, value) in self.https.iter().chain(&self.http) {
            address(variable, value)?;
        }
        Ok(())
    }
}

impl Proxy {
    /// Its host and port, for messages: without the user name and password.
    pub fn shown(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        format!("{host}:{}", self.url.port_or_known_default().unwrap_or_default())
    }

    /// Its host and port, to connect to.
    pub fn host_and_port(&self) -> (&str, u16) {
        let host = self.url.host_str().unwrap_or_default();
        (host.trim_matches(['[', ']']), self.url.port_or_known_default().unwrap_or_default())
    }

    /// Whether it is given a user name or a password.
    pub(crate) fn has_credentials(&self) -> bool {
        !self.url.username().is_empty() || self.url.password().is_some()
    }

    /// Whether this address is reached through it.
    pub fn serves(&self, url: &Url) -> bool {
        let Some(host) = url.host() else { return false };
        let port = url.port_or_known_default();
        !self.exceptions.iter().any(|exception| exception.covers(&host, port))
    }

    /// As reqwest takes it.
    pub(crate) fn to_reqwest(&self) -> reqwest::Proxy {
        let proxy = self.clone();
        reqwest::Proxy::custom(move |url| proxy.serves(url).then(|| proxy.url.clone()))
    }
}

/// The address of a proxy; without a scheme it is http. The value is not quoted: it can hold a password.
fn address(variable: &'static str, value: &SecretString) -> Result<Url, Error> {
    let wrong = |reason: &str| Error::ProxyVariable { variable, reason: reason.to_owned() };
    let text = value.expose_secret().trim();
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let url = url.map_err(|error| {
        let reason = match error {
            url::ParseError::InvalidPort => {
                "its port is not a number from 1 to 65535; special characters in a password must be percent-encoded"
            }
            url::ParseError::EmptyHost => "it has no host",
            _ => "it is not the address of a proxy",
        };
        wrong(reason)
    })?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it has no host"));
    }
    if url.port() == Some(0) {
        return Err(wrong("its port is not a number from 1 to 65535"));
    }
    // Tabs and line ends are skipped by the parser of URLs; and what the HTTP stack cannot parse, it ignores.
    if text.contains(char::is_control) || url.as_str().parse::<hyper::Uri>().is_err() {
        return Err(wrong("it is not the address of a proxy"));
    }
    // What follows the host in such an address was meant as part of the password.
    if [Some(url.path()), url.query(), url.fragment()].iter().flatten().any(|rest| rest.contains('@')) {
        return Err(wrong("special characters in its user name or password must be percent-encoded"));
    }
    Ok(url)
}

/// An entry of `NO_PROXY`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exception {
    hosts: Hosts,
    /// Absent: every port.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    All,
    /// A name and the names below it. `example.com` and `.example.com` mean the same, as for curl.
    Domain(String),
    /// `*.example.com`, the names below; or `*` at another place.
    Pattern(String),
    Network(IpNet),
}

fn exceptions(variable: &'static str, list: &str) -> Result<Vec<Exception>, Error> {
    let entries = list.split([',', ' ', '\t', '\n']).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            Exception::parse(entry).ok_or_else(|| Error::ProxyVariable {
                variable,
                reason: format!("'{}' is not a host, an address or a network", entry.replace(char::is_control, "?")),
            })
        })
        .collect()
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        // More than one colon without brackets is an IPv6 address.
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(port.parse().ok().filter(|port| *port != 0)?))
            }
            _ => (entry, None),
        };
        Some(Self { hosts: Hosts::parse(host)?, port })
    }

    fn covers(&self, host: &Host<&str>, port: Option<u16>) -> bool {
        self.port.is_none_or(|own| Some(own) == port) && self.hosts.cover(host)
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let bare = match text.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').filter(|inside| inside.contains(':'))?,
            None => text,
        };
        if let Ok(network) = bare.parse::<IpNet>() {
            return Some(Self::Network(network.trunc()));
        }
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(Self::Network(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.contains('*') {
            let pattern = name.to_ascii_lowercase();
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '*' | '.' | '-' | '_');
            return pattern.chars().all(plain).then_some(Self::Pattern(pattern));
        }
        match Host::parse(name.strip_prefix('.').unwrap_or(name)).ok()? {
            Host::Domain(domain) if !domain.is_empty() => Some(Self::Domain(domain)),
            _ => None,
        }
    }

    fn cover(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Network(network), Host::Ipv4(address)) => network.contains(&IpAddr::V4(*address)),
            (Self::Network(network), Host::Ipv6(address)) => network.contains(&IpAddr::V6(*address)),
            (Self::Domain(domain), Host::Domain(name)) => {
                let above = bare_name(name).strip_suffix(domain.as_str());
                above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            (Self::Pattern(pattern), Host::Domain(name)) => matches(pattern, bare_name(name)),
            (Self::Pattern(pattern), address) => matches(pattern, &address.to_string()),
            _ => false,
        }
    }
}

fn bare_name(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Whether a text fits a pattern in which `*` is any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<_> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match text.split_once(piece) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(https: &str, exceptions: &str) -> ProxyVariables {
        ProxyVariables {
            https: Some(("HTTPS_PROXY", https.into())),
            exceptions: Some(("NO_PROXY", exceptions.to_owned())),
            http: None,
        }
    }

    fn direct(exceptions: &str, url: &str) -> bool {
        let proxy = variables("proxy.example.com:3128", exceptions).proxy().expect(exceptions).expect("a proxy");
        !proxy.serves(&Url::parse(url).expect("an address"))
    }

    #[test]
    fn no_proxy_covers_names_ports_networks_and_patterns() {
        for (entries, url) in [
            ("*", "https://api.example.com"),
            ("example.com", "https://example.com"),
            ("example.com", "https://api.example.com"),
            ("EXAMPLE.com", "https://API.example.COM"),
            ("example.com.", "https://api.example.com"),
            ("example.com", "https://api.example.com."),
            (".example.com", "https://api.example.com"),
            (".example.com", "https://example.com"),
            ("*.example.com", "https://api.example.com"),
            ("*.example.com", "https://a.b.example.com"),
            ("api.example.com:443", "https://api.example.com"),
            ("api.example.com:8443", "https://api.example.com:8443"),
            (".example.com:8443", "https://api.example.com:8443"),
            ("*.example.com:8443", "https://api.example.com:8443"),
            ("*:8443", "https://api.example.com:8443"),
            ("localhost, api.example.com ,x", "https://api.example.com"),
            ("localhost api.example.com", "https://api.example.com"),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.1.2.3/8", "https://10.9.9.9"),
            ("192.0.2.1", "https://192.0.2.1:8443"),
            ("192.0.2.1:8443", "https://192.0.2.1:8443"),
            ("10.0.0.0/8:8443", "https://10.1.2.3:8443"),
            ("192.168.*", "https://192.168.7.7"),
            ("web-*.example.com", "https://web-1.example.com"),
            ("2001:db8::1", "https://[2001:db8::1]"),
            ("[2001:db8::1]", "https://[2001:db8::1]:8443"),
            ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
            ("2001:db8::/32", "https://[2001:db8::7]"),
            ("münchen.example", "https://xn--mnchen-3ya.example"),
        ] {
            assert!(direct(entries, url), "{entries}: {url}");
        }
    }

    #[test]
    fn no_proxy_covers_nothing_else() {
        for (entries, url) in [
            ("", "https://api.example.com"),
            (" , ,", "https://api.example.com"),
            ("example.com", "https://notexample.com"),
            ("example.com", "https://example.com.attacker.example"),
            ("*.example.com", "https://example.com"),
            ("*.example.com", "https://api.example.org"),
            ("api.example.com:8443", "https://api.example.com"),
            ("*.example.com:8443", "https://api.example.com:9443"),
            ("10.0.0.0/8", "https://11.0.0.1"),
            ("10.0.0.1", "https://10.0.0.10"),
            ("192.168.*", "https://10.192.168.1"),
            ("2001:db8::/32", "https://[2001:db9::7]"),
            ("[2001:db8::1]:8443", "https://[2001:db8::1]"),
        ] {
            assert!(!direct(entries, url), "{entries}: {url}");
        }
    }

    #[test]
    fn a_malformed_entry_of_no_proxy_is_an_error_that_quotes_it() {
        for entry in ["api.example.com:99999", "a:b", "10.0.0.0/99", "[::1", "[example.com]", "https://x", "a/b", "."] {
            let error = variables("http://proxy.example.com", &format!("localhost,{entry}")).proxy().err();
            let error = error.unwrap_or_else(|| panic!("{entry} is taken")).to_string();
            assert_eq!(error, format!("Cannot use NO_PROXY: '{entry}' is not a host, an address or a network."));
        }
    }

    #[test]
    fn an_address_is_taken_with_and_without_a_scheme() {
        for (value, shown) in [
            ("proxy.example.com:3128", "proxy.example.com:3128"),
            ("http://proxy.example.com", "proxy.example.com:80"),
            ("https://user:pass%40word@proxy.example.com/", "proxy.example.com:443"),
            ("user:password@proxy.example.com:3128", "proxy.example.com:3128"),
            (" http://[2001:db8::1]:3128 ", "[2001:db8::1]:3128"),
            ("http://us'er:!$&'()*+,;=~|{}`\"<>^[]@proxy.example.com:3128", "proxy.example.com:3128"),
        ] {
            let proxy = variables(value, "").proxy().expect(value).expect("a proxy");
            assert_eq!(proxy.shown(), shown);
        }
    }

    #[test]
    fn a_malformed_address_is_an_error_that_does_not_quote_it() {
        for (value, reason) in [
            ("://", "it"),
            ("http://", "it has no host"),
            ("http://user:secret@", "it has no host"),
            ("http://user:secret@:3128", "it has no host"),
            ("a secret b", "it is not the address of a proxy"),
            ("http://proxy.example.com:secret", "its port is not a number from 1 to 65535; special characters"),
            ("http://proxy.example.com:99999", "its port is not a number from 1 to 65535"),
            ("http://proxy.example.com:0", "its port is not a number from 1 to 65535"),
            ("http://user:sec/ret@proxy.example.com:3128", "its port is not"),
            ("http://user:12/secret@proxy.example.com:3128", "special characters"),
            ("http://user:12#secret@proxy.example.com:3128", "special characters"),
            ("http://[::1", "it is not the address of a proxy"),
            ("http://user:se\tcret@proxy.example.com", "it is not the address of a proxy"),
        ] {
            for error in [variables(value, "").proxy().err(), variables(value, "").check().err()] {
                let error = error.unwrap_or_else(|| panic!("{value} is taken")).to_string();
                assert!(error.starts_with(&format!("Cannot use HTTPS_PROXY: {reason}")), "{value}: {error}");
                assert!(!error.contains("secret") && !error.contains("ret@"), "{error}");
            }
        }
    }

    #[test]
    fn a_proxy_of_another_kind_is_an_error_only_where_it_is_needed() {
        for scheme in ["socks5", "socks5h", "socks4", "socks", "ftp", "ssh"] {
            let variables = variables(&format!("{scheme}://user:secret@proxy.example.com:1080"), "");
            let error = variables.proxy().err().expect(scheme).to_string();
            assert_eq!(error, format!("Cannot use HTTPS_PROXY: p0 does not support {scheme} proxies."));
            assert!(variables.check().is_ok(), "{scheme}");
        }
    }

    #[test]
    fn the_variable_for_http_is_checked_and_not_used() {
        let http = Some(("http_proxy", SecretString::from("http://:80")));
        let variables = ProxyVariables { http, ..ProxyVariables::default() };
        assert!(variables.proxy().expect("none").is_none());
        assert_eq!(variables.check().expect_err("wrong").to_string(), "Cannot use http_proxy: it has no host.");
    }
}
