//! What can go wrong, so that a caller can match on it: for hints, exit codes and fallbacks.

use crate::{TlsFailure, TokensError};
use reqwest::StatusCode;
use std::{error::Error as StdError, fmt, path::PathBuf};

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
    #[error("{}", network(.failure, .host))]
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
    /// A variable does not hold what it should: see [`crate::ProxyVariables`]. Its value is not quoted.
    #[error("Cannot use {variable}: {reason}.")]
    ProxyVariable {
        /// The variable.
        variable: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A variable names no certificates.
    #[error("Cannot read certificates for {variable} from {}: {reason}.", path.display())]
    TrustVariable {
        /// The variable.
        variable: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
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
    /// There is no such name.
    #[error("could not find the host")]
    Dns,
    /// No name server answers.
    #[error("could not look up the host: no name server answers")]
    DnsUnavailable,
    /// Nobody listens there.
    #[error("connection refused")]
    Refused,
    /// There is no route to it.
    #[error("the host cannot be reached")]
    Unreachable,
    /// The certificate is not trusted.
    #[error("the certificate is not trusted: {0}")]
    Certificate(TlsFailure),
    /// The two sides could not agree on TLS.
    #[error("TLS failed: {0}")]
    Tls(TlsFailure),
    /// The proxy is to blame.
    #[error(transparent)]
    Proxy(Box<ProxyFailure>),
    /// The answer is not one of HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
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

/// How a proxy failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyFailure {
    /// The proxy's host and port.
    pub proxy: String,
    /// The variable that names it.
    pub variable: &'static str,
    /// The host and port to which it was to connect.
    pub target: String,
    /// What happened.
    pub fault: ProxyFault,
}

/// What a proxy did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyFault {
    /// There is no connection to the proxy itself.
    Unreachable(Network),
    /// It asks for a user name and password (407), and has none.
    CredentialsRequired,
    /// It rejects the user name and password (407).
    CredentialsRejected,
    /// It does not connect to the service.
    Refused,
    /// It ended the connection.
    Closed,
    /// Nothing happened in time.
    Late,
}

impl std::error::Error for ProxyFailure {}

impl fmt::Display for ProxyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { proxy, variable, target, fault } = self;
        let proxy = format_args!("the proxy {proxy} ({variable})");
        match fault {
            ProxyFault::Unreachable(why) => write!(f, "cannot connect to {proxy}: {why}"),
            ProxyFault::CredentialsRequired => {
                write!(f, "cannot connect to {target}: {proxy} requires a user name and password")
            }
            ProxyFault::CredentialsRejected => {
                write!(f, "cannot connect to {target}: {proxy} rejects the user name or password")
            }
            ProxyFault::Refused => write!(f, "cannot connect to {target}: {proxy} refuses the connection"),
            ProxyFault::Closed => write!(f, "cannot connect to {target}: {proxy} closed the connection"),
            ProxyFault::Late => write!(f, "cannot connect to {target}: {proxy} did not connect in time"),
        }
    }
}

/// The failure, and whose it is.
fn network(failure: &Network, host: &str) -> String {
    match failure {
        Network::Proxy(failure) => failure.to_string(),
        failure => format!("{failure} ({host})"),
    }
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

/// What a failure of the HTTP stack means.
pub(crate) enum Cause {
    Network(Network),
    /// A proxy failed, and this is what it said: 407 is [`ProxyFault::CredentialsRequired`].
    Proxy(ProxyFault),
}

impl Cause {
    pub(crate) fn from_reqwest(error: &reqwest::Error) -> Self {
        let tunnel = sources(error).find_map(|cause| Some(cause.to_string().strip_prefix(TUNNEL)?.to_owned()));
        match tunnel.as_deref() {
            None => Self::Network(Network::from_reqwest(error)),
            Some("proxy authorization required") => Self::Proxy(ProxyFault::CredentialsRequired),
            Some("failed to create underlying connection") => {
                Self::Proxy(ProxyFault::Unreachable(Network::from_reqwest(error)))
            }
            Some("unsuccessful" | "missing destination host") => Self::Proxy(ProxyFault::Refused),
            Some(_) => Self::Proxy(ProxyFault::Closed),
        }
    }
}

/// How the errors of hyper-util's tunnels begin. Their type has no name outside it; the tests run real tunnels.
const TUNNEL: &str = "tunnel error: ";

/// The error's causes, outermost first.
fn sources<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause: &&'e (dyn StdError + 'static)| (*cause).source())
}

impl Network {
    /// Its own text is not used, for it can hold the URL.
    fn from_reqwest(error: &reqwest::Error) -> Self {
        if error.is_dns() {
            let temporary = sources(error).any(is_temporary_dns);
            return if temporary { Self::DnsUnavailable } else { Self::Dns };
        }
        if error.is_timeout() {
            return if error.is_connect() { Self::ConnectTimeout } else { Self::TimedOut };
        }
        if let Some(failure) = sources(error).find_map(Self::of_cause) {
            return failure;
        }
        if error.is_body() || error.is_decode() {
            return Self::Cut;
        }
        let innermost = sources(error).last();
        Self::Other(innermost.map_or_else(|| "for an unknown reason".to_owned(), ToString::to_string))
    }

    fn of_cause(cause: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(tls) = TlsFailure::find(cause) {
            return Some(Self::of_tls(tls));
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind::{
                BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkDown,
                NetworkUnreachable, UnexpectedEof,
            };
            // An I/O error does not name the error that it carries as its source.
            if let Some(failure) = io.get_ref().and_then(|inner| Self::of_cause(inner)) {
                return Some(failure);
            }
            return match io.kind() {
                ConnectionRefused => Some(Self::Refused),
                ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof => Some(Self::Cut),
                HostUnreachable | NetworkUnreachable | NetworkDown => Some(Self::Unreachable),
                _ => None,
            };
        }
        let http = cause.downcast_ref::<hyper::Error>()?;
        if http.is_parse() || http.is_parse_too_large() {
            return Some(Self::NotHttp);
        }
        (http.is_incomplete_message() || http.is_closed() || http.is_canceled()).then_some(Self::Cut)
    }

    fn of_tls(error: &rustls::Error) -> Self {
        let failure = TlsFailure::explain(error);
        match error {
            rustls::Error::InvalidCertificate(_) => Self::Certificate(failure),
            _ => Self::Tls(failure),
        }
    }

    /// Whether trying again within a minute or two would not help.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Dns | Self::Certificate(_) | Self::Tls(_) | Self::NotHttp => true,
            Self::Proxy(failure) => match &failure.fault {
                ProxyFault::Unreachable(why) => why.is_permanent(),
                ProxyFault::CredentialsRequired | ProxyFault::CredentialsRejected | ProxyFault::Refused => true,
                ProxyFault::Closed | ProxyFault::Late => false,
            },
            Self::DnsUnavailable
            | Self::Refused
            | Self::Unreachable
            | Self::ConnectTimeout
            | Self::TimedOut
            | Self::Cut
            | Self::Ended
            | Self::Other(_) => false,
        }
    }
}

/// Whether a look-up failed for want of a name server (`EAI_AGAIN`). The standard library gives the system's text only:
/// that of glibc and macOS, or of musl.
fn is_temporary_dns(cause: &(dyn StdError + 'static)) -> bool {
    /// `WSATRY_AGAIN`.
    const TRY_AGAIN: i32 = 11_002;
    if cfg!(windows) && cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error) == Some(TRY_AGAIN)
    {
        return true;
    }
    let text = cause.to_string();
    text.contains("Temporary failure in name resolution") || text.ends_with("Try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_happened_and_to_whom() {
        let network = |failure| Error::network("api.example.com".into(), failure).to_string();
        assert_eq!(network(Network::Dns), "could not find the host (api.example.com)");
        let proxy = |fault| ProxyFailure {
            proxy: "proxy.example.com:3128".into(),
            variable: "HTTPS_PROXY",
            target: "api.example.com:443".into(),
            fault,
        };
        assert_eq!(
            network(Network::Proxy(Box::new(proxy(ProxyFault::Unreachable(Network::Refused))))),
            "cannot connect to the proxy proxy.example.com:3128 (HTTPS_PROXY): connection refused"
        );
        assert_eq!(
            network(Network::Proxy(Box::new(proxy(ProxyFault::CredentialsRequired)))),
            "cannot connect to api.example.com:443: the proxy proxy.example.com:3128 (HTTPS_PROXY) requires a user name and password"
        );
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
    fn a_look_up_without_a_name_server_is_told_from_an_unknown_name() {
        let temporary = |text: &str| is_temporary_dns(&std::io::Error::other(text));
        assert!(temporary("failed to lookup address information: Temporary failure in name resolution"));
        assert!(temporary("failed to lookup address information: Try again"));
        assert!(!temporary("failed to lookup address information: Name or service not known"));
        assert!(!temporary("failed to lookup address information: Name does not resolve"));
        assert!(!temporary("failed to lookup address information: No address associated with hostname"));
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
