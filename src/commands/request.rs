//! `p0 request`, and what it shares with `p0 grant`.

use crate::{
    access::{
        Access, follow, outcome,
        ssh::openssh,
        submit::{self, AfterSubmit},
        tool, tool_env,
    },
    ctx::Ctx,
    error::{End, Failure, Result},
    interrupt::Interrupt,
    ui::time,
};
use p0_client::Client;
use p0_wire::request::Outcome;
use std::{
    ffi::OsString,
    time::{Duration, Instant},
};

/// The wait for access, where no `--timeout` says otherwise.
const TIMEOUT: Duration = Duration::from_secs(600);
/// No wait is longer: a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// How long giving access back may take.
const GIVING_BACK: Duration = Duration::from_secs(30);

/// Ask for access.
///
/// The words are the service's: `p0 request --help` shows what your organisation has, `p0 request aws --help` what can
/// be asked for there. Options that are not listed here go to the service as they stand.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(
    disable_help_flag = true,
    override_usage = "p0 request [OPTIONS] <WORDS>... [-- <TOOL> [ARGS]...]",
    after_help = "Examples:
  p0 request gcloud role viewer --reason 'read the logs'
  p0 request aws role Admin --account 111122223333 --wait --timeout 30m
  p0 request gcloud role viewer --wait --relinquish -- gcloud projects list
  p0 request k8s resource ClusterRole/view --cluster dev --wait -- kubectl get pods

The tool finds P0_ORG, P0_REQUEST_ID, P0_PRINCIPAL and P0_EXPIRES_AT in its environment, and the credentials \
that the access gives: for AWS, AWS_ACCESS_KEY_ID and the like; for Kubernetes, a KUBECONFIG of its own."
)]
pub struct Args {
    /// Wait until the access is usable (a tool implies it)
    #[arg(short, long)]
    pub wait: bool,
    /// How to wait, and what comes after.
    #[command(flatten)]
    pub waiting: Waiting,
    /// What to ask for, in the service's words
    #[arg(last = true, value_name = "WORDS")]
    pub words: Vec<String>,
    /// The tool to run; taken off the line before clap reads it.
    #[arg(skip)]
    pub tool: Vec<OsString>,
}

/// How to wait, and what comes after.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Waiting {
    /// Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = time::parse_length)]
    pub timeout: Option<Duration>,
    /// Give the access back when the tool ends
    #[arg(long)]
    pub relinquish: bool,
}

impl Waiting {
    /// When to give up.
    pub fn deadline(&self) -> Instant {
        deadline(self.timeout)
    }

    /// Makes sure that there is a tool whose end gives the access back.
    pub fn check(&self, tool: &[OsString]) -> std::result::Result<(), Failure> {
        if !self.relinquish || !tool.is_empty() {
            return Ok(());
        }
        Err(Failure::usage("--relinquish gives access back when a tool ends, and there is no tool.")
            .hint("Name the tool behind `--`, or give access back later with: p0 relinquish <id>"))
    }
}

/// When to give up waiting for access, where the user names a length of time and where not.
pub fn deadline(timeout: Option<Duration>) -> Instant {
    crate::clock::instant() + timeout.unwrap_or(TIMEOUT).min(LONGEST)
}

/// Asks, waits if that is wanted, and runs the tool if there is one.
pub async fn run(ctx: &Ctx, verb: &str, args: Args) -> Result {
    if args.words.iter().any(|word| word == "--help") {
        return super::service_help::show(ctx, verb, &args.words).await;
    }
    args.waiting.check(&args.tool)?;
    let deadline = args.waiting.deadline();
    let client = ctx.api_until(Some(deadline)).await?;
    let waits = args.wait || !args.tool.is_empty();
    let next = if waits { AfterSubmit::Wait } else { AfterSubmit::Report };
    let mut interrupt = Interrupt::listen()?;
    let mut access =
        submit::submit(ctx, &client.until(Some(deadline)), &mut interrupt, verb, &args.words, next).await?;
    if waits {
        let then = AfterWait { waiting: &args.waiting, tool: &args.tool, deadline };
        return until_usable(ctx, &client, &mut interrupt, &mut access, then).await;
    }
    match access.request.status.outcome() {
        Outcome::Undecided => report(ctx, &access).map(|()| End::Done).map_err(Into::into),
        // An outcome that is known at once, such as a denial by policy, counts without waiting as well.
        _ => {
            granted(ctx, &client, &access);
            conclude(ctx, &access)
        }
    }
}

/// What comes after a wait.
pub struct AfterWait<'a> {
    /// How to end.
    pub waiting: &'a Waiting,
    /// The tool to run, if there is one.
    pub tool: &'a [OsString],
    /// When it has to have what the access gives.
    pub deadline: Instant,
}

/// Waits, and goes on to what comes after. Without a tool, the outcome on stdout is all that the wait is for, so it ends
/// when nothing reads stdout any more.
pub async fn until_usable(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    access: &mut Access,
    then: AfterWait<'_>,
) -> Result {
    let reader_gone = async {
        match then.tool {
            [] => ctx.ui.reader_gone().await,
            _ => std::future::pending().await,
        }
    };
    let is_read = tokio::select! {
        followed = follow::until_usable(ctx, client, interrupt, access, then.deadline) => followed.map(|()| true)?,
        () = reader_gone => false,
    };
    if !is_read {
        ctx.ui.say(format!("Nothing reads the output any more. To wait for the request again: p0 wait {}", access.id));
        return Ok(End::CLOSED_PIPE);
    }
    finish(ctx, client, interrupt, access, then).await
}

/// What comes after a wait: the outcome, and the tool.
async fn finish(ctx: &Ctx, client: &Client, interrupt: &mut Interrupt, access: &Access, then: AfterWait<'_>) -> Result {
    let AfterWait { waiting, tool, deadline } = then;
    granted(ctx, client, access);
    if tool.is_empty() || outcome::check(access).is_err() {
        return conclude(ctx, access);
    }
    let mut command = tool::command(tool, client.org(), access);
    let equipped = tool_env::equip(ctx, client, interrupt, access, &mut command, deadline).await;
    let end = match equipped {
        Ok(None) if !waiting.relinquish => return tool::become_or_run(ctx, command).await,
        // What the tool was given is there until it ends.
        Ok(_kept) => tool::run(ctx, command).await,
        Err(error) => Err(error),
    };
    after_tool(ctx, client, access, waiting).await;
    end
}

/// Lets plain `ssh` know that there may be a machine more to reach.
fn granted(ctx: &Ctx, client: &Client, access: &Access) {
    if outcome::check(access).is_ok() && p0_wire::ssh::Permission::from_request(&access.request).is_ok() {
        openssh::granted(ctx, client.org());
    }
}

/// What is left to do when the tool has ended.
pub async fn after_tool(ctx: &Ctx, client: &Client, access: &Access, waiting: &Waiting) {
    if waiting.relinquish {
        give_back(ctx, client, access).await;
    }
}

/// The outcome, where no tool follows: the request on stdout, and the exit code.
fn conclude(ctx: &Ctx, access: &Access) -> Result {
    match outcome::check(access) {
        Ok(()) => report(ctx, access)?,
        // The document says it all; an error beside it would be a second one.
        Err(failure) if ctx.ui.json => {
            return match report(ctx, access) {
                // The outcome counts, whoever reads it.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
                _ => Ok(End::Code(failure.kind.code())),
            };
        }
        Err(failure) => return Err(failure.into()),
    }
    Ok(End::Done)
}

/// The request on stdout: its document, or its id for `id=$(p0 request …)`.
fn report(ctx: &Ctx, access: &Access) -> std::io::Result<()> {
    if ctx.ui.json { ctx.ui.document(&access.document) } else { ctx.ui.data(&access.id) }
}

/// Gives the access back. The tool has had its say, so a failure is told but changes no exit code.
pub async fn give_back(ctx: &Ctx, client: &Client, access: &Access) {
    if access.preexisting {
        ctx.ui.say(format!("Access {} was there before; it is kept.", access.id));
        return;
    }
    // The Ctrl-C that ended the tool must not end this, so it has an end of its own.
    let bounded = client.until(Some(crate::clock::instant() + GIVING_BACK));
    match bounded.relinquish(&access.id).await {
        Ok(()) => {
            ctx.ui.say("Access given back.");
            super::relinquish::forget(ctx, client, &access.id).await;
        }
        Err(error) => {
            ctx.ui.warn(format!("The access could not be given back: {error}. Try: p0 relinquish {}", access.id))
        }
    }
}
