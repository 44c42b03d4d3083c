//! `p0 org`: several organisations side by side.

mod ls;
mod use_;

use crate::{
    ctx::Ctx,
    error::{Failure, Result},
};

/// Use several organisations side by side.
///
/// Each has a session of its own (`p0 login <org>`). Commands use the current one unless --org or P0_ORG names another.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:
  p0 login example; p0 login other     Sign in to both
  p0 org use example                   Use this one from now on
  p0 --org other requests              Use the other one for once"
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Ls(ls::Args),
    Use(use_::Args),
}

/// Does it.
pub fn run(ctx: &Ctx, args: &Args) -> Result {
    match &args.command {
        Command::Ls(args) => ls::run(ctx, args),
        Command::Use(args) => use_::run(ctx, args),
    }
}

/// What to say when a name that was given for this run goes before the remembered one.
fn overridden(ctx: &Ctx, org: &str) -> Option<String> {
    use crate::settings::Origin;
    let named = ctx.settings.org.as_deref().filter(|named| *named != org)?;
    match ctx.settings.org_origin {
        Origin::Environment => Some(format!("P0_ORG is set to {named}, which goes before it.")),
        Origin::File => Some(format!("config.toml names {named}, which goes before it.")),
        Origin::Flag | Origin::Default => None,
    }
}

/// Nobody is signed in to it.
fn unknown(org: &str) -> Failure {
    Failure::new(crate::error::Kind::NotSignedIn, format!("You are not signed in to {org}."))
        .hint(format!("Sign in with: p0 login {org}"))
        .hint("See where you are signed in with: p0 org ls")
}
