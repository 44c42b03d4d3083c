//! `p0 ssh-resolve`: what plain `ssh` asks before it connects.

use crate::{
    access::ssh::openssh::{self, Asker},
    ctx::Ctx,
    error::{End, Result},
};
use std::ffi::{OsStr, OsString};

/// Tell ssh whether a host is one of your machines; run by ssh.
///
/// Exits with 0 if it is, and there is access that needs no approval; with 1 otherwise.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory of what ssh reads then, in as many words as it has
    #[arg(long, value_name = "DIRECTORY", num_args = 1..)]
    pub into: Vec<OsString>,
    /// The host
    pub host: String,
}

/// Tells it. What does not work is no reason for `ssh` not to connect as it always did.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    // With another environment's files (P0_ENV, P0_HOME) there is nothing of ours that ssh would read. Where the line that
    // names them can have no quotes (cmd.exe), a path with spaces has come in pieces.
    let generated = ctx.dirs.ssh_generated();
    let words = |text: &OsStr| text.to_string_lossy().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let into: Vec<_> = args.into.iter().flat_map(|word| words(word)).collect();
    if !into.is_empty() && into != words(generated.as_os_str()) {
        tracing::debug!(directory = %generated.display(), "ssh reads of another directory than this p0 writes to");
        return Ok(End::Code(1));
    }
    // The line in ssh's configuration says where it reads.
    let asker = if args.into.is_empty() { Asker::User } else { Asker::Configuration };
    match openssh::resolve(ctx, &args.host, asker).await {
        Ok(true) => Ok(End::Done),
        Ok(false) => Ok(End::Code(1)),
        Err(error) => {
            tracing::debug!(%error, "whether the host is one of the user's machines is not known");
            Ok(End::Code(1))
        }
    }
}
