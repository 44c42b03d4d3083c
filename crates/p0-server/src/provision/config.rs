//! Configuration of provisioners: the `provisioner` table of an integration.

use super::kubernetes::{self, KubernetesConfig};
use crate::process;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// How an integration's access is provisioned and deprovisioned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProvisionerConfig {
    /// Grants nothing. For systems that are not available.
    Simulated {
        /// The simulated duration, in milliseconds.
        #[serde(default = "simulated_delay")]
        delay_ms: u64,
    },
    /// SSH certificates for machines that trust the service's authority. Only for `ssh`.
    Ssh,
    /// An executable that reads JSON from stdin and writes JSON to stdout.
    Command {
        /// The program and its arguments. They are not passed to a shell.
        command: Vec<String>,
        /// The working directory.
        #[serde(default)]
        directory: Option<PathBuf>,
        /// The time limit, in seconds.
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
    /// Resolves relative paths against this directory. A program without a slash is searched in `PATH`.
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

    /// Returns the items that clients can read (protocol, section 7).
    pub(crate) fn installed(&self) -> Vec<(String, Map<String, Value>)> {
        match self {
            Self::Simulated { .. } | Self::Ssh | Self::Command { .. } => Vec::new(),
            Self::Kubernetes(config) => config.installed().collect(),
        }
    }

    /// Returns the program of the provisioner if it does not exist now. It may be installed before it is needed.
    pub(crate) fn missing_program(&self) -> Option<&str> {
        match self {
            Self::Command { command, directory, .. } => {
                let program = command.first()?;
                (!process::is_there(program, directory.as_deref())).then_some(program)
            }
            Self::Simulated { .. } | Self::Ssh | Self::Kubernetes(_) => None,
        }
    }

    /// Checks the files that the configuration names.
    ///
    /// # Errors
    ///
    /// The first file that cannot be used, and why.
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
