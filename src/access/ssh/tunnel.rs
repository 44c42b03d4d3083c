//! A program that listens on a port of this machine and carries connections on: started, awaited, and gone with all that
//! it started.

use super::group::{self, Group};
use crate::integrations::ssh::provider::{Explained, ProviderError, Tunnel};
use secrecy::SecretString;
use std::{ffi::OsStr, io, net::Ipv4Addr, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    net::TcpListener,
    process::Child,
    sync::mpsc,
};

/// How much of what it says is kept for the case that it fails, in lines.
const KEPT: usize = 50;
/// No line of it is longer, in bytes; the rest of it is the next one.
const LONGEST: u64 = 4096;

/// A tunnel that is open. Dropping it ends the program, and all of its group.
#[derive(Debug)]
pub(super) struct Open {
    /// The port on this machine.
    pub(super) port: u16,
    _group: Group,
    _child: Child,
}

impl Open {
    /// Starts the program on a port that is free, and waits until it listens.
    ///
    /// # Errors
    /// It ends before, or does not come so far in time; with what it said.
    pub(super) async fn start(
        tunnel: &Tunnel,
        environment: &[(&'static str, SecretString)],
        unset: &[impl AsRef<OsStr>],
    ) -> Result<Self, ProviderError> {
        // Between this and the program's own use of it another process may take it; then it says so, and is tried again.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port();
        let mut command = group::command(&tunnel.command, environment, unset);
        command.arg(&*tunnel.port_option).arg(port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("The program that opens the tunnel was not found.".into()),
            _ => error.into(),
        })?;
        let group = Group::of(&child);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let open = Self { port, _group: group, _child: child };
        let (lines, mut said) = mpsc::channel(KEPT);
        if let Some(stdout) = stdout {
            tokio::spawn(pass(stdout, lines.clone()));
        }
        if let Some(stderr) = stderr {
            tokio::spawn(pass(stderr, lines));
        }
        let mut so_far = Vec::new();
        let ready = async {
            while let Some(line) = said.recv().await {
                let ready = line.contains(&*tunnel.ready);
                so_far.push(line);
                if ready {
                    return true;
                }
            }
            false
        };
        let ready = tokio::time::timeout(tunnel.limit, ready).await;
        let said_all = || so_far[so_far.len().saturating_sub(KEPT)..].join("\n");
        match ready {
            Ok(true) => {
                // What it says from now on is read, so that it can go on, and not kept.
                tokio::spawn(async move { while said.recv().await.is_some() {} });
                Ok(open)
            }
            Ok(false) => Err(failed(format!("The tunnel ended before it was open.\n{}", said_all()))),
            Err(_) => {
                Err(failed(format!("The tunnel is not open after {} s.\n{}", tunnel.limit.as_secs(), said_all())))
            }
        }
    }
}

fn failed(message: String) -> ProviderError {
    ProviderError::Failed(Explained { message, hints: Vec::new() })
}

async fn pass(stream: impl AsyncRead + Unpin, to: mpsc::Sender<String>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    // What is no text is read as well: a program that nobody listens to any more may end of it.
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
        assert!(heard.iter().all(|line| line.len() <= 100_000 && u64::try_from(line.len()).expect("short") <= LONGEST));
        assert_eq!(heard[heard.len() - 2..], ["Tunnel is ready", "the end"]);
    }
}
