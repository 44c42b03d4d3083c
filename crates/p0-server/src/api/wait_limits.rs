//! Limits how many clients wait on status streams at once: in total and per person.

use super::ApiError;
use axum::http::StatusCode;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts waiting clients against the limits.
pub(crate) struct WaitLimits {
    total_limit: usize,
    per_person_limit: usize,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    total: usize,
    /// By email address. People with no waiting client have no entry, so the map stays small.
    by_person: HashMap<String, usize>,
}

/// One client's slot. Dropping it frees the slot.
pub(super) struct WaitSlot {
    limits: Arc<WaitLimits>,
    email: String,
}

/// Which limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum LimitReached {
    #[error("Too many clients are waiting. Try again later")]
    Total,
    #[error("At most {0} of your clients can wait at once. Try again later")]
    PerPerson(usize),
}

impl WaitLimits {
    pub(crate) fn new(total_limit: usize, per_person_limit: usize) -> Arc<Self> {
        Arc::new(Self { total_limit, per_person_limit, counts: Mutex::default() })
    }

    /// Takes a slot for a client of this person.
    pub(super) fn acquire(self: &Arc<Self>, email: &str) -> Result<WaitSlot, LimitReached> {
        let mut counts = self.lock();
        if counts.total >= self.total_limit {
            return Err(LimitReached::Total);
        }
        let own = counts.by_person.get(email).copied().unwrap_or_default();
        if own >= self.per_person_limit {
            return Err(LimitReached::PerPerson(self.per_person_limit));
        }
        counts.total += 1;
        counts.by_person.insert(email.to_owned(), own + 1);
        Ok(WaitSlot { limits: Arc::clone(self), email: email.to_owned() })
    }

    /// No code panics while it holds the lock, so a poisoned lock still guards consistent counts.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WaitSlot {
    fn drop(&mut self) {
        let mut counts = self.limits.lock();
        counts.total -= 1;
        if let Some(own) = counts.by_person.get_mut(&self.email) {
            *own -= 1;
            if *own == 0 {
                counts.by_person.remove(&self.email);
            }
        }
    }
}

impl From<LimitReached> for ApiError {
    fn from(limit: LimitReached) -> Self {
        let status = match limit {
            LimitReached::Total => StatusCode::SERVICE_UNAVAILABLE,
            LimitReached::PerPerson(_) => StatusCode::TOO_MANY_REQUESTS,
        };
        Self::new(status, limit.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_apply_and_dropped_slots_are_freed() {
        let limits = WaitLimits::new(3, 2);
        let first = limits.acquire("a@example.com").expect("a free slot");
        let second = limits.acquire("a@example.com").expect("a free slot");
        assert_eq!(limits.acquire("a@example.com").err(), Some(LimitReached::PerPerson(2)));
        let other = limits.acquire("b@example.com").expect("a free slot");
        assert_eq!(limits.acquire("c@example.com").err(), Some(LimitReached::Total));
        drop(first);
        let third = limits.acquire("a@example.com").expect("a free slot");
        drop((second, third, other));
        assert!(limits.lock().by_person.is_empty());
        assert_eq!(limits.lock().total, 0);
    }
}
