//! What the API's errors mean to the user, and what to do about each.

use super::{Failure, Kind};
use p0_client::{Error, Network, ProxyFailure, ProxyFault};

/// What to do when another program seems to answer in the service's place.
const NOT_THE_SERVICE: &str = "This does not look like the service. Check P0_APP_URL, and whether a proxy or a sign-in page of the network answers instead.";

/// What to do about a network that fails for no reason that is known.
pub const CHECK_NETWORK: &str = "Check your network and your proxy (HTTPS_PROXY), then try again.";

/// What to do about a token that no sign-in gave.
const TOKEN_FROM_ELSEWHERE: &str =
    "If P0_API_TOKEN or --token-file gives a token, it is used instead of a sign-in: replace it, or leave it out.";

/// The failure that an error of the API is.
pub(super) fn failure(error: Error) -> Failure {
    // An error of our own that went through the client comes out as it went in.
    let error = match error {
        Error::Tokens(inner) => match inner.downcast::<Failure>() {
            Ok(failure) => return *failure,
            Err(inner) => Error::Tokens(inner),
        },
        other => other,
    };
    let failure = Failure::error(match &error {
        Error::Service { text, .. } => text.clone(),
        other => sentence(other),
    });
    match &error {
        Error::Unauthorized { .. } => Failure { kind: Kind::NotSignedIn, ..failure }
            .hint("The service does not accept the token. Sign in anew with: p0 login")
            .hint(TOKEN_FROM_ELSEWHERE),
        Error::Forbidden { .. } => failure.hint("See who you are signed in as with: p0 status"),
        Error::NoSuchOrg { .. } => failure
            .hint("Check its name in --org, P0_ORG or `p0 login <org>`.")
            .hint("If it lives on another service, set P0_APP_URL to that service's address."),
        Error::BadName { .. } => Failure { kind: Kind::Usage, ..failure },
        Error::Status { status: 500.. } => failure.hint("The service has a problem of its own. Try again later."),
        Error::Invalid { .. } | Error::TooLong { .. } | Error::Redirected { .. } => failure.hint(NOT_THE_SERVICE),
        // The service itself says what it does not find.
        Error::NotFound { text } if text.starts_with("HTTP Error") => failure.hint(NOT_THE_SERVICE),
        Error::BadToken => Failure { kind: Kind::NotSignedIn, ..failure }.hint(TOKEN_FROM_ELSEWHERE),
        Error::Setup { .. } => failure
            .hint("Install the system's CA certificates, or set SSL_CERT_FILE to a file with those that you trust."),
        Error::Network { .. } | Error::ProxyVariable { .. } | Error::TrustVariable { .. } => {
            network_hints(&error).into_iter().fold(failure, Failure::hint)
        }
        Error::Uncertain { cause, .. } => match &**cause {
            Error::Network { failure: Network::Proxy(_), .. } => {
                network_hints(cause).into_iter().fold(failure, Failure::hint)
            }
            _ => failure,
        },
        _ => failure,
    }
}

/// What to do about a call to the service that failed on the way.
fn network_hints(error: &Error) -> Vec<String> {
    if let Some(hints) = hints_for_any_host(error) {
        return hints;
    }
    let Error::Network { failure, .. } = error else { return Vec::new() };
    let hint = match failure {
        Network::Dns => "Check the name in P0_APP_URL, your network and your proxy (HTTPS_PROXY).",
        Network::Refused => "Nothing listens there. Check P0_APP_URL, or start the service (`p0 dev`, `p0 serve`).",
        Network::NotHttp => NOT_THE_SERVICE,
        _ => CHECK_NETWORK,
    };
    vec![hint.to_owned()]
}

/// What to do about a call that failed on the way to any host; `None` where that depends on the host.
pub fn hints_for_any_host(error: &Error) -> Option<Vec<String>> {
    match error {
        Error::ProxyVariable { variable: variable @ ("NO_PROXY" | "no_proxy"), .. } => Some(vec![format!(
            "Correct {variable}: hosts, domains, addresses and networks, such as localhost,.example.com,10.0.0.0/8"
        )]),
        Error::ProxyVariable { variable, .. } => Some(vec![format!(
            "Correct {variable}, or unset it. It has the form http://USER:PASSWORD@proxy.example.com:3128"
        )]),
        Error::TrustVariable { variable: variable @ "AWS_CA_BUNDLE", .. } => {
            Some(vec![format!("Correct {variable}, or unset it to trust the certificates that the system trusts.")])
        }
        Error::TrustVariable { variable, .. } => Some(vec![format!(
            "Unset {variable} to trust the system's certificates, or set SSL_CERT_FILE to a file with those that you trust."
        )]),
        Error::Network { failure: Network::DnsUnavailable, .. } => {
            Some(vec!["Check your network, your VPN and your name servers, then try again.".into()])
        }
        Error::Network { failure: Network::Certificate(tls) | Network::Tls(tls), .. } => {
            Some(tls.next_steps.iter().map(ToString::to_string).collect())
        }
        Error::Network { failure: Network::Proxy(failure), host } => Some(proxy_hints(failure, host)),
        _ => None,
    }
}

fn proxy_hints(failure: &ProxyFailure, host: &str) -> Vec<String> {
    let ProxyFailure { proxy, variable, target, fault } = failure;
    let first = match fault {
        ProxyFault::CredentialsRequired => format!("Add them: {variable}=http://USER:PASSWORD@{proxy}"),
        ProxyFault::CredentialsRejected => {
            format!("Correct the user name and password in {variable}. Percent-encode special characters.")
        }
        ProxyFault::Refused => format!("Ask the proxy's operator to allow connections to {target}."),
        ProxyFault::Unreachable(_) | ProxyFault::Closed | ProxyFault::Late => {
            format!("Correct {variable}, or unset it if you need no proxy.")
        }
    };
    vec![first, format!("If you can reach {host} without the proxy, add it to NO_PROXY: export NO_PROXY={host}")]
}

/// The text with a capital letter at its head.
pub fn sentence(text: impl std::fmt::Display) -> String {
    let text = text.to_string();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p0_client::TlsFailure;

    #[test]
    fn a_failure_of_ours_survives_the_way_through_the_client() {
        let ours = Failure::new(Kind::NotSignedIn, "You are not signed in.").hint("p0 login");
        let failure = failure(Error::Tokens(Box::new(ours)));
        assert_eq!((failure.kind, failure.hints.len()), (Kind::NotSignedIn, 1));
    }

    fn proxy(fault: ProxyFault) -> ProxyFailure {
        let (proxy, target) = ("proxy.example.com:3128".into(), "api.example.com:443".into());
        ProxyFailure { proxy, variable: "HTTPS_PROXY", target, fault }
    }

    #[test]
    fn each_kind_has_its_exit_code_and_a_next_step() {
        let network = |failure| Error::Network { host: "api.example.com".into(), failure };
        for (error, code) in [
            (Error::Unauthorized { text: "token expired".into() }, 77),
            (Error::NoSuchOrg { org: "x".into() }, 1),
            (Error::Status { status: 503 }, 1),
            (Error::NotFound { text: "HTTP Error: 404 Not Found".into() }, 1),
            (Error::BadToken, 77),
            (Error::Setup { reason: "no CA certificates".into() }, 1),
            (Error::Invalid { host: "h".into(), what: "an HTML page".into() }, 1),
            (network(Network::Dns), 1),
            (network(Network::Refused), 1),
            (network(Network::Certificate(TlsFailure { reason: "expired".into(), next_steps: &["Renew it."] })), 1),
            (network(Network::NotHttp), 1),
            (network(Network::DnsUnavailable), 1),
            (network(Network::Proxy(Box::new(proxy(ProxyFault::CredentialsRequired)))), 1),
            (network(Network::Proxy(Box::new(proxy(ProxyFault::Unreachable(Network::Refused))))), 1),
            (Error::ProxyVariable { variable: "HTTPS_PROXY", reason: "it has no host".into() }, 1),
            (Error::ProxyVariable { variable: "NO_PROXY", reason: "it is wrong".into() }, 1),
            (Error::TrustVariable { variable: "SSL_CERT_FILE", path: "/x".into(), reason: "it is empty".into() }, 1),
            (network(Network::TimedOut), 1),
        ] {
            let text = error.to_string();
            let failure = failure(error);
            assert_eq!(failure.kind.code(), code, "{text}");
            assert!(!failure.hints.is_empty(), "{text}");
        }
    }
}
