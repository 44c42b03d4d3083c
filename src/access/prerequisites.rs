//! What has to be done on this machine before a session: a program installed, a sign-in at a provider. At a terminal it
//! is offered and, if the user agrees, done; elsewhere they are told.

use super::signals::Signals;
use crate::{
    ctx::Ctx,
    dirs,
    error::{Failure, Kind, Result},
    integrations::{
        programs::{self, LocalSystem, Program},
        ssh::provider::Prerequisite,
    },
};
use std::{ffi::OsStr, io, path::Path, process::Stdio};
use tokio::process::Command;

/// Makes the failure for a user who interrupts.
pub type Stopped<'a> = &'a (dyn Fn() -> Failure + Sync);

/// Makes sure that programs are there. Each that is missing is named, with how it is installed here; at a terminal on
/// macOS and Linux, installing it is offered.
pub async fn require(ctx: &Ctx, signals: &mut Signals, names: &[&str], interrupted: Stopped<'_>) -> Result<()> {
    for name in names {
        if is_there(ctx, name) {
            continue;
        }
        let here = LocalSystem::new(&dirs::os_release(), dirs::is_root());
        let failure = missing(name, &here);
        if !ctx.ui.may_prompt() || !here.system.can_be_offered() || here.lines(name).is_empty() {
            return Err(failure.into());
        }
        install(ctx, signals, failure, (name, &here), interrupted).await?;
    }
    Ok(())
}

fn is_there(ctx: &Ctx, name: &str) -> bool {
    programs::find(Path::new(name), ctx.env.path.as_deref()).is_some()
}

/// A program is not there.
fn missing(name: &str, here: &LocalSystem) -> Failure {
    let failure = |what: String| Failure::new(Kind::ToolNotFound, what);
    match programs::named(name) {
        Some(program @ Program { purpose, .. }) => {
            let missing = failure(format!("The program '{name}' is not installed; {purpose} need it."));
            Failure { hints: here.advice(program), ..missing }
        }
        None => failure(format!("The program '{name}' is not installed.")),
    }
}

/// Offers to install a program, and does it.
async fn install(
    ctx: &Ctx,
    signals: &mut Signals,
    failure: Failure,
    (name, here): (&str, &LocalSystem),
    interrupted: Stopped<'_>,
) -> Result<()> {
    ctx.ui.instruct(&failure.message);
    let lines = here.lines(name);
    for line in &lines {
        ctx.ui.instruct(format!("  {line}"));
    }
    let question = if lines.len() == 1 { "Run this line now?" } else { "Run these lines now?" };
    if !agreed(ctx, signals, question, interrupted).await? {
        return Err(failure.into());
    }
    let directory = ctx.dirs.private().map_err(|error| Failure::error(format!("Cannot install {name}: {error}")))?;
    let mut shell: Command = programs::command("/bin/sh").into();
    // Stops at the first line that fails, and shows each before it is run.
    shell.args(["-exc", &lines.join("\n")]).current_dir(directory.path());
    if !in_foreground(signals, shell, interrupted).await? || !is_there(ctx, name) {
        return Err(Failure { message: format!("The program '{name}' could not be installed."), ..failure }.into());
    }
    Ok(())
}

/// Does an errand that a provider needs done, where the user agrees.
pub async fn run(ctx: &Ctx, signals: &mut Signals, errand: Prerequisite, interrupted: Stopped<'_>) -> Result<()> {
    let line = errand.command.words().map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    let mut failure = Failure::error(&errand.why.message).hint(format!("Run: {line}"));
    failure.hints.extend(errand.why.hints);
    if !ctx.ui.may_prompt() {
        return Err(failure.into());
    }
    ctx.ui.instruct(&failure.message);
    if !agreed(ctx, signals, &format!("Run `{line}` now?"), interrupted).await? {
        return Err(failure.into());
    }
    let mut command: Command = programs::command(&errand.command.program).into();
    command.args(&errand.command.args);
    match in_foreground(signals, command, interrupted).await? {
        true => Ok(()),
        false => Err(Failure { message: format!("`{line}` failed. {}", failure.message), ..failure }.into()),
    }
}

async fn agreed(ctx: &Ctx, signals: &mut Signals, question: &str, interrupted: Stopped<'_>) -> Result<bool> {
    tokio::select! {
        answer = ctx.ui.agrees(question) => Ok(answer?),
        _ = signals.next() => Err(interrupted().into()),
    }
}

/// Runs a program in the foreground, and returns whether it succeeded. Its stdout goes to stderr, because stdout is for data.
async fn in_foreground(signals: &mut Signals, mut command: Command, interrupted: Stopped<'_>) -> Result<bool> {
    command.stdout(Stdio::from(io::stderr()));
    let mut child = command.spawn().map_err(|error| {
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        Failure::new(Kind::ToolNotRunnable, format!("The program '{name}' cannot be run: {error}"))
    })?;
    let status = tokio::select! {
        status = child.wait() => status?,
        signal = signals.next() => {
            // It tidies up in its own time.
            signal.pass_on(&child);
            child.wait().await?;
            return Err(interrupted().into());
        }
    };
    if signals.has_come().await {
        return Err(interrupted().into());
    }
    Ok(status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::programs::System;

    #[test]
    fn a_missing_program_is_named_with_how_to_install_it() {
        let failure = |name, system| missing(name, &LocalSystem { system, arm: false, is_root: false });
        let plugin = failure("session-manager-plugin", System::Ubuntu);
        assert_eq!(plugin.kind, Kind::ToolNotFound);
        assert_eq!(
            plugin.message,
            "The program 'session-manager-plugin' is not installed; sessions on AWS machines need it."
        );
        assert!(plugin.hints[0].starts_with("To install it: curl "), "{plugin:?}");
        assert_eq!(plugin.hints[1], "Then: sudo dpkg -i session-manager-plugin.deb");
        let az = failure("az", System::Windows);
        assert_eq!(az.hints, ["To install it: winget install --exact --id Microsoft.AzureCLI"]);
        let gcloud = failure("gcloud", System::Arch);
        assert_eq!(gcloud.hints, ["To install it, see: https://cloud.google.com/sdk/docs/install"]);
        assert_eq!(failure("other", System::Debian).message, "The program 'other' is not installed.");
    }
}
