//! Which provisioner an integration has: the `provisioner` table of its configuration.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// How an integration's access is granted and taken back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProvisionerConfig {
    /// Waits, and grants nothing: for clouds and directories that are not at hand.
    Simulated {
        /// How long granting takes, in milliseconds.
        #[serde(default = "simulated_delay")]
        delay_ms: u64,
    },
    /// Certificates of the service's SSH authority: for `ssh` alone, and machines that trust it.
    Ssh,
    /// An executable that reads what to do as JSON on stdin, and answers with JSON on stdout.
    Command {
        /// The program and its arguments; no shell.
        command: Vec<String>,
        /// Where it runs.
        #[serde(default)]
        directory: Option<PathBuf>,
        /// How long it may take, in seconds.
        #[serde(default = "command_timeout")]
        timeout_s: u64,
    },
}

fn simulated_delay() -> u64 {
    1_000
}

fn command_timeout() -> u64 {
    60
}

impl ProvisionerConfig {
    /// Lets relative paths count from this folder. A program without a slash is looked for in `PATH`.
    pub(crate) fn count_from(&mut self, folder: &Path) {
        let Self::Command { command, directory, .. } = self else { return };
        if let Some(program) = command.first_mut()
            && program.contains('/')
            && let Some(found) = folder.join(&*program).to_str()
        {
            *program = found.to_owned();
        }
        if let Some(directory) = directory {
            *directory = folder.join(&*directory);
        }
    }
}

impl Default for ProvisionerConfig {
    fn default() -> Self {
        Self::Simulated { delay_ms: simulated_delay() }
    }
}
