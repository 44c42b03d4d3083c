//! Tokens for clusters: from the credential store while they are good, else made once for all who want one.

use super::{ConfiguredCluster, Fresh, Grant, Target, TokenSource, eks, find, or_interrupted};
use crate::{
    access::{self, Access, aws},
    clock,
    ctx::Ctx,
    error::{Failure, Kind},
    file_lock::LockError,
    integrations::kubernetes::cluster::{Endpoint, Hosting},
    interrupt::Interrupt,
    secret_text,
    session::{credential_store::CredentialStore, credential_store::Item},
};
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use p0_client::{Client, Error, Until, Wait};
use p0_wire::{
    credential::{ClusterCredential, Credential},
    request::Outcome,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use tokio::time::timeout_at;

/// A bearer token for a cluster's API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// What is shown to the API.
    #[serde(with = "secret_text")]
    pub text: SecretString,
    /// From when on another one is to be asked for.
    pub expires_at: Timestamp,
}

/// How long a token is used that the service hands out: so long can it take to be noticed that the access was taken back.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// How long before it expires a token is replaced, if it is valid for at least twice as long: clients that run for long ask
/// for another one early, and on every call if they get the same one.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Tokens without a time of renewal, which older versions kept, are used until shortly before they expire.
const ARRIVAL: SignedDuration = SignedDuration::from_secs(10);

/// How access is asked for again when it has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// Why it is needed.
    pub reason: Option<String>,
    pub duration: Option<String>,
}

/// What to do where no access is kept that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingAccess<'a> {
    Fail,
    /// Use the access of this request while it lasts.
    Held(&'a str),
    /// Ask for access again: the user has agreed to that.
    Request(&'a RequestOptions),
}

/// How long the way to a token may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// When access that is asked for has to be there, and all else.
    pub deadline: Instant,
    /// The limit for each step that needs no decision, if it is shorter than the deadline.
    pub answer: Option<Duration>,
}

impl Limits {
    /// When a step that begins now and needs no decision must end.
    fn soon(&self) -> Instant {
        let soon = self.answer.and_then(|answer| clock::instant().checked_add(answer));
        soon.map_or(self.deadline, |soon| soon.min(self.deadline))
    }
}

/// How much longer what is late may take to say why, before it is cut off.
const GRACE: Duration = Duration::from_secs(1);

/// Cuts off what is late: not everything on the way to a token has a deadline of its own.
async fn in_time<T, E: From<Failure>>(
    until: Instant,
    target: &Target,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout_at((until + GRACE).into(), work).await.unwrap_or_else(|_| Err(late(target).into()))
}

/// What the credential store keeps of a target.
#[derive(Serialize, Deserialize)]
struct StoredToken {
    grant: Grant,
    token: Token,
    #[serde(default)]
    renew_at: Option<Timestamp>,
}

impl StoredToken {
    /// A token that is issued now.
    fn new(grant: Grant, token: Token, now: Timestamp) -> Self {
        let validity = token.expires_at.duration_since(now).max(SignedDuration::ZERO);
        let renew_at = token.expires_at - MARGIN.min(validity / 2);
        Self { grant, token, renew_at: Some(renew_at) }
    }

    fn is_good(&self, now: Timestamp) -> bool {
        self.renew_at.unwrap_or(self.token.expires_at - ARRIVAL) > now
    }
}

/// The token for this target: the one that is kept while it is good, for which nobody is asked over the network, else a new
/// one, for which all who want one at once wait together.
pub async fn token(
    ctx: &Ctx,
    interrupt: &mut Interrupt,
    target: &Target,
    asking: &MissingAccess<'_>,
    limits: Limits,
) -> Result<Token> {
    let org = ctx.sessions().org()?;
    if let Some(credential_store) = ctx.sessions().known_vault(&org)?
        && let Some(kept) = load(ctx, &org, &credential_store, target).await?.filter(|kept| kept.is_good(clock::now()))
    {
        return Ok(kept.token);
    }
    let soon = limits.soon();
    let client = &or_interrupted(interrupt, in_time(soon, target, ctx.api_until(Some(soon)))).await?;
    let credential_store = ctx.sessions().credential_store(client)?;
    // The holder of the lock may be waiting for a decision.
    let patience = limits.deadline.saturating_duration_since(clock::instant());
    let waiting = || ctx.ui.say("Waiting for another p0, which gets a token for the same cluster.");
    let title = target.title();
    let lock = async { Ok(credential_store.lock(Item::Kubernetes, &title, patience, waiting).await) };
    let _lock = match or_interrupted(interrupt, lock).await? {
        Ok(lock) => Some(lock),
        Err(LockError::Held) => return Err(held_up().into()),
        Err(LockError::Io(error)) => {
            tracing::debug!(%error, "the credential store cannot be locked");
            None
        }
    };
    // The previous holder of the lock may have stored one.
    let kept = load(ctx, &org, &credential_store, target).await?;
    if let Some(kept) = kept.as_ref().filter(|kept| kept.is_good(clock::now())) {
        return Ok(kept.token.clone());
    }
    let mut grant = kept.map(|kept| kept.grant).filter(Grant::lasts);
    loop {
        let (this, is_new) = match grant.take() {
            Some(grant) => (grant, false),
            None => (ask(ctx, client, interrupt, target, asking, limits).await?, true),
        };
        // Access that is new may take a while to be known everywhere.
        let until = if is_new { limits.deadline } else { limits.soon() };
        match in_time(until, target, fresh(ctx, client, interrupt, &this, until)).await {
            Ok(fresh) => {
                put(ctx, &org, &credential_store, target, StoredToken::new(this, fresh.token.clone(), clock::now()))
                    .await?;
                return Ok(fresh.token);
            }
            // It was taken back, or given back.
            Err(Denied::ProgramOutput) if !is_new => {}
            Err(denied) => return Err(denied.into_error(target)),
        }
    }
}

/// Gets the first token of a grant, which is kept for `kubectl`, and tells where the cluster is: by what is set up, else by
/// whoever gave the token.
pub async fn keep(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    target: &Target,
    place: ConfiguredCluster,
    grant: Grant,
    deadline: Instant,
) -> Result<Endpoint, Denied> {
    let fresh = fresh(ctx, client, interrupt, &grant, deadline).await?;
    let credential_store = ctx.sessions().credential_store(client)?;
    put(ctx, client.org(), &credential_store, target, StoredToken::new(grant, fresh.token, clock::now())).await?;
    match (place.endpoint.or(fresh.endpoint), place.hosting, fresh.credentials) {
        (Some(endpoint), ..) => Ok(endpoint),
        (None, Hosting::Eks(eks), Some(credentials)) => {
            Ok(or_interrupted(interrupt, eks::describe(ctx, &eks, &credentials)).await?)
        }
        _ => Err(Denied::Nowhere),
    }
}

/// Forgets what is kept of a target of this organisation, without the network: where it is not known, nothing is kept.
pub async fn forget(ctx: &Ctx, org: &str, target: &Target) -> Result<()> {
    let Some(credential_store) = ctx.sessions().known_vault(org)? else { return Ok(()) };
    Ok(credential_store.forget(Item::Kubernetes, &title(ctx, org, target)?).await?)
}

async fn ask(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    target: &Target,
    asking: &MissingAccess<'_>,
    limits: Limits,
) -> Result<Grant> {
    let soon = limits.soon();
    let bounded = client.until(Some(soon));
    let found = in_time(soon, target, find(ctx, &bounded, &target.cluster));
    let (place, access) = match asking {
        MissingAccess::Request(again) => {
            let place = or_interrupted(interrupt, found).await?;
            (place, access::obtain(ctx, client, interrupt, &target.words(again), limits.deadline).await?)
        }
        MissingAccess::Held(request) => {
            let held = in_time(soon, target, held(client, request, target, soon));
            let access = or_interrupted(interrupt, held).await?.ok_or_else(|| ended(target))?;
            (or_interrupted(interrupt, found).await?, access)
        }
        MissingAccess::Fail => return Err(ended(target).into()),
    };
    Ok(Grant::from_access(&access, &place)?)
}

/// Access that was asked for elsewhere; `None`: it is not there, or not any more.
async fn held(client: &Client, request: &str, target: &Target, deadline: Instant) -> Result<Option<Access>> {
    let document = serde_json::json!({ "id": request });
    let wait = Wait { id: request, first: document, until: Until::Usable, deadline: Some(deadline) };
    let followed = client.follow(wait, &mut |_| {}).await?;
    // No answer does not mean that the access has ended.
    match (followed.timed_out, followed.lost) {
        (true, Some(lost)) => return Err(lost.into()),
        (true, None) if followed.request.is_none() => return Err(late(target).into()),
        (true, None) => return Err(not_yet(target, request).into()),
        (false, _) => {}
    }
    let Some(told) = followed.request.filter(|told| told.status.outcome() == Outcome::Approved) else {
        return Ok(None);
    };
    Ok(Some(Access { id: request.to_owned(), request: told, document: followed.document, preexisting: true }))
}

fn ended(target: &Target) -> Failure {
    Failure::error(format!("Your access to the cluster {} as {} has ended.", target.cluster, target.role))
        .hint(format!("Ask for it again with: {}", target.command()))
        .hint("With --request there, kubectl asks for it by itself from then on.")
}

/// Why a grant gives no token.
#[derive(Debug)]
pub enum Denied {
    ProgramOutput,
    /// The service hands out none.
    NoTokens,
    /// No address is known for the cluster.
    Nowhere,
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Denied {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl Denied {
    /// In words, for a grant of this target.
    pub fn into_error(self, target: &Target) -> anyhow::Error {
        match self {
            Self::ProgramOutput => ended(target).into(),
            Self::NoTokens => no_tokens(target).into(),
            Self::Nowhere => nowhere(target).into(),
            Self::Other(error) => error,
        }
    }
}

/// No address is known for the cluster.
pub(super) fn nowhere(target: &Target) -> Failure {
    Failure::error(format!("Where the API of the cluster {} is, is not set up.", target.cluster))
        .hint("Tell whoever runs p0 in your organisation: the cluster needs a server and its certificate.")
}

/// The service grants access to the cluster, but has no tokens for it.
pub(super) fn no_tokens(target: &Target) -> Failure {
    let what = "The access is there, but the service hands out no token for the cluster";
    Failure::error(format!("{what} {}.", target.cluster))
        .hint("p0 kubeconfig supports Amazon EKS, and clusters for which the service itself hands out tokens.")
        .hint("Use the access by the cluster's own way to sign in.")
}

async fn fresh(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    grant: &Grant,
    deadline: Instant,
) -> Result<Fresh, Denied> {
    match &grant.token_source {
        TokenSource::Service => {
            let bounded = client.until(Some(deadline));
            or_interrupted(interrupt, async { Ok(handed_out(&bounded, &grant.request).await) }).await?
        }
        TokenSource::Eks { principal, region, name } => {
            let credentials = Box::pin(aws::credentials(ctx, client, interrupt, principal, deadline)).await?;
            let token = eks::token(ctx, region, name, &credentials).await?;
            Ok(Fresh { token, endpoint: None, credentials: Some(credentials) })
        }
    }
}

/// A token that the service hands out.
async fn handed_out(client: &Client, request: &str) -> Result<Fresh, Denied> {
    let credential = match client.credential(request).await {
        Ok(answer) => answer.value,
        Err(Error::NotFound { .. }) => return Err(Denied::NoTokens),
        Err(error) if error.status() == Some(400) => return Err(Denied::ProgramOutput),
        Err(error) => return Err(Denied::Other(error.into())),
    };
    let Credential::Kubernetes(ClusterCredential { server, certificate_authority, token, expiration_timestamp }) =
        credential
    else {
        return Err(Denied::NoTokens);
    };
    let odd = |why: String| {
        let failure = Failure::error(format!("What the service hands out for the cluster is not understood: {why}."));
        Denied::Other(
            failure.hint("Check this machine's clock, then tell whoever runs p0 in your organisation.").into(),
        )
    };
    let expires_at: Timestamp = expiration_timestamp.parse().map_err(|error: jiff::Error| odd(error.to_string()))?;
    let expires_at = expires_at.min(clock::now() + LONGEST);
    let endpoint = Endpoint::new(&server, &certificate_authority, clock::now()).map_err(odd)?;
    Ok(Fresh { token: Token { text: token.into(), expires_at }, endpoint: Some(endpoint), credentials: None })
}

/// What a target's token is called where it is kept: another user's is another one.
fn title(ctx: &Ctx, org: &str, target: &Target) -> Result<String> {
    Ok(format!("{}\n{}", target.title(), ctx.sessions().holder(org)?))
}

async fn load(
    ctx: &Ctx,
    org: &str,
    credential_store: &CredentialStore,
    target: &Target,
) -> Result<Option<StoredToken>> {
    let kept = credential_store.get(Item::Kubernetes, &title(ctx, org, target)?, clock::now()).await?;
    // What an older version kept is as good as nothing.
    Ok(kept.and_then(|secret| {
        let read = serde_json::from_str(secret.expose_secret());
        read.inspect_err(|_| tracing::debug!("what is kept of a cluster is not understood")).ok()
    }))
}

/// Keeps a token. One that cannot be kept is still good, so that is told and no more.
async fn put(
    ctx: &Ctx,
    org: &str,
    credential_store: &CredentialStore,
    target: &Target,
    kept: StoredToken,
) -> Result<()> {
    let text = SecretString::from(serde_json::to_string(&kept).expect("it is made of text"));
    let ends_at = kept.grant.ends_at;
    let (request, title) = (Some(kept.grant.request.as_str()), title(ctx, org, target)?);
    if let Err(failure) = credential_store.put_of(request, Item::Kubernetes, &title, &text, ends_at).await {
        ctx.ui.warn(format!("The token for the cluster {} is not kept: {failure}", target.cluster));
    }
    Ok(())
}

fn late(target: &Target) -> Failure {
    Failure::error(format!("There was no token for the cluster {} in time: no answer came.", target.cluster))
        .hint("Check your network and your proxy (HTTPS_PROXY), then try again.")
        .hint("See what is reached with: p0 doctor")
}

fn not_yet(target: &Target, request: &str) -> Failure {
    Failure::new(Kind::Undecided, format!("Your access to the cluster {} is not there yet.", target.cluster))
        .hint(format!("See how it stands with: p0 show {request}"))
}

fn held_up() -> Failure {
    Failure::new(Kind::Undecided, "Another p0 has been getting a token for the same cluster for too long.")
        .hint("See what it waits for with: p0 requests --mine")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many seconds a token is replaced that is valid for so many minutes.
    fn renewed_after(minutes: i64) -> i64 {
        let grant = serde_json::json!({"request": "r1", "way": {"type": "service"}});
        let grant = serde_json::from_value(grant).expect("a grant");
        let token = Token { text: "x".into(), expires_at: Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes) };
        let kept = StoredToken::new(grant, token, Timestamp::UNIX_EPOCH);
        let renew_at = kept.renew_at.expect("it has one");
        assert!(!kept.is_good(renew_at) && (minutes <= 0 || kept.is_good(renew_at - SignedDuration::from_secs(1))));
        renew_at.as_second()
    }

    #[test]
    fn tokens_are_replaced_five_minutes_early_but_used_for_half_their_validity() {
        assert_eq!([14, 10, 4, 0].map(renewed_after), [540, 300, 120, 0]);
    }
}
