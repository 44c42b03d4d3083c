//! Provisioning and deprovisioning. Jobs for the same principal and permission run one at a time, deprovisioning first, so
//! that undoing an old grant never removes a new one.

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

/// The number of attempts to provision.
const GRANT_ATTEMPTS: u32 = 5;
/// The longest pause between attempts to deprovision, which continue until one succeeds.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The number of jobs that run at once.
const AT_ONCE: usize = 32;

/// A principal's email address and a permission's key.
type QueueKey = (String, String);

/// The queues that have a running task.
pub(super) struct Provisioning {
    queues: Mutex<HashMap<QueueKey, Worker>>,
    permits: Semaphore,
}

struct Worker {
    /// A job was added after the task last asked the store.
    again: bool,
    wake: Arc<Notify>,
}

impl Default for Provisioning {
    fn default() -> Self {
        Self { queues: Mutex::default(), permits: Semaphore::new(AT_ONCE) }
    }
}

impl Engine {
    /// Resumes jobs that were interrupted.
    pub(super) async fn resume_provisioning(&self) -> Result<(), EngineError> {
        for (principal, access_key) in self.0.store.unfinished().await? {
            self.wake_provisioning(&principal, &access_key);
        }
        Ok(())
    }

    /// Starts or wakes the task for this principal and permission.
    pub(super) fn wake_provisioning(&self, principal: &str, access_key: &str) {
        let key = (principal.to_owned(), access_key.to_owned());
        let wake = match lock(&self.0.provisioning.queues).entry(key.clone()) {
            hash_map::Entry::Occupied(mut worker) => {
                worker.get_mut().again = true;
                worker.get().wake.notify_one();
                return;
            }
            hash_map::Entry::Vacant(vacant) => {
                let wake = Arc::new(Notify::new());
                vacant.insert(Worker { again: false, wake: Arc::clone(&wake) });
                wake
            }
        };
        self.spawn(self.clone().run_jobs(key, wake));
    }

    async fn run_jobs(self, key: QueueKey, wake: Arc<Notify>) {
        let mut failures = 0;
        loop {
            let done = match self.0.store.next_job(&key.0, &key.1).await {
                Ok(None) if self.stop_if_idle(&key) => return,
                Ok(None) => Ok(()),
                Ok(Some(job)) => self.carry_out(&job, failures).await,
                Err(error) => Err(error.into()),
            };
            match done {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    let pause = pause(failures);
                    tracing::warn!(principal = key.0, access = key.1, %error, ?pause, "retrying provisioning");
                    tokio::select! {
                        () = self.0.clock.sleep(pause) => {}
                        () = wake.notified() => {}
                    }
                }
            }
        }
    }

    /// Removes the queue, unless a job was added to it.
    fn stop_if_idle(&self, key: &QueueKey) -> bool {
        let mut queues = lock(&self.0.provisioning.queues);
        if let Some(worker) = queues.get_mut(key)
            && std::mem::take(&mut worker.again)
        {
            return false;
        }
        queues.remove(key);
        true
    }

    async fn carry_out(&self, job: &Request, failures: u32) -> Result<(), JobError> {
        let _permit = self.0.provisioning.permits.acquire().await;
        if job.to_undo { self.undo(job).await } else { self.grant(job, failures).await }
    }

    async fn undo(&self, job: &Request) -> Result<(), JobError> {
        let provisioner = self.provisioner(job)?;
        provisioner.revoke(job).await?;
        self.change(&job.id, By::Service, |request, _| {
            let was = std::mem::take(&mut request.to_undo);
            Ok(was.then(|| Entry::with_note("undo", "The access was taken back")))
        })
        .await?;
        Ok(())
    }

    async fn grant(&self, job: &Request, failures: u32) -> Result<(), JobError> {
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
                    // Part of it may have been provisioned.
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
                        // The request ended during provisioning. Deprovisioning needs the result.
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

/// Why a job must be retried.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<crate::store_error::StoreError> for JobError {
    fn from(error: crate::store_error::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// The pause after this many failures: 1 s, doubled each time.
fn pause(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(16)).min(LONGEST_PAUSE)
}
