//! A server that answers as a test tells it: correctly, wrongly, in pieces, late, or not at all.

mod answer;

pub use answer::{Answer, Gate, Head};

use crate::{
    LIMIT,
    http::{self, Headers},
    tls::Identity,
    watch::Watch,
};
use std::{
    collections::VecDeque,
    io::{self, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};
use url::Url;

/// A request as it was received.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Such as `POST`.
    pub method: String,
    /// The path and the query.
    pub target: String,
    headers: Headers,
    /// Its body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// A header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// Its body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Its body as a JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("no JSON document ({e}): {:?}", self.text()))
    }
}

/// What it answers.
enum Script {
    /// The next request gets the next answer.
    InTurn(VecDeque<Answer>),
    /// Each request gets what this makes of it.
    ByRequest(Arc<dyn Fn(&Recorded) -> Answer + Send + Sync>),
}

struct State {
    script: Script,
    requests: Vec<Recorded>,
    unexpected: usize,
    closed: bool,
}

/// A server on the loopback that plays a script, one request per connection.
///
/// When it is dropped, a request that the script has no answer for, and an answer that nobody has asked for, fail the
/// test.
pub struct StandIn {
    url: Url,
    certificate: Option<String>,
    state: Arc<Watch<State>>,
}

impl std::fmt::Debug for StandIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StandIn").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl StandIn {
    /// Answers requests in the order in which they come.
    pub fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::listen(Script::InTurn(answers.into_iter().collect()), None)
    }

    /// The same over TLS, with a certificate for `localhost` and `127.0.0.1` that nobody has signed.
    pub fn start_tls(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::listen(Script::InTurn(answers.into_iter().collect()), Some(Identity::self_signed()))
    }

    /// Answers each request by looking at it.
    pub fn by_request(answer: impl Fn(&Recorded) -> Answer + Send + Sync + 'static) -> Self {
        Self::listen(Script::ByRequest(Arc::new(answer)), None)
    }

    /// The same over TLS, as this server.
    pub(crate) fn by_request_tls(
        identity: Identity,
        answer: impl Fn(&Recorded) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Script::ByRequest(Arc::new(answer)), Some(identity))
    }

    fn listen(script: Script, identity: Option<Identity>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on the loopback");
        let port = listener.local_addr().expect("the listener's address").port();
        let state = Arc::new(Watch::new(State { script, requests: Vec::new(), unexpected: 0, closed: false }));
        let url =
            if identity.is_some() { format!("https://localhost:{port}/") } else { format!("http://127.0.0.1:{port}/") };
        let url = Url::parse(&url).expect("a URL of the loopback");
        let certificate = identity.as_ref().map(|identity| identity.authority.clone());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.lock().closed {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let state = Arc::clone(&shared);
                let tls = identity.as_ref().map(|identity| Arc::clone(&identity.config));
                // What fails here is the client's doing, such as hanging up: the test sees it on the client's side.
                thread::spawn(move || drop(serve(stream, tls, &state)));
            }
        });
        Self { url, certificate, state }
    }

    /// Where it is: `http://127.0.0.1:PORT/`, or `https://localhost:PORT/`.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The certificate, in PEM, of one that speaks TLS.
    #[track_caller]
    pub fn certificate(&self) -> &str {
        self.certificate.as_deref().expect("a stand-in that speaks TLS")
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.lock().requests.clone()
    }

    /// Waits until there have been so many requests, and returns them.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) -> Vec<Recorded> {
        let requests = self.state.wait(LIMIT, |state| (state.requests.len() >= count).then(|| state.requests.clone()));
        requests.unwrap_or_else(|| panic!("{count} requests were expected, but these came: {:#?}", self.requests()))
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.state.update(|state| state.closed = true);
        // Wakes the listener, so that it sees that it is closed; if nothing listens any more, all the better.
        drop(TcpStream::connect((self.url.host_str().unwrap_or_default(), self.url.port().unwrap_or_default())));
        if thread::panicking() {
            return;
        }
        let state = self.state.lock();
        let unused = match &state.script {
            Script::InTurn(answers) => answers.iter().filter(|answer| !answer.repeats).count(),
            Script::ByRequest(_) => 0,
        };
        if state.unexpected > 0 || unused > 0 {
            let (unexpected, requests) = (state.unexpected, &state.requests);
            panic!("{unexpected} requests had no answer, {unused} answers no request: {requests:#?}");
        }
    }
}

trait Connection: Read + Write {}
impl<T: Read + Write> Connection for T {}

fn serve(stream: TcpStream, tls: Option<Arc<rustls::ServerConfig>>, state: &Watch<State>) -> io::Result<()> {
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_nodelay(true)?;
    let raw = stream.try_clone()?;
    let mut connection: BufReader<Box<dyn Connection>> = BufReader::new(match tls {
        Some(config) => {
            let session = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
            Box::new(rustls::StreamOwned::new(session, stream))
        }
        None => Box::new(stream),
    });
    let Some(message) = http::read(&mut connection, false)? else { return Ok(()) };
    let mut words = message.start.split(' ').map(str::to_owned);
    let request = Recorded {
        method: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        headers: message.headers,
        body: message.body,
    };
    next_answer(state, request).play(connection.get_mut(), &raw, || state.lock().closed)
}

/// Records a request and finds its answer.
fn next_answer(state: &Watch<State>, request: Recorded) -> Answer {
    let by_request = state.update(|state| {
        state.requests.push(request.clone());
        match &mut state.script {
            Script::InTurn(answers) => match answers.pop_front() {
                Some(answer) => {
                    if answer.repeats && answers.is_empty() {
                        answers.push_back(answer.clone());
                    }
                    Err(answer)
                }
                None => {
                    state.unexpected += 1;
                    Err(Answer::json(500, &serde_json::json!({"error": "the test's script has ended"})))
                }
            },
            Script::ByRequest(answer) => Ok(Arc::clone(answer)),
        }
    });
    match by_request {
        Ok(answer) => answer(&request),
        Err(answer) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn get(server: &StandIn) -> io::Result<(u16, String)> {
        let (status, answer) = http::exchange("GET", server.url(), &[], b"")?;
        Ok((status, String::from_utf8(answer.body).unwrap()))
    }

    #[test]
    fn answers_come_in_turn() {
        let server = StandIn::start([
            Answer::json(429, &json!({"error": "slow"})),
            Answer::raw("half an ans"),
            Answer::status(200).stream().send("to ").send("the end"),
            Answer::raw("").reset(),
            Answer::html(200, "for ever").repeated(),
        ]);
        assert_eq!(get(&server).unwrap(), (429, "{\"error\":\"slow\"}".into()));
        get(&server).unwrap_err();
        assert_eq!(get(&server).unwrap().1, "to the end");
        assert_eq!(get(&server).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(get(&server).unwrap().1, "for ever");
        assert_eq!(get(&server).unwrap().1, "for ever");
        assert_eq!(server.wait_for_requests(6).len(), 6);
    }

    #[test]
    fn a_gate_holds_an_answer_back() {
        let gate = Gate::new();
        let server = StandIn::start([Answer::status(200).stream().send("a").wait(&gate).send("b")]);
        let mut stream = TcpStream::connect(server.url().socket_addrs(|| None).unwrap()[0]).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut so_far = String::new();
        while !so_far.ends_with("\r\n\r\na") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            so_far.push(char::from(byte[0]));
        }
        gate.open();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "b");
    }

    #[test]
    fn tls_is_spoken_with_a_certificate_of_its_own() {
        let server = StandIn::start_tls([Answer::html(200, "private")]);
        let mut roots = rustls::RootCertStore::empty();
        let pem = rustls::pki_types::pem::PemObject::from_pem_slice(server.certificate().as_bytes());
        let certificate: rustls::pki_types::CertificateDer<'_> = pem.unwrap();
        roots.add(certificate).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
        let session = rustls::ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", server.url().port().unwrap())).unwrap();
        let mut stream = rustls::StreamOwned::new(session, stream);
        stream.write_all(b"GET /x HTTP/1.1\r\n\r\n").unwrap();
        let answer = http::read(&mut BufReader::new(stream), true).unwrap().unwrap();
        assert_eq!(answer.body, b"private");
        assert_eq!(server.requests()[0].target, "/x");
    }

    #[test]
    #[should_panic(expected = "1 requests had no answer, 0 answers no request")]
    fn a_request_too_many_fails_the_test() {
        let server = StandIn::start([]);
        assert_eq!(get(&server).unwrap().0, 500);
    }

    #[test]
    #[should_panic(expected = "0 requests had no answer, 1 answers no request")]
    fn an_answer_too_many_fails_the_test() {
        drop(StandIn::start([Answer::silence()]));
    }
}
