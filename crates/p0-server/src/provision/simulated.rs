//! Simulated provisioning: waits and grants nothing. For systems that are not available.

use super::{Granted, ProvisionError, Provisioner, account::generated};
use crate::{clock::Clock, domain::Request};
use async_trait::async_trait;
use std::time::Duration;

pub(super) struct Simulated {
    delay: Duration,
    clock: Clock,
}

impl Simulated {
    pub(super) fn new(delay_ms: u64, clock: Clock) -> Self {
        Self { delay: Duration::from_millis(delay_ms), clock }
    }
}

#[async_trait]
impl Provisioner for Simulated {
    async fn grant(&self, request: &Request) -> Result<Granted, ProvisionError> {
        self.clock.sleep(self.delay).await;
        Ok(Granted { generated: generated(request), delegation: request.access.delegation.clone() })
    }

    async fn revoke(&self, _: &Request) -> Result<(), ProvisionError> {
        self.clock.sleep(self.delay).await;
        Ok(())
    }

    fn is_simulated(&self) -> bool {
        true
    }
}
