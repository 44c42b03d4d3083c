//! The command line: the global options and the commands. No logic.

#[cfg(unix)]
use crate::commands::ssh_watchdog;
use crate::commands::{
    allow, approve, aws, completions, deny, doctor, extend, grant, kubeconfig, login, logout, ls, man, org,
    print_bearer_token, relinquish, request, requests, revoke, secrets, show, status, wait,
};
#[cfg(feature = "serve")]
use crate::commands::{dev, serve};
use crate::commands::{scp, ssh, ssh_agent, ssh_config, ssh_proxy, ssh_proxy_command, ssh_resolve};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

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

/// What holds for every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The organisation [env: P0_ORG; default: the one signed in to last]
    #[arg(long, global = true, value_name = "ORG")]
    pub org: Option<String>,
    /// Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    #[arg(long, global = true)]
    pub pass_token: bool,
    /// Write exactly one JSON document to stdout, errors included
    #[arg(long, global = true)]
    pub json: bool,
    /// Log what is done to stderr; secrets are never in it
    #[arg(long, global = true)]
    pub debug: bool,
    /// Say only what is wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Never ask; fail and name the flag that answers
    #[arg(long, global = true)]
    pub no_input: bool,
    /// When to use colour [env: NO_COLOR]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub color: ColorChoice,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// At a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands. Each is described where its arguments are.
#[derive(Debug, Subcommand)]
#[expect(clippy::enum_variant_names, reason = "`ssh-proxy-command` is named after ssh's ProxyCommand")]
pub enum Command {
    Login(login::Args),
    Logout(logout::Args),
    #[command(visible_alias = "whoami")]
    Status(status::Args),
    Org(org::Args),
    Request(request::Args),
    Grant(grant::Args),
    Allow(allow::Args),
    Ls(ls::Args),
    Requests(requests::Args),
    Show(show::Args),
    Wait(wait::Args),
    Approve(approve::Args),
    Deny(deny::Args),
    Revoke(revoke::Args),
    Relinquish(relinquish::Args),
    Extend(extend::Args),
    Ssh(ssh::Args),
    Scp(scp::Args),
    SshConfig(ssh_config::Args),
    Aws(aws::Args),
    Kubeconfig(Box<kubeconfig::Args>),
    #[command(hide = true)]
    SshResolve(ssh_resolve::Args),
    #[command(hide = true)]
    SshProxy(ssh_proxy::Args),
    #[command(hide = true)]
    SshAgent(ssh_agent::Args),
    #[command(hide = true)]
    SshProxyCommand(ssh_proxy_command::Args),
    #[cfg(unix)]
    #[command(hide = true)]
    SshWatchdog(ssh_watchdog::Args),
    #[cfg(feature = "serve")]
    Dev(dev::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    Secrets(secrets::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(hide = true)]
    PrintBearerToken(print_bearer_token::Args),
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
