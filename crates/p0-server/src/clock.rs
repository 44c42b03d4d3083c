//! The one source of time: a parameter, so that a test can turn it.

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
    /// So much later.
    #[must_use]
    pub fn plus(self, length: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(length.as_millis()).unwrap_or(i64::MAX)))
    }

    /// So much earlier.
    #[must_use]
    pub fn minus(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(length.as_millis()).unwrap_or(i64::MAX)))
    }

    /// From this to a later time; zero if that is past.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// The same without a fraction of a second, for people.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self(self.0 - self.0.rem_euclid(1_000))
    }

    /// RFC 3339, UTC. Times that it cannot say are its first or its last.
    pub fn rfc3339(self) -> String {
        let (first, last) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
        let outside = if self.0 < 0 { first } else { last };
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(outside).to_string()
    }
}

/// Tells the time and sleeps by it. Cloning gives another handle on the same clock.
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
    turned: Notify,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until it is turned by [`Clock::advance`].
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(Hand { now: AtomicI64::new(start.0), turned: Notify::new() })))
    }

    /// The time.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp(jiff::Timestamp::now().as_millisecond()),
            Source::Manual(hand) => Timestamp(hand.now.load(Ordering::SeqCst)),
        }
    }

    /// Turns a manual clock, and wakes whoever sleeps by it. A system clock stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(hand) = &self.0 {
            hand.now.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
            hand.turned.notify_waiters();
        }
    }

    /// Sleeps until this time by this clock. A system sleep is taken in pieces of a minute at most, so that a
    /// suspended machine wakes up to the right time.
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
                    let turned = hand.turned.notified();
                    tokio::pin!(turned);
                    turned.as_mut().enable();
                    if self.now() >= deadline {
                        return;
                    }
                    turned.await;
                }
            }
        }
    }

    /// Sleeps for so long by this clock.
    pub async fn sleep(&self, length: Duration) {
        self.sleep_until(self.now().plus(length)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_beyond_the_calendar_is_its_end() {
        assert_eq!(Timestamp(1_800_000_000_000).rfc3339(), "2027-01-15T08:00:00Z");
        assert!(Timestamp(0).plus(Duration::MAX).whole_seconds().rfc3339().starts_with("9999-12-"));
        assert!(Timestamp(i64::MIN).rfc3339().starts_with("-"));
    }
}
