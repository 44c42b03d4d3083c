//! Where the browser comes back to (RFC 8252, section 7.3): a listener on the loopback, for one sign-in.
//!
//! Anybody on this machine, and any page in the browser, can call it. So only a call that knows the `state` counts,
//! none can hold up another, and nothing of what was sent stands in an answer.

mod page;

pub(super) use page::Page;

use oauth2::{AuthorizationCode, CsrfToken, RedirectUrl};
use page::send;
use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{Ipv4Addr, Ipv6Addr},
    time::Duration,
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::timeout,
};

/// A request's head may have so many bytes.
const LARGEST_HEAD: usize = 8 * 1024;
/// A caller may take so long to say what it wants, and to hear the answer.
const LIMIT: Duration = Duration::from_secs(5);
/// So many callers are heard at once; when one more comes, the one that has been there longest goes.
const MOST_CALLERS: usize = 64;

/// Where browsers come back to. Providers that want it registered with them have a port of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Redirect {
    /// The loopback, by address or by name.
    pub(super) host: &'static str,
    /// `None`: any that is free.
    pub(super) port: Option<u16>,
    /// The path, which can be empty.
    pub(super) path: &'static str,
}

impl Redirect {
    /// For providers that take any port (RFC 8252, section 7.3).
    pub(super) const ANY: Self = Self { host: "127.0.0.1", port: None, path: "/callback" };

    /// The origin of a redirect with a port of its own (RFC 6454).
    pub(super) fn origin(self) -> String {
        match self.port {
            Some(port) => format!("http://{}:{port}", self.host),
            None => format!("http://{}", self.host),
        }
    }
}

/// The listener.
pub(super) struct Landing {
    ports: Ports,
    uri: RedirectUrl,
    /// The path of calls that may count.
    path: &'static str,
    state: CsrfToken,
    callers: JoinSet<Option<Arrival>>,
    handles: VecDeque<AbortHandle>,
}

/// The browser, back from the identity provider and waiting for a page; or what the user brought in its stead.
pub(super) struct Arrival {
    stream: Option<TcpStream>,
    /// What it brings.
    pub(super) answer: Answer,
}

/// What the identity provider says (RFC 6749, section 4.1.2).
pub(super) enum Answer {
    /// The user has signed in.
    Code {
        /// To be exchanged for tokens.
        code: AuthorizationCode,
        /// Who says so (RFC 9207).
        issuer: Option<String>,
    },
    /// The user has not.
    Refused {
        /// The error code.
        error: String,
        /// What the provider says about it.
        description: Option<String>,
    },
}

/// The port, on one loopback or on both: a name can mean either.
struct Ports {
    v4: TcpListener,
    v6: Option<TcpListener>,
}

impl Ports {
    async fn accept(&self) -> io::Result<TcpStream> {
        let caller = match &self.v6 {
            None => self.v4.accept().await,
            Some(v6) => tokio::select! {
                caller = self.v4.accept() => caller,
                caller = v6.accept() => caller,
            },
        };
        caller.map(|(stream, _)| stream)
    }
}

impl Landing {
    /// Listens on the loopback for the browser that brings this `state`.
    ///
    /// # Errors
    /// The port is not free, or there is none.
    pub(super) async fn open(redirect: Redirect, state: CsrfToken) -> io::Result<Self> {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, redirect.port.unwrap_or_default())).await?;
        let port = v4.local_addr()?.port();
        let v6 = match redirect.host {
            "localhost" => match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(listener) => Some(listener),
                // Whoever has it would get the browser.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "there is no IPv6 loopback");
                    None
                }
            },
            _ => None,
        };
        let uri = RedirectUrl::new(format!("http://{}:{port}{}", redirect.host, redirect.path)).expect("an address");
        let path = if redirect.path.is_empty() { "/" } else { redirect.path };
        Ok(Self { ports: Ports { v4, v6 }, uri, path, state, callers: JoinSet::new(), handles: VecDeque::new() })
    }

    /// The address to send the browser to.
    pub(super) fn redirect_uri(&self) -> RedirectUrl {
        self.uri.clone()
    }

    /// What the address says at which a browser of another machine ended, where nobody listens.
    ///
    /// # Errors
    /// It is not the redirect of this sign-in.
    pub(super) fn pasted(&self, text: &str) -> Result<Arrival, Page> {
        let rest = text.trim().strip_prefix(self.uri.as_str()).ok_or(Page::NotThisOne)?;
        // Browsers show the path of an address that has none.
        let (before, query) = rest.split_once('?').ok_or(Page::NotThisOne)?;
        if !matches!(before, "" | "/") {
            return Err(Page::NotThisOne);
        }
        let query = query.split('#').next().unwrap_or_default();
        Ok(Arrival { stream: None, answer: understand(query, &self.state)? })
    }

    /// Waits for the browser. Whoever else calls is answered meanwhile. Can be cancelled and called again.
    ///
    /// # Errors
    /// The listener fails.
    pub(super) async fn arrival(&mut self) -> io::Result<Arrival> {
        loop {
            tokio::select! {
                caller = self.ports.accept() => {
                    let stream = caller?;
                    if self.handles.len() == MOST_CALLERS && let Some(longest) = self.handles.pop_front() {
                        longest.abort();
                    }
                    let hearing = hear(stream, self.path, self.state.clone());
                    self.handles.push_back(self.callers.spawn(hearing));
                }
                heard = self.callers.join_next(), if !self.callers.is_empty() => {
                    // One that was sent away, or broke off, brings nothing.
                    if let Some(Ok(Some(arrival))) = heard {
                        return Ok(arrival);
                    }
                }
            }
        }
    }
}

impl Arrival {
    /// Shows the browser how it ended. It may have gone; that changes nothing.
    pub(super) async fn show(self, page: Page) {
        if let Some(stream) = self.stream {
            send(stream, page).await;
        }
    }
}

/// Hears a caller out, and answers unless it is the one that is waited for.
async fn hear(mut stream: TcpStream, path: &str, state: CsrfToken) -> Option<Arrival> {
    let head = timeout(LIMIT, read_head(&mut stream)).await.ok()?.ok()?;
    let page = match head {
        Some(head) => match query(&head, path).and_then(|query| understand(query, &state)) {
            Ok(answer) => return Some(Arrival { stream: Some(stream), answer }),
            Err(page) => page,
        },
        None => Page::TooLarge,
    };
    send(stream, page).await;
    None
}

/// Reads up to the empty line that ends a request's head; `None` if it is too long.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() >= LARGEST_HEAD {
            return Ok(None);
        }
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Some(head))
}

/// The query of a request, or the page that it gets.
fn query<'a>(head: &'a [u8], wanted: &str) -> Result<&'a str, Page> {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| Page::NotUnderstood)?;
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Page::NotUnderstood);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(Page::NotUnderstood);
    }
    if method != "GET" {
        return Err(Page::WrongMethod);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != wanted {
        return Err(Page::NotFound);
    }
    Ok(query)
}

/// What a query brings, or the page that it gets.
fn understand(query: &str, state: &CsrfToken) -> Result<Answer, Page> {
    let mut params = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        // Which of two is meant, nobody can say (RFC 6749, section 3.1).
        if params.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Page::NotThisOne);
        }
    }
    let mut take = |name: &str| params.remove(name).filter(|value| !value.is_empty());
    // The library compares these in constant time.
    if take("state").map(CsrfToken::new).as_ref() != Some(state) {
        return Err(Page::NotThisOne);
    }
    match (take("code"), take("error")) {
        (Some(code), None) => Ok(Answer::Code { code: AuthorizationCode::new(code), issuer: take("iss") }),
        (None, Some(error)) => Ok(Answer::Refused { error, description: take("error_description") }),
        _ => Err(Page::NotThisOne),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    async fn landing() -> (Landing, u16) {
        let landing = Landing::open(Redirect::ANY, CsrfToken::new("the-state".into())).await.expect("a port");
        let port = landing.ports.v4.local_addr().expect("an address").port();
        assert_eq!(landing.redirect_uri().as_str(), format!("http://127.0.0.1:{port}/callback"));
        (landing, port)
    }

    async fn connect(port: u16) -> TcpStream {
        TcpStream::connect(("127.0.0.1", port)).await.expect("connected")
    }

    /// Sends these bytes and reads the whole answer.
    async fn call(port: u16, request: &[u8]) -> String {
        let mut stream = connect(port).await;
        stream.write_all(request).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer
    }

    async fn get(port: u16, target: &str) -> String {
        call(port, format!("GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").as_bytes()).await
    }

    /// Lets the landing wait while somebody calls, who must not end the wait.
    async fn meanwhile<T>(landing: &mut Landing, calls: impl Future<Output = T>) -> T {
        tokio::select! {
            _ = landing.arrival() => panic!("nobody was to arrive"),
            answer = calls => answer,
        }
    }

    #[tokio::test]
    async fn the_browser_is_let_in_and_shown_how_it_ended() {
        let (mut landing, port) = landing().await;
        let browser = get(port, "/callback?code=c%2F1&state=the-state&iss=https%3A%2F%2Fid.example.com");
        let host = async {
            let arrival = landing.arrival().await.expect("somebody");
            let Answer::Code { code, issuer } = &arrival.answer else { panic!("a code") };
            assert_eq!(code.secret(), "c/1");
            assert_eq!(issuer.as_deref(), Some("https://id.example.com"));
            arrival.show(Page::SignedIn).await;
        };
        let (page, ()) = tokio::join!(browser, host);
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(page.contains("You are signed in. You can close this tab and go back to the terminal."), "{page}");
        for header in
            ["content-security-policy: default-src 'none'", "cache-control: no-store", "referrer-policy: no-referrer"]
        {
            assert!(page.contains(header), "{page}");
        }
        assert!(!page.contains("c/1") && !page.contains("the-state"), "{page}");
    }

    #[tokio::test]
    async fn a_refusal_ends_it_with_its_reason() {
        let (mut landing, port) = landing().await;
        let browser = get(port, "/callback?error=access_denied&error_description=no+thanks&state=the-state");
        let host = async {
            let arrival = landing.arrival().await.expect("somebody");
            let Answer::Refused { error, description } = &arrival.answer else { panic!("a refusal") };
            assert_eq!((error.as_str(), description.as_deref()), ("access_denied", Some("no thanks")));
            arrival.show(Page::Refused).await;
        };
        let (page, ()) = tokio::join!(browser, host);
        assert!(page.contains("The sign-in was refused."), "{page}");
    }

    #[tokio::test]
    async fn nobody_else_can_end_the_sign_in_or_see_themselves_in_a_page() {
        let (mut landing, port) = landing().await;
        for target in [
            "/callback",
            "/callback?code=c",
            "/callback?code=c&state=",
            "/callback?code=c&state=wrong",
            "/callback?code=c&state=THE-STATE",
            "/callback?code=c&state=the-state&state=the-state",
            "/callback?code=c&code=d&state=the-state",
            "/callback?code=c&error=e&state=the-state",
            "/callback?state=the-state",
            "/callback?error=access_denied&state=<script>alert(1)</script>",
        ] {
            let page = meanwhile(&mut landing, get(port, target)).await;
            assert!(page.starts_with("HTTP/1.1 400 "), "{target}: {page}");
            assert!(page.contains("This is not the sign-in that p0 is waiting for."), "{target}: {page}");
            assert!(!page.contains("script"), "{page}");
        }
        for (request, status) in [
            ("GET / HTTP/1.1\r\n\r\n", "404"),
            ("GET /favicon.ico HTTP/1.1\r\n\r\n", "404"),
            ("GET /callback/../callback?code=c&state=the-state HTTP/1.1\r\n\r\n", "404"),
            ("POST /callback?code=c&state=the-state HTTP/1.1\r\n\r\n", "405"),
            ("HEAD /callback?code=c&state=the-state HTTP/1.1\r\n\r\n", "405"),
            ("GET /callback?code=c&state=the-state\r\n\r\n", "400"),
            ("GET /callback?code=c&state=the-state HTTP/2.0\r\n\r\n", "400"),
            ("\r\n\r\n", "400"),
        ] {
            let page = meanwhile(&mut landing, call(port, request.as_bytes())).await;
            assert!(page.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {page}");
        }
        let long = format!("GET /callback?{} HTTP/1.1", "x".repeat(LARGEST_HEAD));
        let page = meanwhile(&mut landing, call(port, &long.as_bytes()[..LARGEST_HEAD])).await;
        assert!(page.starts_with("HTTP/1.1 431 "), "{page}");
    }

    #[tokio::test]
    async fn silent_callers_hold_nobody_up() {
        let (mut landing, port) = landing().await;
        let mut silent = Vec::new();
        for _ in 0..2 * MOST_CALLERS {
            silent.push(meanwhile(&mut landing, connect(port)).await);
        }
        let browser = get(port, "/callback?code=c&state=the-state");
        let host = async { landing.arrival().await.expect("somebody").show(Page::SignedIn).await };
        let (page, ()) = tokio::join!(browser, host);
        assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_an_error_and_either_loopback_will_do() {
        let (_taken, port) = landing().await;
        let redirect = Redirect { host: "127.0.0.1", port: Some(port), path: "" };
        let error = Landing::open(redirect, CsrfToken::new("s".into())).await.err().expect("taken");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);

        let Ok(v6) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else { return };
        let port = v6.local_addr().expect("an address").port();
        let redirect = Redirect { host: "localhost", port: Some(port), path: "" };
        let error = Landing::open(redirect, CsrfToken::new("s".into())).await.err().expect("taken");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "a neighbour on the other loopback would get the browser");
        drop(v6);
        let mut landing = Landing::open(redirect, CsrfToken::new("the-state".into())).await.expect("free");
        assert_eq!(landing.redirect_uri().as_str(), format!("http://localhost:{port}"));
        let browser = async {
            let mut stream = TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.expect("connected");
            stream.write_all(b"GET /?code=c&state=the-state HTTP/1.1\r\n\r\n").await.expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("answered");
            answer
        };
        let host = async { landing.arrival().await.expect("somebody").show(Page::SignedIn).await };
        let (page, ()) = tokio::join!(browser, host);
        assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
    }

    #[tokio::test]
    async fn a_pasted_address_counts_if_it_is_the_redirect_of_this_sign_in() {
        let (landing, port) = landing().await;
        let paste = |text: &str| landing.pasted(text).map(|arrival| arrival.answer);
        let good = format!(" http://127.0.0.1:{port}/callback?code=c%2F1&state=the-state#x\n");
        assert!(matches!(paste(&good), Ok(Answer::Code { code, .. }) if code.secret() == "c/1"));
        let refused = format!("http://127.0.0.1:{port}/callback?error=access_denied&state=the-state");
        assert!(matches!(paste(&refused), Ok(Answer::Refused { .. })));
        for text in [
            String::new(),
            "c".into(),
            format!("http://127.0.0.1:{port}/callback"),
            format!("http://127.0.0.1:{port}/callback?code=c&state=other"),
            format!("http://127.0.0.1:{port}/callbacks?code=c&state=the-state"),
            format!("http://127.0.0.1:{port}0/callback?code=c&state=the-state"),
            format!("https://127.0.0.1:{port}/callback?code=c&state=the-state"),
            "https://id.example.com/?code=c&state=the-state".into(),
        ] {
            assert!(matches!(paste(&text), Err(Page::NotThisOne)), "{text}");
        }
    }
}
