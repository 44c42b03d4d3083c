//! A program that listens on a port of this machine and carries connections on: started, awaited, and gone with all that
//! it started.

use super::group::{self, Program};
use crate::integrations::ssh::provider::{Explained, ProviderError, Tunnel};
use secrecy::SecretString;
use std::{ffi::OsStr, io, net::Ipv4Addr, path::Path, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    net::TcpListener,
    sync::mpsc,
};

/// How much of what it says is kept for the case that it fails, in lines.
const KEPT: usize = 50;

/// A tunnel that is open. Dropping it ends the program, and all of its group.
#[derive(Debug)]
pub(super) struct Open {
    /// The port on this machine.
    pub(super) port: u16,
    _program: Program,
}

impl Open {
    /// Starts the program on a port that is free, and waits until it listens. `lock`: one that this process holds for as
    /// long as it lives.
    ///
    /// # Errors
    /// It ends before, or does not come so far in time; with what it said.
    pub(super) async fn start(
        tunnel: &Tunnel,
        environment: &[(&'static str, SecretString)],
        unset: &[impl AsRef<OsStr>],
        lock: &Path,
    ) -> Result<Self, ProviderError> {
        // Between this and the program's own use of it another process may take it; then it says so, and is tried again.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port();
        let mut command = group::command(&tunnel.command, environment, unset);
        command.arg(&*tunnel.port_option).arg(port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = Program::start(command, lock).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("The program that opens the tunnel was not found.".into()),
            _ => error.into(),
        })?;
        let (stdout, stderr) = program.output();
        let open = Self { port, _program: program };
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
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if to.send(line).await.is_err() {
            return;
        }
    }
}
