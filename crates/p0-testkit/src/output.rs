//! The exit status and output of a process, and assertions on them. Output that no assertion covers fails the test.

use serde_json::Value;
use std::{cell::Cell, os::unix::process::ExitStatusExt, process::ExitStatus, thread};

/// The end of a process: its exit code, stdout and stderr.
///
/// A non-empty stream, a code other than 0 or a process left running that the test has not looked at when this is
/// dropped is a panic, so that a test cannot miss it.
#[derive(Debug)]
pub struct Output {
    command: String,
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    left: bool,
    seen: Seen,
}

#[derive(Debug, Default)]
struct Seen {
    status: Cell<bool>,
    stdout: Cell<bool>,
    stderr: Cell<bool>,
    left: Cell<bool>,
}

impl Output {
    pub(crate) fn new(command: String, status: ExitStatus, stdout: Vec<u8>, stderr: Vec<u8>, left: bool) -> Self {
        Self { command, status, stdout, stderr, left, seen: Seen::default() }
    }

    /// It exited with 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.code(0)
    }

    /// It exited with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        self.seen.status.set(true);
        if self.status.code() != Some(code) {
            self.fail(&format!("exit code {code} was expected"));
        }
        self
    }

    /// It died by this signal, such as 9.
    #[track_caller]
    pub fn killed_by(self, signal: i32) -> Self {
        self.seen.status.set(true);
        if self.status.signal() != Some(signal) {
            self.fail(&format!("death by signal {signal} was expected"));
        }
        self
    }

    /// How it ended.
    pub fn status(&self) -> ExitStatus {
        self.seen.status.set(true);
        self.status
    }

    /// What it wrote to stdout, which must be UTF-8.
    #[track_caller]
    pub fn stdout(&self) -> &str {
        self.seen.stdout.set(true);
        self.text(&self.stdout)
    }

    /// What it wrote to stderr, which must be UTF-8.
    #[track_caller]
    pub fn stderr(&self) -> &str {
        self.seen.stderr.set(true);
        self.text(&self.stderr)
    }

    /// What it wrote to stdout, byte for byte.
    pub fn stdout_bytes(&self) -> &[u8] {
        self.seen.stdout.set(true);
        &self.stdout
    }

    /// It wrote exactly this to stdout.
    #[track_caller]
    pub fn stdout_is(self, expected: &str) -> Self {
        if self.stdout() != expected {
            self.fail(&format!("this was expected on stdout: {expected:?}"));
        }
        self
    }

    /// It wrote exactly this to stderr.
    #[track_caller]
    pub fn stderr_is(self, expected: &str) -> Self {
        if self.stderr() != expected {
            self.fail(&format!("this was expected on stderr: {expected:?}"));
        }
        self
    }

    /// Its stdout contains this.
    #[track_caller]
    pub fn stdout_has(self, expected: &str) -> Self {
        if !self.stdout().contains(expected) {
            self.fail(&format!("this was expected in stdout: {expected:?}"));
        }
        self
    }

    /// Its stderr contains this.
    #[track_caller]
    pub fn stderr_has(self, expected: &str) -> Self {
        if !self.stderr().contains(expected) {
            self.fail(&format!("this was expected in stderr: {expected:?}"));
        }
        self
    }

    /// Neither stream contains this, such as a secret.
    #[track_caller]
    pub fn lacks(self, unwanted: &str) -> Self {
        let found = |stream: &[u8]| String::from_utf8_lossy(stream).contains(unwanted);
        if found(&self.stdout) || found(&self.stderr) {
            self.fail(&format!("this was not to be written: {unwanted:?}"));
        }
        self
    }

    /// Its stdout is one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(self.stdout()) {
            Ok(document) => document,
            Err(error) => self.fail(&format!("one JSON document was expected on stdout ({error})")),
        }
    }

    /// Its stderr may say anything.
    pub fn ignore_stderr(self) -> Self {
        self.seen.stderr.set(true);
        self
    }

    /// Its stdout may say anything.
    pub fn ignore_stdout(self) -> Self {
        self.seen.stdout.set(true);
        self
    }

    /// Whether something of its group ran on after its end (and was killed then).
    pub fn left_running(&self) -> bool {
        self.seen.left.set(true);
        self.left
    }

    #[track_caller]
    fn text<'a>(&self, stream: &'a [u8]) -> &'a str {
        match str::from_utf8(stream) {
            Ok(text) => text,
            Err(error) => self.fail(&format!("its output is not UTF-8 ({error})")),
        }
    }

    /// Fails the test with all that is known.
    #[track_caller]
    pub fn fail(&self, complaint: &str) -> ! {
        panic!("{complaint}\n{self}");
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "--- {} ({})", self.command, self.status)?;
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                writeln!(f, "--- {name}\n{}", String::from_utf8_lossy(stream).trim_end())?;
            }
        }
        f.write_str("---")
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let unseen = [
            (!self.seen.status.get() && !self.status.success(), "its exit code"),
            (!self.seen.stdout.get() && !self.stdout.is_empty(), "its stdout"),
            (!self.seen.stderr.get() && !self.stderr.is_empty(), "its stderr"),
            (!self.seen.left.get() && self.left, "what it left running"),
        ];
        if let Some((_, what)) = unseen.iter().find(|(unseen, _)| *unseen) {
            self.fail(&format!("the test never looked at {what}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Output, TestEnv};

    fn sh(script: &str) -> Output {
        TestEnv::new("p0").run("sh").args(["-c", script]).run()
    }

    #[test]
    fn what_was_looked_at_is_fine() {
        sh("echo out; echo err >&2; exit 3").code(3).stdout_is("out\n").stderr_has("err").lacks("secret");
        assert_eq!(sh("echo '{\"a\": 1}'").success().json()["a"], 1);
        sh("kill -9 $$").killed_by(9);
    }

    #[test]
    #[should_panic(expected = "never looked at its stdout")]
    fn stdout_is_not_overlooked() {
        let _output = sh("echo out").success();
    }

    #[test]
    #[should_panic(expected = "never looked at its stderr")]
    fn stderr_is_not_overlooked() {
        let _output = sh("echo err >&2").success();
    }

    #[test]
    #[should_panic(expected = "never looked at its exit code")]
    fn a_failure_is_not_overlooked() {
        let _output = sh("exit 1");
    }

    #[test]
    #[should_panic(expected = "never looked at what it left running")]
    fn a_process_left_behind_is_not_overlooked() {
        let _output = sh("sleep 60 >/dev/null 2>&1 &").success();
    }

    #[test]
    #[should_panic(expected = "exit code 0 was expected")]
    fn a_wrong_code_fails() {
        sh("exit 2").success();
    }

    #[test]
    #[should_panic(expected = "this was not to be written: \"token\"")]
    fn a_leak_fails() {
        let _output = sh("echo a token >&2").success().lacks("token");
    }
}
