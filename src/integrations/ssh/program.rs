//! Programs that providers need: run without a shell, with nothing to read, and gone when nobody waits for them any more.

use super::provider::ProviderError;
use crate::integrations::programs;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{
    ffi::{OsStr, OsString},
    io,
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;

/// A program and its arguments: never a line for a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argv {
    /// The program, found by `PATH` unless it is a path.
    pub program: OsString,
    pub args: Vec<OsString>,
}

impl Argv {
    /// A program with these arguments.
    pub fn new(program: impl Into<OsString>, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self { program: program.into(), args: args.into_iter().map(|arg| arg.as_ref().to_owned()).collect() }
    }

    /// What runs it: without a shell, but for what is a script on Windows, which the standard library quotes for `cmd.exe` or
    /// refuses to start.
    pub fn command(&self) -> Command {
        let mut command = programs::command(programs::file(&self.program));
        command.args(&self.args);
        command.into()
    }

    /// The program and its arguments, one after the other.
    pub fn words(&self) -> impl Iterator<Item = &OsStr> {
        std::iter::once(self.program.as_os_str()).chain(self.args.iter().map(OsString::as_os_str))
    }
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramOutput {
    /// It exited with 0.
    pub success: bool,
    /// What it wrote to stdout; bytes that are no text are replaced.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

/// Runs a program to its end and takes what it writes. Dropped, or when its time is over, it is killed with all that it has
/// started: clouds' command lines are scripts around another program. `environment` is added to this process's.
pub async fn run(
    name: &'static str,
    argv: &Argv,
    environment: &[(&'static str, SecretString)],
    limit: Duration,
) -> Result<ProgramOutput, ProviderError> {
    let mut command = argv.command();
    command.envs(environment.iter().map(|(name, value)| (name, value.expose_secret())));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ProviderError::Missing(name),
        _ => error.into(),
    })?;
    #[cfg(unix)]
    let group = group::Killed::for_child(&child);
    let output = match tokio::time::timeout(limit, child.wait_with_output()).await {
        Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, format!("{name} takes too long")).into()),
        Ok(output) => output?,
    };
    #[cfg(unix)]
    group.has_ended();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(ProgramOutput { success: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

/// What a program has started.
#[cfg(unix)]
mod group {
    use rustix::process::{Pid, Signal, kill_process_group};

    /// The group of a program that leads it; killed when dropped.
    pub(super) struct Killed(Option<Pid>);

    impl Killed {
        pub(super) fn for_child(child: &tokio::process::Child) -> Self {
            Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
        }

        /// It has ended by itself, and what it has left running is meant to run.
        pub(super) fn has_ended(mut self) {
            self.0 = None;
        }
    }

    impl Drop for Killed {
        fn drop(&mut self) {
            if let Some(group) = self.0 {
                // It may have ended meanwhile.
                let _ = kill_process_group(group, Signal::KILL);
            }
        }
    }
}
