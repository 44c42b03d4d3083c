//! `p0 wait`.

use super::request::{AfterWait, Waiting, until_usable};
use crate::{access::Access, ctx::Ctx, error::Result, interrupt::Interrupt};
use p0_wire::request::{Request, Status};
use std::ffi::OsString;

/// Wait for a request, and then run a tool.
///
/// Resumes what was interrupted: no second request is made.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "p0 wait [OPTIONS] <ID> [-- <TOOL> [ARGS]...]",
    after_help = "Examples:
  p0 wait hVbXyKZ3u5d2kq0sRwTf
  p0 wait hVbXyKZ3u5d2kq0sRwTf --timeout 1h -- gcloud projects list"
)]
pub struct Args {
    /// The request's id
    pub id: String,
    /// How to wait, and what comes after.
    #[command(flatten)]
    pub waiting: Waiting,
    /// The tool to run; taken off the line before clap reads it.
    #[arg(skip)]
    pub tool: Vec<OsString>,
}

/// Waits for it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    args.waiting.check(&args.tool)?;
    let deadline = args.waiting.deadline();
    let client = ctx.api_until(Some(deadline)).await?;
    let mut access = Access {
        id: args.id.clone(),
        request: Request::with_status(Status::PendingApproval),
        document: serde_json::json!({ "id": args.id }),
        preexisting: false,
    };
    let mut interrupt = Interrupt::listen()?;
    let then = AfterWait { waiting: &args.waiting, tool: &args.tool, deadline };
    until_usable(ctx, &client, &mut interrupt, &mut access, then).await
}
