//! `p0 ssh-proxy`: carries a connection of plain `ssh`.

use crate::{access::ssh::openssh, ctx::Ctx, dirs, error::Result};

/// Carry a connection of ssh to one of your machines; run by ssh.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The machine
    pub host: String,
}

/// Carries it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    openssh::carry(ctx, &args.host, &dirs::running_program()?).await
}
