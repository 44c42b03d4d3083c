//! One connection, and the `sshd` that serves it.

use super::{MARK, State};
use crate::watch::Watch;
use rustix::process::{Pid, Signal, geteuid, kill_process, kill_process_group};
use std::{
    fs, io,
    io::Read,
    net::TcpStream,
    os::{fd::OwnedFd, unix::process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
};

/// sshd insists on being called by its whole path.
const SSHD: &str = "/usr/sbin/sshd";
/// Where sshd locks itself in as root; its package makes it when the machine starts.
const PRIVILEGE_SEPARATION: &str = "/run/sshd";

/// A server and its connection; killed when dropped.
#[derive(Debug)]
pub(super) struct Session(Child);

/// Makes what sshd expects of a machine that has started as usual.
pub(super) fn prepare() {
    if geteuid().is_root() {
        match fs::create_dir(PRIVILEGE_SEPARATION) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => panic!("{PRIVILEGE_SEPARATION}: {error}"),
            _ => {}
        }
    }
}

fn command(directory: &Path) -> Command {
    let mut command = Command::new(SSHD);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").arg("-f").arg(directory.join("config"));
    command
}

/// Lets sshd read its settings once, so that a mistake is told by the test that made it.
#[track_caller]
pub(super) fn check(directory: &Path) {
    let output = command(directory).arg("-t").output().expect("sshd");
    assert!(output.status.success(), "sshd refuses its settings: {}", String::from_utf8_lossy(&output.stderr));
}

impl Session {
    /// Gives a connection to an sshd, whose log goes to the state.
    pub(super) fn start(directory: &Path, stream: TcpStream, state: &Arc<Watch<State>>) -> Self {
        let out = stream.try_clone().expect("another handle on a connection");
        let mut child = command(directory)
            .args(["-i", "-e"])
            .stdin(Stdio::from(OwnedFd::from(stream)))
            .stdout(Stdio::from(OwnedFd::from(out)))
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("sshd");
        let (mut log, state) = (child.stderr.take().expect("a pipe for the log"), Arc::clone(state));
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = log.read(&mut piece) {
                state.update(|state| state.log.push_str(&String::from_utf8_lossy(&piece[..read])));
            }
        });
        Self(child)
    }

    pub(super) fn is_open(&mut self) -> bool {
        self.0.try_wait().expect("a child that nobody else waits for").is_none()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_open() {
            // It may end at this moment.
            let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
            let _ = self.0.wait();
        }
    }
}

/// Kills what was started by the connections of the server in this directory: each such program leads a group of its own.
pub(super) fn kill_all(directory: &Path) {
    let mark = format!("{MARK}={}", directory.display());
    for entry in fs::read_dir("/proc").expect("a mounted /proc").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw) else {
            continue;
        };
        // Processes of other users, and those that have just ended, cannot be read.
        let environ = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environ.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
