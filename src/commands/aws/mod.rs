//! `p0 aws`: credentials for AWS, and what they open.

mod configure;
pub mod output;

use crate::{ctx::Ctx, error::Result};

/// Get credentials for AWS, and use what they open.
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Configure(configure::Args),
}

/// Does it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    match args.command {
        Command::Configure(args) => configure::run(ctx, args).await,
    }
}
