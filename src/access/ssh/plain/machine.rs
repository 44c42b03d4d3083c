//! What is known of a machine between the question whether it is the user's and the connection to it: files that are gone
//! after a day.

use crate::{
    ctx::Ctx,
    dirs,
    integrations::ssh::{key::KeyType, names::Host, provider::Reach},
};
use jiff::Timestamp;
use p0_wire::request::Request;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Files older than this are of no use.
const DAY: Duration = Duration::from_secs(86_400);
/// How long an answer stands, so that many connections at once ask once.
const STANDS: Duration = Duration::from_secs(30);
/// Access that ends sooner is asked for again.
const SPARE: Duration = Duration::from_secs(60);

/// A machine, as it was found. Nothing in it is secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    /// The service whose it is.
    pub(super) service: String,
    /// The request that gives access.
    pub(super) request_id: String,
    /// The request itself.
    pub(super) request: Request,
    /// The kind of key that is taken.
    pub(super) key: KeyType,
    /// Where `ssh` connects to, or believes to.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
    /// By which way.
    pub(super) reach: Reach,
    /// What is taken out of the environment of the program on the way.
    pub(super) unset: Vec<String>,
    /// When this was found out.
    pub(super) found: Timestamp,
}

impl Machine {
    /// The machine that was found under this name, if it was.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn load(ctx: &Ctx, host: &Host) -> io::Result<Option<Self>> {
        let text = dirs::read(&file(ctx, host))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps it, and the configuration for `ssh` that goes with it. The latter last: with it the machine can be used.
    ///
    /// # Errors
    /// The files cannot be written.
    pub(super) fn keep(&self, ctx: &Ctx, host: &Host, configuration: &[u8]) -> io::Result<()> {
        let text = serde_json::to_vec(self).expect("a machine is made of text");
        dirs::replace(&file(ctx, host), &text)?;
        dirs::replace(&configuration_file(ctx, host), configuration)
    }

    /// Whether it can be used without asking again.
    pub(super) fn stands(&self, service: &str, now: Timestamp) -> bool {
        let age = now.duration_since(self.found).unsigned_abs();
        let end = self.request.expiry_timestamp.and_then(|end| Timestamp::from_millisecond(end).ok());
        self.service == service && age < STANDS && end.is_none_or(|end| now + SPARE < end)
    }
}

/// Takes away what says that a machine can be used.
///
/// # Errors
/// The file cannot be removed.
pub(super) fn forget(ctx: &Ctx, host: &Host) -> io::Result<()> {
    dirs::remove(&configuration_file(ctx, host))
}

/// Removes what is older than a day. What cannot be removed is left for the next time.
pub(super) fn sweep(ctx: &Ctx, now: Timestamp) {
    let now = SystemTime::from(now);
    let is_old = |path: &Path| {
        let changed = path.symlink_metadata().and_then(|metadata| metadata.modified());
        changed.is_ok_and(|changed| now.duration_since(changed).is_ok_and(|age| age > DAY))
    };
    let Ok(entries) = fs::read_dir(ctx.dirs.ssh_generated()) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_old(path)) {
        let removed = if path.extension().is_some_and(|end| end == "conf") {
            fs::remove_file(&path)
        } else {
            fs::remove_dir_all(&path)
        };
        if let Err(error) = removed {
            tracing::debug!(%error, "a file that is a day old stays");
        }
    }
}

fn file(ctx: &Ctx, host: &Host) -> PathBuf {
    ctx.dirs.ssh_machine(host.as_str()).join("machine.json")
}

fn configuration_file(ctx: &Ctx, host: &Host) -> PathBuf {
    ctx.dirs.ssh_generated().join(format!("{host}.conf"))
}
