//! What is run to a machine: `ssh` or `scp`, and with which words.

use super::prepare::Connection;
use crate::{
    env_vars,
    error::{Failure, Result},
    integrations::ssh::{
        command::{self, By, Copy, Purpose},
        own_args::{self, Tool},
        program::Argv,
        quoting,
    },
};
use std::{
    ffi::OsString,
    fs::OpenOptions,
    path::PathBuf,
    process::{ExitStatus, Stdio},
};
use tokio::process::Command;

/// The exit code by which `ssh` says that the connection broke off, or never was.
pub(super) const BROKEN: i32 = 255;

#[derive(Debug, Clone)]
pub enum RemoteCommand {
    /// A session, or a command on the machine.
    Session {
        /// The user's own options for `ssh`.
        own: Vec<OsString>,
        /// The command's words; none for a shell.
        command: Vec<OsString>,
        /// The user's own agent, where their options forward one.
        agent: Option<PathBuf>,
    },
    Copy {
        /// The user's own options for `scp`.
        own: Vec<OsString>,
        /// What is copied, and which way.
        copy: Copy,
    },
}

impl RemoteCommand {
    /// A command on the machine, by itself.
    pub(super) fn only(command: &str) -> Self {
        Self::Session { own: Vec::new(), command: vec![command.into()], agent: None }
    }

    /// The same on the way that the user's own options for this name, if they do.
    pub(super) fn test(&self, command: &str) -> Self {
        Self::Session { own: self.proxy_options(), command: vec![command.into()], agent: None }
    }

    /// The user's own options that say how the machine is reached.
    pub(super) fn proxy_options(&self) -> Vec<OsString> {
        match self {
            Self::Session { own, .. } => own_args::proxy_options(own, Tool::Ssh),
            Self::Copy { own, .. } => own_args::proxy_options(own, Tool::Scp),
        }
    }

    pub fn has_own_proxy(&self) -> bool {
        !self.proxy_options().is_empty()
    }

    /// Whether a status is that of the session rather than of `ssh`, where `ssh` was told (`-q`) to say nothing.
    pub(super) fn is_sessions_own(&self, status: ExitStatus) -> bool {
        match self {
            Self::Session { .. } => status.code().is_some_and(|code| code != BROKEN),
            Self::Copy { .. } => status.success(),
        }
    }

    /// What runs it along this way.
    pub(super) fn command(&self, way: &Connection, by: By<'_>, purpose: Purpose) -> Result<Command> {
        let Connection { route, files, .. } = way;
        let options = command::options(route, files, by, purpose, self.has_own_proxy())
            .map_err(|error| Failure::error(error.to_string()).hint("Set XDG_RUNTIME_DIR and HOME to plain paths."))?;
        let argv = match self {
            Self::Session { own, command, agent } => {
                Argv::new("ssh", command::ssh(options, files, own, &route.alias, command, agent.as_deref()))
            }
            Self::Copy { own, copy } => Argv::new("scp", command::scp(options, files, own, &route.alias, copy)),
        };
        let mut command = argv.command();
        command.kill_on_drop(true);
        // The user's configuration may ask p0 how this machine is reached, which is known already.
        command.env(env_vars::SSH_SESSION, route.alias.as_str());
        if let (By::Program(_), Some(shell)) = (by, quoting::SHELL) {
            // Its command line is quoted for this shell, and `ssh` takes the user's.
            command.env("SHELL", shell);
        }
        // `scp` cannot be told of a log, and the machine says nothing there.
        let log = || OpenOptions::new().append(true).open(&files.log).map(Stdio::from);
        if matches!(self, Self::Copy { .. }) || !command::HAS_LOG {
            command.stderr(log()?);
        }
        if purpose == Purpose::Test {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log()?);
        }
        Ok(command)
    }
}
