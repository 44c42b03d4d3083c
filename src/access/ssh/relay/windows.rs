//! Handles.

use std::{
    fs::File,
    io,
    os::windows::io::{AsHandle, OwnedHandle},
};
use tokio::sync::oneshot;

/// Stdin and stdout as files, which have no buffers, in which an answer would wait for the end of its line.
pub(super) fn streams() -> io::Result<(File, File)> {
    Ok((File::from(owned(io::stdin())?), File::from(owned(io::stdout())?)))
}

fn owned(stream: impl AsHandle) -> io::Result<OwnedHandle> {
    stream.as_handle().try_clone_to_owned()
}

/// Nothing tells when stdin is closed, other than reading from it: `ssh` ends this process when it ends itself.
pub(super) fn closed() -> io::Result<oneshot::Receiver<()>> {
    Ok(oneshot::channel().1)
}
