//! Where the browser comes back to (RFC 8252, section 7.3): a listener on the loopback, for one sign-in.
//!
//! Anybody on this machine, and any page in the browser, can call it. So only a call that knows the `state` counts,
//! none can hold up another, and nothing of what was sent stands in an answer.

use oauth2::{AuthorizationCode, CsrfToken, RedirectUrl};
use std::{
    collections::{HashMap, VecDeque},
    io,
    net::Ipv4Addr,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::timeout,
};

/// The path of the redirect.
const PATH: &str = "/callback";
/// A request's head may have so many bytes.
const LARGEST_HEAD: usize = 8 * 1024;
/// A caller may take so long to say what it wants, and to hear the answer.
const LIMIT: Duration = Duration::from_secs(5);
/// So many callers are heard at once; when one more comes, the one that has been there longest goes.
const MOST_CALLERS: usize = 64;

/// The listener.
pub(super) struct Landing {
    listener: TcpListener,
    port: u16,
    state: CsrfToken,
    callers: JoinSet<Option<Arrival>>,
    handles: VecDeque<AbortHandle>,
}

/// The browser, back from the identity provider and waiting for a page.
pub(super) struct Arrival {
    stream: TcpStream,
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

impl Landing {
    /// Listens on a free port of the loopback for the browser that brings this `state`.
    ///
    /// # Errors
    /// There is no free port.
    pub(super) async fn open(state: CsrfToken) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port, state, callers: JoinSet::new(), handles: VecDeque::new() })
    }

    /// The address to send the browser to.
    pub(super) fn redirect_uri(&self) -> RedirectUrl {
        RedirectUrl::new(format!("http://127.0.0.1:{}{PATH}", self.port)).expect("an address")
    }

    /// Waits for the browser. Whoever else calls is answered meanwhile. Can be cancelled and called again.
    ///
    /// # Errors
    /// The listener fails.
    pub(super) async fn arrival(&mut self) -> io::Result<Arrival> {
        loop {
            tokio::select! {
                caller = self.listener.accept() => {
                    let (stream, _) = caller?;
                    if self.handles.len() == MOST_CALLERS && let Some(longest) = self.handles.pop_front() {
                        longest.abort();
                    }
                    let state = self.state.clone();
                    self.handles.push_back(self.callers.spawn(hear(stream, state)));
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
        send(self.stream, page).await;
    }
}

/// Hears a caller out, and answers unless it is the one that is waited for.
async fn hear(mut stream: TcpStream, state: CsrfToken) -> Option<Arrival> {
    let head = timeout(LIMIT, read_head(&mut stream)).await.ok()?.ok()?;
    let page = match head {
        Some(head) => match understand(&head, &state) {
            Ok(answer) => return Some(Arrival { stream, answer }),
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

/// What a request brings, or the page that it gets.
fn understand(head: &[u8], state: &CsrfToken) -> Result<Answer, Page> {
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
    if path != PATH {
        return Err(Page::NotFound);
    }
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

/// What a browser can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// All is well.
    SignedIn,
    /// The provider said no.
    Refused,
    /// It came to nothing afterwards.
    Failed,
    /// The call does not belong to this sign-in.
    NotThisOne,
    /// There is no such page.
    NotFound,
    /// Only `GET`.
    WrongMethod,
    /// The head is too long.
    TooLarge,
    /// Not HTTP.
    NotUnderstood,
}

impl Page {
    /// Status line, title and text.
    const fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::SignedIn => {
                ("200 OK", "Signed in", "You are signed in. You can close this tab and go back to the terminal.")
            }
            Self::Refused => ("200 OK", "Not signed in", "The sign-in was refused. The terminal says more."),
            Self::Failed => ("200 OK", "Not signed in", "The sign-in could not be completed. The terminal says why."),
            Self::NotThisOne => (
                "400 Bad Request",
                "Another sign-in",
                "This is not the sign-in that p0 is waiting for. Use the page that it opened last, or start again in the terminal.",
            ),
            Self::NotFound => ("404 Not Found", "Not found", "There is nothing here."),
            Self::WrongMethod => ("405 Method Not Allowed", "Not possible", "This page can only be read."),
            Self::TooLarge => ("431 Request Header Fields Too Large", "Too long", "The request is too long."),
            Self::NotUnderstood => ("400 Bad Request", "Not understood", "The request is not understood."),
        }
    }

    fn response(self) -> String {
        let (status, title, text) = self.parts();
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>p0: {title}</title>\
             <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"></head>\n\
             <body><main><h1>{title}</h1><p>{text}</p></main></body>\n</html>\n"
        );
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
             content-security-policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
             x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\ncache-control: no-store\r\n\
             {}connection: close\r\n\r\n{body}",
            body.len(),
            if self == Self::WrongMethod { "allow: GET\r\n" } else { "" },
        )
    }
}

async fn send(mut stream: TcpStream, page: Page) {
    let response = page.response();
    let sending = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await
    };
    // The browser may have gone, or may not listen: it is only a page.
    match timeout(LIMIT, sending).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the browser did not take its page"),
        Err(_) => tracing::debug!("the browser did not take its page in time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn landing() -> (Landing, u16) {
        let landing = Landing::open(CsrfToken::new("the-state".into())).await.expect("a port");
        let port = landing.port;
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
}
