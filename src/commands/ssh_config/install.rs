//! `p0 ssh-config install`.

use super::Config;
use crate::{
    access::ssh::openssh::{self, Effect},
    ctx::Ctx,
    error::{End, Result},
    integrations::ssh::user_config::{self, State},
};

/// Add what is needed to ~/.ssh/config, once.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Adds it.
pub(super) async fn run(ctx: &Ctx) -> Result {
    let config = Config::read(ctx, true)?;
    let path = config.path.display().to_string();
    let text = config.text.as_deref().unwrap_or_default();
    // Lines above ours that change nothing for our machines may stay there.
    let is_overruled = || async { matches!(openssh::effect(ctx, &config.path).await, Ok(Effect::Overruled(..))) };
    if config.state() == State::Installed && (text.starts_with(&config.block) || !is_overruled().await) {
        ctx.ui.say(format!("{path} has it already."));
        return told(ctx, &config, false).await;
    }
    config.replace(&user_config::with(text, &config.block).ok_or_else(|| config.broken())?)?;
    config.tell_foreign(ctx);
    ctx.ui.say(format!("Added to {path}. Plain ssh now reaches the machines that you have access to."));
    if let Some(home) = &ctx.env.home {
        ctx.ui.say(format!("That is for as long as P0_HOME is {}, and of no effect without.", home.display()));
    }
    ctx.ui.say("To take it out again: p0 ssh-config remove");
    if ctx.settings.ssh_hosts.is_empty() {
        ctx.ui.say(
            "Other programs that read this file (paramiko, libraries for Go) may reject 'Match exec' for every host. Name \
             your machines in ssh_hosts of config.toml and install again, and it applies to those only.",
        );
    }
    told(ctx, &config, true).await
}

/// Tells whether the lines have their effect. They are there in any case, so that is no failure.
async fn told(ctx: &Ctx, config: &Config, changed: bool) -> Result {
    let problem = config.problem(ctx).await?;
    if let Some(problem) = &problem {
        ctx.ui.warn(&problem.message);
        problem.hints.iter().for_each(|hint| ctx.ui.relay(hint));
    }
    config.document(ctx, if problem.is_some() { "ineffective" } else { "installed" }, problem.as_ref(), changed)?;
    Ok(End::Done)
}
