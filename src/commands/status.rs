//! `p0 status`: offline and at once.

use super::listing::Row;
use crate::{
    access::history,
    clock,
    ctx::Ctx,
    error::{End, Failure, Kind, Result},
    ui::time,
};
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
    let by_token = ctx.env.api_token.is_some();
    let now = clock::now();
    let held: Vec<Row> = history::load(ctx, &org)?
        .into_iter()
        .filter(|entry| entry.is_active(now.as_millisecond()))
        .map(|entry| Row {
            id: entry.id,
            status: entry.status,
            title: entry.title,
            principal: None,
            expires_at: entry.expires_at,
            requested_at: entry.at,
        })
        .collect();

    if ctx.ui.json {
        let access: Vec<_> = held
            .iter()
            .map(|row| json!({"id": row.id, "title": row.title, "status": row.status, "expiryTimestamp": row.expires_at}))
            .collect();
        ctx.ui.document(&json!({"org": org, "signedIn": by_token || info.is_some(), "apiToken": by_token, "session": info, "access": access}))?;
    } else {
        match &info {
            _ if by_token => ctx.ui.data(format!("Organisation {org}, with the token in P0_API_TOKEN"))?,
            Some(info) => {
                ctx.ui.data(format!("Signed in to {org} as {}", info.email))?;
                ctx.ui.data(format!("Session: {}", info.lifetime(now)))?;
                ctx.ui.data(format!("Secrets: {}", info.store))?;
            }
            None => ctx.ui.data(format!("Not signed in to {org}"))?,
        }
        if held.is_empty() {
            ctx.ui.data("Access: none that this machine knows of")?;
        }
        for row in &held {
            let end = row.expires_at.and_then(time::from_millis);
            let left = end.map(|end| format!(", ends {} ({})", time::relative(now, end), time::local(now, end)));
            ctx.ui.data(format!("Access: {} [{}]{}", row.title, row.id, left.unwrap_or_default()))?;
        }
    }
    match by_token || info.is_some() {
        true => Ok(End::Done),
        false if ctx.ui.json => Ok(End::Code(Kind::NotSignedIn.code())),
        false => Err(Failure::new(Kind::NotSignedIn, format!("You are not signed in to {org}."))
            .hint(format!("Sign in with: p0 login {org}"))
            .into()),
    }
}
