//! `p0 login`.

use crate::{
    ctx::Ctx,
    error::{End, Result},
    session::LoginOptions,
    ui::time,
};
use serde_json::json;

/// Sign in to an organisation.
///
/// Opens a browser; over SSH, or without a desktop, it shows a code to enter in the browser of another machine. Whoever
/// is signed in stays so until `p0 logout`: the session renews itself.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The organisation [default: that of --org, else the one signed in to last]
    #[arg(value_name = "ORG")]
    pub login_org: Option<String>,
    /// Renew the session, although there is one
    #[arg(long)]
    pub refresh: bool,
    /// Sign in with another machine's browser
    #[arg(long)]
    pub device: bool,
    /// Show the page's address instead of opening it
    #[arg(long)]
    pub no_browser: bool,
}

/// Signs in.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let sessions = ctx.sessions();
    let org = match args.login_org {
        Some(org) => org,
        None => sessions.org()?,
    };
    let how = LoginOptions { refresh: args.refresh, device: args.device, no_browser: args.no_browser };
    let signed_in = sessions.login(&org, how).await?;
    if signed_in.already {
        ctx.ui.say(format!("You are signed in to {} as {}.", signed_in.org, signed_in.email));
    }
    if ctx.env.api_token.is_some() {
        ctx.ui.warn("P0_API_TOKEN is set: commands use it instead of this session.");
    }
    if ctx.ui.json {
        ctx.ui.document(&json!({
            "org": signed_in.org,
            "email": signed_in.email,
            "expiresAt": signed_in.expires_at.map(time::rfc3339),
        }))?;
    }
    Ok(End::Done)
}
