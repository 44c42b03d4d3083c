//! `p0 secrets`: where tokens are kept.

mod move_;
mod status;

use crate::{ctx::Ctx, error::Result};

/// See and change where tokens are kept.
///
/// The stores are the desktop's keyring, the Linux kernel's keyring, which lasts until the machine restarts, and, only
/// for those who choose it, a file. P0_SECRET_STORE, or secret_store in config.toml, says which one a sign-in uses.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:
  p0 secrets status
  p0 secrets move --to keyring"
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Status(status::Args),
    Move(move_::Args),
}

/// Does it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    match args.command {
        Command::Status(args) => status::run(ctx, &args).await,
        Command::Move(args) => move_::run(ctx, &args).await,
    }
}
