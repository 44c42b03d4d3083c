//! A server in front of the real service: it lets calls through, but for those that the test names. Where the service says
//! how an organisation's API is reached, its own address is replaced by this one, so that whoever begins here stays here.

use crate::{
    Answer, Gate, LIMIT,
    http::{self, Message},
    watch::Watch,
};
use std::{
    io::{self, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};
use url::Url;

/// What happens to a call.
#[derive(Debug, Clone)]
enum Fate {
    /// It waits at the gate, and goes on to the service.
    Held(Gate),
    /// It gets this, and the service hears nothing of it.
    Answered(Answer),
}

#[derive(Debug, Default)]
struct State {
    /// Parts of the first lines of requests, and what happens to those; the last one counts.
    rules: Vec<(String, Fate)>,
    /// First lines of requests, as they came.
    calls: Vec<String>,
    closed: bool,
}

/// A server on the loopback in front of a service.
#[derive(Debug)]
pub struct Front {
    url: Url,
    address: SocketAddr,
    state: Arc<Watch<State>>,
}

impl Front {
    /// In front of the service at this address.
    #[track_caller]
    pub fn before(service: &Url) -> Self {
        let behind = service.socket_addrs(|| None).expect("the service's address")[0];
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback");
        let address = listener.local_addr().expect("a bound listener");
        let url = Url::parse(&format!("http://{address}/")).expect("a URL of the loopback");
        let state = Arc::<Watch<State>>::default();
        let served = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if served.lock().closed {
                    return;
                }
                let state = Arc::clone(&served);
                // A client that leaves early is no failure of ours.
                thread::spawn(move || drop(serve(&stream, (address, behind), &state)));
            }
        });
        Self { url, address, state }
    }

    /// Where it is.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// From now on, calls whose first line (`POST /o/example/command HTTP/1.1`) contains this wait at the gate.
    pub fn holds(&self, part: &str) -> Gate {
        let gate = Gate::new();
        self.rule(part, Fate::Held(gate.clone()));
        gate
    }

    /// From now on, those get this answer.
    pub fn answers(&self, part: &str, answer: Answer) {
        self.rule(part, Fate::Answered(answer));
    }

    /// From now on, all go through.
    pub fn lets_through(&self) {
        self.state.update(|state| state.rules.clear());
    }

    /// The first lines of all calls whose first line contains this.
    pub fn calls(&self, part: &str) -> Vec<String> {
        self.state.lock().calls.iter().filter(|call| call.contains(part)).cloned().collect()
    }

    /// Waits until there have been so many calls whose first line contains this.
    #[track_caller]
    pub fn wait_for(&self, part: &str, count: usize) {
        let come = |state: &mut State| {
            let calls = state.calls.iter().filter(|call| call.contains(part)).count();
            (calls >= count).then_some(())
        };
        let come = self.state.wait(LIMIT, come);
        assert!(come.is_some(), "{count} calls of {part:?} were expected: {:#?}", self.state.lock().calls);
    }

    fn rule(&self, part: &str, fate: Fate) {
        self.state.update(|state| state.rules.push((part.to_owned(), fate)));
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.state.update(|state| state.closed = true);
        // Wakes the listener, so that it sees that it is closed.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: &TcpStream, (ours, behind): Addresses, state: &Watch<State>) -> io::Result<()> {
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_nodelay(true)?;
    let Some(request) = http::read(&mut BufReader::new(stream), false)? else { return Ok(()) };
    let fate = state.update(|state| {
        state.calls.push(request.start.clone());
        let rule = state.rules.iter().rev().find(|(part, _)| request.start.contains(part));
        rule.map(|(_, fate)| fate.clone())
    });
    let closed = || state.lock().closed;
    match fate {
        Some(Fate::Answered(answer)) => return answer.play(&mut &*stream, stream, closed),
        Some(Fate::Held(gate)) => gate.pass(closed),
        None => {}
    }
    if request.start.starts_with("GET /orgs/") {
        return describe(&request, stream, (ours, behind));
    }
    pass_on(&request, stream, behind)
}

/// Of the front, and of the service.
type Addresses = (SocketAddr, SocketAddr);

/// Hands the service's word on an organisation back, with our address in place of its own.
fn describe(request: &Message, client: &TcpStream, (ours, behind): Addresses) -> io::Result<()> {
    let url = format!("http://{behind}{}", request.start.split(' ').nth(1).unwrap_or_default());
    let url = Url::parse(&url).map_err(io::Error::other)?;
    let (status, answer) = http::exchange("GET", &url, &[], &[])?;
    let mut document: serde_json::Value = serde_json::from_slice(&answer.body)?;
    if let Some(url) = document.pointer_mut("/config/appUrl") {
        *url = url.as_str().unwrap_or_default().replace(&behind.to_string(), &ours.to_string()).into();
    }
    Answer::json(status, &document).play(&mut &*client, client, || false)
}

/// Hands a request on, and its answer back as it comes: one on each connection.
fn pass_on(request: &Message, mut client: &TcpStream, behind: SocketAddr) -> io::Result<()> {
    let mut service = TcpStream::connect(behind)?;
    let mut head = format!("{}\r\n", request.start);
    let ours = ["connection", "content-length", "transfer-encoding"];
    for (name, value) in request.headers.0.iter().filter(|(name, _)| !ours.contains(&name.as_str())) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("connection: close\r\ncontent-length: {}\r\n\r\n", request.body.len()));
    service.write_all(&[head.as_bytes(), &request.body].concat())?;
    let mut piece = [0; 8192];
    loop {
        match service.read(&mut piece)? {
            0 => return client.shutdown(Shutdown::Both),
            n => client.write_all(&piece[..n])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StandIn;
    use serde_json::json;

    #[test]
    fn calls_go_through_but_for_those_that_are_named() {
        let service = StandIn::by_request(|request| Answer::json(200, &json!({"said": request.text()})));
        let front = Front::before(service.url());
        let post = |path: &str| {
            let url = front.url().join(path).unwrap();
            let (status, answer) = http::exchange("POST", &url, &[], b"hello")?;
            io::Result::Ok((status, String::from_utf8(answer.body).unwrap()))
        };
        let through = (200, "{\"said\":\"hello\"}".to_owned());
        assert_eq!(post("one").unwrap(), through);
        front.answers("/two ", Answer::json(500, &json!({})));
        assert_eq!(post("two").unwrap(), (500, "{}".into()));
        let gate = front.holds("/three");
        thread::scope(|scope| {
            let held = scope.spawn(|| post("three"));
            front.wait_for("POST /three", 1);
            assert_eq!(service.requests().len(), 1);
            gate.open();
            assert_eq!(held.join().unwrap().unwrap(), through);
        });
        front.lets_through();
        assert_eq!(post("two").unwrap(), through);
        assert_eq!(front.calls("/two").len(), 2);
    }
}
