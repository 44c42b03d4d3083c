//! Which provisioner an integration has: the `provisioner` table of its configuration.

use super::{
    kubernetes::{self, KubernetesConfig},
    process,
};
use serde::Deserialize;
use serde_json::{Map, Value};
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
    /// The APIs of Kubernetes clusters.
    Kubernetes(KubernetesConfig),
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
        match self {
            Self::Simulated { .. } | Self::Ssh => {}
            Self::Command { command, directory, .. } => {
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
            Self::Kubernetes(config) => config.count_from(folder),
        }
    }

    /// What it lets clients know of itself (protocol, section 7), by item.
    pub(crate) fn installed(&self) -> Vec<(String, Map<String, Value>)> {
        match self {
            Self::Simulated { .. } | Self::Ssh | Self::Command { .. } => Vec::new(),
            Self::Kubernetes(config) => config.installed().collect(),
        }
    }

    /// The program that it runs, if there is no such program now. It may be installed before it is needed.
    pub(crate) fn missing_program(&self) -> Option<&str> {
        match self {
            Self::Command { command, directory, .. } => {
                let program = command.first()?;
                (!process::is_there(program, directory.as_deref())).then_some(program)
            }
            Self::Simulated { .. } | Self::Ssh | Self::Kubernetes(_) => None,
        }
    }

    /// Reads the files that it names, where it reads them itself.
    ///
    /// # Errors
    ///
    /// Which one cannot be used, and why.
    pub(crate) fn check_files(&self) -> Result<(), String> {
        match self {
            Self::Simulated { .. } | Self::Ssh | Self::Command { .. } => Ok(()),
            Self::Kubernetes(config) => kubernetes::check_files(config),
        }
    }
}

impl Default for ProvisionerConfig {
    fn default() -> Self {
        Self::Simulated { delay_ms: simulated_delay() }
    }
}
