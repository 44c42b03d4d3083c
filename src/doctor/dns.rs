//! Name resolution: whether the service's name has an address.

use super::{Finding, State};
use std::net::IpAddr;
use url::{Host, Url};

const CHECK: &str = "dns";

/// Looks the name up, as every program does: by the system's resolver.
pub(super) async fn check(service: &Url, proxied: bool) -> Finding {
    let name = match service.host() {
        Some(Host::Domain(name)) if name != "localhost" => name,
        _ => return Finding::ok(CHECK, "Not needed: the service's address has no name to look up."),
    };
    let port = service.port_or_known_default().unwrap_or(443);
    let found = tokio::net::lookup_host((name, port)).await;
    let found = found.map(|found| found.map(|address| address.ip()).collect()).map_err(|error| error.to_string());
    match judge(name, found) {
        Finding { state: State::Wrong, said, .. } if proxied => {
            Finding::note(CHECK, format!("{said}. That is no matter if the proxy knows it."))
        }
        finding => finding,
    }
}

fn judge(name: &str, found: Result<Vec<IpAddr>, String>) -> Finding {
    let why = match found {
        Ok(addresses) if !addresses.is_empty() => {
            let first = addresses[0];
            return Finding::ok(CHECK, format!("{name} is {first}."));
        }
        Ok(_) => "it has none".to_owned(),
        Err(why) => why,
    };
    Finding::wrong(CHECK, format!("{name} has no address: {why}"))
        .fix("Check the name in P0_APP_URL or config.toml, your network and your VPN.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_needs_no_look_up() {
        for service in ["http://127.0.0.1:8080", "https://[::1]", "http://localhost:1"] {
            assert_eq!(check(&Url::parse(service).expect("an address"), false).await.state, State::Ok, "{service}");
        }
    }

    #[test]
    fn a_name_without_an_address_is_wrong() {
        let finding = judge("api.example.com", Err("Name or service not known".into()));
        assert_eq!(finding.state, State::Wrong);
        assert_eq!(finding.said, "api.example.com has no address: Name or service not known");
        assert!(finding.fix[0].contains("P0_APP_URL"), "{finding:?}");
        assert_eq!(judge("api.example.com", Ok(Vec::new())).state, State::Wrong);
        let found = judge("api.example.com", Ok(vec!["192.0.2.1".parse().expect("an address")]));
        assert_eq!((found.state, found.said.as_str()), (State::Ok, "api.example.com is 192.0.2.1."));
    }
}
