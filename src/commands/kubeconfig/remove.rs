//! `p0 kubeconfig remove`.

use super::{PATIENCE, files};
use crate::{
    access::kubernetes::{self, Target},
    ctx::Ctx,
    error::{End, Failure, Result},
    integrations::kubernetes::kubeconfig::{entries::About, files::Ours},
};
use serde_json::json;
use std::path::PathBuf;

/// Remove contexts that p0 has made from your kubeconfig
///
/// This also removes their clusters and users, unless another context uses them, and contexts that you have renamed. The
/// context that was current before becomes the current one again. Contexts that p0 has not made stay. The access stays as
/// well until it ends or is given back (`p0 relinquish`).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 kubeconfig remove --cluster dev
  p0 kubeconfig remove --context p0-dev/ClusterRole/view
  p0 kubeconfig remove --all")]
pub(super) struct Args {
    /// Those of this cluster
    #[arg(long, value_name = "ID")]
    cluster: Option<String>,
    /// The one of this name
    #[arg(long, value_name = "NAME", conflicts_with = "cluster")]
    context: Option<String>,
    /// All of them
    #[arg(long, conflicts_with_all = ["cluster", "context"])]
    all: bool,
    /// Take them out of this file instead of your kubeconfig
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result {
    let files = files(ctx, args.file.clone())?;
    let matches = |name: &str, about: &About| {
        args.all || args.cluster.as_ref() == Some(&about.cluster) || args.context.as_deref() == Some(name)
    };
    let ours = files.ours().map_err(Failure::from)?;
    if !(args.all || args.cluster.is_some() || args.context.is_some()) {
        return Err(none(&args, &ours).into());
    }
    let removal = files.remove(matches, PATIENCE).await.map_err(Failure::from)?;
    if removal.contexts.is_empty() && removal.orphans.is_empty() {
        return Err(none(&args, &ours).into());
    }
    for about in &removal.unused {
        forget(ctx, about).await;
    }
    for it in &removal.contexts {
        ctx.ui.say(format!("Removed the context {}.", it.name));
    }
    for it in &removal.orphans {
        ctx.ui.say(format!("Removed the cluster and the user {}, which no context used.", it.name));
    }
    ctx.ui.say(match &removal.current {
        Some(current) => format!("The current context is {current}."),
        None => "There is no current context. To choose one: kubectl config use-context <name>".to_owned(),
    });
    let names: Vec<&str> = removal.contexts.iter().map(|it| it.name.as_str()).collect();
    if ctx.ui.json {
        ctx.ui.document(&json!({ "removed": names, "currentContext": removal.current }))?;
    }
    Ok(End::Done)
}

fn none(args: &Args, ours: &[Ours]) -> Failure {
    let failure = match (&args.cluster, &args.context) {
        (Some(cluster), _) => Failure::error(format!("p0 has made no context for the cluster '{cluster}'.")),
        (_, Some(context)) => Failure::error(format!("p0 has made no context named '{context}'.")),
        _ if args.all => Failure::error("p0 has made no context."),
        _ => Failure::usage("Say which contexts to remove.").hint("Name them with --cluster, --context or --all."),
    };
    let names: Vec<&str> = ours.iter().map(|it| it.name.as_str()).collect();
    if names.is_empty() { failure } else { failure.hint(format!("It has made: {}", names.join(", "))) }
}

/// Forgets the token. That it is still kept is no reason to keep the context; it ends by itself.
async fn forget(ctx: &Ctx, about: &About) {
    let target = Target { cluster: about.cluster.clone(), role: about.role.clone(), resource: about.resource.clone() };
    if let Err(error) = kubernetes::forget(ctx, &about.org, &target).await {
        ctx.ui.warn(format!("The token for the cluster {} is still kept: {error}", about.cluster));
    }
}
