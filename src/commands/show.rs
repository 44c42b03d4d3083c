//! `p0 show`.

use super::listing;
use crate::{
    access::history,
    clock,
    ctx::Ctx,
    error::{End, Failure, Result},
    ui::time,
};
use p0_client::Error;
use p0_wire::request::{Detail, Request};
use serde_json::json;

/// Show one request.
///
/// What it is for and for whom, where it stands, who may approve it, and what has happened.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 show hVbXyKZ3u5d2kq0sRwTf
  p0 show hVbXyKZ3u5d2kq0sRwTf --json | jq -r .request.status")]
pub struct Args {
    /// The request's id
    pub id: String,
}

/// Shows it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let client = ctx.api().await?;
    match client.show(&args.id).await {
        Ok(answer) if ctx.ui.json => ctx.ui.document(&answer.document)?,
        Ok(answer) => show(ctx, &answer.value)?,
        // The remote service has no such call; its status stream tells as much as there is to know.
        Err(Error::NotFound { .. }) => match super::requests::glance(&client, &args.id).await? {
            Some((_, document)) if ctx.ui.json => ctx.ui.document(&document)?,
            Some((request, _)) => show_request(ctx, &args.id, &request)?,
            // It says nothing until the request is decided: what is remembered holds.
            None => show_remembered(ctx, client.org(), &args.id)?,
        },
        Err(error) => return Err(error.into()),
    }
    Ok(End::Done)
}

fn show(ctx: &Ctx, detail: &Detail) -> std::io::Result<()> {
    let summary = &detail.summary;
    ctx.ui.field("Request", &summary.id)?;
    ctx.ui.field("What", &summary.title)?;
    if Some(&summary.requestor) != summary.request.principal.as_ref() {
        ctx.ui.field("Asked by", &summary.requestor)?;
    }
    facts(ctx, &summary.request)?;
    if !detail.approvers.is_empty() {
        ctx.ui.field("Approvers", &detail.approvers.join(", "))?;
    }
    for (i, step) in detail.history.iter().enumerate() {
        let at = time::from_millis(step.timestamp).map(time::rfc3339).unwrap_or_default();
        let status = listing::status(&step.status, summary.request.withdrawn);
        let note = step.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        ctx.ui.field(if i == 0 { "History" } else { "" }, &format!("{at}  {status} by {}{note}", step.by))?;
    }
    Ok(())
}

fn show_request(ctx: &Ctx, id: &str, request: &Request) -> std::io::Result<()> {
    ctx.ui.field("Request", id)?;
    facts(ctx, request)
}

fn show_remembered(ctx: &Ctx, org: &str, id: &str) -> Result<()> {
    let entries = history::load(ctx, org)?;
    let entry = entries.iter().find(|entry| entry.id == id).ok_or_else(|| {
        Failure::error(format!("The service does not say yet how request {id} stands."))
            .hint(format!("Wait for it with: p0 wait {id}"))
    })?;
    if ctx.ui.json {
        ctx.ui.document(&json!({ "id": id, "request": entry.request() }))?;
    } else {
        show_request(ctx, id, &entry.request())?;
        ctx.ui.field("What", &entry.title)?;
    }
    Ok(())
}

/// What a request itself says.
fn facts(ctx: &Ctx, request: &Request) -> std::io::Result<()> {
    ctx.ui.field("Status", &listing::word_for(request))?;
    if let Some(principal) = &request.principal {
        ctx.ui.field("For", principal)?;
    }
    if let Some(reason) = &request.reason {
        ctx.ui.field("Reason", reason)?;
    }
    if let Some(error) = &request.error {
        ctx.ui.field("Error", &error.message)?;
    }
    if let Some(end) = request.expiry_timestamp.and_then(time::from_millis) {
        ctx.ui.field("Ends", &format!("{} ({})", time::rfc3339(end), time::relative(clock::now(), end)))?;
    }
    Ok(())
}
