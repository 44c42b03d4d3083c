//! The `ssh` that reads its configuration and, by `Match exec`, runs p0: whether it is about to connect. `ssh -G` reads
//! the configuration as well, and for that nothing may be requested.
//!
//! `ssh` tells nothing of this to what it runs, so its arguments are read from the system. Where they cannot be, p0 takes it
//! for one that does not connect.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;

use crate::integrations::ssh::own_args::{self, Invocation};
use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

/// `ssh` runs the user's shell, which may run p0 by a script.
const GENERATIONS: usize = 6;

/// The `ssh` that has run this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) pid: u32,
    pub(super) invocation: Invocation,
}

/// A process, as far as it matters here.
#[derive(Debug)]
struct Process {
    parent: u32,
    args: Vec<OsString>,
}

/// The nearest `ssh` above this process; `None` where there is none, or the system does not say.
pub(super) fn find() -> Option<Caller> {
    let mut pid = system_parent()?;
    for _ in 0..GENERATIONS {
        let process = read(pid)?;
        if let Some((program, args)) = process.args.split_first()
            && is_ssh(program)
        {
            return Some(Caller { pid, invocation: own_args::invocation(args) });
        }
        pid = process.parent;
    }
    None
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn system_parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn read(pid: u32) -> Option<Process> {
    match system::process(pid) {
        Ok(process) => Some(process),
        Err(error) => {
            tracing::debug!(%error, pid, "the arguments of the ssh that asks cannot be read");
            None
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn system_parent() -> Option<u32> {
    None
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn read(_pid: u32) -> Option<Process> {
    None
}

/// Whether this is OpenSSH's client: `ssh`, also with a version in its name or as a package manager has wrapped it, but
/// not `sshd` or `ssh-agent`.
fn is_ssh(program: &OsStr) -> bool {
    let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_start_matches(['.', '-']);
    let name = name.strip_prefix("hpn").or_else(|| name.strip_prefix("gsi")).unwrap_or(name);
    let name = name.strip_suffix("-wrapped").unwrap_or(name);
    let version = name.strip_prefix("ssh").map(|rest| rest.trim_start_matches(['-', '_']));
    version.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'p')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_is_known_by_its_name() {
        for name in ["ssh", "/usr/bin/ssh", "ssh-9.9p2", "ssh10", ".ssh-wrapped", "/opt/x/bin/hpnssh"] {
            assert!(is_ssh(name.as_ref()), "{name}");
        }
        for name in ["", "sshd", "sshd: ada [priv]", "ssh-agent", "ssh-add", "autossh", "sh", "-bash", "p0"] {
            assert!(!is_ssh(name.as_ref()), "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_read_with_its_arguments_and_its_parent() {
        let own = system::process(std::process::id()).expect("this process");
        assert_eq!(own.parent, std::os::unix::process::parent_id());
        assert_eq!(own.args, std::env::args_os().collect::<Vec<_>>());
        assert!(system::process(u32::MAX).is_err());
    }
}
