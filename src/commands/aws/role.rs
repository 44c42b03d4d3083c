//! `p0 aws role`.

use super::assume::{self, Assume};
use crate::{access::aws::Name, ctx::Ctx, error::Result};
use clap::Subcommand;
use std::ffi::OsString;

/// Credentials for a role of IAM.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    command: Role,
}

/// What there is to do with roles.
#[derive(Debug, Subcommand)]
enum Role {
    /// Get credentials for a role, asking for access if need be.
    ///
    /// Your organisation's identity provider vouches for you at AWS. The credentials are kept in your secret store until
    /// shortly before they expire; while they are, nothing is asked.
    #[command(
        override_usage = "p0 aws role assume [OPTIONS] <ROLE> [-- <TOOL> [ARGS]...]",
        after_help = "Examples:
  eval \"$(p0 aws role assume Developer)\"
  p0 aws role assume Developer --account development --reason 'look at logs' -- aws s3 ls
  p0 aws role assume Developer --no-request --format json"
    )]
    Assume {
        /// The role's name, with its path or without
        #[arg(value_name = "ROLE")]
        role: String,
        #[command(flatten)]
        assume: Assume,
    },
}

impl Args {
    /// Where the tool goes that stood behind `--`.
    pub fn tool(&mut self) -> &mut Vec<OsString> {
        let Role::Assume { assume, .. } = &mut self.command;
        &mut assume.tool
    }
}

/// Does it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let Role::Assume { role, assume } = args.command;
    assume::run(ctx, Name::Role(role), assume).await
}
