//! Processes as ps(1) shows them: the system calls would take unsafe code.
//!
//! The words of a command line are joined with spaces there. A word with a space in it comes apart, and one of its parts
//! may pass for `-G`; then p0 requests nothing, which is the safe mistake.

use super::Process;
use crate::integrations::programs;
use std::{io, process::Stdio};

pub(super) fn process(pid: u32) -> io::Result<Process> {
    let mut ps = programs::command("/bin/ps");
    let output = ps.args(["-ww", "-o", "ppid=,command=", "-p", &pid.to_string()]).stdin(Stdio::null()).output()?;
    let line = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut words = line.split_ascii_whitespace();
    let parent = words.next().and_then(|word| word.parse().ok()).ok_or(io::ErrorKind::NotFound)?;
    Ok(Process { parent, args: words.map(Into::into).collect() })
}
