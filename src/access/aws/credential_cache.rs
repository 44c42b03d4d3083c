//! AWS credentials and sign-ins in the credential store, each for one user and one service.

use super::Principal;
use crate::{
    clock,
    ctx::Ctx,
    error::{Failure, Kind, Result},
    file_lock::{Lock, LockError},
    integrations::aws::Credentials,
    interrupt::Interrupt,
    session::credential_store::{CredentialStore, Item},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Instant;

/// The credential store, as one user's.
pub(super) struct CredentialCache {
    credential_store: CredentialStore,
    /// The owner: an e-mail address, or a hash of a token from elsewhere.
    user: String,
}

impl CredentialCache {
    /// The part of the credential store that is for the user of this run.
    pub(super) fn new(ctx: &Ctx, credential_store: CredentialStore) -> Result<Self> {
        let sessions = ctx.sessions();
        let user = sessions.holder(&sessions.org()?)?;
        Ok(Self { credential_store, user })
    }

    /// The title of a principal's credentials.
    pub(super) fn title(&self, principal: &Principal) -> String {
        let Principal { account_id, name } = principal;
        self.title_of(&format!("{} {account_id}/{}", name.word(), name.as_str()))
    }

    /// The title of something else of this user's.
    pub(super) fn title_of(&self, what: &str) -> String {
        format!("{what} of {}", self.user)
    }

    /// The credentials that are kept under this title and good for a while.
    pub(super) async fn credentials(
        &self,
        ctx: &Ctx,
        title: &str,
    ) -> std::result::Result<Option<Credentials>, Failure> {
        Ok(self.get(title).await?.map(|kept| ctx.env.aws.adopt(kept)))
    }

    /// What is kept under this title and good. Damage is as good as nothing.
    pub(super) async fn get<T: DeserializeOwned>(&self, title: &str) -> std::result::Result<Option<T>, Failure> {
        let kept = self.credential_store.get(Item::Aws, title, clock::now()).await?;
        Ok(kept.and_then(|text| {
            let read = serde_json::from_str(text.expose_secret());
            // What exactly is wrong could quote the secret.
            read.inspect_err(|_| tracing::debug!(title, "what is kept is damaged")).ok()
        }))
    }

    /// Keeps something under this title. What cannot be kept can still be used, once.
    pub(super) async fn keep(&self, ctx: &Ctx, title: &str, what: &impl Serialize, until: Timestamp) {
        self.keep_of(None, ctx, title, what, until).await;
    }

    /// The same for what is of the access of one request.
    pub(super) async fn keep_of(
        &self,
        request: Option<&str>,
        ctx: &Ctx,
        title: &str,
        what: &impl Serialize,
        until: Timestamp,
    ) {
        let text = serde_json::to_string(what).expect("what is kept is made of text");
        let text = SecretString::from(text);
        if let Err(failure) = self.credential_store.put_of(request, Item::Aws, title, &text, Some(until)).await {
            ctx.ui.warn(format!("What AWS gave could not be kept, so it will be fetched again. {failure}"));
        }
    }

    /// Forgets what is kept under this title, because it is good no longer.
    pub(super) async fn forget(&self, title: &str) {
        if let Err(error) = self.credential_store.forget(Item::Aws, title).await {
            tracing::debug!(%error, title, "what is good no longer cannot be forgotten");
        }
    }

    /// Held while what goes under this title is fetched; `None` where the disk holds no locks, and nothing is kept.
    pub(super) async fn lock(
        &self,
        ctx: &Ctx,
        interrupt: &mut Interrupt,
        title: &str,
        deadline: Instant,
    ) -> Result<Option<Lock>> {
        let limit = deadline.saturating_duration_since(clock::instant());
        let waiting = || ctx.ui.say("Another p0 is fetching the same credentials; waiting for it.");
        let lock = tokio::select! {
            lock = self.credential_store.lock(Item::Aws, title, limit, waiting) => lock,
            () = interrupt.pressed() => return Err(super::interrupted().into()),
        };
        match lock {
            Ok(lock) => Ok(Some(lock)),
            Err(LockError::Held) => {
                Err(Failure::new(Kind::Undecided, "Another p0 has been fetching the same credentials for too long.")
                    .hint("See what it waits for with: p0 requests --mine")
                    .into())
            }
            Err(LockError::Io(error)) => {
                tracing::debug!(%error, "the credential store cannot be locked");
                Ok(None)
            }
        }
    }
}
