//! `p0 login`.

use crate::{
    ctx::Ctx,
    error::{End, Result},
    session::{LoginOptions, Way},
    ui::time,
};
use serde_json::json;

/// Sign in to an organisation.
///
/// Opens a browser; over SSH, in WSL or without a desktop, it shows a code to enter in the browser of another machine, or
/// the address of a page to open there. A way that is chosen by an option is remembered for the organisation. Whoever is
/// signed in stays so until `p0 logout`: the session renews itself.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The organisation [default: that of --org, else the one signed in to last]
    #[arg(value_name = "ORG")]
    pub login_org: Option<String>,
    /// Renew the session, although there is one
    #[arg(long)]
    pub refresh: bool,
    /// Sign in with this machine's browser
    #[arg(long, conflicts_with_all = ["device", "no_browser"])]
    pub browser: bool,
    /// Sign in with another machine's browser
    #[arg(long, conflicts_with = "no_browser")]
    pub device: bool,
    /// Show the page's address instead of opening it
    #[arg(long)]
    pub no_browser: bool,
}

impl Args {
    fn way(&self) -> Option<Way> {
        let ways = [(self.browser, Way::Browser), (self.device, Way::Device), (self.no_browser, Way::NoBrowser)];
        ways.into_iter().find_map(|(chosen, way)| chosen.then_some(way))
    }
}

/// Signs in.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let sessions = ctx.sessions();
    let how = LoginOptions { refresh: args.refresh, way: args.way(), asked: true };
    let org = match args.login_org {
        Some(org) => org,
        None => sessions.org()?,
    };
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
