//! Running the tool that the access is for.

use super::Access;
#[cfg(unix)]
use crate::interrupt::Heard;
use crate::{
    ctx::Ctx,
    error::{End, Failure, Kind, Result},
    integrations::programs,
    shell_words,
    ui::time,
};
use std::{
    ffi::OsString,
    io,
    process::{Command, ExitStatus},
};

/// The tool's command, with the access in its environment (docs/scripting.md): `P0_ORG`, `P0_REQUEST_ID`,
/// `P0_PRINCIPAL` and `P0_EXPIRES_AT`, each only if it is known.
pub fn command(tool: &[OsString], org: &str, access: &Access) -> Command {
    let mut command = Command::new(&tool[0]);
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
///
/// # Errors
/// The tool cannot be found or run.
pub async fn become_or_run(ctx: &Ctx, mut command: Command) -> Result {
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
///
/// # Errors
/// The tool cannot be found or run.
pub async fn run(ctx: &Ctx, mut command: Command) -> Result {
    command.envs(ctx.stays().into_iter().flatten().map(|(name, value)| (name, value)));
    start(ctx, command, "").await
}

async fn start(ctx: &Ctx, command: Command, kept: &str) -> Result {
    let mut command = tokio::process::Command::from(startable(ctx, command));
    let mut signals = Signals::listen()?;
    let mut child = command.spawn().map_err(|error| not_run(command.as_std(), &error, kept))?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            signal = signals.next() => signal.pass_on(&child),
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
    let mut same = Command::new(program);
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

/// An exit code that is not 0 as one of ours. On Windows they have 32 bits: one that Ctrl-C ended has
/// `STATUS_CONTROL_C_EXIT` ([MS-ERREF] 2.3.1), which is 130 elsewhere; another that does not fit is still no success.
fn narrow(code: i32) -> u8 {
    const CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();
    match u8::try_from(code) {
        Ok(code) => code,
        Err(_) if code == CONTROL_C_EXIT => 130,
        Err(_) => u8::MAX,
    }
}

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

/// The signals that would end this process, while it waits for the tool. Those that were ignored at the start would not.
pub struct Signals {
    #[cfg(unix)]
    streams: [(i32, Heard); 4],
    #[cfg(windows)]
    console: (tokio::signal::windows::CtrlC, tokio::signal::windows::CtrlBreak, tokio::signal::windows::CtrlClose),
}

impl Signals {
    /// Whether one has arrived by now that was not taken yet. A child that Ctrl-C has ended as well can be seen to have
    /// ended first.
    pub async fn has_come(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = self.next() => true,
            // Comes back once the system was asked for news.
            () = tokio::task::yield_now() => false,
        }
    }
}

/// A signal that has arrived.
#[cfg(unix)]
pub struct Arrived(i32);

/// What the console had to tell.
#[cfg(windows)]
pub struct Arrived {
    ends: bool,
}

#[cfg(unix)]
impl Signals {
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::SignalKind;
        let stream = |kind: SignalKind| Heard::listen(kind).map(|stream| (kind.as_raw_value(), stream));
        Ok(Self {
            streams: [
                stream(SignalKind::interrupt())?,
                stream(SignalKind::quit())?,
                stream(SignalKind::terminate())?,
                stream(SignalKind::hangup())?,
            ],
        })
    }

    pub async fn next(&mut self) -> Arrived {
        let [a, b, c, d] = &mut self.streams;
        tokio::select! {
            () = a.1.recv() => Arrived(a.0),
            () = b.1.recv() => Arrived(b.0),
            () = c.1.recv() => Arrived(c.0),
            () = d.1.recv() => Arrived(d.0),
        }
    }
}

#[cfg(unix)]
impl Arrived {
    /// Whether it asks for the end; what comes from the terminal's keys is for all that runs there.
    pub fn ends(&self) -> bool {
        use rustix::process::Signal;
        self.0 != Signal::INT.as_raw() && self.0 != Signal::QUIT.as_raw()
    }

    /// Whether it says that a terminal, or whoever stands in for one, has gone.
    pub fn is_hangup(&self) -> bool {
        self.0 == rustix::process::Signal::HUP.as_raw()
    }

    pub fn pass_on(&self, child: &tokio::process::Child) {
        use rustix::process::{Pid, Signal, kill_process};
        // Ctrl-C and Ctrl-\ come from the terminal, which sends them to the tool as well.
        if self.0 == Signal::INT.as_raw() || self.0 == Signal::QUIT.as_raw() {
            return;
        }
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(self.0)) {
            // The tool may have ended meanwhile.
            let _ = kill_process(pid, signal);
        }
    }
}

#[cfg(windows)]
impl Signals {
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
        Ok(Self { console: (ctrl_c()?, ctrl_break()?, ctrl_close()?) })
    }

    pub async fn next(&mut self) -> Arrived {
        let (interrupt, break_key, close) = &mut self.console;
        tokio::select! {
            _ = interrupt.recv() => Arrived { ends: false },
            _ = break_key.recv() => Arrived { ends: false },
            _ = close.recv() => Arrived { ends: true },
        }
    }
}

#[cfg(windows)]
impl Arrived {
    /// Whether it asks for the end, as a window does that is closed; what comes from the keys is for all that runs there.
    pub fn ends(&self) -> bool {
        self.ends
    }

    /// Whether it says that whoever stands in for the terminal has gone; here that is always the end.
    pub fn is_hangup(&self) -> bool {
        false
    }

    /// The console tells all that runs in it, so the tool as well.
    pub fn pass_on(&self, _child: &tokio::process::Child) {}
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
