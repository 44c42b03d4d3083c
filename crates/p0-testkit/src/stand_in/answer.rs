//! The answers of a stand-in, built step by step.

use crate::watch::Watch;
use serde_json::Value;
use std::{
    io::{self, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    time::Duration,
};

/// What a stand-in does once it has read a request. At the end of its steps it closes the connection.
#[derive(Debug, Clone)]
#[must_use]
pub struct Answer {
    pub(super) steps: Vec<Step>,
    pub(super) repeats: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Send(Vec<u8>),
    Wait(Gate),
    Hang,
    Reset,
}

impl Answer {
    /// These bytes, and nothing around them. Without any, the connection is closed without an answer.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { steps: vec![Step::Send(bytes.into())], repeats: false }
    }

    /// A JSON document.
    pub fn json(status: u16, document: &Value) -> Self {
        Self::status(status).header("content-type", "application/json").body(document.to_string())
    }

    /// An HTML page.
    pub fn html(status: u16, page: &str) -> Self {
        Self::status(status).header("content-type", "text/html; charset=utf-8").body(page)
    }

    /// The head of an answer, to be completed.
    pub fn status(status: u16) -> Head {
        Head(format!("HTTP/1.1 {status} {}\r\nconnection: close\r\n", reason(status)))
    }

    /// No answer at all, on a connection that stays open.
    pub fn silence() -> Self {
        Self::raw([]).hang()
    }

    /// Then these bytes.
    pub fn send(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Send(bytes.into()));
        self
    }

    /// Then nothing until the test opens the gate.
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Wait(gate.clone()));
        self
    }

    /// Nothing of it until the test opens the gate.
    pub fn held_by(mut self, gate: &Gate) -> Self {
        self.steps.insert(0, Step::Wait(gate.clone()));
        self
    }

    /// Then nothing more, on a connection that stays open as long as the stand-in is there.
    pub fn hang(mut self) -> Self {
        self.steps.push(Step::Hang);
        self
    }

    /// Then a reset of the connection.
    pub fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Gives it on this connection, which is `raw` below TLS, and ends it; `closed`: there is no more use in it.
    pub(crate) fn play(self, out: &mut impl Write, raw: &TcpStream, closed: impl Fn() -> bool) -> io::Result<()> {
        for step in self.steps {
            match step {
                Step::Send(bytes) => {
                    out.write_all(&bytes)?;
                    out.flush()?;
                }
                Step::Wait(gate) => gate.pass(&closed),
                Step::Hang => Gate::new().pass(&closed),
                // What has not been read, or a linger of nothing, turns the close into a reset.
                Step::Reset => {
                    rustix::net::sockopt::set_socket_linger(raw, Some(Duration::ZERO))?;
                    return Ok(());
                }
            }
        }
        raw.shutdown(Shutdown::Both)
    }

    /// As the last answer of a script, it is given to every further request, and need not be asked for.
    pub fn repeated(mut self) -> Self {
        self.repeats = true;
        self
    }
}

/// The status line and header fields of an answer.
#[derive(Debug, Clone)]
#[must_use]
pub struct Head(String);

impl Head {
    /// One more field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// With this body, and its length.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let head = self.header("content-length", &body.len().to_string());
        Answer::raw([head.0.as_bytes(), b"\r\n", &body].concat())
    }

    /// Without a body.
    pub fn done(self) -> Answer {
        self.body([])
    }

    /// With a body that the following steps send, and that ends with the connection.
    pub fn stream(self) -> Answer {
        Answer::raw(self.0 + "\r\n")
    }
}

/// Holds answers back until a test lets them go.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<Watch<bool>>);

impl Gate {
    /// A closed one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.0.update(|open| *open = true);
    }

    /// Waits until it is open, or there is no more use in it.
    pub(crate) fn pass(&self, useless: impl Fn() -> bool) {
        while self.0.wait(Duration::from_millis(100), |open| open.then_some(())).is_none() {
            if useless() {
                return;
            }
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        302 => "Found",
        303 => "See Other",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        507 => "Insufficient Storage",
        _ => "Unnamed",
    }
}
