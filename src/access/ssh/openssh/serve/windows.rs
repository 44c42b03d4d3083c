//! A file, for `ssh` takes no agent of ours (see [`crate::access::ssh`]'s `at_hand`): in a directory of the user's alone,
//! for as long as there are connections.
//!
//! Each connection holds a lock together with the others; the process that has written the file waits for that lock for
//! itself alone, which the system gives it when the last connection has ended, however it has, and then removes the file. So
//! it goes also where `ssh` ends its proxy at once, as it does here. What such a process has left behind that was itself
//! killed is removed by the next p0 that has to do with a key.

use super::{PAUSE, STARTING, directories, directory, failed, late, starting};
use crate::{
    access::ssh::key,
    ctx::Ctx,
    dirs,
    error::{End, Failure, Result},
    integrations::ssh::{
        command::KeyAt,
        key::{KeyType, UserKey},
    },
};
use p0_client::Client;
use secrecy::ExposeSecret;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};
use windows::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, DETACHED_PROCESS};

/// Where `ssh` has this kind of key from. The public half is beside it, which is all that is there between connections: `ssh`
/// looks for it before its proxy runs.
pub(in super::super) fn key_at(
    ctx: &Ctx,
    client: &Client,
    kind: KeyType,
    key: &UserKey,
    _machine: &Path,
) -> io::Result<KeyAt> {
    let directory = directory(ctx, client, kind).map_err(io::Error::other)?;
    dirs::keep_private(&directory)?;
    dirs::replace(&directory.join("id.pub"), format!("{}\n", key.line()).as_bytes())?;
    Ok(KeyAt { agent: None, file: key_file(&directory) })
}

/// Holds the key at hand for a connection, until this is dropped or the process ends.
#[derive(Debug)]
pub(in super::super) struct Held(#[expect(dead_code, reason = "the lock is held by it")] File);

/// Keeps a kind of the user's key in its file until nobody has a connection any more; at once done where another process
/// does so already.
pub async fn serve_key(ctx: &Ctx, kind: KeyType) -> Result {
    let client = ctx.api().await?;
    let directory = directory(ctx, &client, kind)?;
    dirs::keep_private(&directory)?;
    let keeping = open(&directory, KEEPING)?;
    match keeping.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(End::Done),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    let key = key::of_kind(ctx, &client, kind).await?;
    // One that was killed may have left it.
    dirs::remove(&key_file(&directory))?;
    let written = Written(key_file(&directory));
    dirs::write_private(&written.0, key.to_file()?.expose_secret().as_bytes())?;
    let held = open(&directory, HELD)?;
    tokio::task::spawn_blocking(move || held.lock().map(|()| held)).await??;
    drop(written);
    drop(keeping);
    Ok(End::Done)
}

/// Holds this kind of key at hand; starts the process that keeps it if need be.
pub(in super::super) async fn hold(ctx: &Ctx, client: &Client, kind: KeyType, program: &Path) -> Result<Held> {
    sweep(ctx);
    let directory = directory(ctx, client, kind)?;
    dirs::keep_private(&directory).map_err(|error| {
        Failure::error(format!("The key for SSH cannot be kept from others: {error}")).hint(dirs::ADVICE)
    })?;
    let wait = async {
        // One that is just taking the key away makes it wait.
        let held = open(&directory, HELD)?;
        let held = tokio::task::spawn_blocking(move || held.lock_shared().map(|()| Held(held))).await??;
        while !is_kept(&directory)? {
            // One that finds another ends at once; one that is just ending lets go of its lock.
            let mut command = starting(client.org(), kind, program);
            let mut child = command.creation_flags((DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP).0).spawn()?;
            while !is_kept(&directory)? {
                match child.try_wait()? {
                    None => tokio::time::sleep(PAUSE).await,
                    Some(status) if status.success() => break,
                    // The next one would do no better.
                    Some(_) => return Err(failed().into()),
                }
            }
        }
        anyhow::Ok(held)
    };
    match tokio::time::timeout(STARTING, wait).await {
        Ok(held) => held,
        Err(_) => Err(late().into()),
    }
}

/// Which process runs p0 is not known here ([`super::super::caller`]), so nothing is held for one.
pub(in super::super) async fn hold_while(
    _ctx: &Ctx,
    _client: &Client,
    _kind: KeyType,
    _program: &Path,
    _pid: u32,
) -> Result<()> {
    Ok(())
}

/// Takes the key away from the file in this directory, if there is one. Connections that are there go on.
pub(in super::super) async fn end(directory: &Path) {
    remove(directory);
}

/// Removes the keys of processes that were killed.
pub(in super::super::super) fn sweep(ctx: &Ctx) {
    for directory in directories(ctx, None) {
        if !is_alive(&directory).unwrap_or(true) {
            remove(&directory);
        }
    }
}

const KEEPING: &str = "keeping";
const HELD: &str = "held";

fn key_file(directory: &Path) -> PathBuf {
    directory.join("id")
}

fn open(directory: &Path, name: &str) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(directory.join(name))
}

/// Whether there is a process that keeps the key here.
fn is_alive(directory: &Path) -> io::Result<bool> {
    match open(directory, KEEPING)?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether the key is here, and a process that keeps it.
fn is_kept(directory: &Path) -> io::Result<bool> {
    Ok(key_file(directory).try_exists()? && is_alive(directory)?)
}

fn remove(directory: &Path) {
    if let Err(error) = dirs::remove(&key_file(directory)) {
        tracing::debug!(%error, "the file of the key for SSH stays for now");
    }
}

/// A file with a key. Dropping it removes the file.
struct Written(PathBuf);

impl Drop for Written {
    fn drop(&mut self) {
        if let Err(error) = dirs::remove(&self.0) {
            tracing::debug!(%error, "the file of the key for SSH stays for now");
        }
    }
}
