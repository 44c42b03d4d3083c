//! `p0 ssh-config status`.

use super::Config;
use crate::{
    ctx::Ctx,
    error::{End, Result},
    integrations::ssh::user_config::State,
};
use serde_json::json;

/// Show whether plain ssh goes through p0. Exits with 1 if not.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Shows it.
pub(super) fn run(ctx: &Ctx) -> Result {
    let config = Config::read(ctx, false)?;
    let path = config.path.display().to_string();
    let (word, said) = match config.state() {
        State::Installed => ("installed", format!("Plain ssh goes through p0, by {path}.")),
        State::Different => {
            ("different", format!("{path} names another p0, or was changed. To correct it: p0 ssh-config install"))
        }
        State::Absent => {
            ("absent", "Plain ssh does not go through p0. To change that: p0 ssh-config install".to_owned())
        }
        State::Broken => ("broken", config.broken().message),
    };
    if ctx.ui.json {
        ctx.ui.document(&json!({ "state": word, "file": path }))?;
    } else {
        ctx.ui.data(said)?;
    }
    Ok(if word == "installed" { End::Done } else { End::Code(1) })
}
