//! Lengths of time and points in time, as people read them.

use jiff::{Timestamp, tz::TimeZone};
use p0_wire::settings::Length;
use std::time::Duration;

/// `45s`, `9m 30s`, `2h 5m`, `3d 4h`: two units at most.
pub fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let pair = |a: u64, x: &str, b: u64, y: &str| if b == 0 { format!("{a}{x}") } else { format!("{a}{x} {b}{y}") };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, m) => pair(m, "m", seconds % 60, "s"),
        (0, h, m) => pair(h, "h", m, "m"),
        (d, h, _) => pair(d, "d", h, "h"),
    }
}

/// How soon something is tried again: `at once` below a second, else `in 5s`.
pub fn soon(wait: Duration) -> String {
    if wait < Duration::from_secs(1) { "at once".into() } else { format!("in {}", length(wait)) }
}

/// How far away a time is: `in 2h 5m`, `3m ago`.
pub fn relative(now: Timestamp, time: Timestamp) -> String {
    let seconds = time.as_second() - now.as_second();
    let distance = length(Duration::from_secs(seconds.unsigned_abs()));
    if seconds >= 0 { format!("in {distance}") } else { format!("{distance} ago") }
}

/// The time of day here, with the date if that is another day.
pub fn local(now: Timestamp, time: Timestamp) -> String {
    let zone = TimeZone::system();
    let (now, time) = (now.to_zoned(zone.clone()), time.to_zoned(zone));
    let format = if now.date() == time.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    time.strftime(format).to_string()
}

/// A time of the wire, which counts milliseconds since the Unix epoch; `None` if it is out of any calendar.
pub fn from_millis(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

/// RFC 3339 in UTC, to the second.
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads how long to wait: whatever is a [`Length`], which includes what [`length`] writes, or bare seconds.
pub fn parse_length(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let length = Length::parse(text)
        .ok_or_else(|| format!("'{text}' is not a length of time; write it like 90s, 10m or 2h30m"))?;
    Ok(Duration::from_secs(length.seconds()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_two_units_at_most() {
        for (seconds, text) in
            [(0, "0s"), (45, "45s"), (60, "1m"), (570, "9m 30s"), (7500, "2h 5m"), (273_600, "3d 4h"), (86_400, "1d")]
        {
            assert_eq!(length(Duration::from_secs(seconds)), text);
            assert_eq!(
                parse_length(text).ok(),
                (seconds > 0).then_some(Duration::from_secs(seconds)),
                "{text} is read"
            );
        }
    }

    #[test]
    fn lengths_are_read_in_every_common_form() {
        for (text, seconds) in
            [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("10 minutes", 600), ("2h 5m", 7500)]
        {
            assert_eq!(parse_length(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "x", "10x", "1h-", "m5", "-5s", "1.5h"] {
            assert!(parse_length(text).is_err(), "{text}");
        }
        assert_eq!(parse_length("0"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_less_than_a_second_away_is_at_once() {
        assert_eq!(soon(Duration::from_millis(999)), "at once");
        assert_eq!(soon(Duration::from_millis(2_700)), "in 2s");
    }

    #[test]
    fn distances_look_forward_and_back() {
        let now = Timestamp::from_second(1_000_000).expect("a time");
        assert_eq!(relative(now, Timestamp::from_second(1_007_500).expect("a time")), "in 2h 5m");
        assert_eq!(relative(now, Timestamp::from_second(999_820).expect("a time")), "3m ago");
    }
}
