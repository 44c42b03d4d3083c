//! The organisation's AWS accounts: asked for where credentials are fetched, remembered so that those that are kept are
//! found without asking.

use super::{Name, failure};
use crate::{
    access::in_time,
    ctx::Ctx,
    dirs,
    error::{Failure, Kind, Result, classify},
    integrations::aws::account::{self, Account, Login},
};
use p0_client::{Client, Error};
use p0_wire::integration::Configuration;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use url::Url;

/// What is remembered: nothing secret.
#[derive(Serialize, Deserialize)]
struct Remembered {
    /// The service that said so.
    base: Url,
    configuration: Configuration,
}

/// The accounts, as the service says now.
pub(super) async fn fetch(ctx: &Ctx, client: &Client) -> Result<Vec<Account>> {
    let configuration = match client.integration("aws").await {
        Ok(answer) => answer.value,
        Err(Error::NotFound { text }) => {
            tracing::debug!(text, "the organisation has no AWS");
            Configuration::default()
        }
        Err(error) => return Err(error.into()),
    };
    let accounts = account::installed(&configuration);
    let remembered = Remembered { base: client.root().clone(), configuration };
    let text = serde_json::to_vec(&remembered).expect("a configuration is made of text");
    if let Err(error) = dirs::replace(&ctx.dirs.aws_accounts(client.org()), &text) {
        tracing::debug!(%error, "the AWS accounts cannot be remembered");
    }
    Ok(accounts)
}

/// The accounts, as this service said the last time; none if it never did.
pub(super) fn known(ctx: &Ctx, org: &str, base: &Url) -> Vec<Account> {
    let text = dirs::read(&ctx.dirs.aws_accounts(org)).unwrap_or_else(|error| {
        tracing::debug!(%error, "what is remembered of AWS accounts cannot be read");
        None
    });
    let remembered: Option<Remembered> = text.and_then(|text| {
        serde_json::from_str(&text)
            .inspect_err(|error| tracing::debug!(%error, "what is remembered of AWS accounts is damaged"))
            .ok()
    });
    let remembered = remembered.filter(|remembered| remembered.base == *base);
    remembered.map(|remembered| account::installed(&remembered.configuration)).unwrap_or_default()
}

/// The account that is meant.
pub(super) fn choose<'a>(accounts: &'a [Account], wanted: Option<&str>) -> std::result::Result<&'a Account, Failure> {
    account::choose(accounts, wanted).map_err(failure::of_choice)
}

/// Makes sure that people log in to an account for this kind of thing.
pub(super) fn check(ctx: &Ctx, account: &Account, name: &Name, verb: Verb) -> std::result::Result<(), Failure> {
    let login = account.login().map_err(failure::of_login)?;
    if login.kind() != name.kind() {
        return Err(failure::of_kind(account, login.kind(), name.as_str(), verb));
    }
    check_exists(ctx, account, login)
}

/// Makes sure that something answers for an account that is no more than an example, such as the STS of `p0 dev`.
pub(super) fn check_exists(ctx: &Ctx, account: &Account, login: Login<'_>) -> std::result::Result<(), Failure> {
    let settings = &ctx.env.aws;
    let endpoint = match login {
        Login::Federated(_) => &settings.sts,
        Login::IdentityCenter { .. } => &settings.sso_oidc,
    };
    if account.is_example && endpoint.is_none() { Err(failure::of_example(account)) } else { Ok(()) }
}

/// What the user does with a role or a permission set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Assume,
    Configure,
}

/// What became of a look at the accounts.
#[derive(Debug)]
pub enum Looked {
    /// The account with this number is meant, and people log in to it for what is wanted.
    Account(String),
    /// The service could not be asked, for this reason.
    Unasked(Failure),
}

/// Which account the user means: the one that they name, else the one in `P0_AWS_ACCOUNT`, else the only one. Nobody is
/// asked to sign in for it.
pub async fn look_up(
    ctx: &Ctx,
    name: &Name,
    account: Option<&str>,
    deadline: Instant,
) -> std::result::Result<Looked, Failure> {
    let accounts = match asked(&ctx.without_input(), deadline).await {
        Ok(accounts) => accounts,
        Err(error) => return Ok(Looked::Unasked(classify(error))),
    };
    let account = choose(&accounts, account.or(ctx.env.aws_account.as_deref()))?;
    check(ctx, account, name, Verb::Configure)?;
    Ok(Looked::Account(account.id.clone()))
}

async fn asked(ctx: &Ctx, deadline: Instant) -> Result<Vec<Account>> {
    let org = ctx.sessions().org()?;
    if ctx.settings.api_token.is_none() && ctx.sessions().info(&org)?.is_none() {
        return Err(Failure::new(Kind::NotSignedIn, format!("You are not signed in to {org}.")).into());
    }
    let client = ctx.api_until(Some(deadline)).await?.until(Some(deadline));
    in_time(deadline, || client.late(), fetch(ctx, &client)).await
}
