//! The command line as a whole. No logic.

use crate::{commands::Command, global_args::GlobalArgs};
use clap::Parser;

/// Just-in-time access from the command line.
///
/// Ask for temporary access to a cloud role, a server, a cluster or a database, wait until it is approved and usable,
/// and go straight on with the tool you wanted to run.
#[derive(Debug, Parser)]
#[command(
    name = "p0",
    bin_name = "p0",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Examples:
  p0 login example                                   Sign in to the organisation 'example'
  p0 ls gcloud role names --like view                See what you can ask for
  p0 request gcloud role viewer --reason 'logs' --wait
  p0 request gcloud role viewer --wait -- gcloud logging read 'severity=ERROR'
  p0 ssh web-1                                       A session on a machine
  p0 aws role assume Developer -- aws s3 ls          A tool with a role on AWS
  p0 kubeconfig --cluster dev --role ClusterRole/view -- kubectl get pods
  p0 requests --pending                              What waits for a decision
  p0 dev request gcloud role viewer --wait           Try it all without an account

Exit codes: 0 done, 1 error, 2 denied, 4 not decided in time, 64 wrong usage, 77 not signed in, \
126/127 the tool cannot be run or found, 130 interrupted; with a tool, the tool's own."
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    /// Every text that help shows, with the name of what it is about.
    fn texts(command: &Command, path: &str) -> Vec<(String, String)> {
        let path = format!("{path} {}", command.get_name());
        let own = [
            command.get_about(),
            command.get_long_about(),
            command.get_before_help(),
            command.get_before_long_help(),
            command.get_after_help(),
            command.get_after_long_help(),
        ];
        let of_values = |arg: &Arg| arg.get_possible_values().into_iter().filter_map(|value| value.get_help().cloned());
        let args = command.get_arguments().flat_map(|arg| {
            let help = arg.get_help().into_iter().chain(arg.get_long_help()).cloned().chain(of_values(arg));
            help.map(|text| (format!("{path} {}", arg.get_id()), text.to_string())).collect::<Vec<_>>()
        });
        let own = own.into_iter().flatten().map(|text| (path.clone(), text.to_string()));
        own.chain(args).chain(command.get_subcommands().flat_map(|inner| texts(inner, &path))).collect()
    }

    /// Whether a line of prose goes on in the next line, so that the terminal's width would break it a second time.
    fn is_wrapped_by_hand(text: &str) -> bool {
        let lines: Vec<&str> = text.lines().collect();
        lines.windows(2).any(|pair| {
            let indent = |line: &str| line.len() - line.trim_start().len();
            let [first, second] = [pair[0], pair[1]];
            let is_prose = indent(first) == 0 && !first.trim_end().ends_with(':');
            let continues = match indent(first) {
                0 => is_prose,
                // In a block of examples or options, what is indented further belongs to the line before.
                indentation => indent(second) > indentation,
            };
            !first.trim().is_empty() && !second.trim().is_empty() && continues
        })
    }

    #[test]
    fn no_help_text_is_wrapped_by_hand() {
        let texts = texts(&crate::command(), "");
        assert!(texts.len() > 100, "{}", texts.len());
        for (name, text) in texts {
            assert!(!is_wrapped_by_hand(&text), "{name}:\n{text}");
        }
        for text in [
            "One line\nand a second",
            "Examples:\n  p0 x\n\nOne line\nand another",
            "Options:\n  --x  Does\n       this",
        ] {
            assert!(is_wrapped_by_hand(text), "{text}");
        }
        for text in ["One line", "One\n\nTwo", "Examples:\n  p0 x\n  p0 y\n\nText", "A:\n      --x\n      --y"] {
            assert!(!is_wrapped_by_hand(text), "{text}");
        }
    }

    #[test]
    fn every_help_text_is_ascii() {
        for (name, text) in texts(&crate::command(), "") {
            assert!(text.is_ascii(), "{name}:\n{text}");
        }
    }
}
