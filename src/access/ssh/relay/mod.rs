//! Carrying bytes between this process's stdin and stdout, which are `ssh`'s, and a connection.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

use crate::{
    access::signals::Signals,
    error::{End, Result},
};
use std::{
    io::{self, Read, Write},
    net::Shutdown,
    pin::pin,
    thread,
};
use tokio::{net::TcpStream, sync::oneshot};

/// Waits until `ssh` is there no more: then our stdin is closed, however it ended. A hang-up by itself says less: `ssh`
/// sends one as well when it leaves the connection to another process (`ControlPersist`). Ctrl-C is for `ssh`, which ends
/// this by itself.
pub(super) async fn gone(signals: &mut Signals) -> Result {
    let mut told = pin!(system::closed()?);
    let mut watched = true;
    loop {
        tokio::select! {
            closed = &mut told, if watched => match closed {
                Ok(()) => return Ok(End::Done),
                Err(_) => watched = false,
            },
            signal = signals.next() => if signal.ends() && !(watched && signal.is_hangup()) { return Ok(End::Done) },
        }
    }
}

/// Carries bytes both ways until the machine's side ends, or `ssh` is gone. Each way has a thread, which ends with the
/// process.
pub(super) async fn relay(stream: TcpStream, gone: impl Future<Output = Result>) -> Result {
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    let (mut to, mut from) = (stream.try_clone()?, stream);
    let (mut input, mut output) = system::streams()?;
    let (up, up_ended) = oneshot::channel();
    let (down, down_ended) = oneshot::channel();
    thread::Builder::new().name("up".into()).spawn(move || {
        // `ssh` says no more; the machine may.
        let ended = copy(&mut input, &mut to).and_then(|()| to.shutdown(Shutdown::Write));
        if let Err(error) = ended {
            // The receiver may be gone.
            drop(up.send(error));
        }
    })?;
    thread::Builder::new().name("down".into()).spawn(move || {
        drop(down.send(copy(&mut from, &mut output)));
    })?;
    tokio::pin!(up_ended, down_ended, gone);
    let mut sends = true;
    loop {
        tokio::select! {
            failed = &mut up_ended, if sends => match failed {
                Ok(error) => return broken(error),
                // It has said all that it had to say.
                Err(_) => sends = false,
            },
            ended = &mut down_ended => {
                let ended = ended.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()));
                return ended.map_or_else(broken, |()| Ok(End::Done));
            }
            ended = &mut gone => return ended,
        }
    }
}

/// Copies until the end, each piece as it comes. The system's own way (`io::copy`, by splice(2)) has TCP wait for more.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => to.write_all(&piece[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A side that is gone is the end of a connection, as good as any other.
fn broken(error: io::Error) -> Result {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Ok(End::Done),
        _ => Err(error.into()),
    }
}
