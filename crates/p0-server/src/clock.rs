//! The only source of time. It is passed as a parameter, so that tests can set it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// Milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the time this much later.
    #[must_use]
    pub fn plus(self, length: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(length.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns the time this much earlier.
    #[must_use]
    pub fn minus(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(length.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns the duration until a later time, or zero if that time is past.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// Drops the fraction of a second, for display.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self(self.0 - self.0.rem_euclid(1_000))
    }

    /// Formats the time (RFC 3339, UTC). A time outside the format's range becomes the nearest one inside it.
    pub fn rfc3339(self) -> String {
        let (first, last) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
        let outside = if self.0 < 0 { first } else { last };
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(outside).to_string()
    }
}

/// A clock. Clones share the same clock.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual(Arc<Hand>),
}

#[derive(Debug)]
struct Hand {
    now: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// Returns the system clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Makes a clock that shows `start` until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(Hand { now: AtomicI64::new(start.0), moved: Notify::new() })))
    }

    /// Returns the current time.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp(jiff::Timestamp::now().as_millisecond()),
            Source::Manual(hand) => Timestamp(hand.now.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward and wakes its sleepers. Does nothing to a system clock.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(hand) = &self.0 {
            hand.now.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
            hand.moved.notify_waiters();
        }
    }

    /// Sleeps until this time. A long sleep on the system clock is split into pieces of at most a minute, because timers do not
    /// advance while a machine is suspended.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        loop {
            match &self.0 {
                Source::System => {
                    let left = self.now().until(deadline);
                    if left.is_zero() {
                        return;
                    }
                    tokio::time::sleep(left.min(Duration::from_secs(60))).await;
                }
                Source::Manual(hand) => {
                    let moved = hand.moved.notified();
                    tokio::pin!(moved);
                    moved.as_mut().enable();
                    if self.now() >= deadline {
                        return;
                    }
                    moved.await;
                }
            }
        }
    }

    /// Sleeps for this long.
    pub async fn sleep(&self, length: Duration) {
        self.sleep_until(self.now().plus(length)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_outside_rfc3339_become_the_nearest_valid_time() {
        assert_eq!(Timestamp(1_800_000_000_000).rfc3339(), "2027-01-15T08:00:00Z");
        assert!(Timestamp(0).plus(Duration::MAX).whole_seconds().rfc3339().starts_with("9999-12-"));
        assert!(Timestamp(i64::MIN).rfc3339().starts_with("-"));
    }
}
