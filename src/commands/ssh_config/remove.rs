//! `p0 ssh-config remove`.

use super::Config;
use crate::{
    ctx::Ctx,
    error::{End, Result},
    integrations::ssh::user_config::{self, State},
};

/// Take out of ~/.ssh/config what was added.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Takes it out.
pub(super) fn run(ctx: &Ctx) -> Result {
    let config = Config::read(ctx, true)?;
    let path = config.path.display().to_string();
    if config.state() == State::Absent {
        ctx.ui.say(format!("There is nothing of p0 in {path}."));
        return Ok(End::Done);
    }
    config.edit(user_config::without)?;
    ctx.ui.say(format!("Taken out of {path}; the rest is as it was."));
    Ok(End::Done)
}
