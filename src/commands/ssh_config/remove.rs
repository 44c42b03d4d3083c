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
        config.document(ctx, "absent", None, false)?;
        return Ok(End::Done);
    }
    let text = config.text.as_deref().unwrap_or_default();
    config.replace(&user_config::without(text).ok_or_else(|| config.broken())?)?;
    config.tell_foreign(ctx);
    ctx.ui.say(format!("Taken out of {path}; the rest is as it was."));
    config.document(ctx, "absent", None, true)?;
    Ok(End::Done)
}
