//! `p0 logout`.

use crate::{
    access::ssh::openssh::{self, Whose},
    ctx::Ctx,
    error::{End, Result},
    session::Which,
};
use serde_json::json;

/// Forget the session.
///
/// Deletes its secrets from this machine and, where the identity provider can do it, ends it there as well.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Forget the sessions with every organisation
    #[arg(long)]
    pub all: bool,
}

/// Signs out.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let sessions = ctx.sessions();
    let which = if args.all { Which::All } else { Which::One(sessions.org()?) };
    let signed_out = sessions.logout(which.clone()).await;
    openssh::forget(
        ctx,
        match &which {
            Which::One(org) => Whose::Org(org),
            Which::All => Whose::All,
        },
    )
    .await;
    let signed_out = signed_out?;
    for one in &signed_out {
        ctx.ui.say(format!("Signed out of {}.", one.org));
    }
    match which {
        Which::One(org) if signed_out.is_empty() => ctx.ui.say(format!("You are not signed in to {org}.")),
        Which::All if signed_out.is_empty() => ctx.ui.say("You are not signed in anywhere."),
        _ => {}
    }
    if ctx.ui.json {
        ctx.ui.document(&json!({ "signedOut": signed_out }))?;
    }
    Ok(End::Done)
}
