//! The one HTTP stack: reqwest, set up only as far as the address called needs it.

use crate::{
    Answer, Error, OnRetry, RetryPolicy, SystemTimer, Timer,
    send::{Call, Repeat},
    tls::{self, Trust},
};
use reqwest::{Method, StatusCode, redirect};
use serde::de::DeserializeOwned;
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use url::{Host, Url};

/// How many redirects within one host are followed.
const MAX_REDIRECTS: usize = 4;

/// How long a connection is kept for the next call: less than servers and the boxes on the way keep theirs, for a
/// decision that is sent into a closing connection cannot be repeated.
const POOL_IDLE: Duration = Duration::from_secs(20);

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
        Self { options, clients: Default::default(), tls: OnceLock::new() }
    }

    /// The client that calls this address, for crates that make calls of their own. It follows a redirect only
    /// within one host, and only where the method and body are kept (307, 308).
    ///
    /// # Errors
    /// [`Error::Cleartext`] for plain http to another machine, [`Error::Scheme`] for neither http nor https,
    /// [`Error::Setup`] if the client cannot be built.
    pub fn reqwest(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let reach = Reach::of(url)?;
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

    fn build(&self, reach: Reach) -> Result<reqwest::Client, Error> {
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
            Reach::Remote => builder.tls_backend_preconfigured(self.tls()?),
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

impl Reach {
    fn of(url: &Url) -> Result<Self, Error> {
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
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

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
    fn a_bundle_without_certificates_is_a_clear_error() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ca.pem");
        let error = |path: &Path| {
            let options = HttpOptions { trust: Trust::Only(path.to_owned()), ..HttpOptions::new("P0 CLI/0 (t; t; t)") };
            let http = Http::new(options);
            assert!(http.reqwest(&url("http://127.0.0.1:1")).is_ok(), "nothing to trust in clear");
            http.reqwest(&url("https://api.example.com")).expect_err("no certificates").to_string()
        };
        assert!(error(&path).contains("ca.pem cannot be read: No such file"), "{}", error(&path));
        fs::write(&path, "no certificate").expect("written");
        assert!(error(&path).ends_with("ca.pem contains no certificates in PEM format"), "{}", error(&path));
        assert!(error(dir.path()).ends_with(" is not a file"), "{}", error(dir.path()));
    }

    #[test]
    fn a_user_agent_that_is_no_header_is_a_clear_error() {
        let http = Http::new(HttpOptions::new("P0\r\nx-evil: 1"));
        let error = http.reqwest(&url("http://127.0.0.1:1")).expect_err("no header");
        assert_eq!(error.to_string(), "cannot set up HTTP: failed to parse header value");
    }
}
