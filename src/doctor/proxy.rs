//! The proxy: whether the variables name one that listens. Its password, if it has one, is never shown.

use super::Finding;
use crate::{env_vars::EnvVars, error::classify};
use tokio::net::TcpStream;
use url::Url;

const CHECK: &str = "proxy";

/// Connects to the proxy, and says nothing to it.
pub(super) async fn check(env: &EnvVars, service: &Url) -> Finding {
    let local = p0_client::is_loopback(service);
    let proxy = match env.proxy.check().and_then(|()| env.proxy.proxy()) {
        Ok(Some(proxy)) => proxy,
        Ok(None) => {
            return match &env.proxy.http {
                // A common mistake: only the variable for http is set.
                Some((name, _)) if !local => {
                    Finding::note(CHECK, format!("{name} is not used: p0 calls services by https only."))
                        .fix("If you need a proxy, set HTTPS_PROXY.")
                }
                _ => Finding::ok(CHECK, "No variable names one."),
            };
        }
        Err(error) => return Finding::failed(CHECK, &classify(error.into())),
    };
    let (name, shown) = (proxy.variable, proxy.shown());
    if local {
        return Finding::ok(CHECK, format!("{name} names {shown}; the service is on this machine and needs none."));
    }
    if !proxy.serves(service) {
        return Finding::ok(CHECK, format!("{name} names {shown}; NO_PROXY exempts the service."));
    }
    match TcpStream::connect(proxy.host_and_port()).await {
        Ok(_) => Finding::ok(CHECK, format!("{name} names {shown}, which listens.")),
        Err(error) => Finding::wrong(CHECK, format!("{name} names {shown}, which cannot be reached: {error}"))
            .fix(format!("Correct {name}, or unset it; it is written like http://proxy.example.com:3128"))
            .fix("If the service can be reached without it, add its name to NO_PROXY."),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};
    use p0_client::ProxyVariables;

    fn env(value: &str) -> EnvVars {
        let proxy = ProxyVariables { https: Some(("HTTPS_PROXY", value.into())), ..ProxyVariables::default() };
        EnvVars { proxy, ..EnvVars::default() }
    }

    fn service() -> Url {
        Url::parse("https://api.example.com").expect("an address")
    }

    #[tokio::test]
    async fn a_proxy_that_listens_is_well_and_its_password_hidden() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        for value in [format!("http://user:password@{address}"), address.to_string(), format!("https://{address}")] {
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
    async fn a_service_that_no_proxy_exempts_needs_no_proxy() {
        let mut env = env("http://127.0.0.1:1");
        env.proxy.exceptions = Some(("NO_PROXY", "*.example.com:443".into()));
        let finding = check(&env, &service()).await;
        assert_eq!(finding.said, "HTTPS_PROXY names 127.0.0.1:1; NO_PROXY exempts the service.");
        assert_eq!(finding.state, State::Ok);
    }

    #[tokio::test]
    async fn a_value_that_p0_cannot_use_is_wrong_and_not_quoted() {
        for (value, reason) in [
            ("://", "it is not the address of a proxy"),
            ("ftp://user:hidden@proxy.example.com", "p0 does not support ftp proxies"),
            ("socks5://proxy.example.com:1080", "p0 does not support socks5 proxies"),
            ("http://user:hidden@", "it has no host"),
            ("a hidden b", "it is not the address of a proxy"),
        ] {
            let finding = check(&env(value), &service()).await;
            assert_eq!(finding.said, format!("Cannot use HTTPS_PROXY: {reason}."), "{value}");
            assert_eq!(finding.state, State::Wrong);
        }
        assert_eq!(check(&EnvVars::default(), &service()).await.state, State::Ok);
    }

    #[tokio::test]
    async fn a_proxy_for_http_alone_is_a_note() {
        let http = Some(("HTTP_PROXY", "http://proxy.example.com:3128".into()));
        let env = EnvVars { proxy: ProxyVariables { http, ..ProxyVariables::default() }, ..EnvVars::default() };
        let finding = check(&env, &service()).await;
        assert_eq!((finding.state, finding.fix.len()), (State::Note, 1));
    }
}
