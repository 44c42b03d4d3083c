//! What the API's errors mean to the user, and what to do about each.

use super::{Failure, Kind};
use p0_client::{Error, Network};

/// What to do when somebody else seems to answer.
const NOT_THE_SERVICE: &str = "This does not look like the service. Check P0_APP_URL, and whether a proxy or a sign-in page of the network answers instead.";

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
        Error::Network { failure: network, .. } => of_network(network).into_iter().fold(failure, Failure::hint),
        _ => failure,
    }
}

fn of_network(network: &Network) -> Vec<&'static str> {
    match network {
        Network::Dns => vec!["Check the name in P0_APP_URL, your network and your proxy (HTTPS_PROXY)."],
        Network::Refused => {
            vec!["Nothing listens there. Check P0_APP_URL, or start the service (`p0 dev`, `p0 serve`)."]
        }
        Network::Certificate(_) => vec![
            "If your company inspects TLS, set SSL_CERT_FILE to a file with its CA certificate.",
            "Check this machine's clock and the host's name.",
        ],
        Network::Tls(_) => vec!["Check that the address is an https one, and your proxy (HTTPS_PROXY)."],
        Network::ConnectTimeout | Network::TimedOut | Network::Cut | Network::Ended | Network::Other(_) => {
            vec!["Check your network and your proxy (HTTPS_PROXY), then try again."]
        }
    }
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

    #[test]
    fn a_failure_of_ours_survives_the_way_through_the_client() {
        let ours = Failure::new(Kind::NotSignedIn, "You are not signed in.").hint("p0 login");
        let failure = failure(Error::Tokens(Box::new(ours)));
        assert_eq!((failure.kind, failure.hints.len()), (Kind::NotSignedIn, 1));
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
            (network(Network::Certificate("expired".into())), 1),
            (network(Network::TimedOut), 1),
        ] {
            let text = error.to_string();
            let failure = failure(error);
            assert_eq!(failure.kind.code(), code, "{text}");
            assert!(!failure.hints.is_empty(), "{text}");
        }
    }
}
