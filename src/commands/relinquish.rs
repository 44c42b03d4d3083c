//! `p0 relinquish`.

use crate::{
    access::{
        history,
        ssh::openssh::{self, Whose},
    },
    ctx::Ctx,
    error::{End, Failure, Result},
};
use p0_client::{Client, Error};
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
    forget(ctx, &client, &args.id).await;
    super::decided(ctx, &args.id, super::ended(&client, &args.id, "Given back").await)?;
    Ok(End::Done)
}

/// Notes that access was given back, and forgets the tokens and credentials that are kept of it.
pub(super) async fn forget(ctx: &Ctx, client: &Client, id: &str) {
    history::update(ctx, client.org(), id, &Request::with_status(Status::Revoked));
    let forgetting = async { anyhow::Ok(ctx.sessions().credential_store(client)?.forget_of(id).await?) };
    if let Err(error) = forgetting.await {
        ctx.ui.warn(format!("Not all that the access gave is forgotten. {error}"));
    }
    openssh::forget(ctx, Whose::Request(id)).await;
}
