//! `p0 kubeconfig credential`: what `kubectl` runs to sign in
//! (<https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>).

use super::AccessArgs;
use crate::{
    access::kubernetes::{self, Limits, MissingAccess},
    clock,
    ctx::Ctx,
    error::{End, Failure, Result},
    integrations::kubernetes::exec::ExecInfo,
    interrupt::Interrupt,
};
use std::time::Duration;

/// Whoever asked for access that somebody has to approve waits that long.
const LIMIT: Duration = Duration::from_secs(600);

/// How long kubectl is kept waiting where nobody looks on and nobody has to decide.
const ALONE: Duration = Duration::from_secs(20);

/// Hand kubectl a token for a cluster.
///
/// kubectl runs this by itself: `p0 kubeconfig` writes it into the kubeconfig. On stdout is an ExecCredential.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 kubeconfig credential --cluster dev --role ClusterRole/view")]
pub(super) struct Args {
    /// Which access.
    #[command(flatten)]
    what: AccessArgs,
    /// The request that gave the access
    #[arg(long, value_name = "ID", conflicts_with = "request")]
    grant: Option<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result {
    let ask = ExecInfo::read(ctx.env.kubernetes_exec_info.as_deref()).map_err(|error| {
        Failure::error(error.to_string())
            .hint("Bring kubectl and p0 up to date, then make the context again with: p0 kubeconfig")
    })?;
    // Nobody is asked anything where kubectl says that nobody is there.
    let silent;
    let ctx = if ask.interactive {
        ctx
    } else {
        silent = ctx.without_input();
        &silent
    };
    let mut interrupt = Interrupt::listen()?;
    let again = args.what.again();
    let asking = match &args.grant {
        Some(request) => MissingAccess::Held(request),
        None if args.what.request => MissingAccess::Request(&again),
        None => MissingAccess::Fail,
    };
    let target = args.what.target();
    let answer = (!ask.interactive).then_some(ALONE);
    let limit = match asking {
        MissingAccess::Request(_) => LIMIT,
        MissingAccess::Fail | MissingAccess::Held(_) => answer.unwrap_or(LIMIT),
    };
    let limits = Limits { deadline: clock::instant() + limit, answer };
    let token = kubernetes::token(ctx, &mut interrupt, &target, &asking, limits).await?;
    ctx.ui.document(&ask.answer(&token.text, token.expires_at))?;
    Ok(End::Done)
}
