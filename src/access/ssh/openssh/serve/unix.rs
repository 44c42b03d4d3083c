//! An agent.

use super::{PAUSE, STARTING, directory, failed, late, starting};
use crate::{
    access::ssh::key,
    ctx::Ctx,
    dirs,
    error::{End, Result},
    integrations::ssh::{
        agent,
        command::KeyAt,
        key::{KeyType, UserKey},
    },
};
use p0_client::Client;
use std::{
    fs::{OpenOptions, TryLockError},
    io,
    path::Path,
    time::Duration,
};
use tokio::net::UnixStream;

pub(in super::super) use agent::end;

/// How long it stays without a connection.
const IDLE: Duration = Duration::from_secs(5);

/// Where `ssh` has this kind of key from. The public half is in the directory of the machine.
pub(in super::super) fn key_at(
    ctx: &Ctx,
    client: &Client,
    kind: KeyType,
    _key: &UserKey,
    machine: &Path,
) -> io::Result<KeyAt> {
    let agent = agent::socket(&directory(ctx, client, kind).map_err(io::Error::other)?);
    Ok(KeyAt { agent: Some(agent), file: machine.join("id.pub") })
}

/// Serves a kind of the user's key until nobody has had a connection for a while; at once done where another process
/// does so already.
pub async fn serve_key(ctx: &Ctx, kind: KeyType) -> Result {
    let client = ctx.api().await?;
    let directory = directory(ctx, &client, kind)?;
    dirs::create_agent_directory(&directory)?;
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
pub(in super::super) async fn hold(ctx: &Ctx, client: &Client, kind: KeyType, program: &Path) -> Result<UnixStream> {
    let directory = directory(ctx, client, kind)?;
    let wait = async {
        loop {
            if let Some(held) = agent::hold(&directory).await {
                return anyhow::Ok(held);
            }
            // One that finds another serving ends at once; one that is just ending lets go of the lock.
            // It is not for Ctrl-C at the terminal of the connection that needed it first.
            let mut child = starting(client.org(), kind, program).process_group(0).current_dir("/").spawn()?;
            loop {
                tokio::time::sleep(PAUSE).await;
                if let Some(held) = agent::hold(&directory).await {
                    return Ok(held);
                }
                match child.try_wait()? {
                    None => {}
                    Some(status) if status.success() => break,
                    // The next one would do no better.
                    Some(_) => return Err(failed().into()),
                }
            }
        }
    };
    match tokio::time::timeout(STARTING, wait).await {
        Ok(held) => held,
        Err(_) => Err(late().into()),
    }
}

/// Has the process that serves this kind of key, which is started if need be, stay for as long as another one lives.
pub(in super::super) async fn hold_while(
    ctx: &Ctx,
    client: &Client,
    kind: KeyType,
    program: &Path,
    pid: u32,
) -> Result<()> {
    let mut held = hold(ctx, client, kind, program).await?;
    Ok(agent::stay(&mut held, pid).await?)
}
