//! Signals (signal(7)).

use crate::interrupt::Heard;
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use tokio::{process::Child, signal::unix::SignalKind};

/// All that are listened to, each with its number.
#[derive(Debug)]
pub struct Signals([(i32, Heard); 4]);

/// One that has arrived.
#[derive(Debug)]
pub struct Arrived(i32);

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> io::Result<Self> {
        let stream = |kind: SignalKind| Heard::listen(kind).map(|stream| (kind.as_raw_value(), stream));
        Ok(Self([
            stream(SignalKind::interrupt())?,
            stream(SignalKind::quit())?,
            stream(SignalKind::terminate())?,
            stream(SignalKind::hangup())?,
        ]))
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Arrived {
        let [a, b, c, d] = &mut self.0;
        tokio::select! {
            () = a.1.recv() => Arrived(a.0),
            () = b.1.recv() => Arrived(b.0),
            () = c.1.recv() => Arrived(c.0),
            () = d.1.recv() => Arrived(d.0),
        }
    }
}

impl Arrived {
    /// Whether it asks for the end. What comes from the terminal's keys (Ctrl-C, Ctrl-\) is for all that runs there.
    pub fn ends(&self) -> bool {
        self.0 != Signal::INT.as_raw() && self.0 != Signal::QUIT.as_raw()
    }

    /// Whether it says that a terminal, or whoever stands in for one, has gone.
    pub fn is_hangup(&self) -> bool {
        self.0 == Signal::HUP.as_raw()
    }

    /// Passes it on to the tool, unless it has reached that by itself.
    pub fn pass_on(&self, child: &Child) {
        if !self.ends() {
            return;
        }
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(self.0)) {
            // The tool may have ended meanwhile.
            let _ = kill_process(pid, signal);
        }
    }
}
