//! Programs that providers need: run without a shell, with nothing to read, and gone when nobody waits for them any more.

use super::provider::ProviderError;
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
    /// Its arguments.
    pub args: Vec<OsString>,
}

impl Argv {
    /// A program with these arguments.
    pub fn new(program: impl Into<OsString>, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self { program: program.into(), args: args.into_iter().map(|arg| arg.as_ref().to_owned()).collect() }
    }

    /// The program and its arguments, one after the other.
    pub fn words(&self) -> impl Iterator<Item = &OsStr> {
        std::iter::once(self.program.as_os_str()).chain(self.args.iter().map(OsString::as_os_str))
    }
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// It exited with 0.
    pub success: bool,
    /// What it wrote to stdout; bytes that are no text are replaced.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

/// Runs a program to its end and takes what it writes. Dropped, or when its time is over, it is killed. `environment` is
/// added to this process's.
///
/// # Errors
/// [`ProviderError::Missing`] where it is not found; [`ProviderError::Io`] where it cannot be run or its time is over.
pub async fn run(
    name: &'static str,
    argv: &Argv,
    environment: &[(&'static str, SecretString)],
    limit: Duration,
) -> Result<Ended, ProviderError> {
    let mut command = Command::new(&argv.program);
    command.args(&argv.args).envs(environment.iter().map(|(name, value)| (name, value.expose_secret())));
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(limit, command.output()).await {
        Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, format!("{name} takes too long")).into()),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => return Err(ProviderError::Missing(name)),
        Ok(output) => output?,
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ended { success: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}
