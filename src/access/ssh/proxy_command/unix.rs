//! By a socket in a directory of the user's alone (0700): the small process hands over its stdin, stdout and stderr, and
//! waits. No byte of the connection goes through either, and nothing secret goes through the socket.

use super::{
    super::{
        prepare::Connection,
        process_group::{self, Program},
    },
    gone, helper, place,
};
use crate::{
    access::{signals::Signals, tool},
    ctx::Ctx,
    dirs::Private,
    error::{End, Result},
    integrations::ssh::{agent::is_ours, program::Argv},
};
use rustix::{
    io::{Errno, FdFlags, fcntl_setfd},
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
        recvmsg, sendmsg,
    },
};
use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::fd::{AsFd, OwnedFd},
    path::Path,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, Interest},
    net::{UnixListener, UnixStream},
    process::Command,
};

/// How many descriptors are handed over: stdin, stdout and stderr.
const STREAMS: usize = 3;
/// How long `ssh`'s own child may live longer than `ssh`, which ends it.
const MOMENT: Duration = Duration::from_millis(300);

/// A program in front of `ssh`, which begins when `ssh` asks for it. Dropping it ends the program, and all of its group.
/// It has no `Debug`, as that of a command may show its environment.
pub(in super::super) struct ProxyCommand {
    listener: UnixListener,
    /// Until `ssh` asks for it: once, as a session has one connection.
    command: Option<Command>,
    running: Option<Running>,
    directory: Private,
}

struct Running {
    /// The process that `ssh` has started.
    helper: UnixStream,
    program: Program,
}

impl ProxyCommand {
    /// For the program of this way.
    pub(in super::super) fn open(ctx: &Ctx, program: &Argv, way: &Connection) -> io::Result<Self> {
        let directory = ctx.dirs.private()?;
        let listener = UnixListener::bind(place(directory.path()))?;
        let command = process_group::command(program, &way.route.environment, &way.route.unset);
        Ok(Self { listener, command: Some(command), running: None, directory })
    }

    /// What `ssh` is to run. `p0` is this program.
    pub(in super::super) fn helper(&self, p0: &Path) -> Argv {
        helper(p0, self.directory.path())
    }

    /// Runs the program when `ssh` asks for it, to its end, which is told to `ssh`.
    pub(in super::super) async fn serve(&mut self) -> Result<()> {
        let (helper, [stdin, stdout, stderr]) = asked(&self.listener).await?;
        let Some(mut command) = self.command.take() else { return Ok(()) };
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        // `ssh` waits for the end of its descriptors, which go with the command.
        let program = process_group::start(command, &self.directory.lock())?;
        let running = self.running.insert(Running { helper, program });
        let code = tokio::select! {
            status = running.program.wait() => match tool::end_of(status?) {
                End::Done => 0,
                End::Code(code) => code,
            },
            () = has_left(&mut running.helper) => return Ok(()),
        };
        // It may just have left.
        if let Err(error) = running.helper.write_all(&[code]).await {
            tracing::debug!(%error, "ssh does not learn how its proxy ended");
        }
        // What the program has left behind ends with it.
        self.running = None;
        Ok(())
    }

    /// Ends the program when `ssh` has ended. `well`: without a failure; then a connection that is still wanted is kept,
    /// which is that of an `ssh` that has gone into the background (`-f`).
    pub(in super::super) async fn close(mut self, well: bool) {
        let Some(Running { mut helper, program }) = self.running.take() else { return };
        let is_wanted = tokio::time::timeout(MOMENT, has_left(&mut helper)).await.is_err();
        if well && is_wanted {
            program.release();
            return;
        }
        program.end().await;
    }
}

/// Waits until the user's own process asks for the program, and for the descriptors that it is to run on.
async fn asked(listener: &UnixListener) -> io::Result<(UnixStream, [OwnedFd; STREAMS])> {
    loop {
        let (stream, _) = listener.accept().await?;
        if !is_ours(&stream) {
            tracing::debug!("a process of another user asked for the connection");
            continue;
        }
        match stream.async_io(Interest::READABLE, || receive(&stream)).await {
            Ok(streams) => return Ok((stream, streams)),
            Err(error) => tracing::debug!(%error, "a process asked for the connection, and handed over nothing"),
        }
    }
}

/// Waits until the other side has closed its end: it says nothing.
async fn has_left(helper: &mut UnixStream) {
    // Whatever else is heard from it means as much.
    let _ = helper.read(&mut [0; 1]).await;
}

fn receive(stream: &UnixStream) -> io::Result<[OwnedFd; STREAMS]> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(STREAMS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    recvmsg(stream, &mut [IoSliceMut::new(&mut [0; 1])], &mut ancillary, RecvFlags::empty())?;
    let rights = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(streams) => Some(streams),
        _ => None,
    });
    let streams: Vec<OwnedFd> = rights.flatten().collect();
    for stream in &streams {
        fcntl_setfd(stream, FdFlags::CLOEXEC)?;
    }
    streams.try_into().map_err(|_| io::ErrorKind::InvalidData.into())
}

fn hand_over(stream: &UnixStream) -> io::Result<()> {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let streams = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(STREAMS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&streams)) {
        return Err(Errno::NOBUFS.into());
    }
    sendmsg(stream, &[IoSlice::new(&[0])], &mut ancillary, SendFlags::empty())?;
    Ok(())
}

/// What `ssh` runs: hands its connection to the [`ProxyCommand`] at this socket, and ends as the program there does.
pub async fn pass(socket: &Path) -> Result {
    let mut signals = Signals::listen()?;
    let mut stream = UnixStream::connect(socket).await.map_err(|_| gone())?;
    stream.async_io(Interest::WRITABLE, || hand_over(&stream)).await?;
    loop {
        tokio::select! {
            code = stream.read_u8() => return match code {
                Ok(0) => Ok(End::Done),
                Ok(code) => Ok(End::Code(code)),
                Err(_) => Err(gone().into()),
            },
            // What comes from the terminal's keys is for `ssh`, which ends this by itself.
            signal = signals.next() => if signal.ends() { return Ok(End::Done) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_hands_over_nothing_gets_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let listener = UnixListener::bind(place(directory.path())).expect("a socket");
        let connect = || UnixStream::connect(place(directory.path()));
        let (mut other, helper) = (connect().await.expect("a connection"), connect().await.expect("a connection"));
        other.write_all(&[0]).await.expect("written");
        helper.async_io(Interest::WRITABLE, || hand_over(&helper)).await.expect("handed over");
        let (mut accepted, streams) = asked(&listener).await.expect("a connection");
        assert_eq!(other.read(&mut [0; 1]).await.expect("read"), 0, "it is let go");
        for stream in &streams {
            assert!(rustix::io::fcntl_getfd(stream).expect("flags").contains(FdFlags::CLOEXEC));
        }
        drop(helper);
        has_left(&mut accepted).await;
    }
}
