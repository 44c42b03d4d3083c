//! `request`, `grant`, `allow` and `ls` hand words that `p0` does not know to the service, wherever they stand. Before
//! clap sees such a command, this takes our own options out from among the words, and the tool off the end; the latter
//! from `wait`, `aws`, `kubeconfig`, `dev`, `ssh` and `scp` too.

use clap::{ArgAction, CommandFactory};
use std::ffi::OsString;

/// The commands whose words belong to the service.
const COMMANDS: [&str; 4] = ["request", "grant", "allow", "ls"];

/// The command whose words are a command line of their own, and whose program stands behind `--`.
const NESTING: &str = "dev";

/// The commands whose words are their own, and which take a tool, or arguments for one, off the end.
const WITH_TOOL: [&str; 5] = ["wait", "aws", "kubeconfig", "ssh", "scp"];

/// An argument vector that clap can read, and the tool that stood behind `--`.
#[derive(Debug, PartialEq, Eq)]
pub struct Split {
    /// For clap: our own options first, then `--` and the service's words.
    pub argv: Vec<OsString>,
    /// The tool and its arguments; `None` without a `--`.
    pub tool: Option<Vec<OsString>>,
}

impl Split {
    fn with_tool(argv: Vec<String>, tool: Option<Vec<OsString>>) -> Self {
        Self { argv: argv.into_iter().map(Into::into).collect(), tool }
    }

    /// For a command that has no tool, or whose words have one: the line as it was.
    fn whole(argv: Vec<String>, behind: Option<Vec<OsString>>) -> Self {
        let mut split = Self::with_tool(argv, None);
        split.argv.extend(behind.into_iter().flat_map(|behind| [OsString::from("--")].into_iter().chain(behind)));
        split
    }
}

/// Takes the tool off the line of a command that runs one, and rearranges the arguments of a pass-through command;
/// those of any other are left alone. What stands `behind` the line's first `--` is `None` if there is no `--`.
pub fn split(argv: Vec<String>, behind: Option<Vec<OsString>>) -> Split {
    // For a line that names no such command, the tree is not built twice.
    if !argv.iter().any(|word| is_taken_apart(word)) {
        return Split::whole(argv, behind);
    }
    let cli = crate::cli::Cli::command();
    let Some(at) = command_position(&argv, &cli) else { return Split::whole(argv, behind) };
    let command = cli.find_subcommand(&argv[at]).expect("the position is that of a command");
    let options: Vec<&clap::Arg> =
        cli.get_arguments().filter(|a| a.is_global_set()).chain(command.get_arguments()).collect();

    match argv[at].as_str() {
        NESTING if has_words(&argv[at + 1..], &options) => return Split::whole(argv, behind),
        NESTING => return Split::with_tool(argv, behind),
        word if WITH_TOOL.contains(&word) => return Split::with_tool(argv, behind),
        _ => {}
    }
    let mut own = argv[..=at].to_vec();
    let mut words = Vec::new();
    let mut rest = argv[at + 1..].iter();
    while let Some(word) = rest.next() {
        match own_option(word, &options) {
            Own::No => words.push(word.clone()),
            Own::Whole => own.push(word.clone()),
            Own::WithValue => {
                own.push(word.clone());
                own.extend(rest.next().cloned());
            }
        }
    }
    own.push("--".into());
    own.extend(words);
    Split::with_tool(own, behind)
}

fn is_taken_apart(word: &str) -> bool {
    COMMANDS.contains(&word) || word == NESTING || WITH_TOOL.contains(&word)
}

/// Whether there is more than options among these. For `dev` that is a command of `p0`, and what follows is its own.
fn has_words(words: &[String], options: &[&clap::Arg]) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match own_option(word, options) {
            Own::Whole => {}
            Own::WithValue => drop(words.next()),
            Own::No => return true,
        }
    }
    false
}

/// Where the name of a command stands that is dealt with here, if the line has one.
fn command_position(argv: &[String], cli: &clap::Command) -> Option<usize> {
    let globals: Vec<&clap::Arg> = cli.get_arguments().collect();
    let mut at = 1;
    loop {
        let word = argv.get(at)?;
        match own_option(word, &globals) {
            Own::Whole => at += 1,
            Own::WithValue => at += 2,
            Own::No => {
                return (COMMANDS.contains(&word.as_str())
                    || WITH_TOOL.contains(&word.as_str())
                    || (word == NESTING && cli.find_subcommand(NESTING).is_some()))
                .then_some(at);
            }
        }
    }
}

enum Own {
    No,
    Whole,
    WithValue,
}

/// Whether a word is one of these options, and whether its value is the next word.
fn own_option(word: &str, options: &[&clap::Arg]) -> Own {
    let takes_value = |arg: &clap::Arg| matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, false), |(name, _)| (name, true));
        return match options.iter().find(|arg| arg.get_long() == Some(name)) {
            Some(arg) if takes_value(arg) && !value => Own::WithValue,
            Some(_) => Own::Whole,
            None => Own::No,
        };
    }
    // `-wq`: a bundle is ours if every letter is a switch of ours.
    let letters = word.strip_prefix('-').unwrap_or_default();
    let is_switch = |c| options.iter().any(|arg| arg.get_short() == Some(c) && !takes_value(arg));
    if !letters.is_empty() && letters.chars().all(is_switch) { Own::Whole } else { Own::No }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    fn split_line(line: &str) -> (String, Option<String>) {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let behind = words.iter().position(|word| word == "--").map(|at| words.split_off(at));
        let behind = behind.map(|words| words.into_iter().skip(1).map(Into::into).collect());
        let text = |words: Vec<OsString>| words.join(OsStr::new(" ")).into_string().expect("text");
        let split = split(words, behind);
        (text(split.argv), split.tool.map(text))
    }

    #[test]
    fn own_options_are_taken_out_wherever_they_stand() {
        assert_eq!(
            split_line(
                "p0 --org x request gcloud --wait role viewer --reason r --timeout 5m -q --json --duration=2h -- sh -c --wait"
            ),
            (
                "p0 --org x request --wait --timeout 5m -q --json -- gcloud role viewer --reason r --duration=2h"
                    .into(),
                Some("sh -c --wait".into())
            )
        );
    }

    #[test]
    fn what_is_not_ours_goes_to_the_service() {
        for words in ["ssh session x --sudo --help", "--help", "-h", "aws role x -z -wz --version", "a --waiting"] {
            assert_eq!(split_line(&format!("p0 request {words}")), (format!("p0 request -- {words}"), None));
        }
        assert_eq!(split_line("p0 ls -wq").0, "p0 ls -- -wq", "ls has no --wait");
        assert_eq!(split_line("p0 request -wq a").0, "p0 request -wq -- a");
    }

    #[test]
    fn an_empty_tool_is_still_a_tool() {
        assert_eq!(split_line("p0 request a --"), ("p0 request -- a".into(), Some(String::new())));
        assert_eq!(split_line("p0 -q wait x --"), ("p0 -q wait x".into(), Some(String::new())));
        assert_eq!(split_line("p0 wait x -q -- sh -- -q"), ("p0 wait x -q".into(), Some("sh -- -q".into())));
    }

    #[cfg(feature = "serve")]
    #[test]
    fn a_program_for_dev_stands_where_its_command_would() {
        assert_eq!(split_line("p0 dev --port 1 -- sh -c --"), ("p0 dev --port 1".into(), Some("sh -c --".into())));
        let nested = "p0 -q dev --port 1 request a -w -- sh";
        assert_eq!(split_line(nested), (nested.to_owned(), None));
    }

    #[test]
    fn other_commands_are_left_alone() {
        for line in ["p0 show x -- request", "p0 dev request a --wait", "p0 --json", "p0"] {
            assert_eq!(split_line(line), (line.to_owned(), None));
        }
    }
}
