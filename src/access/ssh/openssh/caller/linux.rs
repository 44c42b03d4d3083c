//! Processes as proc(5) shows them.

use super::Process;
use std::{ffi::OsString, fs, io, os::unix::ffi::OsStringExt};

pub(super) fn process(pid: u32) -> io::Result<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat"))?;
    // The name of the program, between parentheses, may contain anything.
    let end = stat.iter().rposition(|byte| *byte == b')').unwrap_or(0);
    let fields = String::from_utf8_lossy(&stat[end..]).into_owned();
    let parent = fields.split_ascii_whitespace().nth(2).and_then(|field| field.parse().ok());
    let mut words = fs::read(format!("/proc/{pid}/cmdline"))?;
    // Each word ends with a zero byte.
    words.pop_if(|byte| *byte == 0);
    let args = words.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect();
    Ok(Process { parent: parent.ok_or(io::ErrorKind::InvalidData)?, args })
}
