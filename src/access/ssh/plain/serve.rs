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
    ffi::OsStr,
    fs::{self, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{net::UnixStream, process::Command};

/// How the names of the directories begin that these processes listen in.
const PREFIX: &str = "key-";
/// How long it stays without a connection.
const IDLE: Duration = Duration::from_secs(5);
/// How long it may take to begin: a keyring may have to be unlocked.
const STARTING: Duration = Duration::from_secs(10);
/// Between two looks whether it has begun.
const PAUSE: Duration = Duration::from_millis(10);

/// Where the socket is of the process that serves this kind of key of an organisation at this address. The name is short,
/// and begins in the same way for all of an organisation.
pub(super) fn directory(ctx: &Ctx, client: &Client, kind: KeyType) -> PathBuf {
    let rest = hash(&format!("{}\0{}", client.root(), kind.as_str()));
    ctx.dirs.ssh_agent(&format!("{}{rest}", beginning(client.org())))
}

/// The directories in which there may be a process that serves a key: of an organisation, or (`None`) of any.
pub(super) fn directories(ctx: &Ctx, org: Option<&str>) -> Vec<PathBuf> {
    let beginning = org.map(beginning).unwrap_or_else(|| PREFIX.to_owned());
    let is_one =
        |path: &PathBuf| path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with(&beginning));
    let entries = ctx.dirs.ssh_agents().into_iter().filter_map(|directory| fs::read_dir(directory).ok()).flatten();
    entries.flatten().map(|entry| entry.path()).filter(is_one).collect()
}

fn beginning(org: &str) -> String {
    format!("{PREFIX}{}", hash(org))
}

fn hash(text: &str) -> String {
    Sha256::digest(text)[..4].iter().map(|byte| format!("{byte:02x}")).collect()
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
