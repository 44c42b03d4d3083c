//! `p0 ssh-agent`: serves the user's key to plain `ssh`.

use crate::{access::ssh::openssh, ctx::Ctx, error::Result, integrations::ssh::key::KeyType};

/// Serve your key to ssh for as long as there are connections; run by p0 itself.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The kind of key
    #[arg(value_parser = |word: &str| KeyType::parse(word).ok_or("it is 'ed25519' or 'rsa'"))]
    pub kind: KeyType,
}

/// Serves it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    openssh::serve_key(ctx, args.kind).await
}
