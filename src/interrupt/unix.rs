//! Signals (signal(7)).

use super::ignored;
use std::{future::pending, io};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A signal that is listened for, unless this process was started to ignore it (`nohup`, a background job of a shell
/// without job control): then it never comes here, and goes on being ignored by the tools that are run.
#[derive(Debug)]
pub struct Heard(Option<Signal>);

impl Heard {
    /// Listens from now on.
    pub fn listen(kind: SignalKind) -> io::Result<Self> {
        // Every listener asks before it is one, so the first of them sees what was so at the start.
        if ignored::at_start(kind.as_raw_value()) {
            return Ok(Self(None));
        }
        Ok(Self(Some(signal(kind)?)))
    }

    /// Waits until it has come.
    pub async fn recv(&mut self) {
        match &mut self.0 {
            Some(signal) => drop(signal.recv().await),
            None => pending().await,
        }
    }
}

#[derive(Debug)]
pub(super) struct Key(Heard);

impl Key {
    pub(super) fn listen() -> io::Result<Self> {
        Heard::listen(SignalKind::interrupt()).map(Self)
    }

    pub(super) async fn recv(&mut self) {
        self.0.recv().await;
    }
}

/// What else ends a process: Ctrl-\, `kill`, a terminal that is closed.
#[derive(Debug)]
pub(super) struct Others([Heard; 3]);

impl Others {
    pub(super) fn listen() -> io::Result<Self> {
        let [quit, terminate, hangup] =
            [SignalKind::quit(), SignalKind::terminate(), SignalKind::hangup()].map(Heard::listen);
        Ok(Self([quit?, terminate?, hangup?]))
    }

    pub(super) async fn recv(&mut self) {
        let [quit, terminate, hangup] = &mut self.0;
        tokio::select! {
            () = quit.recv() => {}
            () = terminate.recv() => {}
            () = hangup.recv() => {}
        }
    }
}

/// The signal that ends services.
#[cfg(feature = "serve")]
#[derive(Debug)]
pub(super) struct End(Heard);

#[cfg(feature = "serve")]
impl End {
    pub(super) fn listen() -> io::Result<Self> {
        Heard::listen(SignalKind::terminate()).map(Self)
    }

    pub(super) async fn recv(&mut self) {
        self.0.recv().await;
    }
}
