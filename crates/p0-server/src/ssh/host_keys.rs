//! Host keys of machines, from the configuration or from the machine itself.

use super::{SshStore, key::host_key};
use crate::{
    process::{self, RunError},
    store_error::StoreError,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// The time limit for a machine's answer. It is asked for each key type in turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// The maximum number of stored keys per machine.
const MOST: usize = 16;
/// The number of machines that are asked at once.
const AT_ONCE: usize = 4;

/// Asks machines for their host keys and stores them.
pub struct HostKeys {
    store: Arc<dyn SshStore>,
    permits: Semaphore,
}

/// Why a machine's host keys are unknown.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    /// The machine did not answer.
    #[error("{machine} did not say which host keys it has{why}")]
    Silent {
        /// The host and port.
        machine: String,
        /// Details, with a leading colon, or empty.
        why: String,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl std::fmt::Debug for HostKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostKeys").finish_non_exhaustive()
    }
}

/// Formats keys (type and base64) as lines of `known_hosts` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
pub(crate) fn lines<'a>(host: &str, port: u16, keys: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let name = if port == 22 { host.to_owned() } else { format!("[{host}]:{port}") };
    keys.into_iter().map(|key| format!("{name} {key}")).collect()
}

impl HostKeys {
    pub(super) fn new(store: Arc<dyn SshStore>) -> Self {
        Self { store, permits: Semaphore::new(AT_ONCE) }
    }

    /// Returns a machine's host keys as lines of `known_hosts`: the stored ones from the first time it was
    /// asked or, with `refresh`, the current ones, which replace the stored ones.
    ///
    /// # Errors
    ///
    /// [`HostKeyError`].
    pub async fn get(&self, host: &str, port: u16, refresh: bool) -> Result<Vec<String>, HostKeyError> {
        let machine = format!("[{host}]:{port}");
        if !refresh {
            let known = self.store.host_keys(&machine).await?;
            if !known.is_empty() {
                return Ok(lines(host, port, &known));
            }
        }
        let keys = self.ask(host, port, &machine).await?;
        self.store.keep_host_keys(&machine, &keys).await?;
        Ok(lines(host, port, &keys))
    }

    /// Only the keys of the answer are used.
    async fn ask(&self, host: &str, port: u16, machine: &str) -> Result<Vec<String>, HostKeyError> {
        let silent = |why: String| HostKeyError::Silent { machine: machine.to_owned(), why };
        let _permit = self.permits.acquire().await;
        let mut command = process::Command::new("the command", "ssh-keyscan");
        let port = port.to_string();
        command.args(&["-T", "5", "-p", &port, "-t", "ed25519,ecdsa,rsa", "--", host].map(String::from));
        let run = tokio::time::timeout(PATIENCE, process::run(command, Vec::new())).await;
        let output = run.map_err(|_| silent(" in time".into()))?;
        let output = output.map_err(|error: RunError| silent(format!(": {error}")))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let keys: BTreeSet<String> =
            text.lines().filter_map(|line| host_key(line.split_once(' ')?.1)).take(MOST).collect();
        if keys.is_empty() { Err(silent(String::new())) } else { Ok(keys.into_iter().collect()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hosts_line_omits_port_22() {
        let keys = ["ssh-ed25519 AAAA".to_owned()];
        assert_eq!(lines("web-1.example.com", 22, &keys), ["web-1.example.com ssh-ed25519 AAAA"]);
        assert_eq!(lines("::1", 2222, &keys), ["[::1]:2222 ssh-ed25519 AAAA"]);
    }
}
