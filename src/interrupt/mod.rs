//! The signals that ask this process to stop, heard from the moment when a listener is made, so that none falls
//! between two waits. Where there never was a listener, they end the process at once; where they were ignored from the
//! start, they still are.

#[cfg(unix)]
mod ignored;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

#[cfg(unix)]
pub use unix::Heard;

use std::{future::pending, io};

/// Ctrl-C, and where it is wanted what else asks this process to end.
#[derive(Debug)]
pub struct Interrupt {
    key: system::Key,
    others: Option<system::Others>,
}

impl Interrupt {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { key: system::Key::listen()?, others: None })
    }

    /// Listens from now on to all signals that end a process, for a command that takes them for itself at some time: one
    /// that was heard once no longer ends the process by itself.
    pub fn listen_to_all() -> io::Result<Self> {
        Ok(Self { key: system::Key::listen()?, others: Some(system::Others::listen()?) })
    }

    /// Waits until it has been pressed, or another of them has come.
    pub async fn pressed(&mut self) {
        let others = async {
            match &mut self.others {
                Some(others) => others.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = self.key.recv() => {}
            () = others => {}
        }
    }
}

/// Ctrl-C, or the signal that ends services.
#[cfg(feature = "serve")]
#[derive(Debug)]
pub struct Stop {
    interrupt: Interrupt,
    end: system::End,
}

#[cfg(feature = "serve")]
impl Stop {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: Interrupt::listen()?, end: system::End::listen()? })
    }

    /// Waits until one of them has come.
    pub async fn asked(&mut self) {
        tokio::select! {
            () = self.interrupt.pressed() => {}
            () = self.end.recv() => {}
        }
    }
}
