//! Provisioning and deprovisioning of access.
//!
//! A [`Provisioner`] is one way to do it. [`for_config`] makes the one in an integration's configuration.

mod account;
mod command;
pub mod config;
pub mod kubernetes;
mod simulated;
mod ssh;

use crate::{clock::Clock, domain::Request};
use async_trait::async_trait;
use config::ProvisionerConfig;
use p0_wire::credential::Credential;
use serde_json::Value;
use std::sync::Arc;

/// Provisions and deprovisions access. Both are called again after a crash or an unknown result, so they must be
/// idempotent.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// Makes the access of a request usable.
    async fn grant(&self, request: &Request) -> Result<Granted, ProvisionError>;

    /// Undoes [`Provisioner::grant`], even if it completed only partially.
    async fn revoke(&self, request: &Request) -> Result<(), ProvisionError>;

    /// Issues a credential for active access, without storing it. Returns `None` if the provisioner issues none.
    async fn credential(&self, _: &Request) -> Result<Option<Credential>, ProvisionError> {
        Ok(None)
    }

    /// Whether the provisioner only simulates access.
    fn is_simulated(&self) -> bool {
        false
    }
}

/// The result of provisioning.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Granted {
    /// The `generated` document (protocol, section 6).
    pub generated: Value,
    /// The `delegation` list: each entry has a `key` and a `request`.
    pub delegation: Vec<Value>,
}

/// Why provisioning or deprovisioning failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProvisionError {
    /// A message for the requestor: one line without control characters.
    pub message: String,
    /// Whether a retry may succeed.
    pub retry: bool,
}

/// Makes the provisioner of a configuration.
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
