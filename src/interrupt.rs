//! The signals that ask this process to stop, heard from the moment when a listener is made, so that none falls
//! between two waits. Where there never was a listener, they end the process at once; where they were ignored from the
//! start, they still are.

use std::io;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(all(windows, feature = "serve"))]
use tokio::signal::windows::{CtrlBreak, CtrlClose, ctrl_break, ctrl_close};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// Ctrl-C, and where it is wanted what else asks this process to end.
#[derive(Debug)]
pub struct Interrupt {
    #[cfg(unix)]
    interrupt: Heard,
    #[cfg(unix)]
    others: Option<[Heard; 3]>,
    #[cfg(windows)]
    interrupt: CtrlC,
}

/// A signal that is listened for, unless this process was started to ignore it (`nohup`, a background job of a shell
/// without job control): then it never comes here, and goes on being ignored by the tools that are run.
#[cfg(unix)]
#[derive(Debug)]
pub struct Heard(Option<Signal>);

#[cfg(unix)]
impl Heard {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system refuses.
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
            None => std::future::pending().await,
        }
    }
}

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        return Ok(Self { interrupt: Heard::listen(SignalKind::interrupt())?, others: None });
        #[cfg(windows)]
        Ok(Self { interrupt: ctrl_c()? })
    }

    /// Listens from now on to all signals that end a process, for a command that takes them for itself at some time: one
    /// that was heard once no longer ends the process by itself.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen_to_all() -> io::Result<Self> {
        let interrupt = Self::listen()?;
        #[cfg(unix)]
        let others = [SignalKind::quit(), SignalKind::terminate(), SignalKind::hangup()];
        #[cfg(unix)]
        let [quit, terminate, hangup] = others.map(Heard::listen);
        #[cfg(unix)]
        let interrupt = Self { others: Some([quit?, terminate?, hangup?]), ..interrupt };
        Ok(interrupt)
    }

    /// Waits until it has been pressed, or another of them has come.
    pub async fn pressed(&mut self) {
        #[cfg(unix)]
        if let Some([quit, terminate, hangup]) = &mut self.others {
            tokio::select! {
                () = self.interrupt.recv() => {}
                () = quit.recv() => {}
                () = terminate.recv() => {}
                () = hangup.recv() => {}
            }
            return;
        }
        self.interrupt.recv().await;
    }
}

/// Ctrl-C, or the signal that ends services.
#[cfg(feature = "serve")]
#[derive(Debug)]
pub struct Stop {
    interrupt: Interrupt,
    #[cfg(unix)]
    terminate: Heard,
    /// Ctrl-Break, which reaches a program that was started to ignore Ctrl-C, and the closing of the console's window.
    #[cfg(windows)]
    console: (CtrlBreak, CtrlClose),
}

#[cfg(feature = "serve")]
impl Stop {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: Interrupt::listen()?,
            #[cfg(unix)]
            terminate: Heard::listen(SignalKind::terminate())?,
            #[cfg(windows)]
            console: (ctrl_break()?, ctrl_close()?),
        })
    }

    /// Waits until one of them has come.
    pub async fn asked(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            () = self.interrupt.pressed() => {}
            () = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        tokio::select! {
            () = self.interrupt.pressed() => {}
            _ = self.console.0.recv() => {}
            _ = self.console.1.recv() => {}
        }
    }
}

/// The signals that were ignored when this process started.
#[cfg(unix)]
mod ignored {
    use std::sync::OnceLock;

    /// Whether this one was. The first call must come before the first listener.
    pub(super) fn at_start(signal: i32) -> bool {
        static IGNORED: OnceLock<u64> = OnceLock::new();
        has(*IGNORED.get_or_init(read), signal)
    }

    /// proc(5): the mask as 16 hexadecimal digits, the lowest bit being signal 1. Without it, none is known to be.
    #[cfg(target_os = "linux")]
    fn read() -> u64 {
        std::fs::read_to_string("/proc/self/status").ok().as_deref().and_then(mask).unwrap_or_default()
    }

    /// No such file elsewhere.
    #[cfg(not(target_os = "linux"))]
    fn read() -> u64 {
        0
    }

    #[cfg(target_os = "linux")]
    fn mask(status: &str) -> Option<u64> {
        let digits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(digits.trim(), 16).ok()
    }

    fn has(mask: u64, signal: i32) -> bool {
        u32::try_from(signal - 1).ok().and_then(|bit| mask.checked_shr(bit)).is_some_and(|rest| rest & 1 == 1)
    }

    #[cfg(all(test, target_os = "linux"))]
    mod tests {
        use super::*;

        #[test]
        fn the_mask_is_read_from_its_line() {
            let ignored = |status, signal| has(mask(status).unwrap_or_default(), signal);
            let status = "Name:\tp0\nSigBlk:\t0000000000000006\nSigIgn:\t8000000000001001\nSigCgt:\t0000000000000006\n";
            for (signal, expected) in
                [(1, true), (2, false), (13, true), (15, false), (64, true), (65, false), (0, false)]
            {
                assert_eq!(ignored(status, signal), expected, "{signal}");
            }
            for nothing in ["", "SigIgn:", "SigIgn:\tx", "SigBlk:\t0000000000000001"] {
                assert!(!ignored(nothing, 1), "{nothing:?}");
            }
        }
    }
}
