//! Snapshots of whole outputs, so that wording is reviewed in one place and nothing unexpected slips through.
//!
//! [`snapshot!`](crate::snapshot!) compares with an inline snapshot (`@"…"`) or, without one, with a file in
//! `tests/**/snapshots/`. After a deliberate change, run the tests and accept the new texts with `cargo insta review`.

use crate::Output;
use insta::Settings;

/// Patterns for text that differs between runs, and their replacements. They apply in this order.
const FILTERS: [(&str, &str); 10] = [
    (r"[\w./-]*/p0-test-\w{6}", "[ROOT]"),
    (r"\b(127\.0\.0\.1|localhost|\[::1\]):\d+", "$1:[PORT]"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?", "[TIME]"),
    (r"\b(at|until|from|since) \d\d:\d\d(:\d\d)?\b", "$1 [TIME]"),
    (r"\bin (\d+[dhms] ?)+(\b|$)", "in [DURATION]"),
    (r"\b(\d+[dhms] ?)+ ago\b", "[DURATION] ago"),
    (r"SHA256:[A-Za-z0-9+/]{43}", "SHA256:[FINGERPRINT]"),
    (r"\b(pid|process) \d+\b", "$1 [PID]"),
    (r"\b[0-9a-f]{32,64}\b", "[HASH]"),
    // The id of a request.
    (r"\b[A-Za-z0-9]{20}\b", "[ID]"),
];

/// What a snapshot can be taken of.
pub trait Snapshot {
    /// The text to compare, before the filters.
    fn snapshot(&self) -> String;
}

/// How the process ended, its stdout and its stderr. The test has then looked at all of them.
impl Snapshot for Output {
    fn snapshot(&self) -> String {
        let mut text = format!("{}\n", self.status());
        for (name, stream) in [("stdout", self.stdout()), ("stderr", self.stderr())] {
            if !stream.is_empty() {
                text += &format!("--- {name}\n{stream}");
            }
        }
        text
    }
}

impl Snapshot for str {
    fn snapshot(&self) -> String {
        self.to_owned()
    }
}

impl Snapshot for String {
    fn snapshot(&self) -> String {
        self.clone()
    }
}

/// insta's settings with the filters that every snapshot needs.
pub fn settings() -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, replacement) in FILTERS {
        settings.add_filter(pattern, replacement);
    }
    settings
}

/// Compares an [`Output`](crate::Output) or a text with a snapshot.
///
/// ```no_run
/// # let env = p0_testkit::TestEnv::new("p0");
/// p0_testkit::snapshot!(env.p0(["--version"]).run(), @r"
/// exit status: 0
/// --- stdout
/// p0 0.1.0
/// ");
/// ```
#[macro_export]
macro_rules! snapshot {
    ($subject:expr $(,)?) => {{
        let subject = $subject;
        let text = $crate::snapshot::Snapshot::snapshot(&subject);
        $crate::snapshot::settings().bind(|| $crate::insta::assert_snapshot!(text));
        subject
    }};
    ($subject:expr, @$expected:literal $(,)?) => {{
        let subject = $subject;
        let text = $crate::snapshot::Snapshot::snapshot(&subject);
        $crate::snapshot::settings().bind(|| $crate::insta::assert_snapshot!(text, @$expected));
        subject
    }};
    ($subject:expr, $name:expr $(,)?) => {{
        let subject = $subject;
        let text = $crate::snapshot::Snapshot::snapshot(&subject);
        $crate::snapshot::settings().bind(|| $crate::insta::assert_snapshot!($name, text));
        subject
    }};
}

#[cfg(test)]
mod tests {
    use crate::TestEnv;

    #[test]
    fn a_snapshot_shows_the_end_and_both_streams() {
        let script = "echo data; echo Error: no >&2; exit 3";
        snapshot!(TestEnv::new("p0").run("sh").args(["-c", script]).run(), @"
        exit status: 3
        --- stdout
        data
        --- stderr
        Error: no
        ");
    }

    #[test]
    fn what_differs_from_run_to_run_is_replaced() {
        let text = "/tmp/p0-test-a1B2c3/home/.kube 127.0.0.1:41234 2026-11-30T10:00:00Z 2026-11-30 10:00 until 10:00 (in 1h 59m) \
                    3m ago SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU process 4711 Kx3mPq9RtVwYz2Ab4Cd6";
        snapshot!(text.to_owned(), @"[ROOT]/home/.kube 127.0.0.1:[PORT] [TIME] [TIME] until [TIME] (in [DURATION]) [DURATION] ago SHA256:[FINGERPRINT] process [PID] [ID]");
    }
}
