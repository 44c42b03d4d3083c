//! `p0 aws`: credentials for AWS, and what they open.

mod assume;
mod configure;
pub mod credential_process;
pub mod output;
pub mod permission_set;
mod rds;
pub mod role;

use crate::{ctx::Ctx, error::Result};
use clap::Subcommand;
use std::ffi::OsString;

/// Get credentials for AWS.
///
/// Asks for access where you do not have it yet, waits until it is usable, and brings temporary credentials: for your
/// shell, for a tool, or for the AWS CLI and SDKs to fetch by themselves.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 aws role assume Developer -- aws s3 ls          Run a tool with a role's credentials
  eval \"$(p0 aws role assume Developer)\"             Have them in this shell
  p0 aws permission-set assume ReadOnly --account development -- terraform plan")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    command: Aws,
}

/// What there is to do. Each is described where its arguments are.
#[derive(Debug, Subcommand)]
enum Aws {
    Role(role::Args),
    PermissionSet(permission_set::Args),
    CredentialProcess(credential_process::Args),
    Configure(configure::Args),
    Rds(rds::Args),
}

impl Args {
    /// Where the tool goes that stood behind `--`; `None` for a command that runs none.
    pub fn tool(&mut self) -> Option<&mut Vec<OsString>> {
        match &mut self.command {
            Aws::Role(args) => Some(args.tool()),
            Aws::PermissionSet(args) => Some(args.tool()),
            Aws::Rds(args) => Some(args.tool()),
            Aws::CredentialProcess(_) | Aws::Configure(_) => None,
        }
    }
}

/// Does it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    match args.command {
        Aws::Role(args) => role::run(ctx, args).await,
        Aws::PermissionSet(args) => permission_set::run(ctx, args).await,
        Aws::CredentialProcess(args) => credential_process::run(ctx, args).await,
        Aws::Configure(args) => configure::run(ctx, args).await,
        Aws::Rds(args) => rds::run(ctx, args).await,
    }
}
