//! From the system's process table.

use super::{Ancestor, MOST};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

/// The ancestors of this process, its parent first.
pub(crate) fn ancestors() -> Vec<Ancestor> {
    let Ok(mut system) = System::new() else { return Vec::new() };
    let mut look_up = |pid: Pid| {
        let what = ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        let process = system.process(pid)?;
        let executable = process.exe().map(|path| path.to_string_lossy().into_owned());
        let names = executable.into_iter().chain([process.name().to_string_lossy().into_owned()]).collect();
        Some((process.parent(), Ancestor { names, reads_output: false }))
    };
    let mut next = sysinfo::get_current_pid().ok().and_then(|own| look_up(own)?.0);
    let mut found = Vec::new();
    while let Some((above, ancestor)) = next.filter(|_| found.len() < MOST).and_then(&mut look_up) {
        found.push(ancestor);
        next = above;
    }
    found
}
