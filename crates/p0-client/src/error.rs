//! What can go wrong, so that a caller can match on it: for hints, exit codes and fallbacks.

use crate::TokensError;
use reqwest::StatusCode;
use std::error::Error as StdError;

/// A call failed. No message holds a URL, a token or a body; the service's own texts are passed on as they are, so
/// whoever shows them strips control characters.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service answered with an error of its own: its text, and the HTTP status (200 is common).
    #[error("{text}")]
    Service {
        /// Meant for the user; it can be a help text of many lines.
        text: String,
        /// The HTTP status that carried it.
        status: u16,
    },
    /// A status outside 2xx, without an explanation.
    #[error("{}", http_error(*.status))]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// 401, also after the token was renewed, or with a token that cannot be.
    #[error("{text}")]
    Unauthorized {
        /// The service's text, or the status.
        text: String,
    },
    /// 403.
    #[error("{text}")]
    Forbidden {
        /// The service's text, or the status.
        text: String,
    },
    /// 404: there is no such thing, or this service does not have the call.
    #[error("{text}")]
    NotFound {
        /// The service's text, or the status.
        text: String,
    },
    /// The service answered something that is no answer.
    #[error("{host} sent an invalid response: {what}")]
    Invalid {
        /// Who answered.
        host: String,
        /// What it looks like, or where in the document the fault is.
        what: String,
    },
    /// An answer, or a line of the status stream, is longer than anything sensible.
    #[error("{host} sent an answer of more than {limit} bytes")]
    TooLong {
        /// Who answered.
        host: String,
        /// How many bytes would have been accepted.
        limit: usize,
    },
    /// The answer was to go elsewhere, which is not done: the token stays with its host.
    #[error("{host} redirects to {}, which is not followed", .to.as_deref().unwrap_or("an unknown place"))]
    Redirected {
        /// Who answered.
        host: String,
        /// The scheme and host that it points to.
        to: Option<String>,
    },
    /// There was no complete answer.
    #[error("{failure} ({host})")]
    Network {
        /// Who was called.
        host: String,
        /// What happened.
        failure: Network,
    },
    /// The answer was lost, so nobody knows whether the call was carried out. It was not repeated.
    #[error("{cause}; it was not repeated, as it may have been carried out: {advice}")]
    Uncertain {
        /// How the answer was lost.
        cause: Box<Error>,
        /// What to do about it, such as "check with `p0 show …`".
        advice: String,
    },
    /// A name that cannot stand in an address. It was never sent.
    #[error("{name:?} is not a valid {what}: {why}")]
    BadName {
        /// What it names, such as `organization`.
        what: &'static str,
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No such organisation.
    #[error("Could not find organization {org}")]
    NoSuchOrg {
        /// The slug.
        org: String,
    },
    /// A token would cross a network in clear.
    #[error("{host} must be reached over https: a token must not cross a network in clear")]
    Cleartext {
        /// The host.
        host: String,
    },
    /// An address that is not http or https.
    #[error("{scheme} addresses cannot be called")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// The token cannot be sent.
    #[error("the token is not one: it is empty or has characters that no token has")]
    BadToken,
    /// There is no token.
    #[error(transparent)]
    Tokens(TokensError),
    /// The HTTP or TLS stack cannot be set up, for example because no CA certificates are installed.
    #[error("cannot set up HTTP: {reason}")]
    Setup {
        /// Why.
        reason: String,
    },
}

/// How the network failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Network {
    /// The name has no address.
    #[error("could not find the host")]
    Dns,
    /// Nobody listens there.
    #[error("connection refused")]
    Refused,
    /// The certificate is not trusted. Trying again would not help.
    #[error("the certificate is not trusted: {0}")]
    Certificate(String),
    /// The two sides could not agree on TLS.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// No connection in time.
    #[error("could not connect in time")]
    ConnectTimeout,
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The connection ended before the answer was complete.
    #[error("the connection was cut before the answer was complete")]
    Cut,
    /// The status stream ended before there was an outcome.
    #[error("the service ended the status stream")]
    Ended,
    /// Something else.
    #[error("the network failed: {0}")]
    Other(String),
}

impl Error {
    /// The HTTP status, where one stands for the error.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service { status, .. } | Self::Status { status } => Some(*status),
            Self::Unauthorized { .. } => Some(401),
            Self::Forbidden { .. } => Some(403),
            Self::NotFound { .. } => Some(404),
            Self::Uncertain { cause, .. } => cause.status(),
            _ => None,
        }
    }

    /// An answer's error: the service's text if it has one, else its status.
    pub(crate) fn answered(status: StatusCode, text: Option<String>) -> Self {
        let code = status.as_u16();
        let text = text.map(|text| match text.trim() {
            "" => "the service reported an error without saying which".to_owned(),
            _ => text,
        });
        match (code, text) {
            (401, text) => Self::Unauthorized { text: text.unwrap_or_else(|| http_error(code)) },
            (403, text) => Self::Forbidden { text: text.unwrap_or_else(|| http_error(code)) },
            (404, text) => Self::NotFound { text: text.unwrap_or_else(|| http_error(code)) },
            (status, Some(text)) => Self::Service { text, status },
            (status, None) => Self::Status { status },
        }
    }

    /// The network's failure on the way to this host.
    pub(crate) fn network(host: String, failure: Network) -> Self {
        Self::Network { host, failure }
    }
}

/// `HTTP Error: 502 Bad Gateway`, as scripts know it.
fn http_error(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    match reason {
        Some(reason) => format!("HTTP Error: {status} {reason}"),
        None => format!("HTTP Error: {status}"),
    }
}

impl Network {
    /// What a failure of the HTTP stack means. Its own text is not used, for it can hold the URL.
    pub fn of(error: &reqwest::Error) -> Self {
        if error.is_dns() {
            return Self::Dns;
        }
        if error.is_timeout() {
            return if error.is_connect() { Self::ConnectTimeout } else { Self::TimedOut };
        }
        let mut cause: &(dyn StdError + 'static) = error;
        while let Some(next) = cause.source() {
            cause = next;
            if let Some(failure) = Self::of_cause(cause) {
                return failure;
            }
        }
        if error.is_body() || error.is_decode() {
            return Self::Cut;
        }
        Self::Other(cause.to_string())
    }

    fn of_cause(cause: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Some(Self::of_tls(tls));
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind::{
                BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, UnexpectedEof,
            };
            // An I/O error does not name the error that it carries as its source.
            if let Some(failure) = io.get_ref().and_then(|inner| Self::of_cause(inner)) {
                return Some(failure);
            }
            return match io.kind() {
                ConnectionRefused => Some(Self::Refused),
                ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof => Some(Self::Cut),
                _ => None,
            };
        }
        let http = cause.downcast_ref::<hyper::Error>()?;
        (http.is_incomplete_message() || http.is_closed() || http.is_canceled()).then_some(Self::Cut)
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(why) => Self::Certificate(why.to_string()),
            other => Self::Tls(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_happened_and_to_whom() {
        let network = |failure| Error::network("api.example.com".into(), failure).to_string();
        assert_eq!(network(Network::Dns), "could not find the host (api.example.com)");
        assert_eq!(network(Network::Refused), "connection refused (api.example.com)");
        assert_eq!(network(Network::TimedOut), "no answer in time (api.example.com)");
        assert_eq!(network(Network::Cut), "the connection was cut before the answer was complete (api.example.com)");
        assert_eq!(Error::Status { status: 502 }.to_string(), "HTTP Error: 502 Bad Gateway");
        assert_eq!(Error::Status { status: 599 }.to_string(), "HTTP Error: 599");
        assert_eq!(
            Error::Redirected { host: "a.example.com".into(), to: Some("https://b.example.com".into()) }.to_string(),
            "a.example.com redirects to https://b.example.com, which is not followed"
        );
    }

    #[test]
    fn statuses_become_kinds_that_can_be_matched() {
        let of = |code, text: Option<&str>| {
            Error::answered(StatusCode::from_u16(code).expect("a status"), text.map(str::to_owned))
        };
        assert!(matches!(of(401, None), Error::Unauthorized { text } if text == "HTTP Error: 401 Unauthorized"));
        assert!(matches!(of(403, Some("no")), Error::Forbidden { text } if text == "no"));
        assert!(matches!(of(404, Some("no")), Error::NotFound { text } if text == "no"));
        assert!(matches!(of(200, Some("no")), Error::Service { status: 200, .. }));
        assert_eq!(of(200, Some(" \n")).to_string(), "the service reported an error without saying which");
        assert_eq!(of(409, Some("stale")).status(), Some(409));
    }
}
