//! What the principal of active access signs in with.

use super::{Engine, EngineError, change::By};
use crate::{
    detached::to_the_end,
    domain::{Request, RequestId, User},
};
use p0_wire::{credential::Credential, request::Status};

impl Engine {
    /// Has a credential made for the caller's own active access. It is audited, and stored nowhere.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`], also if the caller may not see the request; [`EngineError::Forbidden`] for anybody but its
    /// principal; [`EngineError::Refused`] if it is not active; [`EngineError::NotFound`] if its integration hands out no
    /// credentials; [`EngineError::Provision`].
    pub async fn credential(&self, caller: &User, id: &RequestId) -> Result<Credential, EngineError> {
        let request = self.visible(caller, id).await?;
        if caller.email != request.principal {
            let message = "Only its principal can have the credential of this access";
            return Err(EngineError::Forbidden(message.into()));
        }
        self.require_active(&request)?;
        let engine = self.clone();
        to_the_end(async move {
            let caller = engine.principal(&request.principal);
            let credential = engine.provisioner(&request)?.credential(&request).await?;
            let Some(credential) = credential else {
                let integration = &request.access.integration;
                return Err(EngineError::NotFound(format!("the integration {integration} hands out no credentials")));
            };
            // Nobody gets one of which nobody will know.
            engine.0.store.note(&engine.event_of(&request, "credential", By::User(&caller), None)).await?;
            Ok(credential)
        })
        .await
    }

    fn require_active(&self, request: &Request) -> Result<(), EngineError> {
        let overdue = request.expires_at.is_some_and(|at| at <= self.0.clock.now());
        match request.status {
            Status::Done if !overdue => Ok(()),
            _ => Err(EngineError::Refused(format!("The access of request {} is not active", request.id))),
        }
    }
}
