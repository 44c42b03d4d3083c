//! `p0 relinquish`.

use crate::{
    access::history,
    ctx::Ctx,
    error::{End, Failure, Result},
};
use p0_client::Error;
use p0_wire::request::{Request, Status};

/// Give access back, or withdraw a request that is not decided yet.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 status
  p0 relinquish hVbXyKZ3u5d2kq0sRwTf")]
pub struct Args {
    /// The request's id
    pub id: String,
}

/// Gives it back.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let client = ctx.api().await?;
    match client.relinquish(&args.id).await {
        Err(error @ Error::NotFound { .. }) => {
            return Err(Failure::error(format!("{error}"))
                .hint("Check the id with: p0 requests --mine")
                .hint("A service that cannot give access back needs an approver: p0 revoke <id>")
                .into());
        }
        answer => answer?,
    }
    history::update(ctx, client.org(), &args.id, &Request::with_status(Status::Revoked));
    super::decided(ctx, &args.id, "Given back")?;
    Ok(End::Done)
}
