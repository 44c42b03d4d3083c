//! The signals that ask this process to stop, heard from the moment when a listener is made, so that none falls
//! between two waits. Where there never was a listener, they end the process at once.

use std::io;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// Ctrl-C.
#[derive(Debug)]
pub struct Interrupt {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(windows)]
    interrupt: CtrlC,
}

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        let interrupt = signal(SignalKind::interrupt())?;
        #[cfg(windows)]
        let interrupt = ctrl_c()?;
        Ok(Self { interrupt })
    }

    /// Waits until it has been pressed.
    pub async fn pressed(&mut self) {
        self.interrupt.recv().await;
    }
}

/// Ctrl-C, or the signal that ends services.
#[cfg(feature = "serve")]
#[derive(Debug)]
pub struct Stop {
    interrupt: Interrupt,
    #[cfg(unix)]
    terminate: Signal,
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
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits until one of them has come.
    pub async fn asked(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            () = self.interrupt.pressed() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        self.interrupt.pressed().await;
    }
}
