//! Expiry: one task that sleeps until the next request is due.

use super::{
    Engine, EngineError,
    change::{By, Entry},
};
use crate::{
    clock::Timestamp,
    domain::{Request, RequestId},
};
use p0_wire::request::Status;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use tokio::sync::Notify;

/// The number of due requests that are read from the store at once.
const BATCH: u32 = 100;
/// The pause after a request could not be expired.
const PAUSE: Duration = Duration::from_secs(5);

/// The task's next wake-up time, and a way to wake it earlier.
pub(super) struct Alarm {
    next: AtomicI64,
    earlier: Notify,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { next: AtomicI64::new(i64::MAX), earlier: Notify::new() }
    }
}

impl Alarm {
    /// Makes sure that the task wakes up at this time.
    pub(super) fn set(&self, at: Timestamp) {
        if at.0 < self.next.load(Ordering::SeqCst) {
            self.earlier.notify_one();
        }
    }
}

impl Engine {
    /// Expires due requests for as long as the engine runs.
    pub(super) async fn run_timers(self) {
        let Alarm { next, earlier } = &self.0.alarm;
        loop {
            // While the store is queried, any `set` wakes this task again.
            next.store(i64::MAX, Ordering::SeqCst);
            let wake = match self.expire_due().await {
                Ok(wake) => wake,
                Err(error) => {
                    tracing::error!(%error, "cannot expire requests");
                    Some(self.0.clock.now().plus(PAUSE))
                }
            };
            next.store(wake.map_or(i64::MAX, |at| at.0), Ordering::SeqCst);
            let sleep = async {
                match wake {
                    Some(at) => self.0.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep => {}
                () = earlier.notified() => {}
            }
        }
    }

    /// Expires all due requests and returns when the next one is due.
    async fn expire_due(&self) -> Result<Option<Timestamp>, EngineError> {
        loop {
            let due = self.0.store.expired(self.0.clock.now(), BATCH).await?;
            if due.is_empty() {
                return Ok(self.0.store.next_expiry().await?);
            }
            let mut failed = false;
            for id in due {
                // A failure must not keep the access of other requests open.
                if let Err(error) = self.expire(&id).await {
                    tracing::error!(request = %id, %error, "cannot expire a request");
                    failed = true;
                }
            }
            if failed {
                return Ok(Some(self.0.clock.now().plus(PAUSE)));
            }
        }
    }

    /// Expires a request if it is due.
    pub(super) async fn expire(&self, id: &RequestId) -> Result<Request, EngineError> {
        self.change(id, By::Service, |request, now| {
            let due = request.expires_at.is_some_and(|at| at <= now);
            let note = match request.status {
                Status::PendingApproval if due => Some("No approver decided in time"),
                Status::Done if due => {
                    request.to_undo = true;
                    None
                }
                // It ended or was extended concurrently.
                _ => return Ok(None),
            };
            request.status = Status::Expired;
            Ok(Some(Entry { action: "expire", note: note.map(Into::into) }))
        })
        .await
    }
}
