//! How the commands that bring AWS credentials write them: the options, and the writing.

use crate::{
    clock,
    ctx::Ctx,
    error::{Failure, Result},
    integrations::aws::{
        Credentials,
        output::{Format, render},
    },
    shell::{Shell, UnsupportedShell},
    ui::time,
};
use clap::ValueEnum;
use secrecy::ExposeSecret;

/// How credentials are written.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct OutputArgs {
    /// Write assignments for this shell [default: the shell that runs p0]
    #[arg(long, value_name = "SHELL")]
    shell: Option<ShellName>,
    /// What to write [default: env, or json with --json]
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatName>,
}

/// The shells, by the names that people know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShellName {
    Bash,
    Zsh,
    /// Any shell that follows POSIX
    #[value(alias = "posix", alias = "dash", alias = "ksh")]
    Sh,
    Fish,
    #[value(alias = "csh")]
    Tcsh,
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
    Cmd,
    #[value(alias = "nu")]
    Nushell,
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// Assignments for a shell
    Env,
    /// A JSON document
    Json,
    /// Lines of a .env file
    Dotenv,
    /// The document that `credential_process` wants
    CredentialProcess,
}

impl OutputArgs {
    /// The format that is wanted. Commands ask first of all, so that a mistake costs no request.
    pub fn format(&self, ctx: &Ctx) -> std::result::Result<Format, Failure> {
        let name = self.format.unwrap_or(if ctx.ui.json { FormatName::Json } else { FormatName::Env });
        if self.shell.is_some() && name != FormatName::Env {
            return Err(Failure::usage("--shell is for assignments, and a document is to be written.")
                .hint("Leave out --shell, or write: --format env"));
        }
        match name {
            FormatName::Env | FormatName::Dotenv if ctx.ui.json => {
                Err(Failure::usage("With --json the credentials are a JSON document.")
                    .hint("Leave out --json, or write: --format json"))
            }
            FormatName::Env => Ok(Format::Env(self.shell()?)),
            FormatName::Json => Ok(Format::Json),
            FormatName::Dotenv => Ok(Format::Dotenv),
            FormatName::CredentialProcess => Ok(Format::CredentialProcess),
        }
    }

    /// The option that says for which shell, where it is given, as words of the command line.
    pub fn words(&self) -> Vec<String> {
        let named = self.shell.and_then(|shell| shell.to_possible_value());
        named.map_or_else(Vec::new, |named| vec!["--shell".to_owned(), named.get_name().to_owned()])
    }

    /// Where a tool is given the credentials, nothing is written.
    pub fn refuse(&self) -> std::result::Result<(), Failure> {
        if self.shell.is_none() && self.format.is_none() {
            return Ok(());
        }
        Err(Failure::usage("--shell and --format say how to write credentials, and a tool is given them instead.")
            .hint("Leave out the one or the other."))
    }

    fn shell(&self) -> std::result::Result<Shell, Failure> {
        let Some(named) = self.shell else { return Shell::detect().map_err(unsupported) };
        Ok(match named {
            ShellName::Bash | ShellName::Zsh | ShellName::Sh => Shell::Posix,
            ShellName::Fish => Shell::Fish,
            ShellName::Tcsh => Shell::Tcsh,
            ShellName::PowerShell => Shell::Powershell,
            ShellName::Cmd => Shell::Cmd,
            ShellName::Nushell => Shell::Nushell,
        })
    }
}

fn unsupported(UnsupportedShell(shell): UnsupportedShell) -> Failure {
    Failure::error(format!("Cannot write assignments for {shell}: p0 does not know its syntax."))
        .hint("Run the tool directly: p0 aws … -- <tool>")
        .hint("Or write JSON: --format json")
        .hint("Or name a shell whose syntax it reads: --shell sh")
}

/// Writes credentials to stdout. At a terminal it also says how to use them: `command` is what the user runs to get
/// them, by its words, such as `p0 aws role assume Developer`.
pub fn write(ctx: &Ctx, credentials: &Credentials, format: Format, command: &[&str]) -> Result<()> {
    let mut credentials = credentials.clone();
    if matches!(format, Format::Env(_)) && credentials.region == ctx.env.aws.region {
        // What the user has chosen already stays in their shell; a document goes elsewhere.
        credentials.region = None;
    }
    let text = render(&credentials, format, &ctx.env.aws_overriding).map_err(|unwritable| {
        Failure::error(format!("AWS gave credentials of which {unwritable}."))
            .hint("Write a document instead: --format json")
    })?;
    if !ctx.ui.stdout_is_terminal() {
        return Ok(ctx.ui.raw(text.expose_secret().as_bytes())?);
    }
    let now = clock::now();
    let end = credentials.expires_at;
    ctx.ui.say(format!("Credentials until {} ({}).", time::local(now, end), time::relative(now, end)));
    if let Format::Env(shell) = format {
        ctx.ui.say(format!("To have {} evaluate them: {}", shell.name(), shell.evaluate(command)));
        if shell == Shell::Nushell {
            ctx.ui.say("Before that, if it is set: hide-env AWS_PROFILE");
        }
    }
    Ok(ctx.ui.data(text.expose_secret().trim_end_matches('\n'))?)
}
