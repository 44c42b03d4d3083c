//! `p0`: just-in-time access from the command line.
//!
//! `commands` → `{access, session, ui, ctx}` → `p0-client` → `p0-wire`. See docs/architecture.md.

#![expect(unreachable_pub, reason = "a program: `pub` means for its other modules")]

mod access;
mod cli;
mod clock;
mod commands;
mod completion_scripts;
mod ctx;
mod dirs;
mod doctor;
mod env_vars;
mod error;
mod file_lock;
mod global_args;
mod integrations;
mod interrupt;
mod passthrough;
mod raw_text;
mod secret_text;
mod session;
mod settings;
mod shared_file;
mod shell;
mod shell_words;
mod stored_command;
mod token;
mod ui;

use clap::{CommandFactory, Parser};
use cli::Cli;
use ctx::Ctx;
use env_vars::EnvVars;
use error::{End, Failure, Kind};
use std::{ffi::OsString, io::Write, process::ExitCode};
use ui::Ui;

/// The command tree, from which the completions, the manual and the command reference are made.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs `p0` with the process's arguments.
#[cfg(not(windows))]
pub fn main() -> ExitCode {
    begin()
}

/// Runs `p0` with the process's arguments. Windows gives the first thread of a program 1 MiB of stack, which is too little
/// for some commands where nothing is optimised; this one has as much as elsewhere.
#[cfg(windows)]
pub fn main() -> ExitCode {
    const STACK: usize = 8 * 1024 * 1024;
    match std::thread::Builder::new().name("main".into()).stack_size(STACK).spawn(begin).map(|thread| thread.join()) {
        Ok(Ok(end)) => end,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(error) => {
            let ui = Ui::new(&global_args::GlobalArgs::default(), &EnvVars::read());
            failed(&ui, &Failure::error(format!("Cannot start: {error}"))).into()
        }
    }
}

fn begin() -> ExitCode {
    let env = EnvVars::read();
    let cli = match parse(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(refused) => return refused.show(&env).into(),
    };
    let ui = Ui::new(&cli.global, &env);
    if cli.global.debug {
        ui::log::to_stderr();
    }
    end(&ui, run(cli, env, ui.clone())).into()
}

fn run(cli: Cli, env: EnvVars, ui: Ui) -> error::Result {
    let context = || Ctx::new(&cli.global, env, ui.clone());
    commands::block_on(&ui, context, cli.command)
}

/// Shows how a command failed, if it did.
fn end(ui: &Ui, result: error::Result) -> End {
    match result {
        Ok(end) => end,
        Err(error) if is_closed_pipe(&error) => End::Done,
        Err(error) => failed(ui, &error::classify(error)),
    }
}

fn failed(ui: &Ui, failure: &Failure) -> End {
    ui.failure(failure);
    End::Code(failure.kind.code())
}

/// Whoever read our output has had enough: that is no error of ours.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Why the arguments did not become a command.
enum Refused {
    /// Clap has something to show: help, the version, or wrong usage.
    Shown(clap::Error),
    /// The version is all that is asked for.
    Version,
    /// Something that clap does not know of.
    Failed(Failure, global_args::GlobalArgs),
}

impl Refused {
    /// Shows what there is to show, as the flags that were understood want it.
    fn show(self, env: &EnvVars) -> End {
        match self {
            Self::Shown(error) if is_asked_for(error.kind()) => {
                let ui = Ui::new(&global_args::GlobalArgs::default(), env);
                let shown = error.print().and_then(|()| std::io::stdout().flush()).map_err(ui::cannot_write);
                end(&ui, shown.map(|()| End::Done).map_err(Into::into))
            }
            Self::Shown(error) => {
                // There is nobody left to tell that the stream is closed.
                drop(error.print());
                End::Code(Kind::Usage.code())
            }
            Self::Version => {
                let ui = Ui::new(&global_args::GlobalArgs::default(), env);
                end(&ui, ui.data(concat!("p0 ", env!("CARGO_PKG_VERSION"))).map(|()| End::Done).map_err(Into::into))
            }
            Self::Failed(failure, flags) => failed(&Ui::new(&flags, env), &failure),
        }
    }
}

/// The arguments as text, and those behind the first `--`, which may be a tool's and are handed to it as they are.
fn arguments(mut argv: Vec<OsString>) -> Result<(Vec<String>, Option<Vec<OsString>>), Refused> {
    let behind = argv.iter().position(|word| word == "--").map(|at| argv.drain(at..).skip(1).collect());
    let text = |word: OsString| {
        word.into_string().map_err(|word| {
            let failure = Failure::usage(format!("The argument '{}' is not UTF-8 text.", word.to_string_lossy()));
            Refused::Failed(failure, global_args::GlobalArgs::default())
        })
    };
    Ok((argv.into_iter().map(text).collect::<Result<_, _>>()?, behind))
}

/// Reads a command line of `p0`, its name included.
fn parse(argv: Vec<OsString>) -> Result<Cli, Refused> {
    let (argv, behind) = arguments(argv)?;
    // Scripts ask for it often, and it takes no command tree, which is most of the time that a start takes.
    if let [_, flag] = argv.as_slice()
        && ["--version", "-V"].contains(&flag.as_str())
        && behind.is_none()
    {
        return Err(Refused::Version);
    }
    let json = argv.iter().any(|word| word == "--json");
    let split = passthrough::split(argv, behind);
    let mut cli = Cli::try_parse_from(split.argv).map_err(|error| match error.kind() {
        kind if json && !is_asked_for(kind) => {
            Refused::Failed(usage(&error), global_args::GlobalArgs { json, ..Default::default() })
        }
        _ => Refused::Shown(error),
    })?;
    if let Some(tool) = split.tool {
        cli.command.set_tool(tool).map_err(|failure| Refused::Failed(failure, cli.global.clone()))?;
    }
    Ok(cli)
}

/// Reads a command line that stands inside another one (`p0 dev request …`), of which `--json` holds for both.
#[cfg(feature = "serve")]
fn parse_nested(words: Vec<OsString>, json: bool) -> Result<Cli, Refused> {
    let own = ["p0"].into_iter().chain(json.then_some("--json"));
    parse(own.map(OsString::from).chain(words).collect())
}

/// Help and version are answers, not errors.
fn is_asked_for(kind: clap::error::ErrorKind) -> bool {
    matches!(kind, clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion)
}

/// Wrong usage in a line, for a document: what is wrong, without the usage that follows an empty line.
fn usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let lines = text.trim_start_matches("error: ").lines().map(str::trim).take_while(|line| !line.is_empty());
    Failure::usage(lines.collect::<Vec<_>>().join(" "))
}
