//! Ends a session's programs when this process is killed and cannot end them itself: a small process that waits for the lock
//! that this process holds for its whole life ([`crate::dirs::Private`]).
//!
//! It never relies on a process id, which may have been reused: it is a member of the process group that it ends, and holds
//! a handle of the process that it ends.

use crate::{
    dirs,
    error::{End, Result},
    integrations::programs,
};
use rustix::process::{Pid, Signal, getpgrp, kill_process_group};
use std::{io, path::Path, process::Stdio};
use tokio::process::{Child, Command};

/// A running watchdog. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Watchdog(#[expect(dead_code, reason = "dropping it ends the process")] Child);

impl Watchdog {
    /// Watches a process group. `None` if the watchdog cannot be started: the session works without it.
    pub(super) fn of_group(group: Pid, lock: &Path) -> Option<Self> {
        Self::start(lock, Stdio::null(), group.as_raw_nonzero().get())
    }

    /// Watches one process.
    #[cfg(target_os = "linux")]
    pub(super) fn of_process(child: &Child, lock: &Path) -> Option<Self> {
        use rustix::process::{PidfdFlags, pidfd_open};
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)?;
        match pidfd_open(id, PidfdFlags::empty()) {
            Ok(handle) => Self::start(lock, handle.into(), 0),
            Err(error) => {
                tracing::debug!(%error, "nothing ends ssh if p0 is killed");
                None
            }
        }
    }

    /// There are no handles on processes elsewhere: `ssh` lives until its connection ends.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of_process(_child: &Child, _lock: &Path) -> Option<Self> {
        None
    }

    fn start(lock: &Path, handle: Stdio, group: i32) -> Option<Self> {
        let start = || -> io::Result<Child> {
            let mut command = Command::from(programs::command(dirs::running_program()?));
            command.args(["--quiet", "--no-input", "ssh-watchdog"]).arg(lock).stdin(handle);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .current_dir("/")
                .process_group(group)
                .kill_on_drop(true);
            command.spawn()
        };
        match start() {
            Ok(child) => Some(Self(child)),
            Err(error) => {
                tracing::debug!(%error, "nothing ends what this session has started if p0 is killed");
                None
            }
        }
    }
}

/// Waits until the holder of this lock has ended, and ends the process whose handle is our stdin, and all of our group.
pub fn keep(lock: &Path) -> Result {
    dirs::wait_for_owner(lock)?;
    end_process();
    // This process as well.
    kill_process_group(getpgrp(), Signal::KILL)?;
    Ok(End::Done)
}

#[cfg(target_os = "linux")]
fn end_process() {
    // Without a handle on stdin there is no process to end. One with a handle may have ended already.
    let _ = rustix::process::pidfd_send_signal(io::stdin(), Signal::TERM);
}

#[cfg(not(target_os = "linux"))]
fn end_process() {}
