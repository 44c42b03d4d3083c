//! `p0 requests`.

use super::listing::{self, Row};
use crate::{
    access::history::{self, Entry},
    clock,
    ctx::Ctx,
    error::{End, Failure, Kind, Result, sentence},
    interrupt::Interrupt,
};
use p0_client::{Answer, Client, Error, Which};
use p0_wire::request::{Outcome, Request, Summary};
use serde_json::{Value, json};
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
  p0 requests --watch              Show changes as they come, until Ctrl-C or until nothing reads the output
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
    if !args.watch {
        let client = ctx.api().await?;
        let list = list(ctx, &client, &args).await?;
        if ctx.ui.json {
            ctx.ui.document(&list.document)?
        } else {
            show(ctx, &list.summaries)?
        }
        return Ok(End::Done);
    }
    let mut interrupt = Interrupt::listen()?;
    let watching = async { watch(ctx, &ctx.api().await?, &args).await };
    tokio::select! {
        end = watching => end,
        () = ctx.ui.reader_gone() => Ok(End::Done),
        () = interrupt.pressed() => Err(Failure::new(Kind::Interrupted, "No longer watching.").into()),
    }
}

/// Shows what is new, for ever: a failure after the first list is told once, and ridden out if it may pass.
async fn watch(ctx: &Ctx, client: &Client, args: &Args) -> Result {
    let mut shown = list(ctx, client, args).await?;
    show_news(ctx, &shown, &[])?;
    let mut told = false;
    loop {
        tokio::time::sleep(PACE).await;
        match list(ctx, client, args).await {
            Ok(now) => {
                show_news(ctx, &now, &shown.summaries)?;
                (shown, told) = (now, false);
            }
            Err(error) if !may_pass(&error) => return Err(error),
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    ctx.ui.warn(format!("{}. Watching goes on.", sentence(error)));
                }
            }
        }
    }
}

/// Whether a later list may succeed although this one failed so: not if the user has something to put right.
fn may_pass(error: &anyhow::Error) -> bool {
    use Error::{BadName, BadToken, Forbidden, Tokens, Unauthorized};
    error.downcast_ref().is_some_and(|error| {
        !matches!(error, BadName { .. } | BadToken | Forbidden { .. } | Tokens(_) | Unauthorized { .. })
    })
}

/// Shows what was not there before, or not like this, the oldest first.
fn show_news(ctx: &Ctx, now: &List, before: &[Summary]) -> Result<()> {
    let news = now.summaries.iter().enumerate().filter(|(_, summary)| !before.contains(summary)).rev();
    if ctx.ui.json {
        for (i, _) in news {
            ctx.ui.document_line(&now.document["requests"][i])?;
        }
        return Ok(());
    }
    let news: Vec<Summary> = news.map(|(_, summary)| summary.clone()).collect();
    if news.is_empty() { Ok(()) } else { show(ctx, &news) }
}

/// What there is.
struct List {
    /// The whole document, unknown fields included: `{"requests": […]}`.
    document: Value,
    /// The requests in it, in its order.
    summaries: Vec<Summary>,
}

async fn list(ctx: &Ctx, client: &Client, args: &Args) -> Result<List> {
    let which = Which { mine: args.mine, pending: args.pending, active: args.active };
    match client.requests(which).await {
        Ok(Answer { document, value, .. }) => {
            let summaries = value.requests;
            history::update_all(ctx, client.org(), summaries.iter().map(|s| (s.id.as_str(), &s.request)));
            Ok(List { document, summaries })
        }
        Err(Error::NotFound { .. }) => {
            let summaries = own(ctx, client, args).await?;
            Ok(List { document: json!({ "requests": summaries }), summaries })
        }
        Err(error) => Err(error.into()),
    }
}

fn show(ctx: &Ctx, summaries: &[Summary]) -> Result<()> {
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
        withdrawn: request.withdrawn,
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
pub async fn glance(client: &Client, id: &str) -> std::result::Result<Option<(Request, serde_json::Value)>, Error> {
    let followed = client.poll_once(id, GLANCE).await?;
    Ok(followed.request.map(|request| (request, followed.document)))
}
