//! `p0 secrets move`.

use crate::{
    ctx::Ctx,
    error::{End, Kind, Result},
    session::{Moved, SecretKind},
};
use serde_json::json;

/// Take the tokens of all sessions to another store.
///
/// Each is read back before it is deleted where it was, so nothing is lost if this is interrupted: run it again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where they are to be
    #[arg(long, value_name = "STORE")]
    to: SecretKind,
}

/// Moves them.
pub async fn run(ctx: &Ctx, args: &Args) -> Result {
    let (sessions, to) = (ctx.sessions(), args.to);
    let moves = sessions.move_secrets(to).await?;
    let (mut moved, mut already, mut gone, mut failed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for one in moves {
        match one.moved {
            Ok(Moved::Done) => moved.push(one.org),
            Ok(Moved::Already) => already.push(one.org),
            Ok(Moved::Gone) => gone.push(one.org),
            Err(failure) => failed.push((one.org, failure)),
        }
    }
    let end = if failed.is_empty() { End::Done } else { End::Code(Kind::Error.code()) };
    if ctx.ui.json {
        let failed: Vec<_> =
            failed.iter().map(|(org, failure)| json!({ "org": org, "error": failure.message })).collect();
        ctx.ui.document(&json!({ "to": to, "moved": moved, "already": already, "gone": gone, "failed": failed }))?;
        return Ok(end);
    }
    for org in &moved {
        ctx.ui.say(format!("The secrets for {org} are in {} now.", to.name()));
    }
    for org in &already {
        ctx.ui.say(format!("The secrets for {org} are in {} already.", to.name()));
    }
    for org in &gone {
        ctx.ui.warn(format!("The secrets for {org} are gone. Sign in again with: p0 login {org}"));
    }
    for (org, failure) in &failed {
        ctx.ui.warn(format!("The secrets for {org} could not be moved, or not be deleted where they were. {failure}"));
        failure.hints.iter().for_each(|hint| ctx.ui.say(format!("  {hint}")));
    }
    if moved.is_empty() && already.is_empty() && gone.is_empty() && failed.is_empty() {
        ctx.ui.say("You are not signed in anywhere, so there is nothing to move.");
    }
    if !sessions.allows(to) {
        let word = to.word();
        ctx.ui.say(format!(
            "For sign-ins to use it too, set P0_SECRET_STORE={word}, or secret_store = \"{word}\" in {}.",
            ctx.dirs.settings().display()
        ));
    }
    Ok(end)
}
