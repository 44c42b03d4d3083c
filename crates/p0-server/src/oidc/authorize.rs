//! Authorization requests (RFC 6749, section 4.1; OpenID Connect Core, section 3.1.2).

use super::{
    OidcError, Service,
    client::{CLIENT_ID, RedirectUri, Scope},
    issuer::Issuer,
    params::Params,
    secret::{self, SecretHash},
    store::{AuthorizationCode, Grant, Session},
};
use crate::clock::Timestamp;
use std::time::Duration;
use url::Url;

/// The maximum length of `state` and `nonce`, which are returned as they are.
const LONGEST_OPAQUE: usize = 1024;

/// A valid authorization request.
pub(crate) struct AuthorizationRequest {
    params: Params,
    reply: Reply,
    wish: Wish,
}

/// The parameters of the grant.
struct Wish {
    scope: Scope,
    code_challenge: String,
    nonce: Option<String>,
    prompt: Prompt,
    max_age: Option<Duration>,
}

/// Where to send the response.
struct Reply {
    redirect_uri: RedirectUri,
    state: Option<String>,
}

/// How to prompt the user (`prompt`, OpenID Connect Core, section 3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prompt {
    /// At least one click, because any program on the machine can send the request (RFC 8252, section 8.6).
    Usual,
    /// Authenticate again, possibly as another user.
    SignIn,
    /// No prompt.
    Nothing,
}

/// An invalid authorization request.
pub(crate) enum Refusal {
    /// The client or redirect URI is unknown, so the error is shown to the user and not redirected.
    Page(&'static str),
    /// The error is sent to the client.
    Redirect(Url),
}

impl AuthorizationRequest {
    /// Parses a request.
    pub(crate) fn read(issuer: &Issuer, params: Params) -> Result<Self, Refusal> {
        if params.get("client_id") != Some(CLIENT_ID) {
            return Err(Refusal::Page("The program that sent you here is not known to this service."));
        }
        let redirect_uri = params.get("redirect_uri").and_then(RedirectUri::parse).ok_or(Refusal::Page(
            "The program that sent you here wants the answer sent to an address that is not allowed.",
        ))?;
        let state = params.get("state").map(str::to_owned);
        if state.as_ref().is_some_and(|state| state.len() > LONGEST_OPAQUE) {
            return Err(Refusal::Page("The program that sent you here sent too much."));
        }
        let reply = Reply { redirect_uri, state };
        match Wish::read(&params) {
            Ok(wish) => Ok(Self { params, reply, wish }),
            Err((error, description)) => Err(Refusal::Redirect(reply.error(issuer, error, description))),
        }
    }

    /// Formats the request as a query that parses to the same request. With `again`, it prompts for authentication.
    pub(crate) fn to_query(&self, again: bool) -> String {
        if again { self.params.with("prompt", Some("login")).to_query() } else { self.params.to_query() }
    }

    /// Whether the session is recent enough, so that the user need not authenticate again.
    pub(crate) fn is_content_with(&self, session: &Session, now: Timestamp) -> bool {
        let recent = self.wish.max_age.is_none_or(|age| session.auth_time.until(now) <= age);
        self.wish.prompt == Prompt::Usual && recent
    }

    /// Returns the error response to `prompt=none`, which is never possible.
    pub(crate) fn unprompted(&self, issuer: &Issuer, signed_in: bool) -> Option<Url> {
        let error = if signed_in { "interaction_required" } else { "login_required" };
        (self.wish.prompt == Prompt::Nothing).then(|| self.reply.error(issuer, error, "the user has to be asked"))
    }

    /// Returns the error response after the user cancels.
    pub(crate) fn denied(&self, issuer: &Issuer) -> Url {
        self.reply.error(issuer, "access_denied", "the user refused")
    }

    /// Returns the `login_hint`.
    pub(crate) fn login_hint(&self) -> Option<&str> {
        self.params.get("login_hint")
    }

    /// Returns the redirect URI.
    pub(crate) fn redirect_uri(&self) -> &RedirectUri {
        &self.reply.redirect_uri
    }
}

impl Wish {
    /// Parses the other parameters, whose errors (code and description) can be sent to the client.
    fn read(params: &Params) -> Result<Self, (&'static str, &'static str)> {
        for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
            if params.get(name).is_some() {
                return Err((error, "request objects are not supported"));
            }
        }
        match params.get("response_type") {
            Some("code") => {}
            Some(_) => return Err(("unsupported_response_type", "response_type must be code")),
            None => return Err(("invalid_request", "response_type is missing")),
        }
        if params.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(("invalid_request", "response_mode must be query"));
        }
        let challenge =
            params.get("code_challenge").ok_or(("invalid_request", "code_challenge is missing: PKCE is required"))?;
        // The default method would be `plain` (RFC 7636, section 4.3).
        if params.get("code_challenge_method") != Some("S256") {
            return Err(("invalid_request", "code_challenge_method must be S256"));
        }
        if !secret::is_well_formed(challenge) {
            return Err(("invalid_request", "code_challenge is not a SHA-256 hash in base64url"));
        }
        let scope = Scope::parse(params.get("scope")).ok_or(("invalid_scope", "no known scope was asked for"))?;
        let nonce = params.get("nonce").map(str::to_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > LONGEST_OPAQUE) {
            return Err(("invalid_request", "nonce is too long"));
        }
        let words: Vec<_> = params.get("prompt").unwrap_or_default().split(' ').collect();
        let prompt = match words.as_slice() {
            ["none"] => Prompt::Nothing,
            words if words.contains(&"none") => return Err(("invalid_request", "prompt=none stands alone")),
            words if words.contains(&"login") || words.contains(&"select_account") => Prompt::SignIn,
            _ => Prompt::Usual,
        };
        let max_age = params
            .get("max_age")
            .map(|age| age.parse().map(Duration::from_secs))
            .transpose()
            .map_err(|_| ("invalid_request", "max_age must be a number of seconds"))?;
        Ok(Self { scope, code_challenge: challenge.to_owned(), nonce, prompt, max_age })
    }
}

impl Reply {
    fn error(&self, issuer: &Issuer, error: &str, description: &str) -> Url {
        self.with(issuer, &[("error", error), ("error_description", description)])
    }

    /// Builds the redirect, with `state` and, against mix-up attacks, `iss` (RFC 9207).
    fn with<'a>(&'a self, issuer: &'a Issuer, params: &[(&'a str, &'a str)]) -> Url {
        let state = self.state.as_deref().map(|state| ("state", state));
        self.redirect_uri.with(params.iter().copied().chain(state).chain([("iss", issuer.as_str())]))
    }
}

impl Service {
    /// Issues an authorization code for the session's user and returns the redirect that carries it.
    pub(crate) async fn answer_with_code(
        &self,
        request: &AuthorizationRequest,
        session: &Session,
    ) -> Result<Url, OidcError> {
        self.sweep().await?;
        let code = secret::random();
        let record = AuthorizationCode {
            grant: Grant {
                id: secret::random_id(),
                email: session.email.clone(),
                scope: request.wish.scope.to_string(),
                auth_time: session.auth_time,
            },
            redirect_uri: request.reply.redirect_uri.as_str().to_owned(),
            code_challenge: request.wish.code_challenge.clone(),
            nonce: request.wish.nonce.clone(),
            expires_at: self.clock.now().plus(self.lifetimes.code),
        };
        self.store.add_code(SecretHash::from_secret(&code), &record).await?;
        Ok(request.reply.with(&self.issuer, &[("code", &code)]))
    }
}
