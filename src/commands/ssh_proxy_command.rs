//! `p0 ssh-proxy-command`: what `ssh` runs for its connection, in a session of `p0 ssh`.

use crate::{access::ssh, error::Result};
use std::path::PathBuf;

/// Hand a connection of ssh to the p0 that has started it; run by ssh.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where that p0 listens, or says where it does
    pub place: PathBuf,
}

/// Hands it over.
pub async fn run(args: Args) -> Result {
    ssh::pass(&args.place).await
}
