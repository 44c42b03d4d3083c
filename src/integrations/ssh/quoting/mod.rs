//! How a path or a command stands in `ssh`'s configuration, so that it is itself: to `ssh`, which splits lines into words
//! and expands `%` and `${…}`, and to whatever the system's `ssh` runs commands by.

#[cfg(unix)]
mod posix;
#[cfg(any(windows, test))]
mod windows;

#[cfg(unix)]
pub use posix::{criteria, path, pattern, program, proxy};
#[cfg(windows)]
pub use windows::{criteria, path, pattern, program, proxy};

use std::path::{Path, PathBuf};

/// How [`criteria`] begin on every system: with the hosts that are not asked about.
pub const CRITERIA: &str = "originalhost \"!*";

/// The hosts that are asked about: all, where no pattern names some. In the order of the criteria they come after those
/// that never are.
fn hosts(patterns: &[String]) -> String {
    if patterns.is_empty() { "*".to_owned() } else { patterns.join(",") }
}

/// The shell that [`proxy`] quotes for, where there is one; `ssh` takes the user's, which may be any.
pub const SHELL: Option<&str> = if cfg!(unix) { Some("/bin/sh") } else { None };

/// A path that no configuration of `ssh` can name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ssh cannot be told of the path {}: it contains {what}", .path.display())]
pub struct BadPath {
    path: PathBuf,
    /// What is in it that may not be there.
    what: &'static str,
}

impl BadPath {
    fn new(path: &Path, what: &'static str) -> Self {
        Self { path: path.to_owned(), what }
    }
}
