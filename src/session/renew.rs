//! The tokens of a session: taken from the store, renewed in time, and fetched anew when the session is over.
//!
//! However many processes find a token stale, one renews it, and the others use what it got.

use super::{
    Deps,
    login::LoginOptions,
    not_signed_in,
    oauth::{self, Granted},
    provider::AtProvider,
    store::{Record, Renewal, Renewer, Session},
};
use crate::{
    clock,
    error::{Failure, Kind, classify},
};
use anyhow::Result;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use p0_client::{Error as HttpError, Http, Network, Tokens, TokensError};
use secrecy::{ExposeSecret, SecretString};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// A token that expires sooner is renewed first.
const EARLY: SignedDuration = SignedDuration::from_secs(60);
/// Pauses before a renewal whose answer was lost is tried again. Providers take a refresh token again for a moment.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// What a provider says when only a new sign-in helps: RFC 6749, section 5.2; OpenID Connect Core, section 3.1.2.6;
/// Firebase.
const OVER: [&str; 7] = [
    "invalid_grant",
    "interaction_required",
    "login_required",
    "TOKEN_EXPIRED",
    "USER_DISABLED",
    "USER_NOT_FOUND",
    "INVALID_REFRESH_TOKEN",
];

/// The tokens of the session with an organisation, whether there is one yet or not.
pub struct StoredTokens {
    deps: Arc<Deps>,
    org: String,
    known: Mutex<Option<Session>>,
}

/// What became of a renewal.
pub enum Outcome {
    /// A fresher session. It is not kept yet.
    Renewed(Box<Session>),
    /// The session is over.
    Ended,
    /// The provider could not be asked.
    Failed(anyhow::Error),
}

/// What became of a refresh token.
pub enum Refreshed {
    Granted(Granted),
    /// It is good no longer.
    Ended,
    /// The provider could not be asked.
    Failed(anyhow::Error),
}

impl StoredTokens {
    /// Nothing is opened yet.
    pub fn new(deps: Arc<Deps>, org: String) -> Self {
        Self { deps, org, known: Mutex::new(None) }
    }

    /// A session that is good, and is not the one that was refused.
    async fn session(&self, rejected: Option<&SecretString>) -> Result<Session> {
        let mut known = self.known.lock().await;
        let good = |session: &Session| session.is_fresh(clock::now()) && !session.has(rejected);
        if let Some(session) = known.as_ref().filter(|session| good(session)) {
            return Ok(session.clone());
        }
        let session = match self.deps.session(&self.org).await?.filter(|session| good(session)) {
            Some(session) => session,
            None => self.alone(rejected).await?,
        };
        *known = Some(session.clone());
        Ok(session)
    }

    /// The same, as the only process that does it.
    async fn alone(&self, rejected: Option<&SecretString>) -> Result<Session> {
        let (deps, org) = (&self.deps, self.org.as_str());
        let service = deps.service(org)?;
        if service.record.is_none() && service.others.is_empty() {
            return self.anew(not_signed_in(org), None).await;
        }
        let before = service.record;
        let lock = deps.lock(org).await?;
        let Some(session) = deps.session(org).await? else {
            drop(lock);
            return self.anew(not_signed_in(org), before).await;
        };
        // Somebody else may have been faster.
        if session.is_fresh(clock::now()) && !session.has(rejected) {
            return Ok(session);
        }
        match renew(deps, &session).await {
            Outcome::Renewed(fresh) => {
                deps.keep_renewed(org, &fresh).await;
                Ok(*fresh)
            }
            Outcome::Ended if rejected.is_none() && session.is_valid(clock::now()) => Ok(session),
            Outcome::Ended => {
                let removed = deps.store.delete(&lock, org, &session.base).await?;
                if let Some((_, failure)) = removed.failures.into_iter().next() {
                    tracing::debug!(%failure, "its tokens are deleted later");
                }
                drop(lock);
                if deps.may_sign_in(org).await? {
                    deps.ui.say(format!("Your session with {org} has ended."));
                }
                self.anew(ended(org), before).await
            }
            Outcome::Failed(error) if rejected.is_none() && session.is_valid(clock::now()) => {
                tracing::debug!(%error, "the session cannot be renewed now; its token is still good");
                Ok(session)
            }
            Outcome::Failed(error) => Err(error),
        }
    }

    /// The session that a sign-in leads to; a failure where nobody can sign in.
    async fn anew(&self, why: Failure, before: Option<Record>) -> Result<Session> {
        let (deps, org) = (&self.deps, self.org.as_str());
        // Without a home only a token is of use.
        deps.dirs.usable()?;
        if !deps.may_sign_in(org).await? {
            return Err(why.into());
        }
        Ok(deps.sign_in(org, LoginOptions::default(), before).await?.0)
    }
}

#[async_trait]
impl Tokens for StoredTokens {
    async fn bearer(&self) -> Result<SecretString, TokensError> {
        self.session(None).await.map(|session| session.access_token).map_err(boxed)
    }

    async fn renewed(&self, rejected: &SecretString) -> Result<Option<SecretString>, TokensError> {
        self.session(Some(rejected)).await.map(|session| Some(session.access_token)).map_err(boxed)
    }
}

/// So that the failure comes out of the client as it went in.
fn boxed(error: anyhow::Error) -> TokensError {
    Box::new(classify(error))
}

/// Renews a session at its provider (RFC 6749, section 6). Whoever calls holds the lock.
pub async fn renew(deps: &Deps, session: &Session) -> Outcome {
    let Some(renewal) = &session.renewal else { return Outcome::Ended };
    let granted = match refreshed(deps, renewal).await {
        Refreshed::Granted(granted) => granted,
        Refreshed::Ended => return Outcome::Ended,
        Refreshed::Failed(error) => return Outcome::Failed(error),
    };
    let mut fresh = session.clone();
    if let (Renewer::Client(client), Some(id_token)) = (&renewal.by, &granted.id_token) {
        fresh.provider = Some(AtProvider::of_session(client, id_token));
    }
    fresh.access_token = granted.access_token;
    fresh.expires_at = granted.expires_at;
    // Without a new one the old one stays good.
    if let (Some(renewal), Some(token)) = (&mut fresh.renewal, granted.refresh_token) {
        renewal.refresh_token = token;
    }
    Outcome::Renewed(Box::new(fresh))
}

/// Has fresher tokens granted (RFC 6749, section 6). Whoever calls holds the lock.
pub async fn refreshed(deps: &Deps, renewal: &Renewal) -> Refreshed {
    let mut pauses = PAUSES.into_iter();
    let granted = loop {
        match renewal.refresh(&deps.http).await {
            Err(oauth::Error::Http(error)) if pauses.len() > 0 && may_pass(&error) => {
                tokio::time::sleep(pauses.next().unwrap_or_default()).await;
            }
            other => break other,
        }
    };
    match granted {
        Ok(granted) => Refreshed::Granted(granted),
        Err(error) if OVER.iter().any(|code| error.is(code)) => Refreshed::Ended,
        Err(error) => Refreshed::Failed(error.into_failure()),
    }
}

/// Whether a provider may answer in a moment.
fn may_pass(error: &HttpError) -> bool {
    match error {
        HttpError::Status { .. } => true,
        HttpError::Network { failure, .. } => *failure != Network::TimedOut && !failure.is_permanent(),
        _ => false,
    }
}

impl Renewal {
    async fn refresh(&self, http: &Http) -> Result<Granted, oauth::Error> {
        match &self.by {
            Renewer::Client(client) => client.refresh(http, &self.refresh_token).await,
            Renewer::Firebase(service) => service.refresh(http, &self.refresh_token).await,
        }
    }
}

impl Session {
    /// Whether the token is good for a while.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| is_fresh(end, now))
    }

    /// Whether the token is good.
    fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether this is its token.
    fn has(&self, token: Option<&SecretString>) -> bool {
        token.is_some_and(|token| token.expose_secret() == self.access_token.expose_secret())
    }
}

/// Whether what ends then is good for a while.
pub fn is_fresh(end: Timestamp, now: Timestamp) -> bool {
    end.duration_since(now) > EARLY
}

fn ended(org: &str) -> Failure {
    Failure::new(Kind::NotSignedIn, format!("Your session with {org} has ended."))
        .hint(format!("Sign in again with: p0 login {org}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::test_server::{self, Answer};
    use serde_json::{Value, json};
    use std::{
        path::Path,
        sync::atomic::{AtomicUsize, Ordering},
    };
    use url::Url;

    /// A service that is its own provider, and whose token endpoint answers so.
    struct Provider {
        url: Url,
        renewals: Arc<AtomicUsize>,
    }

    fn provider(answer: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Provider {
        let renewals = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&renewals);
        let url = test_server::serve(move |call, body| match call {
            "GET /orgs/example" => test_server::json(200, &json!({"auth": {"type": "password"}})),
            "POST /oauth2/v1/token" => answer(count.fetch_add(1, Ordering::SeqCst), body),
            other => panic!("{other} was not to be called"),
        });
        Provider { url, renewals }
    }

    fn token(number: usize) -> Value {
        json!({"access_token": format!("access-{number}"), "refresh_token": format!("refresh-{number}"), "expires_in": 3600})
    }

    impl Provider {
        /// Keeps a session whose token expires in so many seconds.
        async fn signed_in(&self, home: &Path, seconds: i64) {
            let session = Session {
                email: "ada@example.com".into(),
                base: self.url.clone(),
                access_token: "access-0".into(),
                expires_at: Some(clock::now() + SignedDuration::from_secs(seconds)),
                renewal: Some(Renewal {
                    refresh_token: "refresh-0".into(),
                    by: Renewer::Client(oauth::Client::for_test(&self.url)),
                }),
                provider: None,
            };
            test_server::keep(home, &self.url, &session).await;
        }

        /// The tokens, as another process has them.
        fn tokens(&self, home: &Path) -> StoredTokens {
            StoredTokens::new(test_server::deps(home, &self.url), "example".into())
        }

        fn renewals(&self) -> usize {
            self.renewals.load(Ordering::SeqCst)
        }
    }

    fn failure(error: TokensError) -> Failure {
        *error.downcast().expect("a failure")
    }

    #[tokio::test]
    async fn one_process_renews_for_all() {
        let home = tempfile::tempdir().expect("a directory");
        let provider = provider(|number, body| {
            assert!(body.contains("grant_type=refresh_token") && body.contains(&format!("refresh-{number}")), "{body}");
            test_server::json(200, &token(number + 1))
        });
        provider.signed_in(home.path(), 30).await;
        let processes: Vec<_> = (0..8).map(|_| provider.tokens(home.path())).collect();
        let (first, rest) = processes.split_first().expect("some");
        let (one, others) = tokio::join!(first.bearer(), async {
            let mut others = Vec::new();
            for process in rest {
                others.push(process.bearer().await.expect("a token"));
            }
            others
        });
        for bearer in others.iter().chain([&one.expect("a token")]) {
            assert_eq!(bearer.expose_secret(), "access-1");
        }
        assert_eq!(provider.renewals(), 1);

        // The service refuses it all the same: one more renewal, and whoever comes late gets that one.
        for process in &processes {
            let fresh = process.renewed(&"access-1".into()).await.expect("renewed").expect("a token");
            assert_eq!(fresh.expose_secret(), "access-2");
        }
        assert_eq!(provider.renewals(), 2);
    }

    #[tokio::test]
    async fn a_fresh_token_asks_nobody() {
        let home = tempfile::tempdir().expect("a directory");
        let provider = provider(|_, _| panic!("not to be called"));
        provider.signed_in(home.path(), 3600).await;
        assert_eq!(provider.tokens(home.path()).bearer().await.expect("a token").expose_secret(), "access-0");
    }

    #[tokio::test]
    async fn a_session_that_is_over_says_so_and_is_forgotten() {
        let home = tempfile::tempdir().expect("a directory");
        let provider = provider(|_, _| test_server::json(400, &json!({"error": "invalid_grant"})));
        provider.signed_in(home.path(), -1).await;
        let failure_of = async || failure(provider.tokens(home.path()).bearer().await.expect_err("over"));
        let over = failure_of().await;
        assert_eq!((over.kind, over.message.as_str()), (Kind::NotSignedIn, "Your session with example has ended."));
        assert_eq!(over.hints, ["Sign in again with: p0 login example"]);
        assert_eq!(failure_of().await.message, "You are not signed in to example.");
        assert_eq!(provider.renewals(), 1);
    }

    #[tokio::test]
    async fn a_provider_in_trouble_does_not_end_a_token_that_is_good() {
        let home = tempfile::tempdir().expect("a directory");
        let provider = provider(|_, _| (500, "<h1>trouble</h1>".into()));
        provider.signed_in(home.path(), 30).await;
        assert_eq!(provider.tokens(home.path()).bearer().await.expect("a token").expose_secret(), "access-0");
        assert_eq!(provider.renewals(), 1 + PAUSES.len());

        let refused = failure(provider.tokens(home.path()).renewed(&"access-0".into()).await.expect_err("refused"));
        assert_eq!(refused.message, "HTTP Error: 500 Internal Server Error");
        assert!(provider.tokens(home.path()).bearer().await.is_ok(), "the session is still there");
    }

    #[tokio::test]
    async fn a_token_is_not_sent_to_another_service() {
        let home = tempfile::tempdir().expect("a directory");
        let provider = provider(|_, _| panic!("not to be called"));
        provider.signed_in(home.path(), 3600).await;
        let other = test_server::serve(|_, _| test_server::json(200, &json!({"auth": {"type": "password"}})));
        let tokens = StoredTokens::new(test_server::deps(home.path(), &other), "example".into());
        let refused = failure(tokens.bearer().await.expect_err("another service"));
        assert_eq!((refused.kind, refused.message.as_str()), (Kind::NotSignedIn, "You are not signed in to example."));
    }
}
