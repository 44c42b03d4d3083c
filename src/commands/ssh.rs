//! `p0 ssh`, and what it shares with `p0 scp`.

use crate::{
    access::{
        prerequisites,
        signals::Signals,
        ssh::{self, MachineRequest, PreparedSession, RemoteCommand, connect::connect},
    },
    ctx::Ctx,
    error::{Failure, Result},
    integrations::ssh::own_args::{self, Tool},
    interrupt::Interrupt,
    ui::time,
};
use std::{
    ffi::OsString,
    time::{Duration, Instant},
};

/// The wait for access, where no `--timeout` says otherwise.
const TIMEOUT: Duration = Duration::from_secs(600);
/// No wait is longer: a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Open a session on a machine, asking for access if needed.
///
/// Without a command it is a shell; with one, that is run there, and its exit code is p0's. What stands behind `--` goes to
/// ssh: its options, and a command behind them. `p0 ls ssh session destination` shows what there is.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "p0 ssh [OPTIONS] <DESTINATION> [COMMAND]... [-- <SSH OPTIONS>...]",
    after_help = "Examples:
  p0 ssh web-1                                     A shell on web-1
  p0 ssh web-1 --reason 'disk is full' df -h       One command
  p0 ssh web-1 --sudo 'sudo systemctl restart nginx'
  p0 ssh web-1 -- -N -L 8080:localhost:80          ssh's own options
  p0 dev ssh localhost -- uname -a                 Try it without an account

Your private key is in no file: p0 serves it to ssh for as long as the session lasts. (On Windows \
it is in one that you alone may read, for as long.) Set ssh_key_type in config.toml or \
P0_SSH_KEY_TYPE to 'rsa' where Ed25519 is not taken."
)]
pub struct Args {
    /// Which machine, and why.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// The machine
    #[arg(value_name = "DESTINATION")]
    pub destination: String,
    /// A command to run there; ssh joins its words with spaces
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    /// What stood behind `--`; taken off the line before clap reads it.
    #[arg(skip)]
    pub own: Vec<OsString>,
}

/// What is said of a machine beside its name.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct MachineArgs {
    /// Ask to become root as well [env: P0_SSH_SUDO]
    #[arg(long)]
    pub sudo: bool,
    /// Why you need access [env: P0_SSH_REASON]
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The account, project or subscription that the machine is in
    #[arg(long, value_name = "NAME")]
    pub parent: Option<String>,
    /// Only machines of this provider
    #[arg(long, value_name = "PROVIDER", value_parser = ["aws", "azure", "gcloud", "self-hosted"])]
    pub provider: Option<String>,
    /// Give up waiting for access after this long, such as 90s, 10m or 2h [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = time::parse_length)]
    pub timeout: Option<Duration>,
}

impl MachineArgs {
    /// The request for this machine; the environment says what the flags do not.
    fn request_for(&self, ctx: &Ctx, destination: &str) -> MachineRequest {
        MachineRequest {
            destination: destination.to_owned(),
            provider: self.provider.clone(),
            sudo: self.sudo || ctx.env.ssh_sudo,
            reason: self.reason.clone().or_else(|| ctx.env.ssh_reason.clone()),
            parent: self.parent.clone(),
        }
    }

    fn deadline(&self) -> Instant {
        crate::clock::instant() + self.timeout.unwrap_or(TIMEOUT).min(LONGEST)
    }
}

/// Opens it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let (own, behind) = part(args.own, Tool::Ssh)?;
    let command = args.command.into_iter().chain(behind).collect();
    let port = port(&own, Tool::Ssh)?;
    let agent = ssh::forwarded_agent(ctx, &own).await;
    reach(ctx, &args.machine, &args.destination, RemoteCommand::Session { own, command, agent }, port).await
}

/// The user's own options, and what stands behind them.
pub fn part(own: Vec<OsString>, tool: Tool) -> std::result::Result<(Vec<OsString>, Vec<OsString>), Failure> {
    own_args::part(own, tool).map_err(|error| Failure::usage(format!("{error}.")))
}

/// The port that the user's own options name.
pub fn port(own: &[OsString], tool: Tool) -> std::result::Result<Option<u16>, Failure> {
    own_args::port(own, tool).map_err(|error| Failure::usage(format!("{error}.")))
}

/// Asks for access to a machine, makes everything ready, and runs it.
pub async fn reach(
    ctx: &Ctx,
    machine: &MachineArgs,
    destination: &str,
    what: RemoteCommand,
    port: Option<u16>,
) -> Result {
    let ask = machine.request_for(ctx, destination);
    ask.check()?;
    // Nobody is asked for access that could not be used.
    prerequisites::require(ctx, &mut Signals::listen()?, &["ssh"], &ssh::nothing_requested).await?;
    let mut interrupt = Interrupt::listen_to_all()?;
    let deadline = machine.deadline();
    let client = tokio::select! {
        client = ctx.api_until(Some(deadline)) => client?,
        () = interrupt.pressed() => return Err(ssh::nothing_requested().into()),
    };
    let (grant, key) = ssh::ask(ctx, &client, &mut interrupt, &ask, deadline).await?;
    let mut signals = Signals::listen()?;
    drop(interrupt);
    let ready = PreparedSession::prepare(ctx, &client, &mut signals, grant, key, port, what.has_own_proxy()).await?;
    connect(ctx, &client, &mut signals, &ready, what, ask.sudo).await
}
