//! The organisation's settings (protocol, section 9).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A duration in one unit, such as `2h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Length {
    /// The number of units.
    pub time: u32,
    /// The unit.
    pub unit: Unit,
}

/// Units of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Second,
    /// Minutes.
    #[serde(rename = "m")]
    Minute,
    /// Hours.
    #[serde(rename = "h")]
    Hour,
    /// Days of 24 hours.
    #[serde(rename = "d")]
    Day,
    /// Weeks of seven days.
    #[serde(rename = "w")]
    Week,
}

impl Unit {
    /// Returns the number of seconds in the unit.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
        }
    }
}

impl Length {
    /// Makes a duration of `time` units.
    pub const fn new(time: u32, unit: Unit) -> Self {
        Self { time, unit }
    }

    /// Returns the duration in seconds.
    pub const fn seconds(self) -> u64 {
        self.time as u64 * self.unit.seconds()
    }

    /// As one word, such as `2h`: how `approve` is told.
    pub fn short(self) -> String {
        let unit = match self.unit {
            Unit::Second => 's',
            Unit::Minute => 'm',
            Unit::Hour => 'h',
            Unit::Day => 'd',
            Unit::Week => 'w',
        };
        format!("{}{unit}", self.time)
    }

    /// The longest unit in which so many seconds are a whole number: `90 minutes` for an hour and a half.
    ///
    /// `None` for no time, and for more than fits.
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        let units = [Unit::Week, Unit::Day, Unit::Hour, Unit::Minute, Unit::Second];
        let unit = units.into_iter().find(|unit| seconds.is_multiple_of(unit.seconds()))?;
        let time = u32::try_from(seconds / unit.seconds()).ok()?;
        (time > 0).then_some(Self { time, unit })
    }

    /// Reads `2 hours`, `1 week`, `30m`, `1h30m`, `2h 5m`, `1 hour 30 minutes`: whole numbers, each with a unit, singular
    /// or plural, long or a letter, from the longest unit to the shortest. One number keeps its unit; several are added
    /// up. `None` for anything else, and for no time at all.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let (mut parts, mut total) = (Vec::new(), 0_u64);
        while !rest.is_empty() {
            let number = rest.find(|c: char| !c.is_ascii_digit())?;
            let end = rest[number..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |next| number + next);
            let part = Self::part(rest[..number].parse().ok()?, &rest[number..end])?;
            if parts.last().is_some_and(|last: &Self| last.unit.seconds() <= part.unit.seconds()) {
                return None;
            }
            parts.push(part);
            total = total.checked_add(part.seconds())?;
            rest = &rest[end..];
        }
        match parts[..] {
            [only] => Some(only).filter(|only| only.time > 0),
            _ => Self::from_seconds(total),
        }
    }

    /// A number and the name of its unit.
    fn part(time: u32, unit: &str) -> Option<Self> {
        let unit = match unit.trim().to_ascii_lowercase().as_str() {
            "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
            "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
            "d" | "day" | "days" => Unit::Day,
            "w" | "week" | "weeks" => Unit::Week,
            _ => return None,
        };
        Some(Self { time, unit })
    }
}

/// The label: `2 hours`, `1 hour`.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
        };
        write!(f, "{} {unit}{}", self.time, if self.time == 1 { "" } else { "s" })
    }
}

/// A duration that requestors can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryOption {
    /// The number of units.
    pub time: u32,
    /// The unit.
    pub unit: Unit,
    /// The label, such as `2 hours`.
    pub value: String,
}

impl From<Length> for ExpiryOption {
    fn from(length: Length) -> Self {
        Self { time: length.time, unit: length.unit, value: length.to_string() }
    }
}

/// The response to `POST /settings/expiry-options/_reset`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryOptions {
    /// The durations, shortest first.
    pub options: Vec<ExpiryOption>,
}

/// The body of `PUT /settings/default-approvals`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefaultApprovals {
    /// Requestors may approve their own requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_one_party: Option<bool>,
    /// Requests must have a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_reason: Option<bool>,
}

/// The response to `GET /settings` (embedded service only).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The durations that requestors can choose.
    pub expiry_options: Vec<Length>,
    /// The conditions of approvals that no rule defines.
    #[serde(default)]
    pub default_approvals: DefaultApprovals,
    /// How long after the request it can be approved.
    pub approvable_duration: Length,
    /// The longest time for which access can be granted.
    pub max_access_duration: Length,
    /// The longest time for which standing access can be granted.
    pub standing_access_duration: Length,
}

impl Settings {
    /// The default durations: 5 minutes, 1 hour, 24 hours, 1 week, 30 days.
    pub const EXPIRY_OPTIONS: [Length; 5] = [
        Length::new(5, Unit::Minute),
        Length::new(1, Unit::Hour),
        Length::new(24, Unit::Hour),
        Length::new(1, Unit::Week),
        Length::new(30, Unit::Day),
    ];
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            expiry_options: Self::EXPIRY_OPTIONS.to_vec(),
            default_approvals: DefaultApprovals::default(),
            approvable_duration: Length::new(1, Unit::Day),
            max_access_duration: Length::new(30, Unit::Day),
            standing_access_duration: Length::new(365, Unit::Day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, label) in [
            ("10 minutes", "10 minutes"),
            ("2 hours", "2 hours"),
            ("1h", "1 hour"),
            (" 5 Days ", "5 days"),
            ("1 week", "1 week"),
            ("30m", "30 minutes"),
            ("90s", "90 seconds"),
            ("60m", "60 minutes"),
            ("1h30m", "90 minutes"),
            ("1H 30M", "90 minutes"),
            ("1 hour 30 minutes", "90 minutes"),
            ("1d12h", "36 hours"),
            ("3d 4h", "76 hours"),
            ("9m 30s", "570 seconds"),
            ("1w 0d", "1 week"),
            ("1h60m", "2 hours"),
        ] {
            let length = Length::parse(text).expect(text);
            assert_eq!(length.to_string(), label, "{text}");
            assert_eq!(Length::parse(&length.short()), Some(length), "{text}");
        }
        for text in [
            "",
            "5",
            "h",
            "0 hours",
            "-1 hour",
            "1.5h",
            "two hours",
            "1h30",
            "30m1h",
            "1h 1h",
            "0h0m",
            "h30m",
            "1h-30m",
            "1h, 30m",
            "4294967295w1s",
            "1 fortnight",
            "99999999999h",
            "5é",
        ] {
            assert_eq!(Length::parse(text), None, "{text}");
        }
    }
}
