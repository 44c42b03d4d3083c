//! `p0 ssh-config install`.

use super::Config;
use crate::{
    ctx::Ctx,
    error::{End, Result},
    integrations::ssh::user_config::{self, State},
};

/// Add what is needed to ~/.ssh/config, once.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Adds it.
pub(super) fn run(ctx: &Ctx) -> Result {
    let config = Config::read(ctx, true)?;
    let path = config.path.display().to_string();
    if config.state() == State::Installed {
        ctx.ui.say(format!("{path} has it already."));
        config.document(ctx, "installed", false)?;
        return Ok(End::Done);
    }
    let text = config.text.as_deref().unwrap_or_default();
    config.replace(&user_config::with(text, &config.block).ok_or_else(|| config.broken())?)?;
    config.tell_foreign(ctx);
    ctx.ui.say(format!("Added to {path}. Plain ssh now reaches the machines that you have access to."));
    if let Some(home) = &ctx.env.home {
        ctx.ui.say(format!("That is for as long as P0_HOME is {}, and of no effect without.", home.display()));
    }
    ctx.ui.say("To take it out again: p0 ssh-config remove");
    config.document(ctx, "installed", true)?;
    Ok(End::Done)
}
