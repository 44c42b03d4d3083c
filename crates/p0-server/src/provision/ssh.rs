//! Grants sessions on machines that trust the service's authority: nothing is done to the machine. While the access
//! lasts its principal can have certificates, none of which outlives it; afterwards there are no more.

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
