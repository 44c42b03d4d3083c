//! The programs that lead to a machine: each with an environment of its own, and in a group of its own, so that what it
//! starts goes when it goes, and goes when this process is killed.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(super) use system::{Program, end, is_interrupted, watch};

use crate::{access::tool, error::Failure, integrations::ssh::program::Argv};
use secrecy::{ExposeSecret, SecretString};
use std::{ffi::OsStr, path::Path};
use tokio::process::Command;

/// A program for [`Program::start`]. `environment` is added to this process's, `unset` is taken out of it.
pub(super) fn command(
    program: &Argv,
    environment: &[(&'static str, SecretString)],
    unset: &[impl AsRef<OsStr>],
) -> Command {
    let mut command = program.command();
    for name in unset {
        command.env_remove(name);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value.expose_secret())));
    command
}

/// Starts a program. `lock`: one that this process holds for as long as it lives.
pub(super) fn start(command: Command, lock: &Path) -> Result<Program, Failure> {
    // By its name alone: the environment may be secret.
    let named = std::process::Command::new(command.as_std().get_program());
    Program::start(command, lock).map_err(|error| tool::not_run(&named, &error, ""))
}
