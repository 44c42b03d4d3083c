//! `p0 status`: offline and at once.

use crate::{
    access::history::{self, Entry},
    clock,
    ctx::Ctx,
    error::{End, Failure, Kind, Result},
    session::SessionInfo,
    ui::time,
};
use jiff::Timestamp;
use serde_json::json;
use url::Url;

/// Show who you are, where, and what you hold.
///
/// Nothing is asked of the network or the desktop's keyring: it shows what this machine knows. `p0 requests` asks the service.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Shows it.
pub fn run(ctx: &Ctx, _args: &Args) -> Result {
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    let info = sessions.info(&org)?;
    let by_token = ctx.settings.api_token.as_ref().map(|token| token.from);
    let signed_in = by_token.is_some() || info.as_ref().is_some_and(|info| info.problem.is_none());
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
            if !sessions.elsewhere(&org)?.is_empty() {
                ctx.ui.field("Service", info.base.as_str().trim_end_matches('/'))?;
            }
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
    Err(not_signed_in(ctx, &org, info.as_ref())?.into())
}

/// Why nobody is signed in, and how to sign in.
fn not_signed_in(ctx: &Ctx, org: &str, info: Option<&SessionInfo>) -> Result<Failure> {
    let sessions = ctx.sessions();
    if let Some(problem) = info.and_then(|info| info.problem.as_deref()) {
        let failure = Failure::new(Kind::NotSignedIn, format!("Your session with {org} is over: {problem}."));
        return Ok(failure.hint(format!("Sign in again: p0 login {org}")));
    }
    let elsewhere = sessions.elsewhere(org)?;
    let Some(other) = elsewhere.first() else {
        return Ok(Failure::new(Kind::NotSignedIn, format!("You are not signed in to {org}."))
            .hint(format!("Sign in with: p0 login {org}")));
    };
    let name = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    let (here, there) = (name(&sessions.lookup(org)?), name(&other.base));
    let choice = if ctx.env.app_url.is_some() { "P0_APP_URL" } else { "app_url in config.toml" };
    Ok(Failure::new(Kind::NotSignedIn, format!("You are not signed in to {org} at {here}, which {choice} names."))
        .hint(format!("Sign in there: p0 login {org}"))
        .hint(format!("You are signed in to {org} at {there} as {}. To use that, unset {choice}.", other.email)))
}

/// `gcloud role viewer, ends in 59m (14:30)  [id]`.
fn line(entry: &Entry, now: Timestamp) -> String {
    let end = entry.expires_at.and_then(time::from_millis);
    let left = end.map(|end| format!(", ends {} ({})", time::relative(now, end), time::local(now, end)));
    let to = entry.granted_to.as_deref().filter(|to| !to.is_empty()).map(|to| format!(" for {to}"));
    format!("{}{}{}  [{}]", entry.title, to.unwrap_or_default(), left.unwrap_or_default(), entry.id)
}
