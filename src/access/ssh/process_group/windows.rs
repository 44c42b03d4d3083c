//! Job objects (<https://learn.microsoft.com/windows/win32/procthread/job-objects>): whatever a program starts is in its
//! job, and the system ends all of it with the last handle on the job, which is this process's.

use crate::access::tool::CONTROL_C_EXIT;
use process_wrap::tokio::{ChildWrapper, CommandWrap, CreationFlags, JobObject, KillOnDrop};
use std::{io, path::Path, process::ExitStatus};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use windows::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP;

/// A program that runs, and all that it has started. Dropping it ends them at once; so does the end of this process,
/// however it ends.
#[derive(Debug)]
pub(in super::super) struct Program(Box<dyn ChildWrapper>);

impl Program {
    /// Starts it in a group of its own: Ctrl-C in the console is not for it, but for `ssh`.
    pub(in super::super) fn start(command: Command, _lock: &Path) -> io::Result<Self> {
        let mut command = CommandWrap::from(command);
        // It is suspended until it is in its job.
        command.wrap(CreationFlags(CREATE_NEW_PROCESS_GROUP)).wrap(KillOnDrop).wrap(JobObject);
        Ok(Self(command.spawn()?))
    }

    /// What it reads, where that is piped; once.
    pub(in super::super) fn input(&mut self) -> Option<ChildStdin> {
        self.0.stdin().take()
    }

    /// What it writes, where that is piped; once.
    pub(in super::super) fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.0.stdout().take(), self.0.stderr().take())
    }

    /// Waits until it has ended.
    pub(in super::super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        // What it has started is not waited for.
        self.0.inner_mut().wait().await
    }

    /// Ends them. There is no way to ask a program without a window to end.
    pub(in super::super) async fn end(self) {
        drop(self);
    }
}

/// `ssh` that goes to the machine by itself ends with its connection.
pub(in super::super) fn watch(_child: &Child, _lock: &Path) -> Option<()> {
    None
}

/// Ends a child that has done nothing yet.
pub(in super::super) async fn end(child: &mut Child) {
    if let Err(error) = child.kill().await {
        tracing::debug!(%error, "ssh does not end");
    }
}

/// Whether Ctrl-C has ended it.
pub(in super::super) fn is_interrupted(status: ExitStatus) -> bool {
    status.code() == Some(CONTROL_C_EXIT)
}
