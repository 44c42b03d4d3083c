//! When to try again (protocol, section 1), and the passing of time while waiting for it.

use crate::Error;
use async_trait::async_trait;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// The passing of time, as a parameter.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Now, by a clock that only goes forward.
    fn now(&self) -> Instant;

    /// Sleeps for so long by that clock.
    async fn sleep(&self, length: Duration);

    /// The same for a limit, which is a wait that normally ends earlier: a test's clock tells the two apart.
    async fn limit(&self, length: Duration) {
        self.sleep(length).await;
    }

    /// A random number from 0 up to, but not, 1: for jitter.
    fn random(&self) -> f64;
}

/// The system's time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemTimer;

#[async_trait]
impl Timer for SystemTimer {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }

    fn random(&self) -> f64 {
        rand::random()
    }
}

/// How often and how soon to try again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// How many times, after the first.
    pub retries: u32,
    /// The first wait; each further one is twice as long.
    pub first: Duration,
    /// The longest wait between two tries.
    pub most: Duration,
    /// How far a wait may be off, either way, so that clients do not come back all at once: 0.5 is half of it,
    /// 1 the most.
    pub jitter: f64,
    /// How long to go on trying to reach a service that has not answered yet: it may be restarting, but more often its
    /// address is wrong. One that has answered before is tried as often as `retries` says.
    pub reach: Duration,
    /// The longest `Retry-After` that is waited out where no deadline says how long there is time.
    pub most_asked: Duration,
}

/// 1 s, doubling to 30 s, 8 retries, ±50 %; 10 s for a service that has not answered yet; a `Retry-After` of up to
/// 5 minutes.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries: 8,
            first: Duration::from_secs(1),
            most: Duration::from_secs(30),
            jitter: 0.5,
            reach: Duration::from_secs(10),
            most_asked: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// Try once.
    pub fn never() -> Self {
        Self { retries: 0, ..Self::default() }
    }

    /// The wait before a retry; `failed` is how many retries there were already. `random` is from 0 to 1.
    pub(crate) fn backoff(&self, failed: u32, random: f64) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failed)).min(self.most);
        doubled.mul_f64(1.0 + self.jitter.clamp(0.0, 1.0) * (2.0 * random - 1.0)).min(self.most)
    }

    /// The wait before a retry where the service asked for one: never shorter, and a little longer, so that not all
    /// clients come back at once.
    pub(crate) fn asked(&self, after: Duration, random: f64) -> Duration {
        after.saturating_add(self.first.mul_f64(random))
    }
}

/// A call failed and will be tried again.
#[derive(Debug)]
pub struct Retrying<'a> {
    /// Why.
    pub why: &'a Error,
    /// Which retry this will be, from 1.
    pub retry: u32,
    /// How many retries there can be.
    pub of: u32,
    /// How long until then.
    pub wait: Duration,
}

/// Is told of every retry, so that whoever waits can be.
pub type OnRetry = Arc<dyn Fn(&Retrying<'_>) + Send + Sync>;

/// What `Retry-After` (RFC 9110, section 10.2.3) asks for: seconds, or a date. A date is taken relative to the
/// answer's own `Date`, so no two clocks need to agree; without one, or in an obsolete format, it says nothing.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(text)?;
    let now = http_date(headers.get(DATE)?.to_str().ok()?)?;
    Some(Duration::from_secs(u64::try_from(until.as_second() - now.as_second()).unwrap_or(0)))
}

fn http_date(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|date| date.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = RetryPolicy::default();
        let waits: Vec<_> = (0..9).map(|n| policy.backoff(n, 0.5).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30, 30]);
        assert_eq!(policy.backoff(u32::MAX, 0.5), secs(30.0));
    }

    #[test]
    fn jitter_is_half_either_way_and_never_beyond_the_longest() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.backoff(2, 0.0), secs(2.0));
        assert_eq!(policy.backoff(2, 1.0), secs(6.0));
        assert_eq!(policy.backoff(7, 1.0), secs(30.0));
        assert_eq!(policy.asked(secs(7.0), 0.0), secs(7.0));
        assert_eq!(policy.asked(Duration::ZERO, 0.5), secs(0.5));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let read = |after: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, after.parse().expect("a header"));
            if let Some(date) = date {
                headers.insert(DATE, date.parse().expect("a header"));
            }
            retry_after(&headers)
        };
        assert_eq!(read("120", None), Some(secs(120.0)));
        assert_eq!(read(" 0 ", None), Some(Duration::ZERO));
        let noon = Some("Wed, 01 Jan 2025 12:00:00 GMT");
        assert_eq!(read("Wed, 01 Jan 2025 12:00:30 GMT", noon), Some(secs(30.0)));
        assert_eq!(read("Wed, 01 Jan 2025 11:00:00 GMT", noon), Some(Duration::ZERO));
        assert_eq!(read("Wed, 01 Jan 2025 12:00:30 GMT", None), None);
        for nonsense in ["soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(read(nonsense, noon), None, "{nonsense}");
        }
    }
}
