//! A value that threads change and others wait for: the kit's one way of waiting.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A value, and the news that it has changed.
#[derive(Debug, Default)]
pub(crate) struct Watch<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watch<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Mutex::new(value), changed: Condvar::new() }
    }

    /// The value as it stands. A thread that panicked while it held it has said so in its own words.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the value, and tells whoever waits.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Waits until the value is as wanted. Past the limit, the answer is `None`.
    pub(crate) fn wait<R>(&self, limit: Duration, mut wanted: impl FnMut(&mut T) -> Option<R>) -> Option<R> {
        let mut result = None;
        let _guard = self
            .changed
            .wait_timeout_while(self.lock(), limit, |value| {
                result = wanted(value);
                result.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Arc, thread};

    #[test]
    fn a_change_is_heard_and_its_absence_is_bounded() {
        let watch = Arc::new(Watch::new(0));
        assert_eq!(watch.wait(Duration::from_millis(1), |n| (*n == 1).then_some(())), None);
        let other = Arc::clone(&watch);
        let thread = thread::spawn(move || other.update(|n| *n = 1));
        assert_eq!(watch.wait(crate::LIMIT, |n| (*n == 1).then_some(*n)), Some(1));
        thread.join().expect("the other thread");
    }
}
