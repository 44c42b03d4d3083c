//! Helper calls for sessions (protocol, section 8). Only a request's principal can use them.

use super::{
    Engine, EngineError,
    change::{By, Entry, event},
    decide::unless_in,
};
use crate::{
    domain::{Request, RequestId, User},
    ssh::UserKey,
    uncancellable::spawn_uncancellable,
};
use p0_wire::request::Status;
use serde_json::{Value, json};

impl Engine {
    /// Returns a request whose principal is the caller.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`]; [`EngineError::Forbidden`] if the caller may see the request but is not its principal.
    pub async fn own(&self, caller: &User, id: &RequestId) -> Result<Request, EngineError> {
        let request = self.visible(caller, id).await?;
        owned(caller, &request)?;
        Ok(request)
    }

    /// Like [`Engine::own`], but the access must be usable now.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::own`]; [`EngineError::Refused`], with the request's state.
    pub async fn usable(&self, caller: &User, id: &RequestId) -> Result<Request, EngineError> {
        let request = self.own(caller, id).await?;
        self.active(&request)?;
        Ok(request)
    }

    /// Registers the principal's public key for the grant, if it has none. Registering the same key again has no effect.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::usable`]; [`EngineError::Conflict`] if the grant has another key.
    pub async fn submit_public_key(&self, caller: &User, id: &RequestId, key: &UserKey) -> Result<(), EngineError> {
        self.own(caller, id).await?;
        let (engine, caller, id, key) = (self.clone(), caller.clone(), id.clone(), key.clone());
        let changed = spawn_uncancellable(async move {
            let note = |request: &mut Request, _| {
                owned(&caller, request)?;
                engine.active(request)?;
                let known = request.generated.get("publicKey").and_then(Value::as_str).map(UserKey::parse);
                match known {
                    // A malformed key can be replaced: it grants nothing.
                    None | Some(Err(_)) => {}
                    Some(Ok(known)) if known == key => return Ok(None),
                    Some(Ok(known)) => {
                        return Err(EngineError::Conflict(format!(
                            "Request {} is for another public key, {}. Use that key, or relinquish the access and request it again",
                            request.id,
                            known.fingerprint()
                        )));
                    }
                }
                if !request.generated.is_object() {
                    request.generated = json!({});
                }
                request.generated["publicKey"] = key.as_line().into();
                Ok(Some(Entry::with_note("ssh.public-key", key.fingerprint())))
            };
            engine.change(&id, By::User(&caller), note).await
        });
        changed.await.map(drop)
    }

    /// Records an audit event about the use of a request's access.
    ///
    /// # Errors
    ///
    /// [`EngineError::Store`].
    pub async fn note(&self, caller: &User, id: &RequestId, action: &str, data: Value) -> Result<(), EngineError> {
        let mut data = data;
        data["requestId"] = id.0.as_str().into();
        let event = event(&self.0.organisation, self.0.clock.now(), "api", action, By::User(caller), data);
        Ok(self.0.store.add_event(&event).await?)
    }

    /// Checks that the access is provisioned and not due to expire.
    fn active(&self, request: &Request) -> Result<(), EngineError> {
        if request.status == Status::Approved {
            return Err(EngineError::Refused(format!(
                "Request {} cannot be used: it is being provisioned",
                request.id
            )));
        }
        unless_in(request, "used", self.0.clock.now(), &[Status::Done])
    }
}

fn owned(caller: &User, request: &Request) -> Result<(), EngineError> {
    if caller.email == request.principal {
        return Ok(());
    }
    Err(EngineError::Forbidden("Only its principal can use this access".into()))
}
