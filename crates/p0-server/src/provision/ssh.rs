//! Provisioning of SSH sessions on machines that trust the service's certificate authority. Nothing changes on the machine:
//! while the access lasts, its principal can get certificates, which end with the access.

use super::{Granted, ProvisionError, Provisioner, account::generated};
use crate::domain::Request;
use async_trait::async_trait;

pub(super) struct Ssh;

#[async_trait]
impl Provisioner for Ssh {
    async fn grant(&self, request: &Request) -> Result<Granted, ProvisionError> {
        Ok(Granted { generated: generated(request), delegation: request.access.delegation.clone() })
    }

    async fn revoke(&self, _: &Request) -> Result<(), ProvisionError> {
        Ok(())
    }
}
