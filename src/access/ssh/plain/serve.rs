//! The process that serves the user's key to plain `ssh`: one for all connections, which ends when there are none.

use crate::{
    access::ssh::key,
    ctx::Ctx,
    dirs,
    error::{End, Failure, Result},
    integrations::ssh::{agent, key::KeyType},
};
use p0_client::Client;
use sha2::{Digest, Sha256};
use std::{
    fs::{OpenOptions, TryLockError},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{net::UnixStream, process::Command};

/// How long it stays without a connection.
const IDLE: Duration = Duration::from_secs(5);
/// How long it may take to begin: a keyring may have to be unlocked.
const STARTING: Duration = Duration::from_secs(10);
/// Between two looks whether it has begun.
const PAUSE: Duration = Duration::from_millis(10);

/// Where the socket is of the process that serves this kind of key of an organisation at this address.
pub(super) fn directory(ctx: &Ctx, client: &Client, kind: KeyType) -> PathBuf {
    let hash = Sha256::digest(format!("{}\0{}\0{}", client.root(), client.org(), kind.as_str()));
    let name: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    ctx.dirs.ssh_agent(&name)
}

/// Serves a kind of the user's key until nobody has had a connection for a while; at once done where another process
/// does so already.
///
/// # Errors
/// The key cannot be read, or the socket not be made.
pub async fn serve_key(ctx: &Ctx, kind: KeyType) -> Result {
    let client = ctx.api().await?;
    let directory = directory(ctx, &client, kind);
    dirs::create_parent(&directory.join("agent"))?;
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(End::Done),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    let key = key::of_kind(ctx, &client, kind).await?;
    agent::serve_while_used(&directory, key, IDLE).await?;
    Ok(End::Done)
}

/// A connection to the process that serves this kind of key, which is started if need be, and stays for as long.
///
/// # Errors
/// It does not begin in time.
pub(super) async fn hold(ctx: &Ctx, client: &Client, kind: KeyType, program: &Path) -> Result<UnixStream> {
    let directory = directory(ctx, client, kind);
    let wait = async {
        loop {
            if let Some(held) = agent::hold(&directory).await {
                return anyhow::Ok(held);
            }
            // One that finds another serving ends at once; one that is just ending lets go of the lock.
            let mut child = start(client.org(), kind, program)?;
            loop {
                tokio::time::sleep(PAUSE).await;
                if let Some(held) = agent::hold(&directory).await {
                    return Ok(held);
                }
                if child.try_wait()?.is_some() {
                    break;
                }
            }
        }
    };
    match tokio::time::timeout(STARTING, wait).await {
        Ok(held) => held,
        Err(_) => Err(Failure::error("The process that serves your key to ssh does not begin.")
            .hint("See why with: p0 doctor")
            .into()),
    }
}

fn start(org: &str, kind: KeyType, program: &Path) -> std::io::Result<tokio::process::Child> {
    let mut command = Command::new(program);
    command.args(["--quiet", "--no-input", "--org", org, "ssh-agent", kind.as_str()]);
    // It outlives the connection that needed it first, and Ctrl-C at its terminal.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).current_dir("/");
    command.spawn()
}
