//! The processes above this one.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod sys;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod sys;

pub(super) use sys::ancestors;

/// More are not looked at: a process table that changes while it is read could name one forever.
const MOST: usize = 32;

/// A process above this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ancestor {
    /// What it may be called: its executable's path, then the name that the system shows, which for a script is the script's.
    pub(super) names: Vec<String>,
    /// It holds the reading end of the pipe that is our standard output.
    pub(super) reads_output: bool,
}
