//! Signals (signal(7)).

use crate::interrupt::Heard;
use rustix::process::{Pid, Signal as KernelSignal, WaitId, WaitIdOptions, getpid, kill_process, waitid};
use std::io;
use tokio::{
    process::Child,
    signal::unix::{Signal, SignalKind, signal},
};

/// All that are listened to, each with its number.
#[derive(Debug)]
pub struct Signals([(i32, Heard); 4]);

/// One that has arrived.
#[derive(Debug)]
pub struct Arrived(i32);

impl Signals {
    /// Listens from now on.
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

/// Job control for a tool that stops itself alone, as `ssh` does at `~^Z`: the shell waits for p0, and would never learn of
/// it. So p0 stops as well, and takes the tool with it when it goes on.
#[derive(Debug)]
pub struct Suspension {
    child: Option<Pid>,
    /// Comes as well when a child stops.
    changes: Signal,
    continued: Signal,
}

impl Suspension {
    /// Follows this child from now on.
    pub fn for_child(child: &Child) -> io::Result<Self> {
        let continued = SignalKind::from_raw(KernelSignal::CONT.as_raw());
        Ok(Self { child: pid(child), changes: signal(SignalKind::child())?, continued: signal(continued)? })
    }

    /// Stops this process whenever the child has stopped, and has the child go on when this process does. Never ends.
    pub async fn follow(mut self) -> std::convert::Infallible {
        let Some(child) = self.child else { return std::future::pending().await };
        loop {
            // It may have stopped before this listened.
            let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
            let stopped = waitid(WaitId::Pid(child), options).ok().flatten();
            if stopped.is_some_and(|status| status.stopped()) {
                // Where no shell controls jobs the system ignores it.
                let _ = kill_process(getpid(), KernelSignal::TSTP);
            }
            tokio::select! {
                _ = self.changes.recv() => {}
                _ = self.continued.recv() => {
                    // It may have gone on by itself, or ended.
                    let _ = kill_process(child, KernelSignal::CONT);
                }
            }
        }
    }
}

fn pid(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}

impl Arrived {
    /// Whether it asks for the end. What comes from the terminal's keys (Ctrl-C, Ctrl-\) is for all that runs there.
    pub fn ends(&self) -> bool {
        self.0 != KernelSignal::INT.as_raw() && self.0 != KernelSignal::QUIT.as_raw()
    }

    /// Whether it says that a terminal, or whoever stands in for one, has gone.
    pub fn is_hangup(&self) -> bool {
        self.0 == KernelSignal::HUP.as_raw()
    }

    /// Passes it on to the tool, unless it has reached that by itself.
    pub fn pass_on(&self, child: &Child) {
        if !self.ends() {
            return;
        }
        if let (Some(pid), Some(signal)) = (pid(child), KernelSignal::from_named_raw(self.0)) {
            // The tool may have ended already.
            let _ = kill_process(pid, signal);
        }
    }
}
