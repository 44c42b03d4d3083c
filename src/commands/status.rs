//! `p0 status`: offline and at once.

use crate::{
    access::history::{self, Entry},
    clock,
    ctx::Ctx,
    error::{End, Failure, Kind, Result},
    ui::time,
};
use jiff::Timestamp;
use serde_json::json;

/// Show who you are, where, and what you hold.
///
/// Nothing is asked of the network or the keyring: it shows what this machine knows. `p0 requests` asks the service.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Shows it.
pub fn run(ctx: &Ctx, _args: &Args) -> Result {
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    let info = sessions.info(&org)?;
    let by_token = ctx.settings.api_token.as_ref().map(|token| token.from);
    let signed_in = by_token.is_some() || info.is_some();
    let now = clock::now();
    let entries = history::load(ctx, &org)?;
    let held: Vec<&Entry> = entries.iter().filter(|entry| entry.is_held(now.as_millisecond())).collect();
    let pending: Vec<&Entry> = entries.iter().filter(|entry| entry.is_pending(now.as_millisecond())).collect();

    if ctx.ui.json {
        ctx.ui.document(&json!({
            "org": org, "signedIn": signed_in, "apiToken": by_token.is_some(), "session": info, "access": held, "pending": pending,
        }))?;
        return Ok(if signed_in { End::Done } else { End::Code(Kind::NotSignedIn.code()) });
    }
    ctx.ui.field("Organisation", &org)?;
    match (by_token, &info) {
        (Some(from), _) => ctx.ui.field("Signed in", &format!("by the token in {from}"))?,
        (None, Some(info)) => {
            ctx.ui.field("Signed in as", &info.email)?;
            ctx.ui.field("Session", &info.lifetime(now))?;
            ctx.ui.field("Secrets", &format!("{} ({})", info.store, info.secret_store_why))?;
        }
        (None, None) => {}
    }
    for (name, entries) in [("Access", &held), ("Pending", &pending)] {
        for (i, entry) in entries.iter().enumerate() {
            ctx.ui.field(if i == 0 { name } else { "" }, &line(entry, now))?;
        }
    }
    if signed_in {
        if held.is_empty() {
            ctx.ui.field("Access", "none that this machine knows of")?;
        }
        return Ok(End::Done);
    }
    Err(Failure::new(Kind::NotSignedIn, format!("You are not signed in to {org}."))
        .hint(format!("Sign in with: p0 login {org}"))
        .into())
}

/// `gcloud role viewer, ends in 59m (14:30)  [id]`.
fn line(entry: &Entry, now: Timestamp) -> String {
    let end = entry.expires_at.and_then(time::from_millis);
    let left = end.map(|end| format!(", ends {} ({})", time::relative(now, end), time::local(now, end)));
    let to = entry.granted_to.as_deref().filter(|to| !to.is_empty()).map(|to| format!(" for {to}"));
    format!("{}{}{}  [{}]", entry.title, to.unwrap_or_default(), left.unwrap_or_default(), entry.id)
}
