//! What the commands that get AWS credentials share: whose they are, whether access is asked for, and what comes of them.

use super::output::{self, OutputArgs};
use crate::{
    access::{
        aws::{self, AccessMode, Name},
        tool, tool_env,
    },
    ctx::Ctx,
    error::{End, Failure, Result},
    integrations::{aws::Credentials, programs},
    interrupt::Interrupt,
    settings::Origin,
    ui::time,
};
use std::{ffi::OsString, time::Duration};

/// Where credentials are wanted, and whether access is asked for.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(super) struct Access {
    /// The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Option<String>,
    /// Why the access is needed
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// Ask for the access if there are no credentials yet; this is so by default
    #[arg(long, overrides_with = "no_request")]
    request: bool,
    /// Do not ask for access: you have it
    #[arg(long, conflicts_with = "reason")]
    no_request: bool,
    /// Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = time::parse_length)]
    timeout: Option<Duration>,
}

/// The same, and what comes of the credentials.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Assume {
    #[command(flatten)]
    access: Access,
    #[command(flatten)]
    output: OutputArgs,
    /// The tool to run; taken off the line before clap reads it.
    #[arg(skip)]
    pub(super) tool: Vec<OsString>,
}

/// Makes sure that this can be the name of a role or a permission set.
pub(super) fn check_name(name: &str) -> std::result::Result<(), Failure> {
    if name.is_empty() || name.starts_with('-') {
        return Err(Failure::usage(format!("'{}' is not the name of anything at AWS.", name.escape_debug())));
    }
    Ok(())
}

/// Gets credentials, without a word on stdout.
pub(super) async fn credentials(ctx: &Ctx, name: &Name, access: &Access) -> Result<Credentials> {
    check_name(name.as_str())?;
    let asking = match access.no_request && !access.request {
        true => AccessMode::Held,
        false => AccessMode::Request { reason: access.reason.as_deref() },
    };
    let deadline = crate::commands::request::deadline(access.timeout);
    let mut interrupt = Interrupt::listen()?;
    aws::assume(ctx, &mut interrupt, name, access.account.as_deref(), asking, deadline).await
}

/// Gets credentials, and writes them or runs the tool with them.
pub(super) async fn run(ctx: &Ctx, name: Name, args: Assume) -> Result {
    let Some((program, arguments)) = args.tool.split_first() else {
        let format = args.output.format(ctx)?;
        let credentials = credentials(ctx, &name, &args.access).await?;
        let org = ctx.settings.org.as_deref().filter(|_| ctx.settings.org_origin == Origin::Flag);
        let line = line(org, &name, &args);
        output::write(ctx, &credentials, format, &line.iter().map(String::as_str).collect::<Vec<_>>())?;
        return Ok(End::Done);
    };
    args.output.refuse()?;
    let credentials = credentials(ctx, &name, &args.access).await?;
    let mut command = programs::command(program);
    command.args(arguments).env("P0_ORG", ctx.sessions().org()?);
    tool_env::with_aws(&mut command, &credentials);
    tool::become_or_run(ctx, command).await
}

/// What the user runs to get these credentials again: of what they ran, all that makes a difference.
fn line(org: Option<&str>, name: &Name, args: &Assume) -> Vec<String> {
    let mut words = vec!["p0"];
    words.extend(org.into_iter().flat_map(|org| ["--org", org]));
    words.extend(["aws", name.word(), "assume", name.as_str()]);
    words.extend(args.access.account.iter().flat_map(|account| ["--account", account]));
    words.into_iter().map(str::to_owned).chain(args.output.words()).collect()
}
