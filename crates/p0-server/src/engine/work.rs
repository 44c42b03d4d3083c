//! Access is granted and taken back: for one principal and one permission one thing after the other, what is to be
//! undone first, so that undoing an old grant never takes away a new one.

use super::{
    Engine, EngineError,
    change::{By, Entry},
    lock,
};
use crate::{domain::Request, provision::ProvisionError};
use p0_wire::request::Status;
use std::{
    collections::{HashMap, hash_map},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{Notify, Semaphore};

/// How often granting is tried.
const GRANT_ATTEMPTS: u32 = 5;
/// The longest pause between two attempts to undo, which go on until one succeeds.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How many things are provisioned at once.
const AT_ONCE: usize = 32;

/// A principal and the key of a permission.
type Line = (String, String);

/// Which lines are being worked on.
pub(super) struct Work {
    lines: Mutex<HashMap<Line, Ongoing>>,
    permits: Semaphore,
}

struct Ongoing {
    /// Something was added since the task last asked the store.
    again: bool,
    wake: Arc<Notify>,
}

impl Default for Work {
    fn default() -> Self {
        Self { lines: Mutex::default(), permits: Semaphore::new(AT_ONCE) }
    }
}

impl Engine {
    /// Takes up what was cut off.
    pub(super) async fn resume_work(&self) -> Result<(), EngineError> {
        for (principal, access_key) in self.0.store.unfinished().await? {
            self.wake_work(&principal, &access_key);
        }
        Ok(())
    }

    /// There is something to be done for this principal and permission.
    pub(super) fn wake_work(&self, principal: &str, access_key: &str) {
        let line = (principal.to_owned(), access_key.to_owned());
        let wake = match lock(&self.0.work.lines).entry(line.clone()) {
            hash_map::Entry::Occupied(mut ongoing) => {
                ongoing.get_mut().again = true;
                ongoing.get().wake.notify_one();
                return;
            }
            hash_map::Entry::Vacant(vacant) => {
                let wake = Arc::new(Notify::new());
                vacant.insert(Ongoing { again: false, wake: Arc::clone(&wake) });
                wake
            }
        };
        self.spawn(self.clone().work_through(line, wake));
    }

    async fn work_through(self, line: Line, wake: Arc<Notify>) {
        let mut failures = 0;
        loop {
            let done = match self.0.store.next_job(&line.0, &line.1).await {
                Ok(None) if self.leave(&line) => return,
                Ok(None) => Ok(()),
                Ok(Some(job)) => self.carry_out(&job, failures).await,
                Err(error) => Err(error.into()),
            };
            match done {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    let pause = pause(failures);
                    tracing::warn!(principal = line.0, access = line.1, %error, ?pause, "provisioning is tried again");
                    tokio::select! {
                        () = self.0.clock.sleep(pause) => {}
                        () = wake.notified() => {}
                    }
                }
            }
        }
    }

    /// Stops working on a line, unless something was added to it.
    fn leave(&self, line: &Line) -> bool {
        let mut lines = lock(&self.0.work.lines);
        if let Some(ongoing) = lines.get_mut(line)
            && std::mem::take(&mut ongoing.again)
        {
            return false;
        }
        lines.remove(line);
        true
    }

    async fn carry_out(&self, job: &Request, failures: u32) -> Result<(), WorkError> {
        let _permit = self.0.work.permits.acquire().await;
        if job.to_undo { self.undo(job).await } else { self.grant(job, failures).await }
    }

    async fn undo(&self, job: &Request) -> Result<(), WorkError> {
        let provisioner = self.provisioner(job)?;
        provisioner.revoke(job).await?;
        self.change(&job.id, By::Service, |request, _| {
            let was = std::mem::take(&mut request.to_undo);
            Ok(was.then(|| Entry::with_note("undo", "The access was taken back")))
        })
        .await?;
        Ok(())
    }

    async fn grant(&self, job: &Request, failures: u32) -> Result<(), WorkError> {
        let result = match self.provisioner(job) {
            Ok(provisioner) => provisioner.grant(job).await,
            Err(error) => Err(error),
        };
        match result {
            Err(error) if error.retry && failures + 1 < GRANT_ATTEMPTS => return Err(error.into()),
            Err(error) => {
                self.change(&job.id, By::Service, |request, _| {
                    if request.status != Status::Approved {
                        return Ok(None);
                    }
                    request.status = Status::Errored;
                    request.error = Some(format!("Could not provision the access: {}", error.message));
                    // It may have come half-way.
                    request.to_undo = true;
                    Ok(Some(Entry::with_note("fail", error.message.clone())))
                })
                .await?
            }
            Ok(granted) => {
                let simulated = self.provisioner(job).is_ok_and(|provisioner| provisioner.is_simulated());
                self.change(&job.id, By::Service, |request, now| {
                    request.generated = granted.generated.clone();
                    request.delegation = granted.delegation.clone();
                    if request.status != Status::Approved {
                        // It ended meanwhile; what was made is remembered for undoing it.
                        return Ok(request.to_undo.then(|| Entry::with_note("provision", "Too late")));
                    }
                    request.status = Status::Done;
                    request.expires_at = Some(now.plus(Duration::from_secs(request.length)));
                    let note = simulated.then(|| "Simulated: nothing was granted".to_owned());
                    Ok(Some(Entry { action: "provision", note }))
                })
                .await?
            }
        };
        Ok(())
    }

    pub(super) fn provisioner(&self, job: &Request) -> Result<Arc<dyn crate::provision::Provisioner>, ProvisionError> {
        let integration = &job.access.integration;
        (self.0.provisioners)(integration).ok_or_else(|| ProvisionError {
            message: format!("the integration {integration} is no longer configured"),
            retry: false,
        })
    }
}

/// Why a job has to be tried again.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<crate::store::StoreError> for WorkError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// 1 s, and twice as long each time.
fn pause(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(16)).min(LONGEST_PAUSE)
}
