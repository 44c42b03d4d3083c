//! `p0 deny`.

use crate::{
    ctx::Ctx,
    error::{End, Result},
};

/// Deny a request.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 deny hVbXyKZ3u5d2kq0sRwTf --reason 'use the read replica'")]
pub struct Args {
    /// The request's id
    pub id: String,
    /// Why, for the requestor (services that take no reason ignore it)
    #[arg(long)]
    pub reason: Option<String>,
}

/// Denies it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    ctx.api().await?.deny(&args.id, args.reason.as_deref()).await?;
    super::decided(ctx, &args.id, "Denied")?;
    Ok(End::Done)
}
