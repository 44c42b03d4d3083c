//! `p0 dev`: a JIT service of one's own, for the time of one command or until Ctrl-C.

#[cfg_attr(not(target_os = "linux"), path = "dev/no_machine.rs")]
mod machine;
#[cfg(target_os = "linux")]
mod peer;

use crate::{
    access::tool,
    ctx::Ctx,
    dirs::{self, Dirs},
    env_vars::{self, EnvVars},
    error::{End, Failure, Result},
    integrations::programs,
    interrupt::Stop,
    shell::Shell,
    ui,
};
use machine::Machine;
use p0_server::{
    Service,
    clock::Clock,
    demo,
    settings::{Settings, Store},
};
use std::{
    ffi::OsString,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use tokio::{net::TcpListener, sync::oneshot};

/// Run a JIT service of your own to try things out.
///
/// It serves the organisation 'dev' on this machine only, with a few resources for each integration. With a command of
/// `p0`, that runs against it as dev@example.com and the service ends with it. With a program behind `--`, that finds
/// P0_APP_URL, P0_ORG and P0_API_TOKEN in its environment, so that the `p0` commands in it use the service. With
/// neither, it stays until Ctrl-C.
///
/// AWS is a demonstration as well: a security token service that gives credentials for the roles of the account
/// 'development', which no other service takes. The other accounts, clusters and databases are examples: access to them
/// can be requested, but there is nothing to connect to.
///
/// If OpenSSH's server (sshd) is installed, `localhost` is a machine that can be reached by ssh: an sshd for the user
/// who runs this, which takes their connections alone, and lets them in by the service's certificates.
///
/// Most requests are approved at once; `gcloud role owner` waits for an approver, which dev@example.com may be.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "p0 dev [OPTIONS] [COMMAND]...\n       p0 dev [OPTIONS] -- <PROGRAM> [ARGS]...",
    after_help = "Examples:
  p0 dev request gcloud role viewer --wait -- sh -c 'echo $P0_REQUEST_ID'
  p0 dev ls ssh session destination
  p0 dev aws role assume Developer -- aws sts get-caller-identity
  p0 dev -- ./script-that-calls-p0.sh
  p0 dev                                 Stay, and say how to use it from another terminal"
)]
pub struct Args {
    /// Keep requests in this SQLite file [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// The port to listen on [default: any free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// A command of `p0` to run against the service
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    pub words: Vec<OsString>,
    /// The program to run; taken off the line before clap reads it.
    #[arg(skip)]
    pub program: Vec<OsString>,
}

/// Runs the service, and what is to run against it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let machine = Machine::prepare(&ctx.dirs).await;
    if let Err(missing) = &machine
        && speaks_of_ssh(&args.words)
    {
        ctx.ui.say(format!("There is no machine 'localhost' to reach: {missing}"));
    }
    let described = machine.as_ref().ok().map(Machine::described).transpose()?;
    let mut settings = Settings::dev()?.with_localhost(described);
    let org = settings.organisation.slug.clone();
    if let Some(store) = args.store {
        settings.store = Store::File { path: store };
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::error(format!("Cannot listen on {address}: {error}")).hint("Choose another --port.")
    })?;
    let (stop, stopped) = oneshot::channel::<()>();
    // The sender's end, whichever way it comes, is the sign to stop.
    let shutdown = async move { drop(stopped.await) };
    let service = Service::start(settings, listener, Clock::system(), shutdown).await?;
    let aws = demo::Aws::start(&service).await?;
    let served = Served { service: &service, org: &org, aws: &aws };
    let trusted = service.ssh_authority().unwrap_or_default();
    let machine = machine.ok().map(|machine| machine.trust(&trusted)).transpose()?;

    // What is kept for this service is of no use after it, and none of the user's. If this process is killed, the next one
    // removes it.
    let home = ctx
        .dirs
        .private()
        .map_err(|error| Failure::error(format!("No private directory can be made: {error}")).hint(dirs::ADVICE))?;
    let end = if !args.program.is_empty() {
        let mut program = programs::command(&args.program[0]);
        program.args(&args.program[1..]).envs(served.environment(ctx, home.path())?);
        tool::run(ctx, program).await
    } else if !args.words.is_empty() {
        command(ctx, &served, home.path(), args.words).await
    } else {
        stay(ctx, &served, machine.is_some()).await
    };
    if let Some(machine) = machine {
        machine.end().await;
    }
    drop(stop);
    service.join().await;
    if let Err(error) = home.close() {
        ctx.ui.warn(format!("What was kept for the service is not all removed: {error}"));
    }
    end
}

/// Whether the command of `p0` is about sessions, as far as can be told before it is read.
fn speaks_of_ssh(words: &[OsString]) -> bool {
    words.iter().take_while(|word| *word != "--").any(|word| word == "ssh" || word == "scp")
}

/// The only machine that there is.
const LOCALHOST: &str = "localhost";
/// The account of the organisation whose roles the demonstration of AWS knows.
const AWS_ACCOUNT: &str = "development";
/// The AWS CLI calls nothing without a region.
const AWS_REGION: &str = "us-east-1";

/// What is served: the service, and a demonstration of AWS.
struct Served<'a> {
    service: &'a Service,
    org: &'a str,
    aws: &'a demo::Aws,
}

impl Served<'_> {
    /// What makes the `p0` commands in a program use the service, and keep what they keep in this directory, which is gone
    /// with it: the keyrings, which are not, hear nothing of it.
    fn environment(&self, ctx: &Ctx, home: &Path) -> Result<Vec<(&'static str, OsString)>> {
        let mut environment = vec![
            ("P0_APP_URL", self.service.url().as_str().into()),
            ("P0_ORG", self.org.into()),
            ("P0_API_TOKEN", self.service.access_token(Settings::DEV_USER)?.into()),
            (env_vars::HOME, home.into()),
            (env_vars::SECRET_STORE, "file".into()),
        ];
        environment.extend(self.aws_environment(&ctx.env).into_iter().map(|(name, value)| (name, value.into())));
        Ok(environment)
    }

    /// What sends calls to AWS's STS to the demonstration, unless the user has them sent elsewhere, such as to moto.
    fn aws_environment(&self, env: &EnvVars) -> Vec<(&'static str, String)> {
        if env.aws.sts.is_some() {
            return Vec::new();
        }
        let mut environment = vec![("AWS_ENDPOINT_URL_STS", self.aws.sts_endpoint().to_owned())];
        if env.aws.region.is_none() {
            environment.extend(["AWS_REGION", "AWS_DEFAULT_REGION"].map(|name| (name, AWS_REGION.to_owned())));
        }
        if env.aws_account.is_none() {
            environment.push(("P0_AWS_ACCOUNT", AWS_ACCOUNT.to_owned()));
        }
        environment
    }

    /// The variables that a command of p0 finds where it runs in this process.
    fn env_vars(&self, ctx: &Ctx) -> Result<EnvVars> {
        let mut env = ctx.env.clone();
        env.app_url = Some(self.service.url().to_string());
        env.org = Some(self.org.to_owned());
        env.api_token = Some(self.service.access_token(Settings::DEV_USER)?.into());
        for (name, value) in self.aws_environment(&ctx.env) {
            match name {
                "AWS_ENDPOINT_URL_STS" => env.aws.sts = Some(value),
                "P0_AWS_ACCOUNT" => env.aws_account = Some(value),
                _ => env.aws.region = Some(value),
            }
        }
        Ok(env)
    }
}

/// Runs a command of `p0`, signed in, with directories of its own that are gone afterwards.
async fn command(ctx: &Ctx, served: &Served<'_>, home: &Path, words: Vec<OsString>) -> Result {
    let cli = match crate::parse_nested(words, ctx.ui.json) {
        Ok(cli) => cli,
        Err(refused) => return Ok(refused.show(&ctx.env)),
    };
    let env = served.env_vars(ctx)?;
    if cli.global.debug {
        ui::log::to_stderr();
    }
    let ui = ctx.ui.with_flags(&cli.global, &env);
    let inner = Ctx::within(&cli.global, env, ui, Dirs::within(home))?.staying(served.environment(ctx, home)?);
    if matches!(cli.command, super::Command::Aws(_)) && ctx.env.aws.sts.is_none() {
        inner.ui.say("AWS is a demonstration here: its STS is part of `p0 dev`, and there are no other services.");
    }
    let destination = match &cli.command {
        super::Command::Ssh(args) => Some(args.destination.as_str()),
        super::Command::Scp(args) => {
            [&args.source, &args.target].into_iter().find_map(|side| Some(side.split_once(':')?.0))
        }
        _ => None,
    };
    if destination.is_some_and(|destination| destination.rsplit('@').next() != Some(LOCALHOST)) {
        inner
            .ui
            .say("Only the machine 'localhost' exists. The others are examples: they can be requested, not reached.");
    }
    let result = match cli.command {
        super::Command::Dev(_) | super::Command::Serve(_) => {
            Err(Failure::usage("`p0 dev` runs one service at a time.").into())
        }
        command => super::run(&inner, command).await,
    };
    Ok(crate::end(&inner.ui, result))
}

/// Says how to use the service, and stays until Ctrl-C.
async fn stay(ctx: &Ctx, served: &Served<'_>, has_machine: bool) -> Result {
    let (service, org) = (served.service, served.org);
    let url = service.url().as_str().trim_end_matches('/');
    let mut stop = Stop::listen()?;
    super::serving(&ctx.ui, org, service.url())?;
    let shell = Shell::detect().unwrap_or(Shell::Posix);
    let settings = shell.set(&[("P0_APP_URL", url.to_owned()), ("P0_ORG", org.to_owned())]);
    let aws = match &served.aws_environment(&ctx.env)[..] {
        [] => String::new(),
        variables => format!("\n  {}", shell.set(variables)),
    };
    let session = if has_machine { "\n  p0 ssh localhost -- uname -a" } else { "" };
    ctx.ui.say(format!(
        "
In another terminal:

  {settings}{aws}
  p0 login
  p0 request gcloud role viewer --reason 'first request' --wait
  p0 request gcloud role owner --reason 'needs an approver'
  p0 requests --pending{session}

Ctrl-C ends it."
    ));
    stop.asked().await;
    Ok(End::Done)
}
