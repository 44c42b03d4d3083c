//! Granting access for real, and taking it back.
//!
//! A [`Provisioner`] knows one way to do it; [`for_config`] makes the one that an integration's configuration names.

mod account;
mod command;
pub mod config;
pub mod kubernetes;
pub(crate) mod process;
mod simulated;
mod ssh;

use crate::{clock::Clock, domain::Request};
use async_trait::async_trait;
use config::ProvisionerConfig;
use p0_wire::credential::Credential;
use serde_json::Value;
use std::sync::Arc;

/// Grants access and takes it back. Both are called again after a crash, or when it is not known whether they
/// succeeded, so doing either twice must be the same as doing it once.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// Makes the access of a request usable.
    async fn grant(&self, request: &Request) -> Result<Granted, ProvisionError>;

    /// Undoes [`Provisioner::grant`], as far as it came.
    async fn revoke(&self, request: &Request) -> Result<(), ProvisionError>;

    /// Makes what the principal of active access signs in with, and keeps nothing of it. `None`: it hands out nothing.
    async fn credential(&self, _: &Request) -> Result<Option<Credential>, ProvisionError> {
        Ok(None)
    }

    /// It grants nothing, and only lets it look so.
    fn is_simulated(&self) -> bool {
        false
    }
}

/// What granting made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Granted {
    /// The wire's `generated` document (protocol, section 6).
    pub generated: Value,
    /// The wire's `delegation`: each a `key` and a `request`.
    pub delegation: Vec<Value>,
}

/// Why granting or taking back did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProvisionError {
    /// For the requestor: one line without control characters.
    pub message: String,
    /// Trying again may help.
    pub retry: bool,
}

/// The provisioner that a configuration names.
pub fn for_config(config: &ProvisionerConfig, clock: &Clock) -> Arc<dyn Provisioner> {
    match config {
        ProvisionerConfig::Simulated { delay_ms } => Arc::new(simulated::Simulated::new(*delay_ms, clock.clone())),
        ProvisionerConfig::Ssh => Arc::new(ssh::Ssh),
        ProvisionerConfig::Command { command, directory, timeout_s } => {
            Arc::new(command::Command::new(command.clone(), directory.clone(), *timeout_s, clock.clone()))
        }
        ProvisionerConfig::Kubernetes(config) => Arc::new(kubernetes::Kubernetes::new(config.clone(), clock.clone())),
    }
}
