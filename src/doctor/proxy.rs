//! The proxy: whether the variables name one that listens. Its password, if it has one, is never shown.

use super::{Finding, host};
use crate::env_vars::EnvVars;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use url::Url;

const CHECK: &str = "proxy";

/// Connects to the proxy, and says nothing to it.
pub(super) async fn check(env: &EnvVars, service: &Url) -> Finding {
    let Some((name, value)) = env.proxies.first() else {
        return Finding::ok(CHECK, "No variable names one.");
    };
    let fix = || format!("Correct {name}, or unset it; it is written like http://proxy.example.com:3128");
    let Some((proxy, port)) = parse(value.expose_secret()) else {
        return Finding::wrong(CHECK, format!("{name} is not the address of a proxy.")).fix(fix());
    };
    let shown = host(&proxy);
    if p0_client::is_loopback(service) {
        return Finding::ok(CHECK, format!("{name} names {shown}; the service is on this machine and needs none."));
    }
    match TcpStream::connect((proxy.host_str().unwrap_or_default(), port)).await {
        Ok(_) => Finding::ok(CHECK, format!("{name} names {shown}, which listens.")),
        Err(error) => Finding::wrong(CHECK, format!("{name} names {shown}, which cannot be reached: {error}"))
            .fix(fix())
            .fix("If the service can be reached without it, add its name to NO_PROXY."),
    }
}

/// A proxy's address and port. One without a scheme is meant to be http.
fn parse(text: &str) -> Option<(Url, u16)> {
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) }.ok()?;
    let port = match url.scheme() {
        "http" | "https" => url.port_or_known_default()?,
        "socks4" | "socks4a" | "socks5" | "socks5h" => url.port().unwrap_or(1080),
        _ => return None,
    };
    url.host_str().filter(|host| !host.is_empty())?;
    Some((url, port))
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    fn env(value: &str) -> EnvVars {
        EnvVars { proxies: vec![("HTTPS_PROXY", value.into())], ..EnvVars::default() }
    }

    fn service() -> Url {
        Url::parse("https://api.example.com").expect("an address")
    }

    #[tokio::test]
    async fn a_proxy_that_listens_is_well_and_its_password_hidden() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        for value in [format!("http://user:password@{address}"), address.to_string(), format!("socks5://{address}")] {
            let finding = check(&env(&value), &service()).await;
            assert_eq!(finding.said, format!("HTTPS_PROXY names {address}, which listens."));
            assert_eq!(finding.state, State::Ok);
        }
    }

    #[tokio::test]
    async fn a_proxy_that_is_not_there_is_wrong() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let finding = check(&env(&format!("http://user:password@{closed}")), &service()).await;
        assert_eq!(finding.state, State::Wrong);
        assert!(finding.said.starts_with(&format!("HTTPS_PROXY names {closed}, which cannot be reached: ")));
        assert!(finding.fix[0].starts_with("Correct HTTPS_PROXY"), "{finding:?}");
        let here = Url::parse("http://127.0.0.1:8080").expect("an address");
        assert_eq!(check(&env(&closed.to_string()), &here).await.state, State::Ok);
    }

    #[tokio::test]
    async fn what_is_no_address_is_wrong_and_not_quoted() {
        for value in ["://", "ftp://proxy.example.com", "http://user:password@", "a b"] {
            let finding = check(&env(value), &service()).await;
            assert_eq!(finding.said, "HTTPS_PROXY is not the address of a proxy.", "{value}");
        }
        assert_eq!(check(&EnvVars::default(), &service()).await.state, State::Ok);
    }
}
