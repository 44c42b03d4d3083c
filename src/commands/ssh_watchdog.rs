//! `p0 ssh-watchdog`: ends the programs of a session when its p0 is killed.

use crate::{access::ssh, error::Result};
use std::path::PathBuf;

/// End what a session has started when its p0 is killed; run by p0 itself.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lock that this p0 holds
    pub lock: PathBuf,
}

/// Waits for that.
pub fn run(args: &Args) -> Result {
    ssh::keep(&args.lock)
}
