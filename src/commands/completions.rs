//! `p0 completions`.

use crate::{
    completion_scripts::Shell,
    error::{End, Result},
    ui::Ui,
};
use std::path::PathBuf;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 completions bash > ~/.local/share/bash-completion/completions/p0
  p0 completions zsh > ~/.zfunc/_p0           # with fpath+=~/.zfunc before compinit
  p0 completions fish > ~/.config/fish/completions/p0.fish
  p0 completions nushell > ~/.config/nushell/completions/p0.nu")]
pub struct Args {
    /// The shell
    #[arg(required_unless_present = "write")]
    pub shell: Option<Shell>,
    /// Write the scripts for all shells to this directory
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "shell")]
    pub write: Option<PathBuf>,
}

/// Prints the script, or writes all of them.
pub fn run(ui: &Ui, args: &Args) -> Result {
    if let Some(shell) = args.shell {
        ui.raw(&shell.script())?;
    }
    if let Some(directory) = &args.write {
        super::write_all(directory, Shell::FILES.map(|(shell, name)| (name.to_owned(), shell.script())))?;
    }
    Ok(End::Done)
}
