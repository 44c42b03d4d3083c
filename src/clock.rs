//! The current time, in the one place that reads it.

use jiff::Timestamp;
use std::time::Instant;

/// Now, by the system's clock.
#[expect(clippy::disallowed_methods, reason = "the clock is where the time is read")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Now, by the clock that only goes forward: for deadlines and elapsed time.
#[expect(clippy::disallowed_methods, reason = "the clock is where the time is read")]
pub fn instant() -> Instant {
    Instant::now()
}
