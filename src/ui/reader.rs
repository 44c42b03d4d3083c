//! Whether anything still reads stdout, also while nothing is written.

use super::Ui;
#[cfg(unix)]
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use std::future::pending;
#[cfg(unix)]
use std::{
    io,
    os::{fd::AsFd, unix::net::UnixStream},
};

impl Ui {
    /// Waits until stdout is a pipe or a socket that nothing reads any more: forever, if it is anything else. Can be
    /// dropped while it waits.
    #[cfg(unix)]
    pub async fn reader_gone(&self) {
        if self.stdout_terminal {
            return pending().await;
        }
        let Ok((_waiting, abandoned)) = UnixStream::pair() else { return pending().await };
        let (done, gone) = tokio::sync::oneshot::channel();
        // HUP and ERR are always reported; some systems look only where they are asked for.
        let wait = move || wait_for(&io::stdout(), PollFlags::HUP | PollFlags::ERR, &abandoned);
        let thread = std::thread::Builder::new().name("stdout".into()).spawn(move || drop(done.send(wait())));
        match (thread, gone.await) {
            (Ok(_), Ok(Ok(true))) => {}
            // It cannot be told: the next write will.
            _ => pending().await,
        }
    }

    /// There, only a write tells.
    #[cfg(not(unix))]
    pub async fn reader_gone(&self) {
        pending().await
    }
}

/// Waits until one of these events is there; `false` if the caller has abandoned the wait by closing the other end of
/// that stream.
#[cfg(unix)]
pub(super) fn wait_for(file: &impl AsFd, events: PollFlags, abandoned: &UnixStream) -> io::Result<bool> {
    let mut both = [PollFd::new(file, events), PollFd::new(abandoned, PollFlags::IN)];
    loop {
        match poll(&mut both, None) {
            Ok(_) => return Ok(both[1].revents().is_empty()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
