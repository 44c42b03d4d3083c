//! `p0 extend`.

use crate::{
    access::history,
    ctx::Ctx,
    error::{End, Failure, Result},
    ui::time,
};
use p0_client::Error;
use p0_wire::settings::Length;

/// Ask for more time on access that you hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 extend hVbXyKZ3u5d2kq0sRwTf --duration 1h")]
pub struct Args {
    /// The request's id
    pub id: String,
    /// How long from now, such as 30m or 2h [default: as long as was asked for]
    #[arg(long, value_name = "LENGTH", value_parser = super::length)]
    pub duration: Option<Length>,
}

/// Extends it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let client = ctx.api().await?;
    match client.extend(&args.id, args.duration).await {
        Err(error @ Error::NotFound { .. }) => {
            return Err(Failure::error(format!("{error}"))
                .hint("Check the id with: p0 requests --mine")
                .hint("A service that cannot extend access takes a new request once it has ended.")
                .into());
        }
        answer => answer?,
    }
    let detail = client.show(&args.id).await?;
    let request = &detail.value.summary.request;
    history::update(ctx, client.org(), &args.id, request);
    if ctx.ui.json {
        ctx.ui.document(&detail.document)?;
    } else if let Some(end) = request.expiry_timestamp.and_then(time::from_millis) {
        let now = crate::clock::now();
        ctx.ui.say(format!("Extended {} until {} ({}).", args.id, time::local(now, end), time::relative(now, end)));
    }
    Ok(End::Done)
}
