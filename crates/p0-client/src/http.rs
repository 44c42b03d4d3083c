//! The one HTTP stack: reqwest, set up only as far as the address called needs it.

use crate::{
    Answer, Error, Network, OnRetry, Proxy, ProxyFailure, ProxyFault, ProxyVariables, RetryPolicy, SystemTimer, Timer,
    TlsFailure,
    call::{Call, Repeat},
    error::Cause,
    tls::{self, Trust},
};
use reqwest::{Method, Response, StatusCode, header::HeaderMap, redirect};
use serde::de::DeserializeOwned;
use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};
use url::{Host, Url};

/// How many redirects within one host are followed.
const MAX_REDIRECTS: usize = 4;

/// How long a connection is kept for the next call: less than servers and the boxes on the way keep theirs, for a
/// decision that is sent into a closing connection cannot be repeated.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// How long the body of an answer may pause.
const BODY_IDLE: Duration = Duration::from_secs(20);

/// How to call.
#[derive(Clone)]
pub struct HttpOptions {
    /// The `user-agent`: `P0 CLI/<version> (<build>; <os>; <arch>)`.
    pub user_agent: String,
    /// When to try again.
    pub retry: RetryPolicy,
    /// How long a connection may take, TLS included.
    pub connect_timeout: Duration,
    /// How long a call may take, once; the status stream is not a call.
    pub request_timeout: Duration,
    /// How long the status stream may be silent before it counts as lost.
    pub stream_idle: Duration,
    /// The passing of time.
    pub timer: Arc<dyn Timer>,
    /// Is told of every retry.
    pub on_retry: Option<OnRetry>,
    /// Which certificate authorities are trusted.
    pub trust: Trust,
    /// The variables that name a proxy.
    pub proxy: ProxyVariables,
}

impl HttpOptions {
    /// The usual: 10 s to connect, 60 s for a call, 60 s of silence.
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            retry: RetryPolicy::default(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            stream_idle: Duration::from_secs(60),
            timer: Arc::new(SystemTimer),
            on_retry: None,
            trust: Trust::default(),
            proxy: ProxyVariables::default(),
        }
    }
}

/// The HTTP stack. Cheap to make: a client is built when an address first needs it.
pub struct Http {
    pub(crate) options: HttpOptions,
    /// By [`Reach`].
    clients: [OnceLock<reqwest::Client>; 3],
    /// Shared by the clients, and with it the sessions that can be resumed.
    tls: OnceLock<rustls::ClientConfig>,
    /// The hosts that have answered.
    answered: Mutex<HashSet<String>>,
}

/// What it takes to reach an address.
#[derive(Clone, Copy)]
enum Reach {
    /// This machine, in clear: no TLS, no proxy.
    Local,
    /// This machine over TLS: no proxy.
    LocalTls,
    /// Elsewhere: TLS, and the system's proxy.
    Remote,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("user_agent", &self.options.user_agent).finish_non_exhaustive()
    }
}

impl Http {
    /// The stack with these options.
    pub fn new(options: HttpOptions) -> Self {
        Self { options, clients: Default::default(), tls: OnceLock::new(), answered: Mutex::default() }
    }

    /// The client that calls this address, for crates that make calls of their own. It follows a redirect only
    /// within one host, and only where the method and body are kept (307, 308).
    ///
    /// # Errors
    /// [`Error::Cleartext`] for plain http to another machine, [`Error::Scheme`] for neither http nor https,
    /// [`Error::ProxyVariable`] and [`Error::TrustVariable`] for a variable that is wrong, [`Error::Setup`] if the
    /// client cannot be built.
    pub fn reqwest(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let reach = Reach::from_url(url)?;
        let slot = &self.clients[reach as usize];
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = self.build(reach)?;
        Ok(slot.get_or_init(|| client))
    }

    /// Gets a public JSON document, such as an OpenID provider's metadata, with the retries of every read.
    ///
    /// # Errors
    /// As for every call; `deadline` bounds the retries too.
    pub async fn get_json<T: DeserializeOwned>(
        &self,
        url: &Url,
        deadline: Option<Instant>,
    ) -> Result<Answer<T>, Error> {
        let call = Call { deadline, ..Call::new(Method::GET, url.clone(), Repeat::Harmless) };
        self.send(&call).await?.read()
    }

    /// Makes one call, whose answer has to be complete within `limit` and no longer than `largest` bytes.
    ///
    /// # Errors
    /// [`Error::Network`], [`Error::TooLong`].
    pub async fn fetch(
        &self,
        url: &Url,
        request: reqwest::RequestBuilder,
        limit: Duration,
        largest: usize,
    ) -> Result<Fetched, Error> {
        let response = request.timeout(limit).send().await.map_err(|error| self.failure(url, &error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Fetched { status, headers, body: self.read(url, response, largest).await? })
    }

    /// Reads a body: neither too long, nor for ever. Its whole time is bounded by the request's own limit.
    pub(crate) async fn read(&self, url: &Url, mut response: Response, largest: usize) -> Result<Vec<u8>, Error> {
        let too_long = || Error::TooLong { host: host_of(url), limit: largest };
        let announced = response.content_length().unwrap_or(0);
        if announced > largest as u64 {
            return Err(too_long());
        }
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
        loop {
            match self.within(BODY_IDLE, response.chunk()).await {
                None => return Err(Error::network(host_of(url), Network::TimedOut)),
                Some(Err(error)) => return Err(self.failure(url, &error)),
                Some(Ok(None)) => return Ok(body),
                Some(Ok(Some(chunk))) if body.len() + chunk.len() > largest => return Err(too_long()),
                Some(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            }
        }
    }

    /// What a failure of the HTTP stack on the way to this address means, and whose it is.
    pub fn failure(&self, url: &Url, error: &reqwest::Error) -> Error {
        let proxy = match Reach::from_url(url) {
            Ok(Reach::Remote) => self.options.proxy.proxy().ok().flatten().filter(|proxy| proxy.serves(url)),
            _ => None,
        };
        let failure = match (Cause::from_reqwest(error), proxy) {
            (Cause::Network(Network::ConnectTimeout), Some(proxy)) => blame(&proxy, url, ProxyFault::Late),
            (Cause::Network(failure), _) => of_name(failure, url.host_str().unwrap_or_default()),
            (Cause::Proxy(ProxyFault::CredentialsRequired), Some(proxy)) if proxy.has_credentials() => {
                blame(&proxy, url, ProxyFault::CredentialsRejected)
            }
            (Cause::Proxy(ProxyFault::Unreachable(why)), Some(proxy)) => {
                let why = of_name(why, proxy.host_and_port().0);
                blame(&proxy, url, ProxyFault::Unreachable(why))
            }
            (Cause::Proxy(fault), Some(proxy)) => blame(&proxy, url, fault),
            // The system's settings name it, which are reqwest's to read.
            (Cause::Proxy(_), None) => Network::Other("the system's proxy did not connect".into()),
        };
        Error::network(host_of(url), failure)
    }

    /// Remembers that a host has answered.
    pub(crate) fn has_answered(&self, url: &Url) {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).insert(host_of(url));
    }

    /// Whether a host has answered before, as messages name it.
    pub(crate) fn knows(&self, host: &str) -> bool {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).contains(host)
    }

    fn build(&self, reach: Reach) -> Result<reqwest::Client, Error> {
        // Even where none is needed: what a command does later may need it, when access has been granted already.
        self.options.proxy.check()?;
        let builder = reqwest::Client::builder()
            .user_agent(&self.options.user_agent)
            .connect_timeout(self.options.connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(redirect::Policy::custom(redirect))
            .referer(false)
            .retry(reqwest::retry::never());
        let builder = match reach {
            // Without any root certificate none are read from the disk, which takes longer than the call itself.
            Reach::Local => builder.no_proxy().tls_certs_only([]),
            Reach::LocalTls => builder.no_proxy().tls_backend_preconfigured(self.tls()?),
            Reach::Remote => {
                let builder = builder.tls_backend_preconfigured(self.tls()?);
                match self.options.proxy.proxy()? {
                    Some(proxy) => builder.no_proxy().proxy(proxy.to_reqwest()),
                    // The system's settings may name one, on Windows and macOS.
                    None => builder,
                }
            }
        };
        builder.build().map_err(|error| Error::Setup { reason: root_cause(&error) })
    }

    fn tls(&self) -> Result<rustls::ClientConfig, Error> {
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let config = tls::client_config(&self.options.trust)?;
        Ok(self.tls.get_or_init(|| config).clone())
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Fetched {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

/// RFC 6761, section 6.4: a name below `invalid` never exists, whether or not a name server says so.
fn of_name(failure: Network, host: &str) -> Network {
    match failure {
        Network::DnsUnavailable if host.trim_end_matches('.').ends_with(".invalid") => Network::Dns,
        failure => failure,
    }
}

/// The failure that a proxy is to blame for.
fn blame(proxy: &Proxy, url: &Url, fault: ProxyFault) -> Network {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
    Network::Proxy(Box::new(ProxyFailure {
        proxy: proxy.shown(),
        variable: proxy.variable,
        target: format!("{host}:{port}"),
        fault,
    }))
}

impl Reach {
    fn from_url(url: &Url) -> Result<Self, Error> {
        match (url.scheme(), is_loopback(url)) {
            ("http", true) => Ok(Self::Local),
            ("https", true) => Ok(Self::LocalTls),
            ("https", false) => Ok(Self::Remote),
            ("http", false) => Err(Error::Cleartext { host: host_of(url) }),
            (scheme, _) => Err(Error::Scheme { scheme: scheme.to_owned() }),
        }
    }
}

/// Whether an address is on this machine: what is sent there crosses no network.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // Names below it are not meant: a resolver may ask the network for them.
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether a secret may be sent to an address: over https, or within this machine.
pub fn may_carry_secrets(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Within one origin, and only where POST stays POST: an approval must not become a harmless GET that looks done.
fn redirect(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let same_origin = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    let kept = matches!(attempt.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    if same_origin && kept && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// The host as messages name it: with the port if one is given, without user, path or query.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The innermost reason; the outer ones only say that something failed.
fn root_cause(error: &reqwest::Error) -> String {
    if let Some(tls) = TlsFailure::find(error) {
        return TlsFailure::explain(tls).reason;
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http() -> Http {
        Http::new(HttpOptions::new("P0 CLI/0 (test; test; test)"))
    }

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn a_token_never_crosses_a_network_in_clear() {
        for here in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost", "http://LOCALHOST:8080"] {
            assert!(http().reqwest(&url(here)).is_ok(), "{here}");
        }
        for elsewhere in [
            "http://api.example.com",
            "http://127.0.0.1.example.com",
            "http://app.localhost",
            "http://192.0.2.1:8080",
            "http://[::ffff:192.0.2.1]",
        ] {
            let error = http().reqwest(&url(elsewhere)).expect_err(elsewhere);
            assert!(matches!(error, Error::Cleartext { .. }), "{elsewhere}: {error}");
        }
        let error = http().reqwest(&url("http://user:pw@192.0.2.1:8080/x?key=k")).expect_err("in clear");
        assert_eq!(
            error.to_string(),
            "192.0.2.1:8080 must be reached over https: a token must not cross a network in clear"
        );
        let error = http().reqwest(&url("ftp://api.example.com")).expect_err("not http");
        assert_eq!(error.to_string(), "ftp addresses cannot be called");
    }

    #[test]
    fn a_client_is_built_once() {
        let http = http();
        let first: *const _ = http.reqwest(&url("http://127.0.0.1:1")).expect("a client");
        let second: *const _ = http.reqwest(&url("http://127.0.0.1:2")).expect("a client");
        assert_eq!(first, second);
    }

    #[test]
    fn a_user_agent_that_is_no_header_is_a_clear_error() {
        let http = Http::new(HttpOptions::new("P0\r\nx-evil: 1"));
        let error = http.reqwest(&url("http://127.0.0.1:1")).expect_err("no header");
        assert_eq!(error.to_string(), "cannot set up HTTP: failed to parse header value");
    }
}
