//! A group of processes of its own: what a provider's program starts goes when it goes.

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// All that a program has started. Dropping it ends them at once.
#[derive(Debug)]
pub(super) struct Group(Option<Pid>);

impl Group {
    /// Has the program begin a group. Ctrl-C at the terminal is not for it then, but for `ssh`.
    pub(super) fn begin(command: &mut Command) {
        command.process_group(0);
    }

    /// The group that this child has begun.
    pub(super) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// Tells all of them that their terminal is gone, as `ssh` tells its proxy.
    pub(super) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Lets them live on.
    pub(super) fn release(mut self) {
        self.0 = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
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
