//! Rate limits for guessing. The counts are in memory, so a restart resets them.

use crate::clock::{Clock, Timestamp};
use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The maximum number of keys, which bounds the memory.
const MOST_KEYS: usize = 10_000;

/// Limits attempts per key and time window. A window starts with the first attempt.
pub(crate) struct Attempts<K> {
    clock: Clock,
    most: u32,
    window: Duration,
    counts: Mutex<HashMap<K, Count>>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    attempts: u32,
    ends_at: Timestamp,
}

/// The limit is reached; the next window starts after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Locked(pub(crate) Duration);

impl<K: Eq + Hash + Clone> Attempts<K> {
    pub(crate) fn new(clock: Clock, most: u32, window: Duration) -> Self {
        Self { clock, most, window, counts: Mutex::default() }
    }

    /// Counts an attempt. Call it before the attempt, so that concurrent attempts cannot exceed the limit.
    pub(crate) fn begin(&self, key: &K) -> Result<(), Locked> {
        let now = self.clock.now();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_KEYS && !counts.contains_key(key) {
            make_room(&mut counts, now);
        }
        let fresh = Count { attempts: 0, ends_at: now.plus(self.window) };
        let count = counts.entry(key.clone()).or_insert(fresh);
        if count.ends_at <= now {
            *count = fresh;
        }
        if count.attempts >= self.most {
            return Err(Locked(now.until(count.ends_at)));
        }
        count.attempts += 1;
        Ok(())
    }

    /// Takes back one attempt that turned out not to be a guess.
    pub(crate) fn excuse(&self, key: &K) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(key) {
            count.attempts = count.attempts.saturating_sub(1);
        }
    }

    /// Resets the count of a key.
    pub(crate) fn forgive(&self, key: &K) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// Drops windows that are over or, if there are none, the one that ends first.
fn make_room<K: Eq + Hash + Clone>(counts: &mut HashMap<K, Count>, now: Timestamp) {
    counts.retain(|_, count| count.ends_at > now);
    if counts.len() >= MOST_KEYS
        && let Some(key) = counts.iter().min_by_key(|(_, count)| count.ends_at).map(|(key, _)| key.clone())
    {
        counts.remove(&key);
    }
}

/// A client's network address, for limits. IPv6 addresses are cut to their /64, which one customer controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClientAddr(Option<IpAddr>);

impl ClientAddr {
    /// Makes the address. All unknown addresses are equal.
    pub(crate) fn from_ip(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 @ IpAddr::V4(_) => v4,
        }))
    }
}

impl std::fmt::Display for ClientAddr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("an unknown address"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_limited_per_window() {
        let clock = Clock::manual(Timestamp(0));
        let attempts = Attempts::new(clock.clone(), 2, Duration::from_secs(60));
        assert_eq!(attempts.begin(&"a"), Ok(()));
        clock.advance(Duration::from_secs(20));
        assert_eq!(attempts.begin(&"a"), Ok(()));
        assert_eq!(attempts.begin(&"a"), Err(Locked(Duration::from_secs(40))));
        assert_eq!(attempts.begin(&"b"), Ok(()));
        attempts.excuse(&"a");
        assert_eq!(attempts.begin(&"a"), Ok(()));
        clock.advance(Duration::from_secs(40));
        assert_eq!(attempts.begin(&"a"), Ok(()));
        attempts.forgive(&"a");
        assert_eq!((attempts.begin(&"a"), attempts.begin(&"a")), (Ok(()), Ok(())));
    }

    #[test]
    fn number_of_keys_is_limited() {
        let attempts = Attempts::new(Clock::manual(Timestamp(0)), 1, Duration::from_secs(60));
        for key in 0..MOST_KEYS + 50 {
            attempts.begin(&key).unwrap();
        }
        assert_eq!(attempts.counts.lock().unwrap().len(), MOST_KEYS);
    }

    #[test]
    fn ipv6_addresses_of_one_64_are_equal() {
        let from_ip = |text: &str| ClientAddr::from_ip(text.parse().ok());
        assert_eq!(from_ip("2001:db8::1"), from_ip("2001:db8::ffff:2"));
        assert_ne!(from_ip("2001:db8::1"), from_ip("2001:db8:0:1::1"));
        assert_eq!(from_ip("::ffff:192.0.2.1"), from_ip("192.0.2.1"));
        assert_eq!(from_ip("192.0.2.1").to_string(), "192.0.2.1");
    }
}
