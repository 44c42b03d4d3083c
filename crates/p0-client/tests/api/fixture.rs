//! A server that plays a script, time that a test turns by hand, and tokens.

use async_trait::async_trait;
use p0_client::{Client, Http, HttpOptions, RetryPolicy, Timer, Tokens, TokensError};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use url::Url;

/// What the server does with a request that it has read. Afterwards it closes the connection.
pub(crate) enum Step {
    /// Sends these bytes, in one piece.
    Send(Vec<u8>),
    /// The limit of the client's wait for this answer is reached.
    Late(Arc<Hand>),
    /// Waits until the client has gone.
    Hold,
    /// Resets the connection.
    Reset,
}

/// The steps that answer one request.
pub(crate) type Script = Vec<Step>;

/// A whole answer.
pub(crate) fn answer(status: u16, body: &str) -> Script {
    answer_with(status, &[], body)
}

/// A whole answer with further headers.
pub(crate) fn answer_with(status: u16, headers: &[(&str, &str)], body: &str) -> Script {
    let mut head = format!("HTTP/1.1 {status} Some Reason\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    vec![Step::Send(format!("{head}\r\n{body}").into_bytes())]
}

/// The beginning of a stream that ends when the connection does.
pub(crate) fn open() -> Step {
    Step::Send(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec())
}

/// A stream of these pieces.
pub(crate) fn stream(pieces: &[&str]) -> Script {
    std::iter::once(open()).chain(pieces.iter().map(|piece| Step::Send(piece.as_bytes().to_vec()))).collect()
}

/// The connection ends without an answer.
pub(crate) fn cut() -> Script {
    vec![Step::Reset]
}

/// A request, as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Such as `POST /o/acme/command`.
    pub(crate) line: String,
    /// Header lines, as sent.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// A server on a port of the system's choosing. Requests beyond the script are refused with 599, and recorded.
pub(crate) struct Server {
    pub(crate) url: Url,
    received: Arc<Mutex<Vec<Received>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(script: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = Url::parse(&format!("http://{}", listener.local_addr().expect("an address"))).expect("a URL");
        let received = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(play(listener, script, received.clone()));
        Self { url, received, task }
    }

    /// Stops listening.
    pub(crate) fn close(&self) {
        self.task.abort();
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("not poisoned").clone()
    }

    /// The first lines of all requests.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.received().into_iter().map(|received| received.line).collect()
    }
}

async fn play(listener: TcpListener, script: Vec<Script>, received: Arc<Mutex<Vec<Received>>>) {
    let mut script = script.into_iter();
    loop {
        let Ok((mut connection, _)) = listener.accept().await else { return };
        let Some(request) = read(&mut connection).await else { continue };
        received.lock().expect("not poisoned").push(request);
        for step in script.next().unwrap_or_else(|| answer(599, "beyond the script")) {
            match step {
                // The client may be gone: that is for the test to judge.
                Step::Send(bytes) => drop(connection.write_all(&bytes).await),
                Step::Late(hand) => hand.fall_silent(),
                Step::Hold => {
                    let mut byte = [0];
                    while matches!(connection.read(&mut byte).await, Ok(1)) {}
                }
                Step::Reset => connection.set_zero_linger().expect("a socket option"),
            }
        }
    }
}

async fn read(connection: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).expect("text");
    let mut lines = text.split("\r\n").map(str::to_owned);
    let line = lines.next().expect("a request line").trim_end_matches(" HTTP/1.1").to_owned();
    let mut received = Received { line, headers: lines.collect(), body: String::new() };
    let length = received.header("content-length").map_or(0, |length| length.parse().expect("a number"));
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        if connection.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    received.body = String::from_utf8(body).expect("text");
    Some(received)
}

/// How long the client's patience with a silent stream is; reached when a test says so.
pub(crate) const IDLE: Duration = Duration::from_secs(1_000);

/// Time that passes by hand: pauses are over at once, and are recorded; limits are reached when a test says so.
pub(crate) struct Hand {
    now: Mutex<Instant>,
    pauses: Mutex<Vec<Duration>>,
    silence: Notify,
}

impl Hand {
    pub(crate) fn new() -> Arc<Self> {
        let now = Mutex::new(tokio::time::Instant::now().into_std());
        Arc::new(Self { now, pauses: Mutex::new(Vec::new()), silence: Notify::new() })
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.now.lock().expect("not poisoned") += time;
    }

    /// So much later than now.
    pub(crate) fn after(&self, seconds: u64) -> Option<Instant> {
        Some(self.now() + Duration::from_secs(seconds))
    }

    /// The limit of the present wait, or of the next one, is reached.
    pub(crate) fn fall_silent(&self) {
        self.silence.notify_one();
    }

    /// The pauses so far, in milliseconds.
    pub(crate) fn pauses(&self) -> Vec<u128> {
        self.pauses.lock().expect("not poisoned").iter().map(Duration::as_millis).collect()
    }
}

#[async_trait]
impl Timer for Hand {
    fn now(&self) -> Instant {
        *self.now.lock().expect("not poisoned")
    }

    async fn sleep(&self, length: Duration) {
        self.pauses.lock().expect("not poisoned").push(length);
        self.pass(length);
    }

    async fn limit(&self, length: Duration) {
        self.silence.notified().await;
        self.pass(length);
    }

    /// No jitter: in the middle for back-offs, and half a second on top of what a service asks for.
    fn random(&self) -> f64 {
        0.5
    }
}

/// Tokens `one`, `two`, …, each given when the one before was refused, as many as there are.
pub(crate) struct Counted {
    current: AtomicUsize,
    last: usize,
}

impl Counted {
    pub(crate) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self { current: AtomicUsize::new(1), last: count })
    }

    fn token(number: usize) -> SecretString {
        SecretString::from(format!("token-{number}"))
    }
}

#[async_trait]
impl Tokens for Counted {
    async fn bearer(&self) -> Result<SecretString, TokensError> {
        Ok(Self::token(self.current.load(Ordering::SeqCst)))
    }

    async fn renewed(&self, rejected: &SecretString) -> Result<Option<SecretString>, TokensError> {
        let current = self.current.load(Ordering::SeqCst);
        assert_eq!(rejected.expose_secret(), Self::token(current).expose_secret());
        if current == self.last {
            return Ok(None);
        }
        self.current.store(current + 1, Ordering::SeqCst);
        Ok(Some(Self::token(current + 1)))
    }
}

/// The options that tests start from.
pub(crate) fn options(hand: &Arc<Hand>) -> HttpOptions {
    HttpOptions { timer: hand.clone(), stream_idle: IDLE, ..HttpOptions::new("P0 CLI/0.0.0 (test; linux; x86_64)") }
}

/// A server, its script, and a client of it.
pub(crate) struct Stage {
    pub(crate) hand: Arc<Hand>,
    pub(crate) server: Server,
    pub(crate) http: Arc<Http>,
    pub(crate) client: Client,
}

impl Stage {
    pub(crate) async fn new(script: Vec<Script>) -> Self {
        Self::with(script, Counted::new(1), |_| ()).await
    }

    pub(crate) async fn with(
        script: Vec<Script>,
        tokens: Arc<dyn Tokens>,
        change: impl FnOnce(&mut HttpOptions),
    ) -> Self {
        Self::by(Hand::new(), script, tokens, change).await
    }

    /// As `with`, by a clock that the script knows.
    pub(crate) async fn by(
        hand: Arc<Hand>,
        script: Vec<Script>,
        tokens: Arc<dyn Tokens>,
        change: impl FnOnce(&mut HttpOptions),
    ) -> Self {
        let server = Server::start(script).await;
        let mut options = options(&hand);
        change(&mut options);
        let http = Arc::new(Http::new(options));
        let client = Client::new(http.clone(), &server.url, "acme", tokens).expect("a client");
        Self { hand, server, http, client }
    }

    /// As `new`, but nothing is tried again.
    pub(crate) async fn once(script: Vec<Script>) -> Self {
        Self::with(script, Counted::new(1), |options| options.retry = RetryPolicy::never()).await
    }

    /// A client of an address where nobody listens.
    pub(crate) async fn nobody() -> Self {
        let hand = Hand::new();
        let server = Server::start(vec![]).await;
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = Url::parse(&format!("http://{}", free.local_addr().expect("an address"))).expect("a URL");
        drop(free);
        let http = Arc::new(Http::new(options(&hand)));
        let client = Client::new(http.clone(), &url, "acme", Counted::new(1)).expect("a client");
        Self { hand, server, http, client }
    }

    /// The server's host, as messages name it.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.server.url.port().expect("a port"))
    }
}

/// Words of a command.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The answer to `request`.
pub(crate) const SUBMITTED: &str = r#"{"ok":true,"message":"Asked","id":"r1","request":{"status":"NEW","principal":"a@example.com"},"isPreexisting":false,"isPersistent":false,"event":{"novel":1}}"#;
