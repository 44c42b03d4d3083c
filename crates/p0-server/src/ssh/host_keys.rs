//! The keys by which machines are known: as the configuration has them, or as the machine itself says.

use super::{SshStore, key::host_key};
use crate::{
    provision::process::{self, RunError},
    store::StoreError,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// How long a machine may take to answer; it is asked for one type of key after the other.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many keys of a machine are remembered.
const MOST: usize = 16;
/// So many machines are asked at once.
const AT_ONCE: usize = 4;

/// Asks machines, and remembers what they said.
pub struct HostKeys {
    store: Arc<dyn SshStore>,
    permits: Semaphore,
}

/// Why a machine's keys are not known.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    /// It did not say.
    #[error("{machine} did not say which host keys it has{why}")]
    Silent {
        /// Its host and port.
        machine: String,
        /// More, behind a colon; or nothing.
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

/// Lines of `known_hosts` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") for keys of type and base64 each.
pub(crate) fn lines<'a>(host: &str, port: u16, keys: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let name = if port == 22 { host.to_owned() } else { format!("[{host}]:{port}") };
    keys.into_iter().map(|key| format!("{name} {key}")).collect()
}

impl HostKeys {
    pub(super) fn new(store: Arc<dyn SshStore>) -> Self {
        Self { store, permits: Semaphore::new(AT_ONCE) }
    }

    /// The keys of the machine at this host and port, as lines of `known_hosts`: those that it had when it was first
    /// asked, or with `anew` those that it has now, which count from then on.
    ///
    /// # Errors
    ///
    /// [`HostKeyError`].
    pub async fn of(&self, host: &str, port: u16, anew: bool) -> Result<Vec<String>, HostKeyError> {
        let machine = format!("[{host}]:{port}");
        if !anew {
            let known = self.store.host_keys(&machine).await?;
            if !known.is_empty() {
                return Ok(lines(host, port, &known));
            }
        }
        let keys = self.ask(host, port, &machine).await?;
        self.store.keep_host_keys(&machine, &keys).await?;
        Ok(lines(host, port, &keys))
    }

    /// Of what the machine says, nothing but the keys is taken.
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
    fn the_port_is_named_unless_it_is_the_usual_one() {
        let keys = ["ssh-ed25519 AAAA".to_owned()];
        assert_eq!(lines("web-1.example.com", 22, &keys), ["web-1.example.com ssh-ed25519 AAAA"]);
        assert_eq!(lines("::1", 2222, &keys), ["[::1]:2222 ssh-ed25519 AAAA"]);
    }
}
