//! What the principal of active access signs in with.

use super::{Engine, EngineError, change::By};
use crate::{
    domain::{RequestId, User},
    uncancellable::spawn_uncancellable,
};
use p0_wire::credential::Credential;

impl Engine {
    /// Has a credential made for the caller's own active access. It is audited, and stored nowhere.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::usable`]; [`EngineError::NotFound`] if its integration hands out no credentials;
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
            // Nobody gets one of which nobody will know.
            engine.0.store.note(&engine.event_of(&request, "credential", By::User(&caller), None)).await?;
            Ok(credential)
        })
        .await
    }
}
