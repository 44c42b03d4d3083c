//! `p0 secrets status`.

use crate::{
    ctx::Ctx,
    error::{End, Result},
    session::SecretsStatus,
    ui::table::Table,
};
use serde_json::json;

/// Show which store keeps tokens, and why.
///
/// Asks each store whether it is there, for 3 seconds at most. No token is shown.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Shows it.
pub async fn run(ctx: &Ctx, _args: &Args) -> Result {
    let status = ctx.sessions().secrets_status().await?;
    if ctx.ui.json {
        ctx.ui.document(&document(ctx, &status))?;
        return Ok(End::Done);
    }
    ctx.ui.table(&table(&status))?;
    match &status.best {
        Ok((store, why)) => ctx.ui.say(format!("A sign-in uses {} ({why}).", store.name())),
        Err(failure) => {
            ctx.ui.warn(format!("A sign-in could keep nothing. {failure}"));
            for hint in &failure.hints {
                ctx.ui.say(format!("  {hint}"));
            }
        }
    }
    Ok(End::Done)
}

/// The stores, each with the organisations whose secrets it keeps.
fn table(status: &SecretsStatus) -> Table {
    let mut table = Table::new(["STORE", "STATE", "KEEPS"]);
    for store in &status.stores {
        let held = status.sessions.iter().filter(|held| held.store == store.store);
        let held: Vec<String> = held
            .map(|held| match &held.problem {
                None => held.org.clone(),
                Some(problem) => format!("{} ({problem})", held.org),
            })
            .collect();
        let state = store.problem.as_deref().unwrap_or("is there");
        table.row([store.store.word(), state, &held.join(", ")]);
    }
    table
}

fn document(ctx: &Ctx, status: &SecretsStatus) -> serde_json::Value {
    let (store, why) = match &status.best {
        Ok((store, why)) => (Some(store), why.clone()),
        Err(failure) => (None, failure.message.clone()),
    };
    json!({
        "setting": status.choice,
        "from": ctx.settings.secret_store_origin,
        "store": store,
        "why": why,
        "stores": status.stores,
        "sessions": status.sessions,
    })
}
