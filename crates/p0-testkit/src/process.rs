//! A child process in a group of its own, whose output is read as it arrives, and which does not outlive its handle.

use crate::watch::Watch;
pub use rustix::process::Signal;
use rustix::{
    io::Errno,
    process::{Pid, kill_process, kill_process_group, test_kill_process_group},
};
use std::{
    io::{self, Read, Write},
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

/// Which of the two.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// What is known of a process so far.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// Streams that a process still holds open for writing.
    open: usize,
    pub(crate) status: Option<ExitStatus>,
}

impl State {
    pub(crate) fn stream(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }
}

/// A process and its group.
#[derive(Debug)]
pub(crate) struct Process {
    group: Pid,
    stdin: Option<std::process::ChildStdin>,
    pub(crate) state: Arc<Watch<State>>,
}

impl Process {
    /// Starts a program in a group of its own, with all three streams piped.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let child =
            command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        Ok(Self::adopt(child))
    }

    /// Takes over a child that leads its group.
    pub(crate) fn adopt(mut child: Child) -> Self {
        let group = Pid::from_child(&child);
        let state = Arc::new(Watch::new(State::default()));
        if let Some(stdout) = child.stdout.take() {
            read(&state, Stream::Stdout, stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            read(&state, Stream::Stderr, stderr);
        }
        let stdin = child.stdin.take();
        let told = Arc::clone(&state);
        thread::spawn(move || {
            let status = child.wait().expect("a child that nobody else waits for");
            told.update(|state| state.status = Some(status));
        });
        Self { group, stdin, state }
    }

    pub(crate) fn id(&self) -> u32 {
        self.group.as_raw_nonzero().get().unsigned_abs()
    }

    /// Gives it all of its input, without waiting for it to read, and closes its stdin.
    pub(crate) fn feed(&mut self, input: Vec<u8>) {
        if let Some(mut stdin) = self.stdin.take() {
            thread::spawn(move || {
                // A program may end, or close its stdin, without having read it: that is for the test to judge.
                drop(stdin.write_all(&input));
            });
        }
    }

    /// Writes a piece of its input, and leaves its stdin open.
    pub(crate) fn write(&mut self, input: &[u8]) -> io::Result<()> {
        self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(input)
    }

    /// Waits for its end and for that of its output. What is left of its group after that is killed; `true` says that
    /// there was something.
    pub(crate) fn wait(&self, limit: Duration) -> Option<(ExitStatus, bool)> {
        let status = self.state.wait(limit, |state| state.status)?;
        let left = self.group_stays();
        self.kill();
        self.state.wait(limit, |state| (state.open == 0).then_some(()))?;
        Some((status, left))
    }

    /// Waits until this stream contains a text, and returns all that it holds by then. `Err` is what came instead: the
    /// process ended, or the limit passed.
    pub(crate) fn wait_for(&self, stream: Stream, text: &str, limit: Duration) -> Result<String, String> {
        let found = self.state.wait(limit, |state| {
            let ended = state.open == 0;
            let so_far = String::from_utf8_lossy(state.stream(stream)).into_owned();
            if so_far.contains(text) { Some(Ok(so_far)) } else { ended.then_some(Err(so_far)) }
        });
        found.unwrap_or_else(|| Err(String::from_utf8_lossy(self.state.lock().stream(stream)).into_owned()))
    }

    /// Sends a signal to the process itself, unless it has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        let state = self.state.lock();
        if state.status.is_none() {
            match kill_process(self.group, signal) {
                // It ended just now, and has not been waited for yet.
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => panic!("cannot signal process {}: {error}", self.id()),
            }
        }
    }

    /// Whether something of the group runs on, after two seconds in which it may end as its leader did: fifty sessions at
    /// once keep two processors busy for longer than a moment.
    fn group_stays(&self) -> bool {
        let moment = Watch::new(());
        (0..200).all(|_| self.group_lives() && moment.wait(Duration::from_millis(10), |()| None::<()>).is_none())
    }

    /// Whether anything of the group still runs. A zombie does not count: the system decides when it is reaped.
    fn group_lives(&self) -> bool {
        test_kill_process_group(self.group).is_ok()
            && std::fs::read_dir("/proc").expect("a mounted /proc").flatten().any(|entry| {
                // A process that ends meanwhile, and an entry that is none, has no such file.
                let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
                // `pid (name) state ppid pgrp …`, where the name can contain anything.
                let mut fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
                let (state, group) = (fields.next(), fields.nth(1));
                state != Some("Z") && group.is_some_and(|group| group == self.id().to_string())
            })
    }

    /// Kills the group.
    pub(crate) fn kill(&self) {
        // An empty group has nothing to kill, and a zombie's refuses: both are as wanted.
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads a stream to its end, in a thread of its own.
fn read(state: &Arc<Watch<State>>, stream: Stream, mut from: impl Read + Send + 'static) {
    state.update(|state| state.open += 1);
    let state = Arc::clone(state);
    thread::spawn(move || {
        let mut piece = [0; 8192];
        loop {
            match from.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
                Ok(n) => state.update(|state| state.stream(stream).extend_from_slice(&piece[..n])),
            }
        }
        state.update(|state| state.open -= 1);
    });
}
