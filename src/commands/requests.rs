//! `p0 requests`.

use super::listing::{self, Row};
use crate::{
    access::history::{self, Entry},
    clock,
    ctx::Ctx,
    error::{End, Failure, Kind, Result},
    interrupt::Interrupt,
};
use p0_client::{Client, Error, Which};
use p0_wire::request::{Outcome, Request, Summary};
use serde_json::json;
use std::time::Duration;

/// How often `--watch` asks again.
const PACE: Duration = Duration::from_secs(2);
/// How long one request is asked after, where the service has no list.
const GLANCE: Duration = Duration::from_secs(3);
/// How many of one's own requests are asked after, where the service has no list.
const MOST: usize = 20;

/// List requests.
///
/// Your own, and those that you may see or decide on, newest first. Against a service that has no list, it shows the requests made from this machine.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 requests --pending            What waits for a decision
  p0 requests --active --mine      What you hold
  p0 requests --watch              Show changes as they come; Ctrl-C ends it
  p0 requests --json | jq -r '.requests[].id'")]
pub struct Args {
    /// Only those that wait for a decision
    #[arg(long, conflicts_with = "active")]
    pub pending: bool,
    /// Only those whose access is usable
    #[arg(long)]
    pub active: bool,
    /// Only your own
    #[arg(long)]
    pub mine: bool,
    /// Go on, and show each change; with --json a document a line
    #[arg(long)]
    pub watch: bool,
}

/// Lists them.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let client = ctx.api().await?;
    if !args.watch {
        show(ctx, &list(ctx, &client, &args).await?)?;
        return Ok(End::Done);
    }
    let mut interrupt = Interrupt::listen()?;
    tokio::select! {
        end = watch(ctx, &client, &args) => end,
        () = interrupt.pressed() => Err(Failure::new(Kind::Interrupted, "No longer watching.").into()),
    }
}

/// Shows what is new, for ever.
async fn watch(ctx: &Ctx, client: &Client, args: &Args) -> Result {
    let mut shown: Vec<Summary> = Vec::new();
    loop {
        let now = list(ctx, client, args).await?;
        let news: Vec<Summary> = now.iter().filter(|summary| !shown.contains(summary)).rev().cloned().collect();
        if ctx.ui.json {
            for summary in &news {
                ctx.ui.document_line(summary)?;
            }
        } else if !news.is_empty() {
            show(ctx, &news)?;
        }
        shown = now;
        tokio::time::sleep(PACE).await;
    }
}

async fn list(ctx: &Ctx, client: &Client, args: &Args) -> Result<Vec<Summary>> {
    let which = Which { mine: args.mine, pending: args.pending, active: args.active };
    match client.requests(which).await {
        Ok(answer) => {
            let requests = answer.value.requests;
            history::update_all(ctx, client.org(), requests.iter().map(|s| (s.id.as_str(), &s.request)));
            Ok(requests)
        }
        Err(Error::NotFound { .. }) => own(ctx, client, args).await,
        Err(error) => Err(error.into()),
    }
}

fn show(ctx: &Ctx, summaries: &[Summary]) -> Result<()> {
    if ctx.ui.json {
        return Ok(ctx.ui.document(&json!({ "requests": summaries }))?);
    }
    if summaries.is_empty() {
        ctx.ui.say("No requests.");
        return Ok(());
    }
    let rows: Vec<Row> = summaries.iter().map(row).collect();
    Ok(ctx.ui.table(&listing::table(&rows, clock::now(), ctx.ui.stdout_is_terminal()))?)
}

fn row(summary: &Summary) -> Row {
    let request = &summary.request;
    Row {
        id: summary.id.clone(),
        status: request.status.clone(),
        title: summary.title.clone(),
        principal: request.principal.clone().or_else(|| Some(summary.requestor.clone())),
        expires_at: request.expiry_timestamp,
        requested_at: summary.requested_timestamp,
    }
}

/// The requests made from this machine, each as its status stream has it.
async fn own(ctx: &Ctx, client: &Client, args: &Args) -> Result<Vec<Summary>> {
    let entries: Vec<Entry> = history::load(ctx, client.org())?.into_iter().take(MOST).collect();
    let mut glances = Vec::new();
    for entry in &entries {
        let (client, id) = (client.clone(), entry.id.clone());
        glances.push(tokio::spawn(async move { glance(&client, &id).await }));
    }
    let mut summaries = Vec::new();
    for (entry, glance) in entries.into_iter().zip(glances) {
        let request = match glance.await? {
            Ok(Some((request, _))) => request,
            // Nothing decided yet, or the service no longer knows it: what is remembered holds.
            Ok(None) | Err(Error::NotFound { .. } | Error::Service { .. }) => entry.request(),
            Err(error) => return Err(error.into()),
        };
        history::update(ctx, client.org(), &entry.id, &request);
        let outcome = request.status.outcome();
        if (args.pending && outcome != Outcome::Undecided) || (args.active && outcome != Outcome::Approved) {
            continue;
        }
        summaries.push(Summary {
            id: entry.id,
            title: entry.title,
            requestor: String::new(),
            requested_timestamp: entry.at,
            request,
            extra: p0_wire::Extra::new(),
        });
    }
    Ok(summaries)
}

/// What the status stream says of a request at once; `None` if nothing.
///
/// # Errors
/// Those of every call.
pub async fn glance(client: &Client, id: &str) -> std::result::Result<Option<(Request, serde_json::Value)>, Error> {
    let followed = client.poll_once(id, GLANCE).await?;
    Ok(followed.request.map(|request| (request, followed.document)))
}
