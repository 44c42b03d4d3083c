//! `p0 login`.

use crate::{
    access::ssh::openssh::{self, Whose},
    ctx::Ctx,
    error::{End, Result, classify},
    session::{
        LoginOptions, SignInFlow, SignedIn,
        import::{self, ImportedSession},
    },
    shell_words,
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
    /// Take over the session that another client of the service keeps in ~/.p0
    #[arg(long, conflicts_with_all = ["refresh", "browser", "device", "no_browser"])]
    pub import: bool,
}

impl Args {
    fn way(&self) -> Option<SignInFlow> {
        let ways = [
            (self.browser, SignInFlow::Browser),
            (self.device, SignInFlow::Device),
            (self.no_browser, SignInFlow::NoBrowser),
        ];
        ways.into_iter().find_map(|(chosen, way)| chosen.then_some(way))
    }
}

/// Signs in.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let sessions = ctx.sessions();
    let org = match &args.login_org {
        Some(org) => org.clone(),
        None => sessions.org()?,
    };
    let before = sessions.info(&org)?.map(|session| session.email);
    let how = LoginOptions { refresh: args.refresh, way: args.way(), asked: true, found: None };
    let signed_in = match to_take_over(ctx, &org, &args)? {
        Some(found) => take_over(ctx, &org, how, found, args.import).await?,
        None => sessions.login(&org, how).await?,
    };
    // What one user holds is not for another.
    if before.is_some_and(|email| email != signed_in.email) {
        openssh::forget(ctx, Whose::Org(&signed_in.org)).await;
    }
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

/// The session of another client that the user wants to take over: asked for by option, or offered where nobody is
/// signed in and somebody can answer.
fn to_take_over(ctx: &Ctx, org: &str, args: &Args) -> Result<Option<ImportedSession>> {
    let places = ctx.dirs.other_sessions(org);
    if args.import {
        return Ok(Some(import::find(&places)?.ok_or_else(|| import::nothing(org, &places))?));
    }
    if args.refresh || args.way().is_some() || !ctx.ui.may_prompt() || ctx.sessions().info(org)?.is_some() {
        return Ok(None);
    }
    // A file that is of no use is no reason to speak of it here.
    let found = import::find(&places).unwrap_or_else(|failure| {
        tracing::debug!(%failure, "another client's session cannot be offered");
        None
    });
    let Some(found) = found else { return Ok(None) };
    let question = format!("Another client's session is in {}. Take it over for {org}?", found.path.display());
    Ok(ctx.ui.confirm(&question, true)?.then_some(found))
}

/// Takes it over; one that was only offered and is of no use makes way for a sign-in.
async fn take_over(ctx: &Ctx, org: &str, how: LoginOptions, found: ImportedSession, asked: bool) -> Result<SignedIn> {
    let path = found.path.clone();
    let signed_in = match ctx.sessions().login(org, LoginOptions { found: Some(found), ..how.clone() }).await {
        Err(error) if !asked => {
            ctx.ui.warn(classify(error).message);
            return ctx.sessions().login(org, how).await;
        }
        signed_in => signed_in?,
    };
    if !signed_in.already {
        let (path, word) = (path.display(), shell_words::path(&path));
        ctx.ui.say(format!("Its tokens still stand in {path}. If you no longer use the other client: rm {word}"));
    }
    Ok(signed_in)
}
