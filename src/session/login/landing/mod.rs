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
mod tests;
