//! `p0 aws permission-set`.

use super::assume::{self, Assume};
use crate::{access::aws::Name, ctx::Ctx, error::Result};
use clap::Subcommand;
use std::ffi::OsString;

/// Credentials for a permission set of IAM Identity Center.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    command: PermissionSet,
}

/// What there is to do with permission sets.
#[derive(Debug, Subcommand)]
enum PermissionSet {
    /// Get credentials for a permission set, asking for access if need be.
    ///
    /// Now and then you sign in to IAM Identity Center in a browser. That sign-in and the credentials are kept in your
    /// secret store until shortly before they expire; while they are, nothing is asked.
    #[command(
        override_usage = "p0 aws permission-set assume [OPTIONS] <PERMISSION-SET> [-- <TOOL> [ARGS]...]",
        after_help = "Examples:
  eval \"$(p0 aws permission-set assume ReadOnly)\"
  p0 aws permission-set assume ReadOnly --account production --reason 'cost report' -- aws ce list-tags
  p0 aws permission-set assume ReadOnly --no-request --format json"
    )]
    Assume {
        /// The permission set's name
        #[arg(value_name = "PERMISSION-SET")]
        permission_set: String,
        #[command(flatten)]
        assume: Assume,
    },
}

impl Args {
    /// Where the tool goes that stood behind `--`.
    pub fn tool(&mut self) -> &mut Vec<OsString> {
        let PermissionSet::Assume { assume, .. } = &mut self.command;
        &mut assume.tool
    }
}

/// Does it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let PermissionSet::Assume { permission_set, assume } = args.command;
    assume::run(ctx, Name::PermissionSet(permission_set), assume).await
}
