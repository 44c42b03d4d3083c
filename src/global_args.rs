//! The options that every command takes.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
