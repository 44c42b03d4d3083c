//! The user's key: made once for an organisation, and kept in its credential store.

use crate::{
    clock,
    ctx::Ctx,
    error::{Failure, Result},
    file_lock::LockError,
    integrations::ssh::key::{KeyType, UserKey},
    session::credential_store::{CredentialStore, Item},
};
use p0_client::Client;
use std::{sync::Arc, time::Duration};

/// How long another p0 may take to make the key.
const LIMIT: Duration = Duration::from_secs(30);

/// The key of the kind that the user has chosen.
pub(super) async fn of_user(ctx: &Ctx, client: &Client) -> Result<Arc<UserKey>> {
    of_kind(ctx, client, ctx.settings.ssh_key_type).await
}

/// The key of this kind. Where nothing can keep it, it is for this run only; in a service of one's own as well.
pub(super) async fn of_kind(ctx: &Ctx, client: &Client, kind: KeyType) -> Result<Arc<UserKey>> {
    // What `p0 dev` runs leaves nothing behind.
    if ctx.stays().is_some() {
        return Ok(Arc::new(UserKey::generate(kind)?));
    }
    let credential_store = ctx.sessions().credential_store(client)?;
    let title = format!("ssh {}", kind.as_str());
    if let Some(key) = kept(&credential_store, &title).await? {
        return Ok(key);
    }
    let waiting = || ctx.ui.say("Waiting for another p0 to make a key for SSH.");
    let _lock = match credential_store.lock(Item::Ssh, &title, LIMIT, waiting).await {
        Ok(lock) => Some(lock),
        Err(LockError::Held) => {
            return Err(Failure::error("Another p0 takes too long to make a key for SSH.").hint("Try again.").into());
        }
        // Without a home, as in a container that has only a token, the key is for this run.
        Err(LockError::Io(error)) if !ctx.dirs.keeps() => {
            tracing::debug!(%error, "the key for SSH is not kept");
            None
        }
        Err(LockError::Io(error)) => return Err(Failure::error(format!("Cannot keep a key for SSH: {error}")).into()),
    };
    if let Some(key) = kept(&credential_store, &title).await? {
        return Ok(key);
    }
    let key = UserKey::generate(kind)?;
    if let Err(failure) = credential_store.put(Item::Ssh, &title, &key.to_secret()?, None).await {
        ctx.ui.warn(format!("The key for SSH is for this run only: {}", failure.message));
    }
    Ok(Arc::new(key))
}

async fn kept(credential_store: &CredentialStore, title: &str) -> Result<Option<Arc<UserKey>>> {
    let Some(secret) = credential_store.get(Item::Ssh, title, clock::now()).await? else { return Ok(None) };
    match UserKey::from_secret(&secret) {
        Ok(key) => Ok(Some(Arc::new(key))),
        Err(error) => {
            // A new one takes its place: nothing that was granted for the old one can be used any more.
            tracing::debug!(%error, "the key that was kept is replaced");
            Ok(None)
        }
    }
}
