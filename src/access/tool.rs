//! Running the tool that the access is for.

use super::{
    Access,
    signals::{Signals, Suspension},
};
use crate::{
    ctx::Ctx,
    env_vars,
    error::{End, Failure, Kind, Result},
    integrations::programs,
    shell_words,
    ui::time,
};
use secrecy::ExposeSecret;
use std::{
    ffi::OsString,
    io,
    pin::pin,
    process::{Command, ExitStatus},
};

/// The tool's command, with the access in its environment (docs/scripting.md): `P0_ORG`, `P0_REQUEST_ID`,
/// `P0_PRINCIPAL` and `P0_EXPIRES_AT`, each only if it is known.
pub fn command(tool: &[OsString], org: &str, access: &Access) -> Command {
    let mut command = programs::command(&tool[0]);
    command.args(&tool[1..]).env("P0_ORG", org).env("P0_REQUEST_ID", &access.id);
    let expiry = access.request.expiry_timestamp.and_then(time::from_millis).map(time::rfc3339);
    // An outer tool's values must not pass for this access's.
    for (name, value) in [("P0_PRINCIPAL", &access.request.principal), ("P0_EXPIRES_AT", &expiry)] {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// What a tool that does not start leaves behind, where access was asked for it and is kept.
const KEPT: &str = "The access is there. ";

/// Becomes the tool, where nothing is left to do after it; otherwise runs it to its end. The access stays.
pub async fn become_or_run(ctx: &Ctx, mut command: Command) -> Result {
    pass_token(ctx, &mut command);
    if let Some(environment) = ctx.stays() {
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        return start(ctx, command, KEPT).await;
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let error = command.exec();
        Err(not_run(&command, &error, KEPT).into())
    }
    #[cfg(not(unix))]
    start(ctx, command, KEPT).await
}

/// Runs the tool and gives back its exit code; for one that died by a signal, 128 and the signal's number. Signals
/// that the terminal sends reach the tool by themselves; those sent to `p0` alone are passed on.
pub async fn run(ctx: &Ctx, mut command: Command) -> Result {
    pass_token(ctx, &mut command);
    command.envs(ctx.stays().into_iter().flatten().map(|(name, value)| (name, value)));
    start(ctx, command, "").await
}

/// Gives the tool the token that p0 was given, where the user says so (`--pass-token`): it runs p0 itself.
fn pass_token(ctx: &Ctx, command: &mut Command) {
    if let Some(token) = ctx.env.api_token.as_ref().filter(|_| ctx.settings.pass_token) {
        command.env(env_vars::API_TOKEN, token.expose_secret());
    }
}

async fn start(ctx: &Ctx, command: Command, kept: &str) -> Result {
    let mut command = tokio::process::Command::from(startable(ctx, command));
    let mut signals = Signals::listen()?;
    let mut child = command.spawn().map_err(|error| not_run(command.as_std(), &error, kept))?;
    let mut suspension = pin!(Suspension::for_child(&child)?.follow());
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            signal = signals.next() => signal.pass_on(&child),
            never = &mut suspension => match never {},
        }
    };
    Ok(end_of(status))
}

/// The same command, with its program named as the system is to start it.
fn startable(ctx: &Ctx, command: Command) -> Command {
    let program = programs::startable(command.get_program(), ctx.env.path.as_deref());
    if program == *command.get_program() {
        return command;
    }
    let mut same = programs::command(program);
    same.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    same
}

/// A tool's end as ours: its exit code; for one that died by a signal, 128 and the signal's number.
pub(super) fn end_of(status: ExitStatus) -> End {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return End::Code(128_u8.saturating_add(u8::try_from(signal).unwrap_or(127)));
    }
    match status.code() {
        Some(0) => End::Done,
        code => End::Code(code.map_or(1, narrow)),
    }
}

/// The exit code of what Ctrl-C has ended on Windows: `STATUS_CONTROL_C_EXIT` ([MS-ERREF], section 2.3.1).
pub(super) const CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();

/// An exit code that is not 0 as one of ours. On Windows they have 32 bits: that of Ctrl-C is 130 elsewhere; another that
/// does not fit is still no success.
fn narrow(code: i32) -> u8 {
    match u8::try_from(code) {
        Ok(code) => code,
        Err(_) if code == CONTROL_C_EXIT => 130,
        Err(_) => u8::MAX,
    }
}

/// The failure to start a tool. `kept` says what the user has nevertheless.
pub(super) fn not_run(command: &Command, error: &io::Error, kept: &str) -> Failure {
    let name = command.get_program().to_string_lossy();
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new(Kind::ToolNotFound, format!("The tool '{name}' was not found."))
            .hint(format!("{kept}Install the tool, or give its path.")),
        io::ErrorKind::PermissionDenied => {
            Failure::new(Kind::ToolNotRunnable, format!("The tool '{name}' is not executable."))
                .hint(format!("{kept}Make it executable, for example with: chmod +x {}", shell_words::word(&name)))
        }
        // Only on Windows: a script is read by cmd.exe, which takes some characters for more than they are.
        io::ErrorKind::InvalidInput if cfg!(windows) => Failure::new(
            Kind::ToolNotRunnable,
            format!("The tool '{name}' is a script, which cannot be given these arguments unchanged."),
        )
        .hint(format!("{kept}Leave out line breaks, or run a program (.exe) in its place.")),
        _ => Failure::new(Kind::ToolNotRunnable, format!("The tool '{name}' cannot be run: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_failure_becomes_a_success() {
        for (code, expected) in [(1, 1), (3, 3), (255, 255), (256, 255), (512, 255), (-1, 255), (-1_073_741_510, 130)] {
            assert_eq!(narrow(code), expected, "{code}");
        }
    }
}
