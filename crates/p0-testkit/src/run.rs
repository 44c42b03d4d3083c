//! One run of a program: prepared, started, waited for.

use crate::{
    LIMIT, Output,
    process::{Process, Signal, Stream},
};
use std::{cell::Cell, ffi::OsStr, path::Path, process::Command, time::Duration};

/// A run that is being prepared.
#[derive(Debug)]
#[must_use = "it does not run by itself"]
pub struct Invocation {
    pub(crate) command: Command,
    stdin: Vec<u8>,
    limit: Duration,
}

impl Invocation {
    pub(crate) fn new(command: Command) -> Self {
        Self { command, stdin: Vec::new(), limit: LIMIT }
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// More arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable for this run.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable away for this run.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it in this directory.
    pub fn cwd(mut self, directory: impl AsRef<Path>) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// What it reads from stdin, which is a pipe, and empty otherwise.
    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.stdin = input.into();
        self
    }

    /// How long it may take, instead of [`LIMIT`].
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(mut self) -> Output {
        let stdin = std::mem::take(&mut self.stdin);
        let mut running = self.spawn();
        running.process.feed(stdin);
        running.finish()
    }

    /// Starts it. Its stdin stays open until [`Running::close_stdin`] or its end.
    #[track_caller]
    pub fn spawn(mut self) -> Running {
        let name = format!("{:?}", words(&self.command));
        match Process::spawn(&mut self.command) {
            Ok(process) => Running { name, process, limit: self.limit, told_to_end: Cell::new(false) },
            Err(error) => panic!("cannot start {name}: {error}"),
        }
    }
}

/// The program and its arguments, without the environment.
fn words(command: &Command) -> Vec<&OsStr> {
    std::iter::once(command.get_program()).chain(command.get_args()).collect()
}

/// A process that runs. Dropping it kills it with its group.
#[derive(Debug)]
pub struct Running {
    name: String,
    pub(crate) process: Process,
    pub(crate) limit: Duration,
    told_to_end: Cell<bool>,
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until its stdout contains this; all of it so far.
    #[track_caller]
    pub fn wait_for_stdout(&self, text: &str) -> String {
        self.wait_for(Stream::Stdout, text)
    }

    /// Waits until its stderr contains this; all of it so far.
    #[track_caller]
    pub fn wait_for_stderr(&self, text: &str) -> String {
        self.wait_for(Stream::Stderr, text)
    }

    #[track_caller]
    fn wait_for(&self, stream: Stream, text: &str) -> String {
        match self.process.wait_for(stream, text, self.limit) {
            Ok(so_far) => so_far,
            Err(_) => {
                panic!(
                    "{text:?} did not come on {stream:?} of {} within {:?}\n{}",
                    self.name,
                    self.limit,
                    self.so_far()
                )
            }
        }
    }

    /// Writes to its stdin.
    #[track_caller]
    pub fn write_stdin(&mut self, input: &str) {
        if let Err(error) = self.process.write(input.as_bytes()) {
            panic!("{} does not read its stdin: {error}\n{}", self.name, self.so_far());
        }
    }

    /// Writes this to its stdin as it is read, and ends it.
    pub fn feed(&mut self, input: Vec<u8>) {
        self.process.feed(input);
    }

    /// Ends its stdin.
    pub fn close_stdin(&mut self) {
        self.process.feed(Vec::new());
    }

    /// Sends a signal to the process itself, not to its children.
    pub fn signal(&self, signal: Signal) {
        if matches!(signal, Signal::HUP | Signal::INT | Signal::QUIT | Signal::KILL | Signal::TERM) {
            self.told_to_end.set(true);
        }
        self.process.signal(signal);
    }

    /// Kills it, and everything in its group, so that none can clean up.
    pub fn kill_9(self) -> Output {
        self.process.kill();
        self.finish()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&self) -> bool {
        self.process.state.lock().status.is_none()
    }

    /// Waits for its end. Past its limit it is killed, and the test fails.
    ///
    /// Its stdin is closed, unless a signal has told it to end: then the end of its input must not overtake the signal.
    #[track_caller]
    pub fn finish(mut self) -> Output {
        if !self.told_to_end.get() {
            self.close_stdin();
        }
        match self.process.wait(self.limit) {
            Some((status, left)) => self.process.state.update(|state| {
                let (stdout, stderr) = (std::mem::take(&mut state.stdout), std::mem::take(&mut state.stderr));
                Output::new(self.name.clone(), status, stdout, stderr, left)
            }),
            None => panic!("{} did not end within {:?}\n{}", self.name, self.limit, self.so_far()),
        }
    }

    fn so_far(&self) -> String {
        let state = self.process.state.lock();
        let text = |stream: &[u8]| String::from_utf8_lossy(stream).trim_end().to_owned();
        format!("--- stdout\n{}\n--- stderr\n{}\n---", text(&state.stdout), text(&state.stderr))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Signal, TestEnv};
    use std::time::Duration;

    #[test]
    fn input_and_environment_are_the_tests_alone() {
        let env = TestEnv::new("p0");
        env.run("cat").stdin("to and fro").run().success().stdout_is("to and fro");
        env.run("sh").args(["-c", "read x || echo nothing"]).run().success().stdout_is("nothing\n");
        let vars = env.run("env").env("EXTRA", "1").env_remove("TZ").run().success();
        assert!(vars.stdout().contains("EXTRA=1\n") && !vars.stdout().contains("TZ="), "{vars}");
        assert!(!vars.stdout().contains("CARGO"), "{vars}");
    }

    #[test]
    fn a_running_program_is_talked_to() {
        let env = TestEnv::new("p0");
        let script = "trap 'echo bye; exit 7' TERM; read x; echo got $x; while :; do sleep 0.05; done";
        let mut running = env.run("sh").args(["-c", script]).spawn();
        running.write_stdin("it\n");
        assert_eq!(running.wait_for_stdout("got"), "got it\n");
        assert!(running.is_running());
        running.signal(Signal::TERM);
        running.finish().code(7).stdout_is("got it\nbye\n");
    }

    #[test]
    #[should_panic(expected = "did not end within 100ms")]
    fn nothing_hangs() {
        TestEnv::new("p0").run("sleep").arg("60").limit(Duration::from_millis(100)).run().success();
    }

    #[test]
    #[should_panic(expected = "\"ready\" did not come on Stdout")]
    fn nothing_is_waited_for_once_it_cannot_come() {
        TestEnv::new("p0").run("true").spawn().wait_for_stdout("ready");
    }

    #[test]
    fn a_dropped_program_is_killed_with_its_group() {
        let env = TestEnv::new("p0");
        let running = env.run("sh").args(["-c", "sleep 60 & echo $!; wait"]).spawn();
        let child = running.wait_for_stdout("\n");
        drop(running);
        let stat = format!("/proc/{}/stat", child.trim());
        let gone = |_| std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        assert!((0..20_000).any(gone), "process {child} survives");
    }
}
