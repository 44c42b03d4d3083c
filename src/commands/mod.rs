//! One file per command: its arguments, and what it does. Parse, then resolve, then act.

pub mod allow;
pub mod approve;
pub mod aws;
pub mod completions;
pub mod deny;
#[cfg(feature = "serve")]
pub mod dev;
pub mod doctor;
pub mod extend;
pub mod grant;
pub mod kubeconfig;
mod listing;
pub mod login;
pub mod logout;
pub mod ls;
pub mod man;
pub mod org;
pub mod print_bearer_token;
pub mod relinquish;
pub mod request;
pub mod requests;
pub mod revoke;
pub mod scp;
pub mod secrets;
#[cfg(feature = "serve")]
pub mod serve;
mod service_help;
pub mod show;
pub mod ssh;
pub mod ssh_agent;
pub mod ssh_config;
pub mod ssh_proxy;
pub mod ssh_proxy_command;
pub mod ssh_resolve;
#[cfg(unix)]
pub mod ssh_watchdog;
pub mod status;
pub mod wait;

use crate::{
    ctx::Ctx,
    error::{Failure, Result},
    ui::Ui,
};
use clap::Subcommand;
use p0_wire::settings::Length;
use std::ffi::OsString;
use tokio::runtime::{Builder, Runtime};

/// The commands. Each is described where its arguments are.
#[derive(Debug, Subcommand)]
#[expect(clippy::enum_variant_names, reason = "`ssh-proxy-command` is named after ssh's ProxyCommand")]
pub enum Command {
    Login(login::Args),
    Logout(logout::Args),
    #[command(visible_alias = "whoami")]
    Status(status::Args),
    Org(org::Args),
    Request(request::Args),
    Grant(grant::Args),
    Allow(allow::Args),
    Ls(ls::Args),
    Requests(requests::Args),
    Show(show::Args),
    Wait(wait::Args),
    Approve(approve::Args),
    Deny(deny::Args),
    Revoke(revoke::Args),
    Relinquish(relinquish::Args),
    Extend(extend::Args),
    Ssh(ssh::Args),
    Scp(scp::Args),
    SshConfig(ssh_config::Args),
    Aws(aws::Args),
    Kubeconfig(Box<kubeconfig::Args>),
    #[command(hide = true)]
    SshResolve(ssh_resolve::Args),
    #[command(hide = true)]
    SshProxy(ssh_proxy::Args),
    #[command(hide = true)]
    SshAgent(ssh_agent::Args),
    #[command(hide = true)]
    SshProxyCommand(ssh_proxy_command::Args),
    #[cfg(unix)]
    #[command(hide = true)]
    SshWatchdog(ssh_watchdog::Args),
    #[cfg(feature = "serve")]
    Dev(dev::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    Secrets(secrets::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(hide = true)]
    PrintBearerToken(print_bearer_token::Args),
}

/// Runs the command on a runtime that is no larger than the command needs, in the context that this makes. Commands
/// that need none are not stopped by a mistake in the settings.
pub fn block_on(ui: &Ui, context: impl FnOnce() -> Result<Ctx>, command: Command) -> Result {
    let runtime = runtime(&command)?;
    let end = runtime.block_on(async {
        match command {
            #[cfg(feature = "serve")]
            Command::Serve(args) => serve::run(ui, args).await,
            Command::Completions(args) => completions::run(ui, &args),
            Command::Man(args) => man::run(ui, &args),
            command => Box::pin(run(&context()?, command)).await,
        }
    });
    // A thread that is stuck in somebody else's library must not keep the process.
    runtime.shutdown_background();
    end
}

fn runtime(command: &Command) -> std::io::Result<Runtime> {
    match command {
        #[cfg(feature = "serve")]
        Command::Serve(_) => Builder::new_multi_thread().enable_all().build(),
        _ => Builder::new_current_thread().enable_all().build(),
    }
}

/// Runs the command. What waits for the network is boxed: nested as they are, the futures would be deeper than the compiler
/// follows them.
pub async fn run(ctx: &Ctx, command: Command) -> Result {
    match command {
        Command::Login(args) => Box::pin(login::run(ctx, args)).await,
        Command::Logout(args) => logout::run(ctx, args).await,
        Command::Status(args) => status::run(ctx, &args),
        Command::Org(args) => org::run(ctx, &args),
        Command::Request(args) => Box::pin(request::run(ctx, "request", args)).await,
        Command::Grant(args) => Box::pin(request::run(ctx, "grant", args.ask)).await,
        Command::Allow(args) => Box::pin(allow::run(ctx, args)).await,
        Command::Ls(args) => Box::pin(ls::run(ctx, args)).await,
        Command::Kubeconfig(args) => Box::pin(kubeconfig::run(ctx, *args)).await,
        Command::Requests(args) => requests::run(ctx, args).await,
        Command::Show(args) => show::run(ctx, args).await,
        Command::Wait(args) => Box::pin(wait::run(ctx, args)).await,
        Command::Approve(args) => approve::run(ctx, args).await,
        Command::Deny(args) => deny::run(ctx, args).await,
        Command::Revoke(args) => revoke::run(ctx, args).await,
        Command::Relinquish(args) => relinquish::run(ctx, args).await,
        Command::Extend(args) => extend::run(ctx, args).await,
        Command::Ssh(args) => Box::pin(ssh::run(ctx, args)).await,
        Command::Scp(args) => Box::pin(scp::run(ctx, args)).await,
        Command::Aws(args) => Box::pin(aws::run(ctx, args)).await,
        Command::SshConfig(args) => Box::pin(ssh_config::run(ctx, &args)).await,
        Command::SshResolve(args) => Box::pin(ssh_resolve::run(ctx, args)).await,
        Command::SshProxy(args) => Box::pin(ssh_proxy::run(ctx, args)).await,
        Command::SshAgent(args) => Box::pin(ssh_agent::run(ctx, args)).await,
        Command::SshProxyCommand(args) => ssh_proxy_command::run(args).await,
        #[cfg(unix)]
        Command::SshWatchdog(args) => ssh_watchdog::run(&args),
        #[cfg(feature = "serve")]
        Command::Dev(args) => Box::pin(dev::run(ctx, args)).await,
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&ctx.ui, args).await,
        Command::Secrets(args) => secrets::run(ctx, args).await,
        Command::Doctor(args) => doctor::run(ctx, &args).await,
        Command::Completions(args) => completions::run(&ctx.ui, &args),
        Command::Man(args) => man::run(&ctx.ui, &args),
        Command::PrintBearerToken(args) => print_bearer_token::run(ctx, args).await,
    }
}

impl Command {
    /// Hands the command the tool that stood behind `--`.
    pub fn set_tool(&mut self, tool: Vec<OsString>) -> std::result::Result<(), Failure> {
        let slot = match self {
            Self::Request(args) => Some(&mut args.tool),
            Self::Grant(args) => Some(&mut args.ask.tool),
            Self::Wait(args) => Some(&mut args.tool),
            Self::Aws(args) => args.tool(),
            Self::Kubeconfig(args) => args.tool(),
            Self::Ssh(args) => Some(&mut args.own),
            Self::Scp(args) => Some(&mut args.own),
            #[cfg(feature = "serve")]
            Self::Dev(args) => Some(&mut args.program),
            _ => None,
        };
        let slot = slot.ok_or_else(|| {
            Failure::usage("This command runs no tool: leave out what follows `--`.")
                .hint("`p0 request`, `p0 grant`, `p0 wait`, `p0 kubeconfig` and `p0 aws … assume` run one.")
        })?;
        if tool.is_empty() {
            return Err(Failure::usage("There is no tool behind `--`.")
                .hint("For example: p0 request gcloud role viewer --wait -- gcloud projects list"));
        }
        *slot = tool;
        Ok(())
    }
}

/// Reads a length of access: a number and a unit.
fn length(text: &str) -> std::result::Result<Length, String> {
    Length::parse(text).ok_or_else(|| format!("'{text}' is not a length of access; write it like 30m, 2h or '5 days'"))
}

/// What a decision shows: a line of talk, or a document.
fn decided(ctx: &Ctx, id: &str, what: &str) -> std::io::Result<()> {
    if ctx.ui.json {
        return ctx.ui.document(&serde_json::json!({ "id": id, "ok": true }));
    }
    ctx.ui.say(format!("{what}: {id}"));
    Ok(())
}

/// What has become of a request that was ended: `access` if access has ended, which is assumed where the service does not
/// say.
async fn ended(client: &p0_client::Client, id: &str, access: &'static str) -> &'static str {
    let shown = client.show(id).await;
    if shown.is_ok_and(|answer| answer.value.summary.request.withdrawn) { "Withdrawn" } else { access }
}

/// Says where a service listens: whoever started it waits for that, so it is data.
#[cfg(feature = "serve")]
fn serving(ui: &Ui, org: &str, url: &url::Url) -> std::io::Result<()> {
    let url = url.as_str().trim_end_matches('/');
    if ui.json {
        return ui.document(&serde_json::json!({ "org": org, "url": url }));
    }
    ui.data(format!("Serving organisation {org} at {url}"))
}

/// Writes generated files to a directory, which is made if need be.
fn write_all(
    directory: &std::path::Path,
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> std::result::Result<(), Failure> {
    let failed = |path: &std::path::Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| Failure::error(format!("Cannot write {path}: {error}"))
    };
    std::fs::create_dir_all(directory).map_err(failed(directory))?;
    for (name, text) in files {
        let path = directory.join(name);
        std::fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(())
}
