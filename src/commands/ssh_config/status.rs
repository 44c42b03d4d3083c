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
pub(super) async fn run(ctx: &Ctx) -> Result {
    let config = Config::read(ctx, false)?;
    let path = config.path.display().to_string();
    let problem = match config.state() {
        State::Installed => config.problem(ctx).await?,
        _ => None,
    };
    let (word, said) = match config.state() {
        State::Installed => match &problem {
            None => ("installed", format!("Plain ssh goes through p0, by {path}.")),
            Some(problem) => ("ineffective", problem.message.clone()),
        },
        State::Different => {
            ("different", format!("{path} names another p0, or was changed. To correct it: p0 ssh-config install"))
        }
        State::Absent => {
            ("absent", "Plain ssh does not go through p0. To change that: p0 ssh-config install".to_owned())
        }
        State::Broken => ("broken", config.broken().message),
    };
    if ctx.ui.json {
        let mut document = json!({ "state": word, "file": path });
        if let Some(problem) = &problem {
            document["problem"] = problem.message.clone().into();
        }
        ctx.ui.document(&document)?;
    } else {
        ctx.ui.data(said)?;
        problem.iter().flat_map(|problem| &problem.hints).for_each(|hint| ctx.ui.say(hint));
    }
    Ok(if word == "installed" { End::Done } else { End::Code(1) })
}
