//! `p0 completions`.

use crate::{
    error::{End, Result},
    ui::Ui,
};
use clap_complete::{Generator, generate};
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

/// The shells for which there is a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
    Nushell,
}

impl Shell {
    /// All of them, each with the name of its script in completions/.
    pub const FILES: [(Self, &'static str); 6] = [
        (Self::Bash, "p0.bash"),
        (Self::Zsh, "_p0"),
        (Self::Fish, "p0.fish"),
        (Self::Powershell, "_p0.ps1"),
        (Self::Elvish, "p0.elv"),
        (Self::Nushell, "p0.nu"),
    ];

    /// The script.
    pub fn script(self) -> Vec<u8> {
        use clap_complete::Shell as Of;
        match self {
            Self::Bash => script(Of::Bash),
            Self::Zsh => script(Of::Zsh),
            Self::Fish => script(Of::Fish),
            Self::Powershell => script(Of::PowerShell),
            Self::Elvish => script(Of::Elvish),
            Self::Nushell => script(clap_complete_nushell::Nushell),
        }
    }
}

fn script(shell: impl Generator) -> Vec<u8> {
    let mut text = Vec::new();
    generate(shell, &mut crate::command(), "p0", &mut text);
    text
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
