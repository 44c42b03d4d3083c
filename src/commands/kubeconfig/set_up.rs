//! `p0 kubeconfig --cluster … --role …`.

use super::{AccessArgs, PATIENCE, files};
use crate::{
    access::{
        self, Access,
        kubernetes::{self, Grant, MissingAccess, Target, TempKubeconfig},
        tool,
    },
    clock,
    commands::request::Waiting,
    ctx::Ctx,
    error::{End, Failure, Result},
    integrations::kubernetes::{
        cluster::Endpoint,
        kubeconfig::{Kubeconfig, entries::Context, files::Installed},
    },
    interrupt::Interrupt,
    shell_words, stored_command,
    ui::time,
};
use p0_client::Client;
use serde_json::json;
use std::{ffi::OsString, path::PathBuf};

/// Stands for the address of the cluster where that is not known yet.
const UNKNOWN: &str = "https://unknown.invalid";

/// What to set up, and where.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Which access.
    #[command(flatten)]
    what: AccessArgs,
    /// Name of the context [default: p0-<cluster>/<role>, with a resource p0-<cluster>/<role>@<resource>]
    #[arg(long, value_name = "NAME", value_parser = super::cluster)]
    context: Option<String>,
    /// Write to this file instead of your kubeconfig
    #[arg(long, value_name = "PATH", conflicts_with = "print")]
    file: Option<PathBuf>,
    /// Write a kubeconfig to stdout, and no file
    #[arg(long)]
    print: bool,
    /// How to wait, and what comes after.
    #[command(flatten)]
    waiting: Waiting,
    /// The tool to run; taken off the line before clap reads it.
    #[arg(skip)]
    pub(super) tool: Vec<OsString>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result {
    args.waiting.check(&args.tool)?;
    if !args.tool.is_empty() && (args.print || args.file.is_some() || args.what.request) {
        return Err(
            Failure::usage("A tool gets a kubeconfig of its own: leave out --print, --file and --request.").into()
        );
    }
    let target = args.what.target();
    let again = args.what.again();
    let name = args.context.clone().unwrap_or_else(|| kubernetes::context_name(&target));
    let files = files(ctx, args.file.clone())?;
    if args.tool.is_empty() && !args.print {
        // Access is only requested for a context that can be written.
        let asking = if args.what.request { MissingAccess::Request(&again) } else { MissingAccess::Fail };
        let endpoint = Endpoint { server: UNKNOWN.parse().expect("an address"), authority: String::new() };
        let context = kubernetes::context(ctx, &ctx.sessions().org()?, name.clone(), &target, endpoint, &asking)?;
        files.check(&context, PATIENCE).await.map_err(Failure::from)?;
    }
    if !args.tool.is_empty() {
        TempKubeconfig::check(ctx)?;
    }
    let deadline = args.waiting.deadline();
    let client = ctx.api_until(Some(deadline)).await?;
    let mut interrupt = Interrupt::listen()?;
    let bounded = client.until(Some(deadline));
    let finding = kubernetes::find(ctx, &bounded, &target.cluster);
    let place = kubernetes::or_interrupted(&mut interrupt, finding).await?;
    let words = target.words(&again);
    let access = access::obtain(ctx, &client, &mut interrupt, &words, deadline).await?;
    let grant = Grant::from_access(&access, &place)?;
    let kept = kubernetes::keep(ctx, &client, &mut interrupt, &target, place, grant, deadline).await;
    let endpoint = kept.map_err(|denied| denied.into_error(&target))?;

    let asking = match (args.tool.is_empty(), args.what.request) {
        (false, _) => MissingAccess::Held(&access.id),
        (true, true) => MissingAccess::Request(&again),
        (true, false) => MissingAccess::Fail,
    };
    let context = kubernetes::context(ctx, client.org(), name, &target, endpoint, &asking)?;
    if !args.tool.is_empty() {
        return with_tool(ctx, &client, &access, &args, &context).await;
    }
    if args.print {
        return print(ctx, &context).map(|()| End::Done).map_err(Into::into);
    }
    let installed = files.install(&context, PATIENCE).await.map_err(Failure::from)?;
    describe(ctx, &context.name, &installed);
    stored_command::mention_token(ctx);
    ctx.ui.say(lasting(&access, args.what.request, &target));
    if ctx.ui.json {
        ctx.ui.document(&json!({
            "context": context.name,
            "file": installed.path,
            "server": context.server,
            "cluster": target.cluster,
            "role": target.role,
            "resource": target.resource,
            "requestId": access.id,
            "expiresAt": access.request.expiry_timestamp.and_then(time::from_millis).map(time::rfc3339),
        }))?;
    } else {
        ctx.ui.data(&context.name)?;
    }
    Ok(End::Done)
}

/// What was written, and how to switch.
fn describe(ctx: &Ctx, name: &str, installed: &Installed) {
    ctx.ui.say(format!("kubectl uses the context {name} now, as written to {}.", installed.path.display()));
    if let Some(about) = &installed.replaced {
        let resource = about.resource.as_deref().map(|resource| format!(" for {resource}")).unwrap_or_default();
        ctx.ui.say(format!("Until now it was for the cluster {} as {}{resource}.", about.cluster, about.role));
    }
    if let Some(former) = &installed.former {
        ctx.ui.say(format!("To switch back: kubectl config use-context {}", shell_words::word(former)));
    }
    if let Some(legacy) = &installed.legacy {
        let remove = format!("p0 kubeconfig remove --context {}", shell_words::word(legacy));
        ctx.ui
            .say(format!("An earlier version named this access {legacy}; that context stays. To remove it: {remove}"));
    }
}

/// What to do when the access has ended.
fn lasting(access: &Access, again: bool, target: &Target) -> String {
    let now = clock::now();
    let until = match access.request.expiry_timestamp.and_then(time::from_millis) {
        Some(end) => format!("The access ends {}", time::relative(now, end)),
        None => "When the access ends".into(),
    };
    match again {
        true => format!("{until}; kubectl then asks for it again."),
        false => format!("{until}; ask for it again with: {}", target.command()),
    }
}

/// A kubeconfig on stdout; with `--json` it is JSON, which is one as well.
fn print(ctx: &Ctx, context: &Context) -> std::io::Result<()> {
    match ctx.ui.json {
        true => ctx.ui.document(&Kubeconfig::document(context)),
        false => ctx.ui.raw(Kubeconfig::from_context(context).text().as_bytes()),
    }
}

async fn with_tool(ctx: &Ctx, client: &Client, access: &Access, args: &Args, context: &Context) -> Result {
    let private = TempKubeconfig::write(ctx, context)?;
    let mut command = tool::command(&args.tool, client.org(), access);
    command.envs(private.environment());
    let end = tool::run(ctx, command).await;
    drop(private);
    crate::commands::request::after_tool(ctx, client, access, &args.waiting).await;
    end
}
