//! Credentials for AWS: those that are kept, else fetched once for all who ask at that time, with a request first where
//! that is wanted.

mod accounts;
mod credential_cache;
mod failure;
mod federated;
mod permission_set;
mod principal;

pub use accounts::{Looked, look_up};
pub use principal::{Name, Principal};

use super::{Access, in_time, obtain};
use crate::{
    clock,
    ctx::Ctx,
    error::{Failure, Kind, Result, classify},
    integrations::aws::{
        Credentials,
        account::{self, Account, Login},
        http::Calls,
    },
    interrupt::Interrupt,
    ui::time,
};
use accounts::Verb;
use credential_cache::CredentialCache;
use jiff::Timestamp;
use p0_client::{Client, Http, HttpOptions, Trust};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long AWS's side may take to learn of access that has been granted.
const PROPAGATION: Duration = Duration::from_secs(300);

/// Whether and how access is asked for, where there are no credentials yet.
#[derive(Debug, Clone, Copy)]
pub enum AccessMode<'a> {
    /// It is requested, for this reason if one is given.
    Request {
        /// Why it is needed.
        reason: Option<&'a str>,
    },
    /// The user says that they have it.
    Held,
}

/// Credentials for a principal that access was granted to. Nothing is requested.
pub async fn credentials(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    principal: &Principal,
    deadline: Instant,
) -> Result<Credentials> {
    granted(ctx, client, interrupt, principal, None, deadline).await
}

/// The same for a tool that access was requested for, where people get credentials for its account here; elsewhere the
/// tool may have its own.
pub async fn credentials_for_tool(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    principal: &Principal,
    deadline: Instant,
) -> Result<Option<Credentials>> {
    let accounts = installed(ctx, client, interrupt, deadline).await?;
    let account = accounts.iter().find(|account| account.id == principal.account_id);
    let login = account.and_then(|account| account.login().ok());
    if login.is_none_or(|login| login.kind() != principal.name.kind()) {
        return Ok(None);
    }
    match granted(ctx, client, interrupt, principal, Some(accounts), deadline).await.map_err(classify) {
        Ok(credentials) => Ok(Some(credentials)),
        // Without a sign-in, as in a CI job, the tool has always had to bring its own credentials.
        Err(failure) if ctx.settings.api_token.is_some() && failure.kind != Kind::Interrupted => {
            ctx.ui.warn(format!("The tool gets no AWS credentials from p0. {failure}"));
            Ok(None)
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Credentials that are kept, else fetched; `accounts` where they have been asked for already.
async fn granted(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    principal: &Principal,
    accounts: Option<Vec<Account>>,
    deadline: Instant,
) -> Result<Credentials> {
    let cache = CredentialCache::new(ctx, ctx.sessions().credential_store(client)?)?;
    let title = cache.title(principal);
    if let Some(kept) = cache.credentials(ctx, &title).await? {
        return Ok(kept);
    }
    let _lock = cache.lock(ctx, interrupt, &title, deadline).await?;
    if let Some(kept) = cache.credentials(ctx, &title).await? {
        return Ok(kept);
    }
    let accounts = match accounts {
        Some(accounts) => accounts,
        None => installed(ctx, client, interrupt, deadline).await?,
    };
    let account = accounts::choose(&accounts, Some(&principal.account_id))?;
    accounts::check(ctx, account, &principal.name, Verb::Assume)?;
    let fetch = Fetch { ctx, client, cache: &cache, account, deadline, patience: PROPAGATION };
    fetch.and_keep(interrupt, &principal.name, &title, None).await
}

/// Credentials for what the user names, in the account that they name, the one in `P0_AWS_ACCOUNT`, or the only one. Of
/// those that are kept nobody is asked anything, not even over the network.
pub async fn assume(
    ctx: &Ctx,
    interrupt: &mut Interrupt,
    name: &Name,
    account: Option<&str>,
    asking: AccessMode<'_>,
    deadline: Instant,
) -> Result<Credentials> {
    let account = account.or(ctx.env.aws_account.as_deref());
    if let Some(kept) = known(ctx, name, account).await? {
        return Ok(kept);
    }
    let client = ctx.api_until(Some(deadline)).await?;
    let accounts = installed(ctx, &client, interrupt, deadline).await?;
    let account = accounts::choose(&accounts, account)?;
    accounts::check(ctx, account, name, Verb::Assume)?;
    let principal = Principal { account_id: account.id.clone(), name: name.clone() };
    let cache = CredentialCache::new(ctx, ctx.sessions().credential_store(&client)?)?;
    let title = cache.title(&principal);
    let _lock = cache.lock(ctx, interrupt, &title, deadline).await?;
    // Another process may have been faster.
    if let Some(kept) = cache.credentials(ctx, &title).await? {
        return Ok(kept);
    }
    let mut fetch = Fetch { ctx, client: &client, cache: &cache, account, deadline, patience: Duration::ZERO };
    unless_interrupted(interrupt, fetch.sign_in_first()).await?;
    // The user who has signed in on the way may be another one than before.
    let theirs = CredentialCache::new(ctx, ctx.sessions().credential_store(&client)?)?;
    fetch.cache = &theirs;
    let title = theirs.title(&principal);
    let AccessMode::Request { reason } = asking else { return fetch.and_keep(interrupt, name, &title, None).await };
    let access = obtain(ctx, &client, interrupt, &words(&principal, reason), deadline).await?;
    fetch.patience = PROPAGATION;
    // Provisioning may have its own name for it.
    let granted = Principal::from_request(&access.request).filter(|granted| granted.name.kind() == name.kind());
    let granted = granted.map_or_else(|| name.clone(), |granted| granted.name);
    fetch.and_keep(interrupt, &granted, &title, Some(&access)).await
}

/// The organisation's accounts, as the service says before the deadline.
async fn installed(ctx: &Ctx, client: &Client, interrupt: &mut Interrupt, deadline: Instant) -> Result<Vec<Account>> {
    let bounded = client.until(Some(deadline));
    // Not all of a call is bounded by the client: a token may have to be renewed for it.
    unless_interrupted(interrupt, in_time(deadline, || client.late(), accounts::fetch(ctx, &bounded))).await
}

/// What is kept of this, found without the network: `None` also where it is not known which account or service is meant.
async fn known(ctx: &Ctx, name: &Name, account: Option<&str>) -> Result<Option<Credentials>> {
    let org = ctx.sessions().org()?;
    let Some(credential_store) = ctx.sessions().known_vault(&org)? else { return Ok(None) };
    let accounts = accounts::known(ctx, &org, credential_store.base());
    let Ok(account) = account::choose(&accounts, account) else { return Ok(None) };
    let principal = Principal { account_id: account.id.clone(), name: name.clone() };
    let cache = CredentialCache::new(ctx, credential_store)?;
    Ok(cache.credentials(ctx, &cache.title(&principal)).await?)
}

/// The request that this is, in the service's words.
fn words(principal: &Principal, reason: Option<&str>) -> Vec<String> {
    let words = ["aws", principal.name.word(), principal.name.as_str(), "--account", &principal.account_id];
    // As one word, so that a reason that begins with a dash is a reason.
    let reason = reason.map(|reason| format!("--reason={reason}"));
    words.into_iter().map(str::to_owned).chain(reason).collect()
}

/// When access ends, where that is known.
fn end_of(access: &Access) -> Option<Timestamp> {
    time::from_millis(access.request.expiry_timestamp?)
}

/// Fetches credentials in an account, while the lock is held.
struct Fetch<'a> {
    ctx: &'a Ctx,
    client: &'a Client,
    cache: &'a CredentialCache,
    account: &'a Account,
    deadline: Instant,
    /// How long AWS's side may take to learn of the access.
    patience: Duration,
}

impl Fetch<'_> {
    /// Gets them, and keeps them until they or the access end.
    async fn and_keep(
        &self,
        interrupt: &mut Interrupt,
        name: &Name,
        title: &str,
        access: Option<&Access>,
    ) -> Result<Credentials> {
        let credentials = unless_interrupted(interrupt, self.credentials(name)).await?;
        let until = credentials.renew_at(clock::now(), access.and_then(end_of));
        let request = access.map(|access| access.id.as_str());
        self.cache.keep_of(request, self.ctx, title, &credentials, until).await;
        Ok(credentials)
    }

    async fn credentials(&self, name: &Name) -> Result<Credentials> {
        let calls = calls(self.ctx);
        let credentials = match self.account.login().map_err(failure::of_login)? {
            Login::Federated(provider) => self.federated(&calls, provider, name.as_str()).await?,
            Login::IdentityCenter { region, store } => {
                self.identity_center(&calls, region, store).credentials(name.as_str()).await?
            }
        };
        failure::check_clock(&self.ctx.ui, &credentials, calls.ahead())?;
        Ok(credentials)
    }

    /// Signs in wherever that will be needed, so that p0 requests no access that it cannot use.
    async fn sign_in_first(&self) -> Result<()> {
        match self.account.login().map_err(failure::of_login)? {
            Login::Federated(_) => self.provider_tokens().await.map(drop),
            Login::IdentityCenter { region, store } => {
                self.identity_center(&calls(self.ctx), region, store).signed_in().await.map(drop)
            }
        }
    }

    /// Until when AWS's side may take to learn of the access.
    fn patience_ends(&self) -> Instant {
        self.deadline.min(clock::instant() + self.patience)
    }
}

/// Makes sure, before access is asked for, that it will give credentials for an account.
pub async fn check_account(ctx: &Ctx, client: &Client, account_id: &str) -> Result<()> {
    let accounts = accounts::fetch(ctx, client).await?;
    let account = accounts::choose(&accounts, Some(account_id))?;
    let login = account.login().map_err(failure::of_login)?;
    accounts::check_exists(ctx, account, login)?;
    // Without an assertion for the user, access would be of no use.
    if let Login::Federated(_) = login {
        ctx.sessions().provider_tokens(client.org()).await?;
    }
    Ok(())
}

/// The calls to AWS.
fn calls(ctx: &Ctx) -> Calls {
    Calls::new(http(ctx))
}

/// How AWS is called: over the one HTTP stack, unless it has certificates of its own.
pub fn http(ctx: &Ctx) -> Arc<Http> {
    match &ctx.env.aws.ca_bundle {
        Some(bundle) => Arc::new(Http::new(HttpOptions {
            trust: Trust::Only { file: bundle.clone(), variable: "AWS_CA_BUNDLE" },
            ..crate::ctx::http_options(&ctx.env)
        })),
        None => ctx.http(),
    }
}

/// Does something on the way to credentials, as long as the user has the patience.
async fn unless_interrupted<T>(interrupt: &mut Interrupt, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = interrupt.pressed() => Err(interrupted().into()),
    }
}

fn interrupted() -> Failure {
    Failure::new(Kind::Interrupted, "Interrupted before there were credentials.")
}

/// Pauses that grow: from a second, each twice the one before, up to fifteen seconds.
fn pauses() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(Duration::from_secs(1)), |pause| Some((*pause * 2).min(Duration::from_secs(15))))
}

#[cfg(test)]
mod tests;
