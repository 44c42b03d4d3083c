//! The identity provider's own tokens, for exchanges with it: they come with a sign-in, are kept with the session, and
//! are renewed when somebody asks for them. They are the session's own where the API takes them as they are, and stand
//! beside the session's where Firebase's were had for them.

use super::{
    Deps, LoginOptions, Sessions,
    login::identity,
    not_signed_in, oauth,
    renew::{self, Outcome, Refreshed, StoredTokens},
    store::{Renewal, Renewer, Session},
};
use crate::{
    clock,
    error::{Failure, Kind},
    secret_text,
};
use anyhow::Result;
use jiff::Timestamp;
use oauth::{Exchange, Granted};
use p0_client::{Error as HttpError, Http, Tokens};
use p0_wire::org::Auth;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;

/// What the identity provider granted at a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtProvider {
    /// This program, as its client.
    client: oauth::Client,
    /// Who signed in (OpenID Connect Core, section 2).
    #[serde(with = "secret_text")]
    id_token: SecretString,
    /// When that is too old to be exchanged, as far as it says.
    id_token_expires_at: Option<Timestamp>,
    /// Its access token, where the session's is another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<OwnToken>,
}

/// An access token that is not the session's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnToken {
    #[serde(with = "secret_text")]
    access_token: SecretString,
    expires_at: Option<Timestamp>,
    renewal: Option<Renewal>,
}

impl AtProvider {
    /// For a session whose token is the provider's.
    pub fn of_session(client: &oauth::Client, id_token: &SecretString) -> Self {
        Self {
            client: client.clone(),
            id_token: id_token.clone(),
            id_token_expires_at: identity::expiry(id_token),
            own: None,
        }
    }

    /// For a session whose token somebody else gave for the provider's; `None` where the provider says nobody's name.
    pub fn beside(client: &oauth::Client, granted: &Granted) -> Option<Self> {
        let renewal = |refresh_token: &SecretString| Renewal {
            refresh_token: refresh_token.clone(),
            by: Renewer::Client(client.clone()),
        };
        let own = OwnToken {
            access_token: granted.access_token.clone(),
            expires_at: granted.expires_at,
            renewal: granted.refresh_token.as_ref().map(renewal),
        };
        Some(Self { own: Some(own), ..Self::of_session(client, granted.id_token.as_ref()?) })
    }

    /// How its own token is renewed.
    pub fn renewal(&self) -> Option<&Renewal> {
        self.own.as_ref()?.renewal.as_ref()
    }

    /// The same after a renewal of its own token. What a provider leaves out stays as it was.
    fn renewed(&self, granted: Granted) -> Self {
        let id_token = granted.id_token.as_ref().unwrap_or(&self.id_token);
        let before = self.own.as_ref().and_then(|own| own.renewal.clone());
        let renewal = before.map(|before| Renewal {
            refresh_token: granted.refresh_token.clone().unwrap_or(before.refresh_token),
            by: before.by,
        });
        let own = OwnToken { access_token: granted.access_token, expires_at: granted.expires_at, renewal };
        Self { own: Some(own), ..Self::of_session(&self.client, id_token) }
    }
}

/// The identity provider's tokens of whoever is signed in.
#[derive(Debug, Clone)]
pub struct ProviderTokens {
    client: oauth::Client,
    access_token: SecretString,
    /// Who signed in; nothing where only a token is given.
    id_token: Option<SecretString>,
}

impl ProviderTokens {
    /// Those of a session, unless one of them is too old.
    fn from_session(session: &Session, now: Timestamp) -> Option<Self> {
        let provider = session.provider.as_ref()?;
        let (access_token, expires_at) = match &provider.own {
            Some(own) => (&own.access_token, own.expires_at),
            None => (&session.access_token, session.expires_at),
        };
        let fresh =
            [expires_at, provider.id_token_expires_at].into_iter().flatten().all(|end| renew::is_fresh(end, now));
        fresh.then(|| Self {
            client: provider.client.clone(),
            access_token: access_token.clone(),
            id_token: Some(provider.id_token.clone()),
        })
    }

    /// Exchanges them for a token of another kind, for this audience (RFC 8693).
    pub async fn exchange(&self, http: &Http, audience: &str, requested: &str) -> Result<SecretString, oauth::Error> {
        let (access_token, id_token) = (&self.access_token, self.id_token.as_ref());
        self.client.exchange(http, &Exchange { audience, requested, access_token, id_token }).await
    }

    /// Gets the provider's page at this path that a token opens.
    pub async fn page(&self, http: &Http, path: &str, query: (&str, &str)) -> Result<Vec<u8>, HttpError> {
        oauth::page(http, &self.address(path, query)).await
    }

    fn address(&self, path: &str, (name, value): (&str, &str)) -> Url {
        let mut address = self.client.token.clone();
        address.set_path(path);
        address.set_fragment(None);
        address.query_pairs_mut().clear().append_pair(name, value);
        address
    }
}

impl Sessions<'_> {
    /// The identity provider's tokens of whoever is signed in, renewed if need be. Where only a sign-in helps and
    /// somebody can answer, they sign in on the way. A token that stands for a session is all that there is of one.
    pub async fn provider_tokens(&self, org: &str) -> Result<ProviderTokens> {
        match &self.ctx.settings.api_token {
            Some(given) => of_token(&self.deps(), org, &given.token).await,
            None => tokens(&self.deps(), org).await,
        }
    }
}

/// A token from elsewhere by itself: where the API takes the provider's own, it is one. Whether the provider exchanges
/// one without an `id_token`, it says itself; the embedded service does.
async fn of_token(deps: &Deps, org: &str, token: &SecretString) -> Result<ProviderTokens> {
    match deps.client(org).await? {
        Some(client) => Ok(ProviderTokens { client, access_token: token.clone(), id_token: None }),
        None => Err(not_by_token(org).into()),
    }
}

async fn tokens(deps: &Arc<Deps>, org: &str) -> Result<ProviderTokens> {
    let good = |session: &Session| ProviderTokens::from_session(session, clock::now());
    if let Some(tokens) = deps.session(org).await?.as_ref().and_then(good) {
        return Ok(tokens);
    }
    // There has to be a session at all; a renewal of it may be enough.
    StoredTokens::new(Arc::clone(deps), org.to_owned()).bearer().await.map_err(HttpError::Tokens)?;
    let lock = deps.lock(org).await?;
    let session = deps.session(org).await?.ok_or_else(|| not_signed_in(org))?;
    if let Some(tokens) = good(&session) {
        return Ok(tokens);
    }
    match renewed(deps, &session).await {
        Outcome::Renewed(fresh) => {
            deps.keep_renewed(org, &fresh).await;
            if let Some(tokens) = good(&fresh) {
                return Ok(tokens);
            }
        }
        Outcome::Ended => {}
        Outcome::Failed(error) => return Err(error),
    }
    if deps.auth(org).await? == Auth::Password {
        return Err(by_password(org).into());
    }
    if !deps.keeps_provider_tokens(org).await? {
        return Err(not_exchanged(org).into());
    }
    let before = deps.service(org)?.record;
    // So that `p0 login --refresh` knows that only a sign-in helps.
    deps.keep_renewed(org, &Session { provider: None, ..session }).await;
    drop(lock);
    if !deps.may_sign_in(org).await? {
        return Err(sign_in_again(org).into());
    }
    deps.ui.say(format!("Your identity provider asks you to sign in to {org} again."));
    let (session, _) = deps.sign_in(org, LoginOptions::default(), before).await?;
    good(&session).ok_or_else(|| sign_in_again(org).into())
}

/// The session with fresher tokens of the provider. It is not kept yet.
async fn renewed(deps: &Deps, session: &Session) -> Outcome {
    let own = session.provider.as_ref().and_then(|provider| Some((provider, provider.own.as_ref()?)));
    let Some((provider, own)) = own else {
        // The provider renews the session, and its answer says again who signed in. Firebase knows neither.
        let by_provider = session.renewal.as_ref().is_some_and(|renewal| matches!(renewal.by, Renewer::Client(_)));
        return if by_provider { renew::renew(deps, session).await } else { Outcome::Ended };
    };
    let Some(renewal) = &own.renewal else { return Outcome::Ended };
    match renew::refreshed(deps, renewal).await {
        Refreshed::Granted(granted) => {
            let provider = Some(provider.renewed(granted));
            Outcome::Renewed(Box::new(Session { provider, ..session.clone() }))
        }
        Refreshed::Ended => Outcome::Ended,
        Refreshed::Failed(error) => Outcome::Failed(error),
    }
}

fn not_by_token(org: &str) -> Failure {
    Failure::new(Kind::NotSignedIn, "This needs your identity provider's tokens, which only a sign-in gives.")
        .hint(format!("Leave P0_API_TOKEN and --token-file out, and sign in with: p0 login {org}"))
}

fn by_password(org: &str) -> Failure {
    Failure::error(format!("The users of {org} sign in with a password, so no identity provider vouches for them."))
        .hint("Ask whoever runs the organisation for a sign-in by identity provider.")
}

fn not_exchanged(org: &str) -> Failure {
    Failure::error(format!("The identity provider of {org} is not one that vouches for its users elsewhere."))
        .hint("This works where users sign in with Okta. Tell whoever runs the organisation.")
}

fn sign_in_again(org: &str) -> Failure {
    Failure::new(Kind::NotSignedIn, format!("Your session with {org} lacks your identity provider's tokens."))
        .hint(format!("Sign in again with: p0 login {org} --refresh"))
}

#[cfg(test)]
mod tests;
