//! `p0 aws rds`.

mod client;
mod generate_db_auth_token;
mod instance;

use crate::{ctx::Ctx, error::Result};
use clap::Subcommand;
use std::ffi::OsString;

/// Databases on Amazon RDS.
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    command: Rds,
}

/// What there is to do with databases.
#[derive(Debug, Subcommand)]
enum Rds {
    GenerateDbAuthToken(generate_db_auth_token::Args),
}

impl Args {
    /// Where the tool goes that stood behind `--`.
    pub fn tool(&mut self) -> &mut Vec<OsString> {
        let Rds::GenerateDbAuthToken(args) = &mut self.command;
        &mut args.tool
    }
}

/// Does it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let Rds::GenerateDbAuthToken(args) = args.command;
    generate_db_auth_token::run(ctx, args).await
}
