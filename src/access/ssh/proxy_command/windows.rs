//! By a port of this machine's alone, as there are no descriptors to hand over, and a pipe's name is open to every process
//! of the machine: the small process carries the connection's bytes, which `ssh` has encrypted. Port and two random words
//! are in a file in a directory of the user's alone; each side shows its word before anything else is said, so that nobody
//! else takes the connection, or gives one.

use super::{
    super::{
        prepare::Connection,
        process_group::{self, Program},
        relay::{self, relay},
    },
    gone, helper, place,
};
use crate::{
    access::signals::Signals,
    ctx::Ctx,
    dirs::{self, Private},
    error::Result,
    integrations::ssh::program::Argv,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use std::{fs::OpenOptions, io, net::Ipv4Addr, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
    task::JoinSet,
};

/// How long whoever connects may take to show the word.
const PATIENCE: Duration = Duration::from_secs(5);
/// No more are listened to at once.
const MOST: usize = 64;

type Word = [u8; 32];

/// What both sides know.
#[derive(Clone)]
struct Words {
    /// Shown by who asks for the connection.
    asks: Word,
    /// Shown by who gives it.
    gives: Word,
}

/// A program in front of `ssh`, which begins when `ssh` asks for it. Dropping it ends the program, and all of its job.
/// It has no `Debug`, as that of a command may show its environment.
pub(in super::super) struct ProxyCommand {
    listener: TcpListener,
    words: Words,
    /// Until `ssh` asks for it: once, as a session has one connection.
    command: Option<Command>,
    running: Option<Program>,
    directory: Private,
}

impl ProxyCommand {
    /// For the program of this way.
    pub(in super::super) fn open(ctx: &Ctx, program: &Argv, way: &Connection) -> io::Result<Self> {
        let directory = ctx.dirs.private()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let words = Words { asks: rand::random(), gives: rand::random() };
        let port = listener.local_addr()?.port().to_be_bytes();
        dirs::write_private(&place(directory.path()), &[&port[..], &words.asks, &words.gives].concat())?;
        let mut command = process_group::command(program, &way.route.environment, &way.route.unset);
        let log = OpenOptions::new().append(true).open(&way.files.log)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let listener = TcpListener::from_std(listener)?;
        Ok(Self { listener, words, command: Some(command), running: None, directory })
    }

    /// What `ssh` is to run. `p0` is this program.
    pub(in super::super) fn helper(&self, p0: &Path) -> Argv {
        helper(p0, self.directory.path())
    }

    /// Runs the program when `ssh` asks for it, to its end.
    pub(in super::super) async fn serve(&mut self) -> Result<()> {
        let stream = asked(&self.listener, &self.words).await?;
        let Some(command) = self.command.take() else { return Ok(()) };
        let program = self.running.insert(process_group::start(command, &self.directory.lock())?);
        let (Some(mut input), (Some(mut output), _)) = (program.input(), program.output()) else { return Ok(()) };
        let (mut from, mut to) = stream.into_split();
        // That `ssh` says no more is for the program to hear, which may say more itself.
        let up = async move {
            let copied = tokio::io::copy(&mut from, &mut input).await;
            drop(input);
            match copied {
                Ok(_) => std::future::pending().await,
                Err(error) => error,
            }
        };
        let down = async move {
            tokio::io::copy(&mut output, &mut to).await?;
            to.shutdown().await
        };
        tokio::select! {
            error = up => tracing::debug!(%error, "the connection of ssh has ended"),
            ended = down => if let Err(error) = ended {
                tracing::debug!(%error, "the connection of ssh has ended");
            },
        }
        // What the program has left behind ends with it.
        self.running = None;
        Ok(())
    }

    /// Ends the program when `ssh` has ended, which does not go into the background here.
    pub(in super::super) async fn close(mut self, _well: bool) {
        if let Some(program) = self.running.take() {
            program.end().await;
        }
    }
}

/// Waits until somebody connects who has the word, and shows them the other.
async fn asked(listener: &TcpListener, words: &Words) -> io::Result<TcpStream> {
    let mut asking = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                if asking.len() < MOST {
                    asking.spawn(admitted(stream, words.clone()));
                }
            }
            Some(admitted) = asking.join_next() => match admitted {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => tracing::debug!(%error, "somebody else asked for the connection"),
                Err(error) => return Err(error.into()),
            },
        }
    }
}

/// The same stream, when whoever is at its other end has shown the word.
async fn admitted(mut stream: TcpStream, words: Words) -> io::Result<TcpStream> {
    expect(&mut stream, &words.asks).await?;
    stream.write_all(&words.gives).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Waits for a word, and for no other.
async fn expect(stream: &mut TcpStream, word: &Word) -> io::Result<()> {
    let mut shown = Word::default();
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut shown)).await??;
    verify_slices_are_equal(&shown, word).map_err(|_| io::ErrorKind::PermissionDenied.into())
}

/// What `ssh` runs: carries its connection to the [`ProxyCommand`] of this file.
pub async fn pass(file: &Path) -> Result {
    let (port, words) = read(file).map_err(|_| gone())?;
    let mut signals = Signals::listen()?;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(|_| gone())?;
    stream.set_nodelay(true)?;
    stream.write_all(&words.asks).await?;
    expect(&mut stream, &words.gives).await.map_err(|_| gone())?;
    relay(stream, relay::gone(&mut signals)).await
}

fn read(file: &Path) -> io::Result<(u16, Words)> {
    let bytes = std::fs::read(file)?;
    let parts = bytes.split_first_chunk::<2>().and_then(|(port, rest)| {
        let (asks, gives) = rest.split_first_chunk::<32>()?;
        Some((u16::from_be_bytes(*port), Words { asks: *asks, gives: gives.try_into().ok()? }))
    });
    parts.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_has_not_the_word_gets_nothing() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let words = Words { asks: [1; 32], gives: [2; 32] };
        let connect = || async { TcpStream::connect(address).await.expect("a connection") };
        let silent = connect().await;
        let (mut other, mut helper) = (connect().await, connect().await);
        other.write_all(&[3; 32]).await.expect("written");
        helper.write_all(&words.asks).await.expect("written");
        let _stream = asked(&listener, &words).await.expect("the one who has it");
        expect(&mut helper, &words.gives).await.expect("it is shown the other");
        assert!(!matches!(other.read(&mut [0; 1]).await, Ok(1..)), "it is let go");
        drop(silent);
    }

    #[test]
    fn a_file_that_says_nothing_is_none() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("gate");
        for bytes in [&[0; 65][..], &[0; 67], &[], &[1]] {
            std::fs::write(&file, bytes).expect("written");
            assert!(read(&file).is_err(), "{}", bytes.len());
        }
        std::fs::write(&file, [&[1, 2][..], &[3; 32], &[4; 32]].concat()).expect("written");
        let (port, words) = read(&file).expect("words");
        assert_eq!((port, words.asks, words.gives), (258, [3; 32], [4; 32]));
    }
}
