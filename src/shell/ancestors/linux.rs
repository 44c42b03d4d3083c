//! From `/proc` (proc(5)). Where it is not mounted, or hides the processes of other users, less is known.

use super::{Ancestor, MOST};
use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::parent_id},
    path::{Path, PathBuf},
};

/// The ancestors of this process, its parent first.
pub(crate) fn ancestors() -> Vec<Ancestor> {
    let pipe = fs::read_link("/proc/self/fd/1").ok().filter(|target| target.to_string_lossy().starts_with("pipe:"));
    let next = |process: &PathBuf| parent(process).map(path);
    std::iter::successors(Some(path(parent_id())), next)
        .take(MOST)
        .map(|process| Ancestor {
            names: names(&process),
            reads_output: pipe.as_deref().is_some_and(|pipe| reads(&process, pipe)),
        })
        .collect()
}

fn path(pid: u32) -> PathBuf {
    format!("/proc/{pid}").into()
}

/// The executable of another user's process, such as `sudo`, cannot be read; its name can.
fn names(process: &Path) -> Vec<String> {
    let executable = fs::read_link(process.join("exe")).ok().map(|path| path.to_string_lossy().into_owned());
    let name = fs::read(process.join("comm")).ok().map(|name| String::from_utf8_lossy(&name).trim_end().to_owned());
    executable.into_iter().chain(name).collect()
}

/// The fourth field of `stat`, counted from the end of the name, which may contain anything.
fn parent(process: &Path) -> Option<u32> {
    let stat = fs::read(process.join("stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    let parent = stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()?;
    (parent != 0).then_some(parent)
}

/// Both ends of a pipe have the same target; the link's mode says for what a descriptor is open.
fn reads(process: &Path, pipe: &Path) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors.flatten().any(|descriptor| {
        let is_readable = || descriptor.metadata().is_ok_and(|link| link.permissions().mode() & 0o400 != 0);
        fs::read_link(descriptor.path()).is_ok_and(|target| target == pipe) && is_readable()
    })
}
