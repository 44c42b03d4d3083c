//! Process groups, and a keeper for each ([`Watchdog`]).

use super::super::watchdog::Watchdog;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::{io, path::Path, process::ExitStatus, time::Duration};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

/// How long a program may take to end when it is told to.
const ENDING: Duration = Duration::from_secs(2);

/// A program that runs, and all that it has started. Dropping it ends them at once; so does the end of this process,
/// however it ends.
#[derive(Debug)]
pub(in super::super) struct Program {
    group: Option<Pid>,
    child: Child,
    _keeper: Option<Watchdog>,
}

impl Program {
    /// Starts it in a group of its own: Ctrl-C at the terminal is not for it, but for `ssh`. `lock`: one that this process
    /// holds for as long as it lives.
    pub(in super::super) fn start(mut command: Command, lock: &Path) -> io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        let group = id(&child);
        Ok(Self { group, child, _keeper: group.and_then(|group| Watchdog::of_group(group, lock)) })
    }

    /// What it writes, where that is piped; once.
    pub(in super::super) fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits until it has ended.
    pub(in super::super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends them: as they like, being told what `ssh` tells its proxy; then at once.
    pub(in super::super) async fn end(mut self) {
        self.signal(Signal::HUP);
        let _ended = tokio::time::timeout(ENDING, self.child.wait()).await;
    }

    /// Lets them live on.
    pub(in super::super) fn release(mut self) {
        self.group = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // They may have ended already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn id(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}

/// Has `ssh` ended if this process is killed, by the lock that it holds.
pub(in super::super) fn watch(child: &Child, lock: &Path) -> Option<Watchdog> {
    Watchdog::of_process(child, lock)
}

/// Ends a child that has done nothing yet: as it likes, for it has children of its own; then at once.
pub(in super::super) async fn end(child: &mut Child) {
    if let Some(id) = id(child) {
        // It may have ended already.
        let _ = kill_process(id, Signal::TERM);
    }
    if tokio::time::timeout(ENDING, child.wait()).await.is_err() {
        let killed: io::Result<()> = child.kill().await;
        if let Err(error) = killed {
            tracing::debug!(%error, "ssh does not end");
        }
    }
}

/// Whether Ctrl-C has ended it.
pub(in super::super) fn is_interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(Signal::INT.as_raw())
}
