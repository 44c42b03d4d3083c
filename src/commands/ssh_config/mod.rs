//! `p0 ssh-config`: plain `ssh`, and all that runs it, through p0.

mod install;
mod remove;
mod status;

use crate::{
    access::ssh::openssh,
    ctx::Ctx,
    dirs::{self, Dirs},
    doctor::ssh::problem,
    error::{Failure, Result},
    integrations::ssh::user_config::{self, State},
    raw_text,
    shared_file::SharedFile,
};
use serde_json::json;
use std::{fs::File, path::PathBuf};

/// Let plain ssh, git, rsync and editors reach your machines.
///
/// Once it is installed, `ssh web-1` asks p0 whether web-1 is a machine that you have access to, granted already or approved
/// in advance, and if so goes there through p0. Other hosts are none of p0's business: for them ssh works as always. To ask
/// for access is still `p0 ssh` or `p0 request`.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:
  p0 ssh-config install
  ssh web-1 uname -a
  rsync -a site/ web-1:site/
  git clone web-1:project.git
  p0 ssh-config remove

Name your machines in ssh_hosts of config.toml, for example [\"web-*\", \"*.internal.example.com\"], and install \
again: then ssh asks p0 about those hosts only, and other programs that read ~/.ssh/config (paramiko and the like) are not \
stopped by 'Match exec' for all others.

To see why a host is not taken for yours: p0 --debug ssh-resolve web-1"
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Install(install::Args),
    Remove(remove::Args),
    Status(status::Args),
}

/// Does it.
pub async fn run(ctx: &Ctx, args: &Args) -> Result {
    match &args.command {
        Command::Install(_) => install::run(ctx).await,
        Command::Remove(_) => remove::run(ctx),
        Command::Status(_) => status::run(ctx).await,
    }
}

/// The user's configuration of `ssh`, held so that no other p0 changes it meanwhile.
struct Config {
    /// The file, behind any links.
    path: PathBuf,
    file: SharedFile,
    /// What it says; `None` where there is none.
    text: Option<String>,
    /// The lines that are to be in it.
    block: String,
    _lock: Option<File>,
}

impl Config {
    /// Reads it; `to_change`: and keeps others from it.
    fn read(ctx: &Ctx, to_change: bool) -> Result<Self> {
        let named = Dirs::ssh_config()
            .ok_or_else(|| Failure::error("There is no home directory.").hint("Set HOME to a directory of yours."))?;
        let lock = if to_change {
            let path = ctx.dirs.ssh_config_lock();
            dirs::create_parent(&path)?;
            let lock = File::create(path)?;
            lock.lock()?;
            Some(lock)
        } else {
            None
        };
        // A link, as those have who keep such files in a repository, stays one.
        let path = match dirs::real(&named) {
            Ok(path) => path,
            Err(error) if named.symlink_metadata().is_ok() => {
                return Err(Failure::error(format!("{} is a link that leads nowhere: {error}", named.display()))
                    .hint("Make the file that it leads to, or remove the link.")
                    .into());
            }
            Err(_) => named,
        };
        // `sudo` may leave the home as it was; `ssh` takes no configuration of somebody else's.
        if to_change && !dirs::would_be_mine(&path) {
            return Err(Failure::error(format!("{} is another user's.", path.display()))
                .hint("Run p0 as that user, without sudo.")
                .into());
        }
        // To ssh it is bytes.
        let file = SharedFile::new(path, &ctx.dirs.shared_files());
        let cannot = |error| Failure::error(format!("Cannot read {}: {error}", file.path().display()));
        let text = file.read().map_err(cannot)?.map(|bytes| raw_text::decode(&bytes));
        let hosts = &ctx.settings.ssh_hosts;
        if let Some(bad) = hosts.iter().find(|pattern| !user_config::is_pattern(pattern)) {
            return Err(Failure::usage(format!(
                "'{}' in ssh_hosts is not a pattern of host names.",
                bad.escape_debug()
            ))
            .hint("A pattern has letters, digits, '.', '_', '-', ':', '*' and '?', such as \"web-*\".")
            .into());
        }
        let block = user_config::block(&ctx.program()?, &ctx.dirs.ssh_generated(), hosts).map_err(|error| {
            Failure::error(format!("{error}."))
                .hint("Install p0 under a plain path, or have it keep its files under one: XDG_STATE_HOME.")
        })?;
        Ok(Self { path: file.path().to_owned(), file, text, block, _lock: lock })
    }

    fn state(&self) -> State {
        user_config::state(self.text.as_deref().unwrap_or_default(), &self.block)
    }

    /// Writes this text.
    fn replace(&self, text: &str) -> std::result::Result<(), Failure> {
        self.file
            .replace(&raw_text::encode(text))
            .map_err(|error| Failure::error(format!("Cannot write {}: {error}", self.path.display())))
    }

    /// Tells what of somebody else's was among our lines, and is gone with them.
    fn tell_foreign(&self, ctx: &Ctx) {
        let foreign = user_config::foreign(self.text.as_deref().unwrap_or_default());
        if !foreign.is_empty() {
            ctx.ui.warn("These lines stood between those of p0, and are gone with them:");
            foreign.iter().for_each(|line| ctx.ui.relay(format!("  {line}")));
        }
    }

    /// Why the lines have no effect, although they are there.
    async fn problem(&self, ctx: &Ctx) -> Result<Option<Failure>> {
        Ok(problem(&openssh::effect(ctx, &self.path).await?, &self.path, self.text.as_deref().unwrap_or_default()))
    }

    /// With `--json`, how it is now (as `status` has it), and whether it was changed.
    fn document(&self, ctx: &Ctx, state: &str, problem: Option<&Failure>, changed: bool) -> Result<()> {
        if ctx.ui.json {
            let mut document = json!({ "state": state, "file": self.path.display().to_string(), "changed": changed });
            if let Some(problem) = problem {
                document["problem"] = problem.message.clone().into();
            }
            ctx.ui.document(&document)?;
        }
        Ok(())
    }

    fn broken(&self) -> Failure {
        Failure::error(format!("The lines of p0 in {} are not whole.", self.path.display()))
            .hint("Take those between '# >>> p0' and '# <<< p0' out by hand, and try again.")
    }
}
