//! Taking a session's secrets to another store.
//!
//! The record always names a store that has them, and every store that may have a copy has a mark. So whenever the process is
//! killed, the session is still there; and signing out, or moving again, removes what was left behind.

use super::{Record, SessionStore};
use crate::file_lock::Lock;
use crate::{
    error::Failure,
    session::{owner::Entry, secrets::Kind},
};
use secrecy::ExposeSecret;
use url::Url;

/// What became of a session's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// They are in the other store now, and nowhere else.
    Done,
    /// They were there already.
    Already,
    /// There are none: the session is over.
    Gone,
}

impl SessionStore {
    /// Takes the secrets of the session with an organisation at this service to another store. They are read back there before
    /// they are deleted here. Whoever calls holds the lock.
    pub async fn move_secrets(&self, lock: &Lock, org: &str, base: &Url, to: Kind) -> Result<Moved, Failure> {
        let Some(session) = self.load(org, base).await? else { return Ok(Moved::Gone) };
        if self.record(org, base)?.is_some_and(|record| record.home.is_none()) {
            // First out of the entry that an older version named by the organisation alone.
            self.update(org, &session).await?;
        }
        let Some(record) = self.record(org, base)? else { return Ok(Moved::Gone) };
        let (from, entry) = (record.store, record.entry(org));
        if from == to {
            self.remove_rest_or_fail(lock, org).await?;
            return Ok(Moved::Already);
        }
        let Some(secret) = self.secrets.get(from, &entry).await? else { return Ok(Moved::Gone) };
        if let Err(failure) = self.copy(&entry, to, secret.expose_secret()).await {
            // What cannot be deleted there now keeps its mark.
            let dropped = self.secrets.delete(to, &entry).await;
            tracing::debug!(cleared = dropped.is_ok(), "the secrets stay where they were");
            return Err(failure);
        }
        self.write(org, Record { store: to, ..record })?;
        self.secrets.delete(from, &entry).await?;
        self.remove_rest_or_fail(lock, org).await?;
        Ok(Moved::Done)
    }

    /// Puts a secret into a store, and reads it back.
    async fn copy(&self, entry: &Entry, to: Kind, secret: &str) -> Result<(), Failure> {
        self.secrets.set_in(to, entry, &secret.into()).await?;
        match self.secrets.get(to, entry).await? {
            Some(kept) if kept.expose_secret() == secret => Ok(()),
            _ => Err(Failure::error(format!("What {} gives back is not what was put into it.", to.name()))
                .hint("The secrets stay where they were.")),
        }
    }

    async fn remove_rest_or_fail(&self, lock: &Lock, org: &str) -> Result<(), Failure> {
        let removed = self.remove_rest(lock, org).await?;
        removed.failures.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{self as store, base},
        *,
    };
    use std::{path::Path, pin::pin, task::Poll, time::Duration};

    async fn lock(dir: &Path) -> Lock {
        Lock::take(&dir.join("lock"), Duration::from_secs(60), || {}).await.expect("the lock")
    }

    /// The access token, where the record says that it is.
    async fn token(store: &SessionStore) -> String {
        let session = store.load("example", &base()).await.expect("read").expect("a session");
        session.access_token.expose_secret().to_owned()
    }

    /// Does so many calls of a move, and no more.
    async fn killed_after(steps: usize, moving: impl Future<Output = Result<Moved, Failure>>) -> Option<Moved> {
        let mut moving = pin!(moving);
        let mut polls = 0;
        std::future::poll_fn(|context| {
            if polls == steps {
                return Poll::Ready(None);
            }
            polls += 1;
            moving.as_mut().poll(context).map(|moved| Some(moved.expect("moved")))
        })
        .await
    }

    #[tokio::test]
    async fn a_move_that_is_killed_anywhere_loses_nothing_and_is_finished_later() {
        let mut steps = 0;
        loop {
            steps += 1;
            let dir = tempfile::tempdir().expect("a directory");
            let (store, lock) = (store::store_of_two(dir.path()), lock(dir.path()).await);
            store.save(&lock, "example", &base(), &store::session()).await.expect("kept");
            let entry = store.record("example", &base()).expect("read").expect("there").entry("example");
            let moved = killed_after(steps, store.move_secrets(&lock, "example", &base(), Kind::Keyring)).await;
            assert_eq!(token(&store).await, "access-1", "killed in step {steps}");
            // Whoever renews in between does so where the secrets are.
            store.update("example", &store::renewed()).await.expect("renewed");
            assert_eq!(token(&store).await, "access-2", "killed in step {steps}");
            store.move_secrets(&lock, "example", &base(), Kind::Keyring).await.expect("finished");
            assert_eq!(token(&store).await, "access-2", "killed in step {steps}");
            assert_eq!(store.record("example", &base()).expect("read").expect("there").store, Kind::Keyring);
            assert!(store.secrets.get(Kind::File, &entry).await.expect("read").is_none(), "step {steps}");
            if moved.is_some() {
                break;
            }
        }
        assert!(steps > 4, "a move has more steps than {steps}");
    }

    #[tokio::test]
    async fn signing_out_after_a_killed_move_leaves_no_copy() {
        for steps in 1..8 {
            let dir = tempfile::tempdir().expect("a directory");
            let (store, lock) = (store::store_of_two(dir.path()), lock(dir.path()).await);
            store.save(&lock, "example", &base(), &store::session()).await.expect("kept");
            let entry = store.record("example", &base()).expect("read").expect("there").entry("example");
            killed_after(steps, store.move_secrets(&lock, "example", &base(), Kind::Keyring)).await;
            let removed = store.delete(&lock, "example", &base()).await.expect("signed out");
            assert!(removed.failures.is_empty(), "{removed:?}");
            for kind in [Kind::File, Kind::Keyring] {
                assert!(store.secrets.get(kind, &entry).await.expect("read").is_none(), "{kind:?}, step {steps}");
            }
        }
    }

    #[tokio::test]
    async fn there_and_already_and_gone() {
        let dir = tempfile::tempdir().expect("a directory");
        let (store, lock) = (store::store_of_two(dir.path()), lock(dir.path()).await);
        assert_eq!(store.move_secrets(&lock, "example", &base(), Kind::File).await.expect("nothing"), Moved::Gone);
        store.save(&lock, "example", &base(), &store::session()).await.expect("kept");
        assert_eq!(store.move_secrets(&lock, "example", &base(), Kind::File).await.expect("nothing"), Moved::Already);
        assert_eq!(store.move_secrets(&lock, "example", &base(), Kind::Keyring).await.expect("moved"), Moved::Done);
        assert_eq!(store.move_secrets(&lock, "example", &base(), Kind::File).await.expect("back"), Moved::Done);
        assert_eq!(token(&store).await, "access-1");
        assert_eq!(store.secrets.marks("example").expect("read").len(), 1);
        let entry = store.record("example", &base()).expect("read").expect("there").entry("example");
        store.secrets.delete(Kind::File, &entry).await.expect("deleted");
        assert_eq!(store.move_secrets(&lock, "example", &base(), Kind::Keyring).await.expect("nothing"), Moved::Gone);
    }

    #[tokio::test]
    async fn a_store_that_does_not_keep_gets_nothing_and_loses_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let (store, lock) = (store::store_of_two(dir.path()), lock(dir.path()).await);
        store.save(&lock, "example", &base(), &store::session()).await.expect("kept");
        // A file where the other store's directory would be.
        std::fs::write(store.secrets.stand_in_directory(), "in the way").expect("written");
        let failure = store.move_secrets(&lock, "example", &base(), Kind::Keyring).await.expect_err("refused");
        assert!(failure.message.contains("secrets.keyring/example."), "{failure}");
        assert_eq!(token(&store).await, "access-1");
        assert_eq!(store.record("example", &base()).expect("read").expect("there").store, Kind::File);
    }
}
