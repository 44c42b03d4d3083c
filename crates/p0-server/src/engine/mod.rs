//! What happens to requests: they are routed by the policies, decided, provisioned, and end in time.
//!
//! Every change goes through `change`, which stores it only if nobody else was quicker, and then tells those who
//! wait (`waiters`), the timer (`timers`) and the provisioning (`provisioning`). All three pick up where the store stands when
//! the service starts.

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

/// How each integration is provisioned; `None` for one that is not configured.
pub type Provisioners = Box<dyn Fn(&str) -> Option<Arc<dyn Provisioner>> + Send + Sync>;

/// What an engine works with.
pub struct EngineOptions {
    /// The organisation's slug, for the audit.
    pub organisation: String,
    /// The time.
    pub clock: Clock,
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Who there is. Their roles are those of the store.
    pub directory: Arc<Directory>,
    /// How access is granted.
    pub provisioners: Provisioners,
    /// Policies, settings and roles for a store that has none.
    pub seed: Seed,
    /// How many live requests one person may have made.
    pub requests_per_person: u32,
}

/// Handles requests. Cloning gives another handle on the same.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    organisation: String,
    clock: Clock,
    store: Arc<dyn Store>,
    directory: Arc<Directory>,
    provisioners: Provisioners,
    requests_per_person: u32,
    /// As it stands in the store.
    administration: RwLock<Arc<Administration>>,
    /// Held while administration is changed, so that memory follows the store in order.
    administering: tokio::sync::Mutex<()>,
    waiters: Arc<waiters::Waiters>,
    alarm: timers::Alarm,
    provisioning: provisioning::Provisioning,
    tasks: Mutex<JoinSet<()>>,
}

impl Engine {
    /// Starts on a store: fills in what it lacks, resumes provisioning that was cut off, and sets the timers.
    ///
    /// # Errors
    ///
    /// [`EngineError::Store`]; [`EngineError::Refused`] if the seed's rules are wrong.
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

    /// Stops what goes on in the background; the next start resumes it. Then closes the store.
    pub async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.0.tasks));
        tasks.shutdown().await;
        self.0.store.close().await;
    }

    /// The person with this e-mail address, with the roles that they have now. `None` for somebody who is not, or no
    /// longer, in the directory.
    pub fn person(&self, email: &str) -> Option<User> {
        self.administration().people.get(email).cloned()
    }

    /// Policies, settings and roles as they are now.
    pub fn administration(&self) -> Arc<Administration> {
        Arc::clone(&self.0.administration.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The person for whom a request is, in the directory or not.
    fn principal(&self, email: &str) -> User {
        self.person(email).unwrap_or_else(|| User { email: email.into(), ..User::default() })
    }

    /// Runs in the background until it ends or the engine stops.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.0.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}

/// Nothing that holds these locks can panic half-way through a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
