//! The agent that serves the user's key to `ssh`, so that the key is in no file (draft-miller-ssh-agent).
//!
//! It knows one key and three messages: what keys there are, sign this, and what a connection is for. It takes no keys,
//! gives none away and is locked by nobody; whatever else is asked gets a failure. It listens on a socket that only the
//! user can reach, and asks the system whose process is at the other end all the same. A connection that `ssh` says is
//! forwarded to another machine (`session-bind@openssh.com`) gets nothing: the key is for this machine's own sessions.
//! The agent of plain `ssh`, which no command waits for, ends when the user's own process asks for that ([`end`]).

use super::{
    key::UserKey,
    wire::{put, take},
};
use rustix::process::Pid;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
#[cfg(target_os = "linux")]
use tokio::sync::oneshot;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::{Notify, mpsc},
    task::{JoinHandle, JoinSet},
};

/// No message is longer, in bytes: what OpenSSH's own agent takes.
const LONGEST: u32 = 256 * 1024;
/// No more connections are served at a time; others wait. Each takes as much memory as it has sent, up to a message.
const MOST: usize = 512;
/// What the key is called where agents' keys are listed.
const COMMENT: &str = "p0";

/// What asks the agent of plain `ssh` to end (an extension, section 3.8).
const END: &[u8] = b"end@p0.dev";
/// What asks it to stay for as long as a process lives: `uint32 pid`.
const STAY: &[u8] = b"stay@p0.dev";
/// How long it may take to answer.
const ENDING: Duration = Duration::from_secs(2);

/// The numbers of messages (section 5.1).
mod number {
    pub(super) const FAILURE: u8 = 5;
    pub(super) const REQUEST_IDENTITIES: u8 = 11;
    pub(super) const IDENTITIES_ANSWER: u8 = 12;
    pub(super) const SIGN_REQUEST: u8 = 13;
    pub(super) const SIGN_RESPONSE: u8 = 14;
    pub(super) const SUCCESS: u8 = 6;
    pub(super) const EXTENSION: u8 = 27;
}

/// An agent that listens. Dropping it ends it, with all its connections.
#[derive(Debug)]
pub struct Agent {
    socket: PathBuf,
    task: JoinHandle<()>,
}

impl Agent {
    /// Serves the key on a socket in this directory, which must be the user's alone (0700).
    pub fn start(directory: &Path, key: Arc<UserKey>) -> io::Result<Self> {
        let socket = socket(directory);
        let listener = UnixListener::bind(&socket)?;
        let task = tokio::spawn(async move { serve(&listener, &key, Life::Owners).await });
        Ok(Self { socket, task })
    }

    /// The socket, for `IdentityAgent`.
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.task.abort();
        // Its directory goes as well; what is left there goes with it.
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// The agent's socket in a directory.
pub fn socket(directory: &Path) -> PathBuf {
    directory.join("agent")
}

/// Serves the key on a socket in this directory until nobody has had a connection for so long, or somebody calls
/// [`end`]. Whoever calls it makes sure that there is no other agent in the directory.
pub async fn serve_while_used(directory: &Path, key: Arc<UserKey>, idle: Duration) -> io::Result<()> {
    let socket = socket(directory);
    match std::fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&socket)?;
    let (stays, asked) = mpsc::unbounded_channel();
    serve(&listener, &key, Life::Users { idle, ended: Arc::default(), stays, asked }).await;
    // Who finds no socket starts an agent anew; who was about to connect to this one sees it close.
    std::fs::remove_file(&socket)
}

/// A connection that is kept open so that an agent of [`serve_while_used`] stays. `None`: there is none.
pub async fn hold(directory: &Path) -> Option<UnixStream> {
    let mut stream = UnixStream::connect(socket(directory)).await.ok()?;
    if !is_ours(&stream) {
        return None;
    }
    // One that is about to end takes no more messages.
    stream.write_all(&[0, 0, 0, 1, number::REQUEST_IDENTITIES]).await.ok()?;
    let answer = read(&mut stream).await.ok()?;
    (answer.first() == Some(&number::IDENTITIES_ANSWER)).then_some(stream)
}

/// Keeps an agent of [`serve_while_used`] for as long as this process lives, by a connection that [`hold`] has made.
pub async fn stay(stream: &mut UnixStream, pid: u32) -> io::Result<()> {
    let mut message = vec![number::EXTENSION];
    put(&mut message, STAY);
    message.extend(pid.to_be_bytes());
    let length = u32::try_from(message.len()).map_err(io::Error::other)?.to_be_bytes();
    stream.write_all(&[&length[..], &message].concat()).await?;
    match read(stream).await?.first() {
        Some(&number::SUCCESS) => Ok(()),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Ends the agent of [`serve_while_used`] in this directory, if there is one; whoever holds a connection loses it.
pub async fn end(directory: &Path) {
    let asking = async {
        let mut stream = UnixStream::connect(socket(directory)).await.ok().filter(is_ours)?;
        let mut message = vec![number::EXTENSION];
        put(&mut message, END);
        let length = u32::try_from(message.len()).ok()?.to_be_bytes();
        stream.write_all(&[&length[..], &message].concat()).await.ok()?;
        // It says that it will, and then closes.
        while read(&mut stream).await.is_ok() {}
        Some(())
    };
    // One that does not answer is no agent of ours, or ends with its connections.
    let _ended = tokio::time::timeout(ENDING, asking).await;
}

/// How long an agent serves.
#[derive(Debug)]
enum Life {
    /// As long as its owner has it.
    Owners,
    /// While there are connections, or processes that it stays for, and so long after the last; or until it is told to
    /// end.
    Users { idle: Duration, ended: Arc<Notify>, stays: mpsc::UnboundedSender<u32>, asked: mpsc::UnboundedReceiver<u32> },
}

/// What a connection may ask of an agent of [`Life::Users`].
#[derive(Debug, Clone)]
struct Control {
    ended: Arc<Notify>,
    stays: mpsc::UnboundedSender<u32>,
}

async fn serve(listener: &UnixListener, key: &Arc<UserKey>, life: Life) {
    let (idle, control, mut asked) = match life {
        Life::Owners => (None, None, None),
        Life::Users { idle, ended, stays, asked } => (Some(idle), Some(Control { ended, stays }), Some(asked)),
    };
    // Dropped with this task, it ends them all.
    let mut connections = JoinSet::new();
    loop {
        let patience = idle.filter(|_| connections.is_empty());
        let unused = async {
            match patience {
                Some(patience) => tokio::time::sleep(patience).await,
                None => std::future::pending().await,
            }
        };
        let told = async {
            match &control {
                Some(control) => control.ended.notified().await,
                None => std::future::pending().await,
            }
        };
        let process = async {
            match &mut asked {
                Some(asked) => asked.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MOST => match accepted {
                Ok((stream, _)) if is_ours(&stream) => {
                    connections.spawn(talk(stream, Arc::clone(key), control.clone()));
                }
                Ok(_) => tracing::debug!("a process of another user asked the agent"),
                Err(error) => {
                    // Out of descriptors, which a connection that ends gives back.
                    tracing::debug!(%error, "the agent cannot take a connection");
                    if connections.join_next().await.is_none() {
                        return;
                    }
                }
            },
            () = unused => return,
            () = told => return,
            Some(pid) = process, if connections.len() < MOST => {
                connections.spawn(ended(pid));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// How often it is looked whether a process lives, where the system does not say when it ends.
const LOOKING: Duration = Duration::from_secs(1);

/// Waits until a process has ended.
async fn ended(pid: u32) {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    #[cfg(target_os = "linux")]
    if let Some(told) = told_at_the_end_of(pid) {
        // That the thread has ended is as good as its word.
        let _ = told.await;
        return;
    }
    while rustix::process::test_kill_process(pid).is_ok() {
        tokio::time::sleep(LOOKING).await;
    }
}

/// Tells when a process has ended, by a thread that ends with it or with this process.
#[cfg(target_os = "linux")]
fn told_at_the_end_of(pid: Pid) -> Option<oneshot::Receiver<()>> {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        process::{PidfdFlags, pidfd_open},
    };
    let handle = pidfd_open(pid, PidfdFlags::empty()).ok()?;
    let (end, told) = oneshot::channel();
    let wait = move || {
        let mut polled = [PollFd::new(&handle, PollFlags::IN)];
        while let Err(error) = poll(&mut polled, None) {
            if error != rustix::io::Errno::INTR {
                return;
            }
        }
        // The agent may have ended as well.
        let _ = end.send(());
    };
    std::thread::Builder::new().name("stay".into()).spawn(wait).ok().map(|_| told)
}

/// Whether the process at the other end is the user's own.
pub fn is_ours(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw())
}

/// Answers until the other side has gone, or says what nobody understands.
async fn talk(mut stream: UnixStream, key: Arc<UserKey>, control: Option<Control>) {
    let mut connection = Connection { key, forwarded: false, control };
    while let Ok(message) = read(&mut stream).await {
        let answer = connection.answer(&message);
        let length = u32::try_from(answer.len()).expect("an answer is a key or a signature").to_be_bytes();
        if stream.write_all(&[&length[..], &answer].concat()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u32().await?;
    if length == 0 || length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = Vec::new();
    // It grows with what comes, not with what was said to come.
    let read = stream.take(length.into()).read_to_end(&mut message).await?;
    if u32::try_from(read) == Ok(length) { Ok(message) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// What is known of a connection.
struct Connection {
    key: Arc<UserKey>,
    /// It comes from another machine.
    forwarded: bool,
    /// Where the agent's end is for its users to say.
    control: Option<Control>,
}

impl Connection {
    fn answer(&mut self, message: &[u8]) -> Vec<u8> {
        let answered = match message.split_first() {
            Some((&number::REQUEST_IDENTITIES, [])) => Some(self.identities()),
            Some((&number::SIGN_REQUEST, rest)) if !self.forwarded => self.sign(rest),
            Some((&number::EXTENSION, rest)) => self.control(rest).or_else(|| self.bind(rest)),
            _ => None,
        };
        answered.unwrap_or_else(|| vec![number::FAILURE])
    }

    fn identities(&self) -> Vec<u8> {
        let count = u32::from(!self.forwarded);
        let mut answer = vec![number::IDENTITIES_ANSWER];
        answer.extend(count.to_be_bytes());
        if !self.forwarded {
            put(&mut answer, self.key.blob());
            put(&mut answer, COMMENT.as_bytes());
        }
        answer
    }

    /// `string key, string data, uint32 flags`. The key may be the public one or a certificate of it: `ssh` asks with
    /// the one that it shows to the machine.
    fn sign(&self, rest: &[u8]) -> Option<Vec<u8>> {
        let (asked, rest) = take(rest)?;
        let (data, rest) = take(rest)?;
        let flags = u32::from_be_bytes(rest.try_into().ok()?);
        if asked != self.key.blob() && !self.is_certificate(asked) {
            return None;
        }
        let mut answer = vec![number::SIGN_RESPONSE];
        put(&mut answer, &self.key.sign(data, flags).ok()?);
        Some(answer)
    }

    fn is_certificate(&self, blob: &[u8]) -> bool {
        ssh_key::Certificate::from_bytes(blob)
            .ok()
            .and_then(|certificate| ssh_key::PublicKey::from(certificate.public_key().clone()).to_bytes().ok())
            .is_some_and(|public| public == self.key.blob())
    }

    /// `string name`, and for [`STAY`] `uint32 pid`.
    fn control(&self, rest: &[u8]) -> Option<Vec<u8>> {
        let (name, rest) = take(rest)?;
        let control = self.control.as_ref().filter(|_| !self.forwarded)?;
        match name {
            END if rest.is_empty() => control.ended.notify_one(),
            STAY => control.stays.send(u32::from_be_bytes(rest.try_into().ok()?)).ok()?,
            _ => return None,
        }
        Some(vec![number::SUCCESS])
    }

    /// `string name, string host key, string session, string signature, bool forwarding` (PROTOCOL.agent of OpenSSH,
    /// section 1). The signature is not checked: whoever lies about it could say nothing as well.
    fn bind(&mut self, rest: &[u8]) -> Option<Vec<u8>> {
        let (name, rest) = take(rest)?;
        if name != b"session-bind@openssh.com" {
            return None;
        }
        let (_host, rest) = take(rest)?;
        let (_session, rest) = take(rest)?;
        let (_signature, rest) = take(rest)?;
        self.forwarded |= rest != [0];
        Some(vec![number::SUCCESS])
    }
}

#[cfg(test)]
mod tests;
