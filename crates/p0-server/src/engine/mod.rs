//! The life of a request: evaluation against the policies, decision, provisioning, expiry.
//!
//! Every change goes through `change`, which stores it with optimistic locking and then notifies waiting clients (`waiters`),
//! the expiry timer (`timers`) and the provisioning tasks (`provisioning`). When the service starts, all three continue
//! from the state in the store.

mod administration;
mod change;
mod credential;
mod decide;
mod error;
mod preapprove;
mod provisioning;
mod seed;
mod session;
mod submit;
mod timers;
mod view;
mod waiters;

#[cfg(test)]
mod tests;

pub use administration::{Administration, RuleChange, require_any_role, require_owner};
pub use decide::Decision;
pub use error::EngineError;
pub use preapprove::Allowance;
pub use seed::Seed;
pub use submit::{Submission, Submitted};
pub use waiters::{Follower, Progress};

use crate::{
    clock::Clock,
    domain::{Directory, User},
    provision::Provisioner,
    store::Store,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::task::JoinSet;

/// Returns the provisioner of an integration, or `None` if the integration is not configured.
pub type Provisioners = Box<dyn Fn(&str) -> Option<Arc<dyn Provisioner>> + Send + Sync>;

/// The parts of an engine.
pub struct EngineOptions {
    /// The organisation's slug, for audit events.
    pub organisation: String,
    /// The clock.
    pub clock: Clock,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The people. Their roles come from the store.
    pub directory: Arc<Directory>,
    /// The provisioners.
    pub provisioners: Provisioners,
    /// Initial policies, settings and roles for a new store.
    pub seed: Seed,
    /// The maximum number of live requests per requestor.
    pub requests_per_person: u32,
}

/// Handles requests. Clones share the same engine.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    organisation: String,
    clock: Clock,
    store: Arc<dyn Store>,
    directory: Arc<Directory>,
    provisioners: Provisioners,
    requests_per_person: u32,
    /// A copy of the store's policies, settings and roles.
    administration: RwLock<Arc<Administration>>,
    /// Held during changes of `administration`, so that the copy follows the store in order.
    administering: tokio::sync::Mutex<()>,
    waiters: Arc<waiters::Waiters>,
    alarm: timers::Alarm,
    provisioning: provisioning::Provisioning,
    tasks: Mutex<JoinSet<()>>,
}

impl Engine {
    /// Starts an engine: seeds a new store, resumes interrupted provisioning and starts the timers.
    ///
    /// # Errors
    ///
    /// [`EngineError::Store`]; [`EngineError::Refused`] if the seed's policies are invalid.
    pub async fn start(options: EngineOptions) -> Result<Self, EngineError> {
        let EngineOptions { organisation, clock, store, directory, provisioners, seed, requests_per_person } = options;
        let administration = seed::load(&*store, &directory, &clock, &organisation, seed).await?;
        let engine = Self(Arc::new(Inner {
            organisation,
            clock,
            store,
            directory,
            provisioners,
            requests_per_person,
            administration: RwLock::new(Arc::new(administration)),
            administering: tokio::sync::Mutex::new(()),
            waiters: Arc::default(),
            alarm: timers::Alarm::default(),
            provisioning: provisioning::Provisioning::default(),
            tasks: Mutex::default(),
        }));
        engine.resume_provisioning().await?;
        engine.spawn(engine.clone().run_timers());
        Ok(engine)
    }

    /// Stops the background tasks, which the next start resumes, and closes the store.
    pub async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.0.tasks));
        tasks.shutdown().await;
        self.0.store.close().await;
    }

    /// Returns the person with this email address and their current roles, or `None` if they are not in the directory.
    pub fn person(&self, email: &str) -> Option<User> {
        self.administration().people.get(email).cloned()
    }

    /// Returns the current policies, settings and roles.
    pub fn administration(&self) -> Arc<Administration> {
        Arc::clone(&self.0.administration.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns a request's principal, who may have left the directory.
    fn principal(&self, email: &str) -> User {
        self.person(email).unwrap_or_else(|| User { email: email.into(), ..User::default() })
    }

    /// Runs a task in the background until it ends or the engine stops.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.0.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}

/// No code panics while it holds one of these locks, so a poisoned lock still guards consistent data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
