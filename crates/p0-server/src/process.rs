//! Runs a program with an empty environment and limited output, and ends all of its processes.

use std::{ffi::OsString, io, iter, path::Path, process::Stdio};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command as Spawn},
};

/// The maximum size of stdout.
const MAX_OUTPUT: u64 = 1024 * 1024;
/// How much of the end of stderr is kept.
const MAX_COMPLAINT: usize = 4 * 1024;
/// How much of it is shown.
const SHOWN_LINES: usize = 3;
const SHOWN_CHARS: usize = 500;

/// Whether [`Command`] can run a program: a path, or a name in `PATH`.
pub(crate) fn is_there(program: &str, directory: Option<&Path>) -> bool {
    if program.contains('/') {
        let path = directory.unwrap_or(Path::new("")).join(program);
        return is_program(&path);
    }
    let path = environment().into_iter().find(|(name, _)| *name == "PATH").map(|(_, path)| path).unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        let file = folder.join(program);
        is_program(&file) || is_program(&file.with_extension(std::env::consts::EXE_EXTENSION))
    })
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}

/// The program, its arguments and its working directory. They are not passed to a shell.
pub(crate) struct Command {
    what: &'static str,
    program: String,
    spawn: Spawn,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) success: bool,
    pub(crate) stdout: Vec<u8>,
    /// The failure, with the end of stderr.
    pub(crate) failure: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("{what} {program} cannot be run: {source}")]
    Start { what: &'static str, program: String, source: io::Error },
    #[error("{what} answered with more than 1 MiB")]
    TooMuch { what: &'static str },
    #[error("{what} could not be followed: {source}")]
    Io { what: &'static str, source: io::Error },
}

impl RunError {
    /// Whether a retry may succeed.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Start { source, .. } => {
                !matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
            }
            Self::TooMuch { .. } => false,
            Self::Io { .. } => true,
        }
    }
}

impl Command {
    /// `what` names the program in errors, such as `the provisioning command`.
    pub(crate) fn new(what: &'static str, program: &str) -> Self {
        let mut spawn = Spawn::new(program);
        spawn.env_clear().envs(environment()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        spawn.kill_on_drop(true);
        #[cfg(unix)]
        spawn.process_group(0);
        Self { what, program: program.into(), spawn }
    }

    pub(crate) fn args(&mut self, arguments: &[String]) {
        self.spawn.args(arguments);
    }

    pub(crate) fn current_dir(&mut self, directory: &std::path::Path) {
        self.spawn.current_dir(directory);
    }
}

/// The service's own `PATH`. On Windows also `SystemRoot`, without which system libraries
/// do not load.
#[expect(clippy::disallowed_methods, reason = "handed on to a child, not read as a setting")]
fn environment() -> Vec<(&'static str, OsString)> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let system = if cfg!(windows) { std::env::var_os("SystemRoot") } else { None };
    iter::once(("PATH", path)).chain(system.map(|system| ("SystemRoot", system))).collect()
}

/// Ends the program and its children, unless it has exited and been waited for. Windows has no process groups, so
/// `kill_on_drop` ends only the program itself.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
            && let Err(error) = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL)
        {
            tracing::debug!(%error, "a command was gone before it was killed");
        }
    }
}

/// Runs the program to completion. Dropping the future kills it and its children.
pub(crate) async fn run(mut command: Command, input: Vec<u8>) -> Result<Output, RunError> {
    let what = command.what;
    let io = |source| RunError::Io { what, source };
    let start = |source| RunError::Start { what, program: plain(&command.program), source };
    let mut group = Group(command.spawn.spawn().map_err(start)?);
    let (stdin, stdout, stderr) = (group.0.stdin.take(), group.0.stdout.take(), group.0.stderr.take());
    let feed = async {
        let Some(mut stdin) = stdin else { return Ok(()) };
        match stdin.write_all(&input).await {
            // The program need not read its stdin.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    };
    let ((), stdout, complaint) = tokio::try_join!(
        async { feed.await.map_err(io) },
        async { read_all(stdout).await.map_err(io)?.ok_or(RunError::TooMuch { what }) },
        async { read_end(stderr).await.map_err(io) },
    )?;
    let status = group.0.wait().await.map_err(io)?;
    let mut failure = match status.code() {
        Some(code) => format!("{what} failed (exit code {code})"),
        None => format!("{what} was ended by {}", signal(status)),
    };
    if !complaint.is_empty() {
        failure = format!("{failure}: {complaint}");
    }
    Ok(Output { success: status.success(), stdout, failure })
}

/// Returns `None` if the limit is exceeded.
async fn read_all(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Option<Vec<u8>>> {
    let mut output = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MAX_OUTPUT + 1).read_to_end(&mut output).await?;
    }
    Ok((output.len() as u64 <= MAX_OUTPUT).then_some(output))
}

/// Joins the last lines.
async fn read_end(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<String> {
    let mut end = Vec::new();
    if let Some(mut pipe) = pipe {
        let mut piece = [0; 1024];
        loop {
            let read = pipe.read(&mut piece).await?;
            if read == 0 {
                break;
            }
            end.extend_from_slice(&piece[..read]);
            end.drain(..end.len().saturating_sub(MAX_COMPLAINT));
        }
    }
    let text = String::from_utf8_lossy(&end);
    let lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
    Ok(plain(&lines[lines.len().saturating_sub(SHOWN_LINES)..].join(" · ")))
}

/// Removes control characters and shortens the text, which is shown at a terminal.
pub(crate) fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect();
    text.trim().to_owned()
}

#[cfg(unix)]
fn signal(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    status.signal().map_or_else(|| "a signal".into(), |number| format!("signal {number}"))
}

#[cfg(not(unix))]
fn signal(_: std::process::ExitStatus) -> String {
    "the system".into()
}
