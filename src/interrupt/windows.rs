//! What a console tells those that run in it (<https://learn.microsoft.com/windows/console/handlerroutine>).

use std::io;
use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

#[derive(Debug)]
pub(super) struct Key(CtrlC);

impl Key {
    pub(super) fn listen() -> io::Result<Self> {
        ctrl_c().map(Self)
    }

    pub(super) async fn recv(&mut self) {
        self.0.recv().await;
    }
}

/// What else ends a process: Ctrl-Break, which reaches one that was started to ignore Ctrl-C as well, and the closing of
/// the console's window.
#[derive(Debug)]
pub(super) struct Others(CtrlBreak, CtrlClose);

impl Others {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self(ctrl_break()?, ctrl_close()?))
    }

    pub(super) async fn recv(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(feature = "serve")]
pub(super) type End = Others;
