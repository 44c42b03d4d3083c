//! Credentials for active access.

use super::{Engine, EngineError, change::By};
use crate::{
    domain::{RequestId, User},
    uncancellable::spawn_uncancellable,
};
use p0_wire::credential::Credential;

impl Engine {
    /// Issues a credential for the caller's own active access. It is audited but not stored.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::usable`]; [`EngineError::NotFound`] if the integration issues no credentials;
    /// [`EngineError::Provision`].
    pub async fn credential(&self, caller: &User, id: &RequestId) -> Result<Credential, EngineError> {
        let request = self.usable(caller, id).await?;
        let engine = self.clone();
        spawn_uncancellable(async move {
            let caller = engine.principal(&request.principal);
            let credential = engine.provisioner(&request)?.credential(&request).await?;
            let Some(credential) = credential else {
                let integration = &request.access.integration;
                return Err(EngineError::NotFound(format!("the integration {integration} hands out no credentials")));
            };
            // Without an audit event, no credential is handed out.
            engine.0.store.note(&engine.event_of(&request, "credential", By::User(&caller), None)).await?;
            Ok(credential)
        })
        .await
    }
}
