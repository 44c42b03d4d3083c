//! `p0 print-bearer-token`: hidden, for `curl`.

use crate::{
    ctx::Ctx,
    error::{End, Failure, Result, classify},
};
use secrecy::ExposeSecret;
use serde_json::json;

/// Print the API token, for curl.
///
/// Whoever reads it can act as you until it expires.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints it.
pub async fn run(ctx: &Ctx, _args: Args) -> Result {
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    let token = sessions.tokens(&org).bearer().await.map_err(failure)?;
    if ctx.ui.json {
        ctx.ui.document(&json!({ "token": token.expose_secret() }))?;
    } else {
        ctx.ui.data(token.expose_secret())?;
    }
    Ok(End::Done)
}

/// The failure as the session stated it.
fn failure(error: p0_client::TokensError) -> Failure {
    classify(p0_client::Error::Tokens(error).into())
}
