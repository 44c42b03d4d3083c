//! Descriptors.

use rustix::event::{PollFd, PollFlags, poll};
use std::{
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
    thread,
};
use tokio::sync::oneshot;

/// Stdin and stdout as files, which have no buffers, in which an answer would wait for the end of its line.
pub(super) fn streams() -> io::Result<(File, File)> {
    Ok((File::from(owned(io::stdin())?), File::from(owned(io::stdout())?)))
}

fn owned(stream: impl AsFd) -> io::Result<OwnedFd> {
    stream.as_fd().try_clone_to_owned()
}

/// Tells when stdin is closed. What is there to read is for others: a thread of its own, which ends with the process.
pub(super) fn closed() -> io::Result<oneshot::Receiver<()>> {
    let (closed, told) = oneshot::channel();
    let input = owned(io::stdin())?;
    thread::Builder::new().name("gone".into()).spawn(move || {
        let mut polled = [PollFd::new(&input, PollFlags::empty())];
        while let Err(error) = poll(&mut polled, None) {
            if error != rustix::io::Errno::INTR {
                return;
            }
        }
        // The receiver is gone if the connection has ended already.
        let _ = closed.send(());
    })?;
    Ok(told)
}
