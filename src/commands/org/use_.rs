//! `p0 org use`.

use crate::{
    ctx::Ctx,
    error::{End, Result},
};
use serde_json::json;

/// Choose the organisation that commands use from now on.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An organisation that you are signed in to
    #[arg(value_name = "ORG")]
    use_org: String,
}

/// Chooses it.
pub fn run(ctx: &Ctx, args: &Args) -> Result {
    let org = &args.use_org;
    let info = ctx.sessions().make_current(org)?.ok_or_else(|| super::unknown(org))?;
    ctx.ui.say(format!("Commands use {} from now on, as {}.", info.org, info.email));
    if let Some(warning) = super::overridden(ctx, org) {
        ctx.ui.warn(warning);
    }
    if ctx.ui.json {
        ctx.ui.document(&json!({ "org": info.org, "email": info.email }))?;
    }
    Ok(End::Done)
}
