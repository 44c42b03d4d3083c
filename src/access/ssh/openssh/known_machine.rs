//! What is known of a machine between the question whether it is the user's and the connection to it: files that are gone
//! after a day.

use crate::{
    access::ssh::access_status::{self, EndReason},
    ctx::Ctx,
    dirs,
    error::Result,
    integrations::ssh::{command, key::KeyType, names::Host, provider::Reach, quoting::BadPath},
};
use jiff::Timestamp;
use p0_client::{Client, Error};
use p0_wire::{request::Request, ssh::Permission};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Files older than this are of no use.
const DAY: Duration = Duration::from_secs(86_400);
/// How long an answer is reused, so that many simultaneous connections ask once.
const STANDS: Duration = Duration::from_secs(30);
/// Access that ends sooner is asked for again.
const SPARE: Duration = Duration::from_secs(60);

/// A machine, as it was found. Nothing in it is secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    /// The service that knows it.
    pub(super) service: String,
    /// Whose access it is ([`crate::session::Sessions::holder`]): what one holds is not for another.
    pub(super) holder: String,
    /// The request that gives access.
    pub(super) request_id: String,
    pub(super) request: Request,
    /// The kind of key that is taken.
    pub(super) key: KeyType,
    /// Where `ssh` connects to, or believes to.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) reach: Reach,
    /// What is taken out of the environment of the program on the way.
    pub(super) unset: Vec<String>,
    /// When this was found out.
    pub(super) found: Timestamp,
    /// The oldest `ssh` here can be told which agent to forward.
    #[serde(default)]
    pub(super) forwards: bool,
    /// Why it can be used no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) over: Option<EndReason>,
}

impl Machine {
    /// The machine that was found under this name, if it was.
    pub(super) fn load(ctx: &Ctx, host: &Host) -> io::Result<Option<Self>> {
        let text = dirs::read(&file(ctx, host))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps it, and the configuration for `ssh` that goes with it. The latter last: with it the machine can be used.
    pub(super) fn keep(&self, ctx: &Ctx, host: &Host, configuration: &[u8]) -> io::Result<()> {
        let text = serde_json::to_vec(self).expect("a machine is made of text");
        dirs::replace(&file(ctx, host), &text)?;
        dirs::replace(&configuration_file(ctx, host), configuration)
    }

    /// Brings the configuration up to date with this run ([`command::of_this_run`]), where it is there.
    pub(super) fn refresh(&self, ctx: &Ctx, host: &Host, proxy: &Proxy<'_>) -> Result<()> {
        let file = configuration_file(ctx, host);
        let Some(text) = dirs::read(&file)? else { return Ok(()) };
        let new = proxy.added_to(text.as_bytes(), self.forwards)?;
        if new != text.as_bytes() {
            dirs::replace(&file, &new)?;
        }
        Ok(())
    }

    /// Whether it is this service's, and this user's ([`crate::session::Sessions::holder`]).
    pub(super) fn is_of(&self, service: &str, holder: &str) -> bool {
        self.service == service && self.holder == holder
    }

    /// Whether it can be used without asking again. `sudo`: only as root, too.
    pub(super) fn stands(&self, now: Timestamp, sudo: bool) -> bool {
        let age = now.duration_since(self.found).unsigned_abs();
        let suffices =
            !sudo || Permission::from_request(&self.request).is_ok_and(|permission| permission.sudo == Some(true));
        age < STANDS && suffices && self.over_by(now + SPARE).is_none()
    }

    /// Why the access is over by then, as far as is known here.
    pub(super) fn over_by(&self, then: Timestamp) -> Option<EndReason> {
        self.over.or_else(|| EndReason::by(&self.request, then))
    }

    /// Why it is over, as far as is known here, else as the service says; as for [`access_status::over`].
    pub(super) async fn is_over(&self, client: &Client) -> std::result::Result<Option<EndReason>, Error> {
        match self.over {
            None => access_status::over(client, &self.request_id, &self.request).await,
            known => Ok(known),
        }
    }

    /// Takes note that it can be used no more, so that the user can be told.
    pub(super) fn keep_over(self, ctx: &Ctx, host: &Host, over: EndReason) -> io::Result<()> {
        withhold(ctx, host)?;
        let machine = Self { over: Some(over), ..self };
        dirs::replace(&file(ctx, host), &serde_json::to_vec(&machine).expect("a machine is made of text"))
    }
}

/// What carries the connections of a machine, and which agent of the user's is forwarded.
#[derive(Debug)]
pub(super) struct Proxy<'a> {
    /// p0, by a path that an upgrade keeps.
    pub(super) program: &'a Path,
    /// Its arguments, of which none means anything to a shell.
    pub(super) args: [&'a str; 6],
    /// The user's own agent.
    pub(super) agent: Option<PathBuf>,
}

impl Proxy<'_> {
    /// A configuration with it.
    pub(super) fn added_to(&self, configuration: &[u8], forwards: bool) -> std::result::Result<Vec<u8>, BadPath> {
        let agent = self.agent.as_deref().filter(|_| forwards);
        command::of_this_run(configuration, (self.program, &self.args), agent)
    }
}

/// Whether there is something for `ssh` to read of a machine.
pub(super) fn is_offered(ctx: &Ctx, host: &Host) -> bool {
    configuration_file(ctx, host).symlink_metadata().is_ok()
}

/// The machines of which there is something for `ssh` to read, each with the file.
pub(super) fn offered(ctx: &Ctx) -> Vec<(Host, PathBuf)> {
    let entries = fs::read_dir(ctx.dirs.ssh_machines()).into_iter().flatten().flatten();
    let hosts = entries.filter_map(|entry| Host::of_file(entry.file_name().to_str()?));
    hosts.filter(|host| is_offered(ctx, host)).map(|host| (host.clone(), configuration_file(ctx, &host))).collect()
}

/// Takes away what `ssh` reads of a machine.
pub(super) fn withhold(ctx: &Ctx, host: &Host) -> io::Result<()> {
    dirs::remove(&configuration_file(ctx, host))
}

/// The same, and what is known of it.
pub(super) fn remove(ctx: &Ctx, host: &Host) -> io::Result<()> {
    withhold(ctx, host)?;
    dirs::remove(&file(ctx, host))
}

/// Forgets the hosts of which this is true (`None`: one that was asked about, and is no machine of the user's), and what
/// `ssh` reads of them.
pub(super) fn forget(ctx: &Ctx, which: impl Fn(Option<&Machine>) -> bool) -> io::Result<()> {
    let entries = match fs::read_dir(ctx.dirs.ssh_machines()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut failed = None;
    for name in entries.flatten().map(|entry| entry.file_name()) {
        let Some(host) = name.to_str().and_then(Host::of_file) else { continue };
        if !Machine::load(ctx, &host).is_ok_and(|machine| which(machine.as_ref())) {
            continue;
        }
        let removed = withhold(ctx, &host).and_then(|()| fs::remove_dir_all(ctx.dirs.ssh_machine(&host.file_name())));
        if let Err(error) = removed {
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Removes what is older than a day. What cannot be removed is left for the next time.
pub(super) fn sweep(ctx: &Ctx, now: Timestamp) {
    let now = SystemTime::from(now);
    let is_old = |path: &Path| {
        let changed = path.symlink_metadata().and_then(|metadata| metadata.modified());
        changed.is_ok_and(|changed| now.duration_since(changed).is_ok_and(|age| age > DAY))
    };
    let of = |directory: PathBuf| fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let configurations = of(ctx.dirs.ssh_generated()).filter(|path| path.extension().is_some_and(|end| end == "conf"));
    let removed = configurations.filter(|path| is_old(path)).map(fs::remove_file);
    let removed = removed.chain(of(ctx.dirs.ssh_machines()).filter(|path| is_old(path)).map(fs::remove_dir_all));
    for error in removed.filter_map(io::Result::err) {
        tracing::debug!(%error, "a file that is a day old stays");
    }
}

fn file(ctx: &Ctx, host: &Host) -> PathBuf {
    ctx.dirs.ssh_machine(&host.file_name()).join("machine.json")
}

fn configuration_file(ctx: &Ctx, host: &Host) -> PathBuf {
    ctx.dirs.ssh_generated().join(format!("{}.conf", host.file_name()))
}
