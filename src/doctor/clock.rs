//! The clock: against the service's, as its answers tell it.

use super::{Finding, service::Call};
use crate::ui::time;
use jiff::{SignedDuration, Timestamp};

const CHECK: &str = "clock";
/// A clock that is further off breaks tokens, certificates and signed requests, sooner or later.
const MOST: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn judge(call: &Call) -> Finding {
    let Ok(answer) = &call.answer else {
        return Finding::note(CHECK, "Not compared, as the service does not answer.");
    };
    let Some(theirs) = answer.date.as_deref().and_then(parse) else {
        return Finding::note(CHECK, "Not compared, as the service's answer has no date.");
    };
    let ahead = ahead(answer.between, theirs);
    let apart = time::length(ahead.unsigned_abs());
    if ahead.abs() <= MOST {
        return Finding::ok(CHECK, format!("This machine's clock and the service's are {apart} apart."));
    }
    let side = if ahead.is_positive() { "ahead of" } else { "behind" };
    Finding::wrong(CHECK, format!("This machine's clock is {apart} {side} the service's.")).fix(fix())
}

/// An HTTP date (RFC 9110, section 5.6.7) in the form that everybody sends.
fn parse(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// How far the clock here is ahead. The service's date is that of some moment of the call, to the second.
fn ahead((asked, answered): (Timestamp, Timestamp), theirs: Timestamp) -> SignedDuration {
    let latest = theirs + SignedDuration::from_secs(1);
    if asked > latest {
        asked.duration_since(latest)
    } else if answered < theirs {
        answered.duration_since(theirs)
    } else {
        SignedDuration::ZERO
    }
}

const fn fix() -> &'static str {
    if cfg!(target_os = "macos") {
        "Set it by the network: sudo sntp -sS time.apple.com"
    } else if cfg!(windows) {
        "Set it by the network: w32tm /resync"
    } else {
        "Set it by the network: sudo timedatectl set-ntp true"
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{State, service::Answer},
        *,
    };
    use p0_client::Network;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn finding_for(date: Option<&str>, asked: &str) -> Finding {
        let between = (at(asked), at(asked) + SignedDuration::from_millis(300));
        judge(&Call::to("https://api.example.com", Ok(Answer { date: date.map(str::to_owned), between })))
    }

    #[test]
    fn a_clock_that_is_off_says_by_how_much_and_which_way() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for (asked, state, said) in [
            ("1994-11-06T08:49:37.2Z", State::Ok, "This machine's clock and the service's are 0s apart."),
            ("1994-11-06T08:50:08Z", State::Ok, "This machine's clock and the service's are 30s apart."),
            ("1994-11-06T09:49:38Z", State::Wrong, "This machine's clock is 1h ahead of the service's."),
            ("1994-11-05T08:49:36.7Z", State::Wrong, "This machine's clock is 1d behind the service's."),
        ] {
            let finding = finding_for(date, asked);
            assert_eq!((finding.state, finding.said.as_str()), (state, said), "{asked}");
            assert_eq!(finding.fix.is_empty(), state == State::Ok);
        }
    }

    #[test]
    fn without_a_date_nothing_is_compared() {
        for date in [None, Some(""), Some("yesterday"), Some("1994-11-06T08:49:37Z")] {
            let finding = finding_for(date, "1994-11-06T08:49:37Z");
            assert_eq!((finding.state, finding.said.contains("has no date")), (State::Note, true), "{date:?}");
        }
        assert_eq!(judge(&Call::failed(Network::Refused)).state, State::Note);
    }
}
