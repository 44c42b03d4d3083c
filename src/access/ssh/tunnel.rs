//! A program that listens on a port of this machine and carries connections on: started, awaited, and gone with all that
//! it started.

use super::process_group::{self, Program};
use crate::integrations::ssh::provider::{Explained, ProviderError, Tunnel};
use secrecy::SecretString;
use std::{collections::VecDeque, ffi::OsStr, io, net::Ipv4Addr, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    net::TcpListener,
    sync::mpsc,
    task::JoinHandle,
};

/// How much of what it says is kept for the case that it fails, in lines.
const KEPT: usize = 50;
/// No line of it is longer, in bytes; the rest of it is the next one.
const LONGEST: u64 = 4096;
/// How long the last that it said may take to arrive.
const MOMENT: Duration = Duration::from_secs(1);

/// A tunnel that is open. Dropping it ends the program, and all of its group.
#[derive(Debug)]
pub(super) struct Open {
    /// The port on this machine.
    pub(super) port: u16,
    program: Program,
    /// Reads on, until the program and all that it has started have ended, and comes back with the last that they said.
    reading: JoinHandle<VecDeque<String>>,
}

impl Open {
    /// Starts the program on a port that is free, and waits until it listens. `lock`: one that this process holds for as
    /// long as it lives.
    pub(super) async fn start(
        tunnel: &Tunnel,
        environment: &[(&'static str, SecretString)],
        unset: &[impl AsRef<OsStr>],
        lock: &Path,
    ) -> Result<Self, ProviderError> {
        // Between this and the program's own use of it another process may take it; then it says so, and is tried again.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port();
        let mut command = process_group::command(&tunnel.command, environment, unset);
        command.arg(&*tunnel.port_option).arg(port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = Program::start(command, lock).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("The program that opens the tunnel was not found.".into()),
            _ => error.into(),
        })?;
        let (stdout, stderr) = program.output();
        let (lines, mut said) = mpsc::channel(KEPT);
        if let Some(stdout) = stdout {
            tokio::spawn(pass(stdout, lines.clone()));
        }
        if let Some(stderr) = stderr {
            tokio::spawn(pass(stderr, lines));
        }
        let mut kept = VecDeque::new();
        let ready = async {
            while let Some(line) = said.recv().await {
                let ready = line.contains(&*tunnel.ready);
                keep(&mut kept, line);
                if ready {
                    return true;
                }
            }
            false
        };
        match tokio::time::timeout(tunnel.limit, ready).await {
            // That it opens and has opened is of no more interest.
            Ok(true) => kept.clear(),
            Ok(false) => return Err(failed(format!("The tunnel ended before it was open.\n{}", joined(kept)))),
            Err(_) => {
                let limit = tunnel.limit.as_secs();
                return Err(failed(format!("The tunnel is not open after {limit} s.\n{}", joined(kept))));
            }
        }
        let reading = tokio::spawn(async move {
            while let Some(line) = said.recv().await {
                keep(&mut kept, line);
            }
            kept
        });
        Ok(Self { port, program, reading })
    }

    /// Ends it; what it said last. Some carry a connection only to find that they may not, and say so here alone.
    pub(super) async fn close(self) -> String {
        let Self { program, reading, .. } = self;
        drop(program);
        match tokio::time::timeout(MOMENT, reading).await {
            Ok(Ok(kept)) => joined(kept),
            // Something of it has left the group, and holds its output.
            _ => String::new(),
        }
    }
}

fn keep(kept: &mut VecDeque<String>, line: String) {
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back(line);
}

/// As lines, each with its end.
fn joined(kept: VecDeque<String>) -> String {
    kept.into_iter().flat_map(|line| [line, "\n".into()]).collect()
}

fn failed(message: String) -> ProviderError {
    ProviderError::Failed(Explained::new(message, &[]))
}

async fn pass(stream: impl AsyncRead + Unpin, to: mpsc::Sender<String>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    // Bytes that are not text are read, too: a program may end when its output is no longer read.
    while (&mut stream).take(LONGEST).read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
        if to.send(String::from_utf8_lossy(&line).trim_end().to_owned()).await.is_err() {
            return;
        }
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whatever_it_says_is_read() {
        let said = [&b"\xff\0 no text\r\n"[..], &[b'x'; 100_000], b"\nTunnel is ready\nthe end"].concat();
        let (to, mut lines) = mpsc::channel(KEPT);
        pass(&said[..], to).await;
        let mut heard = Vec::new();
        while let Some(line) = lines.recv().await {
            heard.push(line);
        }
        assert_eq!(heard[0], "\u{fffd}\0 no text");
        assert!(heard.iter().all(|line| line.len() <= 4096));
        assert_eq!(heard[heard.len() - 2..], ["Tunnel is ready", "the end"]);
    }
}
