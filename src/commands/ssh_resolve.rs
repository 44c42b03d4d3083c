//! `p0 ssh-resolve`: what plain `ssh` asks before it connects.

use crate::{
    access::ssh::plain,
    ctx::Ctx,
    dirs,
    error::{End, Result},
};

/// Tell ssh whether a host is one of your machines; run by ssh.
///
/// Exits with 0 if it is, and there is access that needs no approval; with 1 otherwise.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The host
    pub host: String,
}

/// Tells it. What does not work is no reason for `ssh` not to connect as it always did.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let found = match dirs::program(None) {
        Ok(program) => plain::resolve(ctx, &args.host, &program).await,
        Err(error) => Err(error.into()),
    };
    match found {
        Ok(true) => Ok(End::Done),
        Ok(false) => Ok(End::Code(1)),
        Err(error) => {
            tracing::debug!(%error, "whether the host is one of the user's machines is not known");
            Ok(End::Code(1))
        }
    }
}
