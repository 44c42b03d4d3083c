//! `p0 org ls`: offline and at once.

use crate::{
    clock,
    ctx::Ctx,
    error::{End, Result},
    session::SessionInfo,
    ui::{table::Table, time},
};
use jiff::Timestamp;
use serde_json::json;

/// List the organisations that you are signed in to.
///
/// `*` stands before the one that commands use. Nothing is asked of the network or the keyring.
#[derive(Debug, clap::Args)]
#[command(visible_alias = "list")]
pub struct Args {}

/// Lists them.
pub fn run(ctx: &Ctx, _args: &Args) -> Result {
    let sessions = ctx.sessions();
    let current = sessions.chosen()?;
    let infos = sessions.all()?;
    if ctx.ui.json {
        let organisations: Vec<&SessionInfo> = infos.iter().map(|(info, _)| info).collect();
        let document = json!({ "current": current, "organisations": organisations });
        ctx.ui.document(&document)?;
        return Ok(End::Done);
    }
    if infos.is_empty() {
        ctx.ui.say("You are not signed in anywhere. Sign in with: p0 login <org>");
        return Ok(End::Done);
    }
    ctx.ui.table(&table(&infos, current.as_deref(), clock::now(), ctx.ui.stdout_is_terminal()))?;
    if let Some(current) = current.filter(|current| infos.iter().all(|(info, _)| info.org != *current)) {
        ctx.ui.say(format!("Commands use {current}, which you are not signed in to."));
    }
    Ok(End::Done)
}

fn table(infos: &[(SessionInfo, bool)], current: Option<&str>, now: Timestamp, terminal: bool) -> Table {
    let mut table = Table::new(["", "ORGANISATION", "SIGNED IN AS", "UNTIL", "SECRETS", "SERVICE"]);
    for (info, is_meant) in infos {
        let mark = if *is_meant && current == Some(&info.org) { "*" } else { "" };
        let until = match info.expires_at {
            _ if terminal => info.lifetime(now),
            _ if info.problem.is_some() => "over".to_owned(),
            _ if info.renews => "renews".to_owned(),
            end => end.map(time::rfc3339).unwrap_or_default(),
        };
        let secrets = if terminal { info.store.as_str() } else { info.secret_store.word() };
        let service = info.base.as_str().trim_end_matches('/');
        table.row([mark, &info.org, &info.email, &until, secrets, service]);
    }
    table
}
