//! `p0 grant`: `p0 request` for somebody else.

use super::request;

/// Ask for access for somebody else.
///
/// The words are the service's, as with `p0 request`; `--to` says for whom.
#[derive(Debug, clap::Args)]
#[command(
    disable_help_flag = true,
    override_usage = "p0 grant [OPTIONS] <WORDS>... --to <PRINCIPAL> [-- <TOOL> [ARGS]...]",
    after_help = "Examples:
  p0 grant gcloud role viewer --to ada@example.com --reason 'on call tonight'
  p0 grant ssh session web-1 --to ada@example.com --wait"
)]
pub struct Args {
    /// What it shares with `p0 request`.
    #[command(flatten)]
    pub ask: request::Args,
}
