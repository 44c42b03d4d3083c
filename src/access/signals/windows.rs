//! What a console tells those that run in it (<https://learn.microsoft.com/windows/console/handlerroutine>).

use std::io;
use tokio::{
    process::Child,
    signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close},
};

/// All that is listened to.
#[derive(Debug)]
pub struct Signals {
    interrupt: CtrlC,
    break_key: CtrlBreak,
    close: CtrlClose,
}

/// What the console had to tell.
#[derive(Debug)]
pub struct Arrived {
    ends: bool,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()?, break_key: ctrl_break()?, close: ctrl_close()? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Arrived {
        tokio::select! {
            _ = self.interrupt.recv() => Arrived { ends: false },
            _ = self.break_key.recv() => Arrived { ends: false },
            _ = self.close.recv() => Arrived { ends: true },
        }
    }
}

/// Windows has no job control.
#[derive(Debug)]
pub struct Suspension;

impl Suspension {
    pub fn for_child(_child: &Child) -> io::Result<Self> {
        Ok(Self)
    }

    pub async fn follow(self) -> std::convert::Infallible {
        std::future::pending().await
    }
}

impl Arrived {
    /// Whether it asks for the end, as a window does that is closed; what comes from the keys is for all that runs there.
    pub fn ends(&self) -> bool {
        self.ends
    }

    /// Whether it says that whoever stands in for the terminal has gone; here that is always the end.
    pub fn is_hangup(&self) -> bool {
        false
    }

    /// The console tells all that runs in it, so the tool as well.
    pub fn pass_on(&self, _child: &Child) {}
}
