//! `p0 kubeconfig`: `kubectl` with access that is asked for.

mod credential;
mod remove;
mod set_up;

use crate::{
    access::kubernetes::{RequestOptions, Target},
    ctx::Ctx,
    dirs,
    error::{Failure, Result},
    integrations::kubernetes::{
        forms::{Resource, Role},
        kubeconfig::files::{Files, FilesError},
    },
    shell_words,
};
use std::{ffi::OsString, path::PathBuf, time::Duration};

/// How long another program may write to a kubeconfig.
const PATIENCE: Duration = Duration::from_secs(5);

/// Set up kubectl for a cluster.
///
/// Asks for the access if need be, waits for it, and writes a context into your kubeconfig whose credentials p0 keeps
/// fresh: no other tool is needed, and no secret is in the file. Everything else in the file stays as it is. With a tool
/// after `--`, the tool gets a kubeconfig of its own instead, which is gone when it ends.
///
/// Each access has a context of its own, named p0-<cluster>/<role> or p0-<cluster>/<role>@<resource>. It becomes the
/// current context; to switch to another one, use `kubectl config use-context <name>` or `kubectl --context <name>`.
///
/// The context's name is written to stdout.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "p0 kubeconfig --cluster <ID> --role <ROLE> [OPTIONS] [-- <TOOL> [ARGS]...]\n       \
                      p0 kubeconfig remove [OPTIONS]",
    after_help = "Roles:
  ClusterRole/<name>         a role of the cluster, such as ClusterRole/view
  CuratedRole/<name>         a role that your organisation defines
  Role/<namespace>/<name>    a role of a namespace

Examples:
  p0 kubeconfig --cluster dev --role ClusterRole/view
  p0 kubeconfig --cluster dev --role ClusterRole/edit --resource Deployment/shop/web --reason 'fix the roll-out'
  p0 kubeconfig --cluster dev --role ClusterRole/view -- k9s
  p0 kubeconfig --cluster dev --role ClusterRole/view --print > dev.yaml
  kubectl config use-context p0-dev/ClusterRole/view
  kubectl --context \"$(p0 kubeconfig --cluster dev --role ClusterRole/view)\" get pods
  p0 kubeconfig remove --cluster dev"
)]
pub struct Args {
    /// What else to do.
    #[command(subcommand)]
    command: Option<Command>,
    /// What to set up.
    #[command(flatten)]
    set_up: set_up::Args,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Remove(remove::Args),
    #[command(hide = true)]
    Credential(credential::Args),
}

/// Which access. A subcommand stands in its place, so that clap alone knows what is required.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
struct AccessArgs {
    /// The cluster, by its id
    #[arg(long, value_name = "ID", value_parser = cluster, required = true)]
    cluster: Option<String>,
    /// The role to ask for
    #[arg(long, required = true)]
    role: Option<Role>,
    /// Only this resource: <kind>/<namespace>/<name>, or <kind>/<name>
    #[arg(long)]
    resource: Option<Resource>,
    /// Why the access is needed
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// For how long it is needed, such as 30m, 2h or '5 days'
    #[arg(long, value_name = "TIME", value_parser = super::length)]
    duration: Option<p0_wire::settings::Length>,
    /// Let kubectl ask for the access again by itself when it has ended
    #[arg(long)]
    request: bool,
}

impl AccessArgs {
    fn target(&self) -> Target {
        let (cluster, role) = self.cluster.as_ref().zip(self.role.as_ref()).expect("clap demands both");
        Target::new(cluster, role, self.resource.as_ref())
    }

    fn again(&self) -> RequestOptions {
        RequestOptions { reason: self.reason.clone(), duration: self.duration.map(|length| length.to_string()) }
    }
}

impl Args {
    /// Where the tool goes that stood behind `--`; `None`: this command has none.
    pub fn tool(&mut self) -> Option<&mut Vec<OsString>> {
        self.command.is_none().then_some(&mut self.set_up.tool)
    }
}

/// Does it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    match args.command {
        Some(Command::Remove(args)) => remove::run(ctx, args).await,
        Some(Command::Credential(args)) => credential::run(ctx, args).await,
        None => set_up::run(ctx, args.set_up).await,
    }
}

/// A cluster's id is any text on one line that is not empty.
fn cluster(text: &str) -> std::result::Result<String, String> {
    match text.trim().is_empty() || text.chars().any(char::is_control) {
        true => Err("it is empty, or has control characters".into()),
        false => Ok(text.to_owned()),
    }
}

/// The user's kubeconfig files, or the one that is named.
fn files(ctx: &Ctx, named: Option<PathBuf>) -> std::result::Result<Files, Failure> {
    let private = ctx.dirs.shared_files();
    if let Some(path) = named {
        return Ok(Files::one(path, &private));
    }
    let own = dirs::kubeconfig()
        .ok_or_else(|| Failure::error("There is no home directory.").hint("Set HOME, or name a file with --file."))?;
    Ok(Files::listed(ctx.env.kubeconfig.as_deref(), own, &private))
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        let failure = Self::error(error.to_string());
        match error {
            FilesError::Content { restore, .. } => {
                let failure = failure
                    .hint("Repair it, or move it away.")
                    .hint("To leave it alone, write to another file with --file, or to stdout with --print.");
                match restore {
                    Some(restore) => failure.hint(restore),
                    None => failure,
                }
            }
            FilesError::NotOurs { .. } => failure.hint("Choose another name for the context with --context."),
            FilesError::OtherSignIn { name, .. } | FilesError::InUse { name, .. } => failure
                .hint("Choose another name for the context with --context.")
                .hint(format!("Or remove that one first: p0 kubeconfig remove --context {}", shell_words::word(&name))),
            FilesError::Locked { lock, .. } => failure.hint("Try again when it is done.").hint(format!(
                "If no kubectl runs, one that was killed has left the lock: rm {}",
                shell_words::path(&lock)
            )),
            FilesError::ReadOnly { .. } => failure
                .hint("Make it and its directory writable, or change it where it is made.")
                .hint("To leave it alone, write to another file with --file, or to stdout with --print."),
            FilesError::Read { .. } | FilesError::Write { .. } | FilesError::Lock { .. } => {
                failure.hint("To leave it alone, write to another file with --file, or to stdout with --print.")
            }
            FilesError::Unsettled => failure.hint("Try again."),
        }
    }
}
