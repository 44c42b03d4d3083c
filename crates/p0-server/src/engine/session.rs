//! Using what was granted: the helpers of sessions (protocol, section 8) are for a request's principal alone, whoever
//! else may see it.

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
    /// A request of which the caller is the principal, in whatever state.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unknown`]; [`EngineError::Forbidden`] if the caller may only see it.
    pub async fn own(&self, caller: &User, id: &RequestId) -> Result<Request, EngineError> {
        let request = self.visible(caller, id).await?;
        owned(caller, &request)?;
        Ok(request)
    }

    /// The same, if its access can be used now.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::own`]; [`EngineError::Refused`], which says where it stands.
    pub async fn usable(&self, caller: &User, id: &RequestId) -> Result<Request, EngineError> {
        let request = self.own(caller, id).await?;
        self.active(&request)?;
        Ok(request)
    }

    /// Notes with which key the principal comes, where the grant does not know it yet. The same key again changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::usable`]; [`EngineError::Conflict`] if it is for another key.
    pub async fn submit_public_key(&self, caller: &User, id: &RequestId, key: &UserKey) -> Result<(), EngineError> {
        self.own(caller, id).await?;
        let (engine, caller, id, key) = (self.clone(), caller.clone(), id.clone(), key.clone());
        let changed = spawn_uncancellable(async move {
            let note = |request: &mut Request, _| {
                owned(&caller, request)?;
                engine.active(request)?;
                let known = request.generated.get("publicKey").and_then(Value::as_str).map(UserKey::parse);
                match known {
                    // One that cannot be read is of no use to anybody.
                    None | Some(Err(_)) => {}
                    Some(Ok(known)) if known == key => return Ok(None),
                    Some(Ok(known)) => {
                        return Err(EngineError::Conflict(format!(
                            "Request {} is for another public key, {}: use that one, or relinquish the access and request it anew",
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

    /// Notes what was done with the access of a request.
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

    /// The access has been provisioned, and its time is not up.
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
