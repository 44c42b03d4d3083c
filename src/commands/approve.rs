//! `p0 approve`.

use crate::{
    ctx::Ctx,
    error::{End, Result},
};
use p0_wire::settings::Length;

/// Approve a request.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 requests --pending
  p0 approve hVbXyKZ3u5d2kq0sRwTf
  p0 approve hVbXyKZ3u5d2kq0sRwTf --duration 2h")]
pub struct Args {
    /// The request's id
    pub id: String,
    /// Grant it for this long, such as 30m or 2h [default: as long as was asked for]
    #[arg(long, value_name = "LENGTH", value_parser = super::length)]
    pub duration: Option<Length>,
}

/// Approves it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    ctx.api().await?.approve(&args.id, args.duration).await?;
    super::decided(ctx, &args.id, "Approved")?;
    Ok(End::Done)
}
