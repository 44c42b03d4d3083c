//! The process that brings the user's key to hand for plain `ssh`: one for all connections, which ends when there are
//! none. It is the system's how: see there.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use system::serve_key;
#[cfg(windows)]
pub(in super::super) use system::sweep;
pub(super) use system::{end, hold, hold_while, key_at};

use crate::{ctx::Ctx, error::Failure, integrations::ssh::key::KeyType};
use p0_client::Client;
use sha2::{Digest, Sha256};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;

/// How the names of the directories begin that these processes are in.
const PREFIX: &str = "key-";
/// How long it may take to begin: a keyring may have to be unlocked.
const STARTING: Duration = Duration::from_secs(10);
/// Between two looks whether it has begun.
const PAUSE: Duration = Duration::from_millis(10);

/// Where the process is that serves this user's key of this kind for an organisation at this address. The name is short,
/// and begins in the same way for all of an organisation.
fn directory(ctx: &Ctx, client: &Client, kind: KeyType) -> anyhow::Result<PathBuf> {
    let holder = ctx.sessions().holder(client.org())?;
    let rest = hash(&format!("{}\0{holder}\0{}", client.root(), kind.as_str()));
    Ok(ctx.dirs.ssh_agent(&format!("{}{rest}", beginning(ctx, Some(client.org()))?)))
}

/// The directories in which there may be a process that serves a key: of an organisation, or (`None`) of any.
pub(super) fn directories(ctx: &Ctx, org: Option<&str>) -> Vec<PathBuf> {
    let beginning = match beginning(ctx, org) {
        Ok(beginning) => beginning,
        Err(error) => {
            tracing::debug!(%error, "the processes that serve keys cannot be found");
            return Vec::new();
        }
    };
    let is_one =
        |path: &PathBuf| path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with(&beginning));
    let entries = ctx.dirs.ssh_agents().into_iter().filter_map(|directory| fs::read_dir(directory).ok()).flatten();
    entries.flatten().map(|entry| entry.path()).filter(is_one).collect()
}

/// The directories of all of a user's settings directories are side by side: each names its own.
fn beginning(ctx: &Ctx, org: Option<&str>) -> std::io::Result<String> {
    let home = ctx.dirs.identity()?.unwrap_or_default();
    Ok(format!("{PREFIX}{}{}", hash(&home), org.map(hash).unwrap_or_default()))
}

fn hash(text: &str) -> String {
    Sha256::digest(text)[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What starts it, to outlive the connection that needs it first.
fn starting(org: &str, kind: KeyType, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--quiet", "--no-input", "--org", org, "ssh-agent", kind.as_str()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn failed() -> Failure {
    Failure::error("The process that serves your key to ssh ended at once.").hint("See why with: p0 doctor")
}

fn late() -> Failure {
    Failure::error("The process that serves your key to ssh does not begin.").hint("See why with: p0 doctor")
}
