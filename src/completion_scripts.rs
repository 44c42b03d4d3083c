//! Completion scripts, made from the command tree.

use clap::{ArgGroup, Command};
use clap_complete::{Generator, generate};

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
        self.script_of(&crate::command())
    }

    fn script_of(self, tree: &Command) -> Vec<u8> {
        use clap_complete::Shell as Of;
        let tree = visible(tree);
        match self {
            Self::Bash => script(Of::Bash, tree),
            Self::Zsh => script(Of::Zsh, tree),
            Self::Fish => script(Of::Fish, tree),
            Self::Powershell => script(Of::PowerShell, tree),
            Self::Elvish => script(Of::Elvish, tree),
            Self::Nushell => script(clap_complete_nushell::Nushell, tree),
        }
    }
}

fn script(shell: impl Generator, mut tree: Command) -> Vec<u8> {
    let mut text = Vec::new();
    generate(shell, &mut tree, "p0", &mut text);
    text
}

/// The command without the commands and options that its help hides: the generators offer everything there is.
fn visible(command: &Command) -> Command {
    let args: Vec<_> = command.get_arguments().filter(|arg| !arg.is_hide_set()).cloned().collect();
    let groups = command.get_groups().map(|group| {
        let members = group.get_args().filter(|id| args.iter().any(|arg| arg.get_id() == *id)).cloned();
        ArgGroup::new(group.get_id().clone()).multiple(true).args(members)
    });
    let mut shown = Command::new(command.get_name().to_owned())
        .disable_help_flag(command.is_disable_help_flag_set())
        .disable_help_subcommand(command.is_disable_help_subcommand_set())
        .visible_aliases(command.get_visible_aliases().map(str::to_owned))
        .groups(groups)
        .subcommands(command.get_subcommands().filter(|inner| !inner.is_hide_set()).map(visible));
    shown = args.into_iter().fold(shown, Command::arg);
    if let Some(about) = command.get_about() {
        shown = shown.about(about.clone());
    }
    if let Some(version) = command.get_version() {
        shown = shown.version(version.to_owned());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    #[test]
    fn scripts_for_all_shells_leave_out_what_is_hidden() {
        let hidden = Command::new("hidden-command").hide(true).arg(Arg::new("inner").long("inner-option"));
        let tree = Command::new("p0")
            .version("1")
            .arg(Arg::new("hidden").long("hidden-option").hide(true))
            .arg(Arg::new("shown").long("shown-option").help("An option"))
            .group(ArgGroup::new("group").args(["hidden", "shown"]))
            .subcommand(Command::new("shown-command").visible_alias("other-name").subcommand(hidden.clone()))
            .subcommand(hidden);
        for (shell, _) in Shell::FILES {
            let text = String::from_utf8(shell.script_of(&tree)).expect("text");
            assert!(!text.contains("hidden-") && !text.contains("inner-"), "{shell:?}: {text}");
            for shown in ["shown-command", "shown-option"] {
                assert!(text.contains(shown), "{shell:?} lacks {shown}: {text}");
            }
        }
    }

    /// The hidden commands of the tree itself, each with the names that lead to it.
    fn hidden(command: &Command, path: &[String]) -> Vec<Vec<String>> {
        let inner = command.get_subcommands().flat_map(|inner| {
            let path = [path, &[inner.get_name().to_owned()]].concat();
            if inner.is_hide_set() { vec![path] } else { hidden(inner, &path) }
        });
        inner.collect()
    }

    #[test]
    fn no_hidden_command_of_p0_is_left() {
        let paths = hidden(&crate::command(), &[]);
        assert!(paths.len() > 3, "{paths:?}");
        assert_eq!(hidden(&visible(&crate::command()), &[]), Vec::<Vec<String>>::new());
        for path in paths {
            let mut inner = Some(&visible(&crate::command())).cloned();
            for name in &path {
                inner = inner.and_then(|command| command.find_subcommand(name).cloned());
            }
            assert!(inner.is_none(), "{path:?}");
        }
    }
}
