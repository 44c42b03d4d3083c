//! `--help` among words that are the service's: its text, and then our own options.

use crate::{
    clock,
    ctx::Ctx,
    error::{End, Result},
};
use p0_client::Error;
use serde_json::json;
use std::time::Duration;

/// Whoever asks for help wants it now: the service has so long to add its own.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows the service's help for these words, followed by the options that `p0` itself adds. Where the service cannot
/// be asked, the latter alone, and why.
pub async fn show(ctx: &Ctx, verb: &str, words: &[String]) -> Result {
    let mut parts = Vec::new();
    match ask(ctx, verb, words).await {
        Ok(text) => parts.push(text.trim_end().to_owned()),
        Err(error) => {
            let failure = crate::error::classify(error);
            ctx.ui.say(format!("The service's own help is not at hand: {}", failure.message));
        }
    }
    let mut cli = crate::command();
    cli.build();
    if let Some(command) = cli.find_subcommand_mut(verb) {
        parts.push(format!("Options of the command line:\n\n{}", command.render_help()));
    }
    let help = parts.join("\n\n");
    if ctx.ui.json {
        ctx.ui.document(&json!({ "help": help }))?;
    } else {
        ctx.ui.data(help)?;
    }
    Ok(End::Done)
}

/// The service states help as an error.
async fn ask(ctx: &Ctx, verb: &str, words: &[String]) -> Result<String> {
    let argv = std::iter::once(verb).chain(words.iter().map(String::as_str));
    let deadline = Some(clock::instant() + PATIENCE);
    match ctx.api_until(deadline).await?.until(deadline).command(&p0_wire::command::Command::new(argv)).await {
        Err(Error::Service { text, .. }) => Ok(text),
        Err(error) => Err(error.into()),
        Ok(document) => Ok(document.get("message").and_then(|text| text.as_str()).unwrap_or_default().to_owned()),
    }
}
