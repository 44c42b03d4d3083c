//! The program in front of `ssh` (its `ProxyCommand`), run by this process rather than by `ssh`: its environment may hold
//! credentials, which `ssh` would hand to the machine where the user's `SendEnv` says so.
//!
//! What `ssh` runs in its place is [`pass`], a small process that asks this one for the connection. How it does is the
//! system's: see there.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use unix::ProxyCommand;
#[cfg(unix)]
pub use unix::pass;
#[cfg(windows)]
pub(super) use windows::ProxyCommand;
#[cfg(windows)]
pub use windows::pass;

use crate::{error::Failure, integrations::ssh::program::Argv};
use std::path::{Path, PathBuf};

/// Where the gate is, in a directory of the user's alone.
fn place(directory: &Path) -> PathBuf {
    directory.join("gate")
}

/// What `ssh` is to run. `p0` is this program.
fn helper(p0: &Path, directory: &Path) -> Argv {
    let place = place(directory);
    Argv::new(p0, ["--quiet".as_ref(), "--no-input".as_ref(), "ssh-proxy-command".as_ref(), place.as_os_str()])
}

/// No session serves this proxy command.
fn gone() -> Failure {
    Failure::error("The p0 that this connection belongs to has gone.")
        .hint("This is run by p0 itself; connect with: p0 ssh")
}
