//! `p0 aws credential-process`: what the AWS CLI and the SDKs run to get credentials
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).

use super::{
    assume::{self, Access},
    output,
};
use crate::{
    access::aws::Name,
    ctx::Ctx,
    error::{End, Result},
    integrations::aws::output::Format,
};
use clap::Subcommand;

/// Bring credentials for the AWS CLI and SDKs, which run this by themselves.
///
/// Writes the document that a `credential_process` in ~/.aws/config has to write, and nothing else, to stdout. Whatever
/// has to be said goes to the terminal, if there is one; only an error goes to stderr, where AWS's tools show it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example, in ~/.aws/config:
  [profile development]
  credential_process = p0 aws credential-process role Developer --account development")]
pub struct Args {
    /// What the credentials are for.
    #[command(subcommand)]
    principal: PrincipalArg,
}

/// What credentials can be for.
#[derive(Debug, Subcommand)]
enum PrincipalArg {
    /// A role of IAM
    Role {
        /// The role's name, with its path or without
        #[arg(value_name = "ROLE")]
        role: String,
        #[command(flatten)]
        access: Access,
    },
    /// A permission set of IAM Identity Center
    PermissionSet {
        /// The permission set's name
        #[arg(value_name = "PERMISSION-SET")]
        permission_set: String,
        #[command(flatten)]
        access: Access,
    },
}

/// Writes the document.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let ctx = &ctx.behind_a_program();
    let (name, access) = match args.principal {
        PrincipalArg::Role { role, access } => (Name::Role(role), access),
        PrincipalArg::PermissionSet { permission_set, access } => (Name::PermissionSet(permission_set), access),
    };
    let credentials = assume::credentials(ctx, &name, &access).await?;
    output::write(ctx, &credentials, Format::CredentialProcess, &[])?;
    Ok(End::Done)
}
