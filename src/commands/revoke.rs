//! `p0 revoke`.

use crate::{
    ctx::Ctx,
    error::{End, Result},
};

/// Take access back, as an approver.
///
/// To give back access of your own, use `p0 relinquish`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 requests --active
  p0 revoke hVbXyKZ3u5d2kq0sRwTf")]
pub struct Args {
    /// The request's id
    pub id: String,
}

/// Revokes it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let client = ctx.api().await?;
    client.revoke(&args.id).await?;
    super::decided(ctx, &args.id, super::ended(&client, &args.id, "Revoked").await)?;
    Ok(End::Done)
}
