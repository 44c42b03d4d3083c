//! The programs that lead to a machine: each with an environment of its own, and in a group of its own, so that what it
//! starts goes when it goes.

use super::keeper::Keeper;
use crate::integrations::ssh::program::Argv;
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::{ExposeSecret, SecretString};
use std::{ffi::OsStr, path::Path, time::Duration};
use tokio::process::{Child, Command};

/// How long a program may take to end when it is told to.
const ENDING: Duration = Duration::from_secs(2);

/// A program that begins a group. Ctrl-C at the terminal is not for it, but for `ssh`. `environment` is added to this
/// process's, `unset` is taken out of it.
pub(super) fn command(
    program: &Argv,
    environment: &[(&'static str, SecretString)],
    unset: &[impl AsRef<OsStr>],
) -> Command {
    let mut command = Command::new(&program.program);
    command.args(&program.args).process_group(0);
    for name in unset {
        command.env_remove(name);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value.expose_secret())));
    command
}

/// All that a program has started. Dropping it ends them at once; so does the end of this process, however it ends.
#[derive(Debug)]
pub(super) struct Group {
    id: Option<Pid>,
    _keeper: Option<Keeper>,
}

impl Group {
    /// The group that this child of [`command`] has begun. `lock`: one that this process holds for as long as it lives.
    pub(super) fn of(child: &Child, lock: &Path) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { id, _keeper: id.and_then(|id| Keeper::of_group(id, lock)) }
    }

    /// Ends them: as they like, being told what `ssh` tells its proxy; then at once.
    pub(super) async fn end(self, child: &mut Child) {
        self.signal(Signal::HUP);
        let _ended = tokio::time::timeout(ENDING, child.wait()).await;
    }

    /// Lets them live on.
    pub(super) fn release(mut self) {
        self.id = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.id {
            // They may have ended meanwhile.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
