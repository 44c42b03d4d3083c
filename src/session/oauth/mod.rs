//! OAuth 2.0 (RFC 6749, RFC 7009) with an identity provider.

mod calls;
mod exchange;

pub use calls::{host_of, post, userinfo};
pub use exchange::{Exchange, page};

use crate::{clock, error::Failure};
use calls::Calls;
use jiff::{SignedDuration, Timestamp};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    EndpointNotSet, EndpointSet, ErrorResponseType, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, StandardDeviceAuthorizationResponse, StandardErrorResponse, StandardRevocableToken,
    TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType},
};
use p0_client::{Error as HttpError, Http};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};
use url::Url;

/// What a provider says is shown up to so many characters.
const LONGEST_SAYING: usize = 300;

/// This program as a client of a provider (RFC 6749, section 2), and the provider's addresses that outlast a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    pub id: String,
    /// A secret that every copy of the program has, for providers that insist on one. It protects nothing.
    pub secret: Option<String>,
    /// The provider takes the secret only in the body of a call.
    pub secret_in_body: bool,
    pub token: Url,
    /// The revocation endpoint (RFC 7009), if there is one.
    pub revocation: Option<Url>,
    /// The `Origin` of its calls, for providers that take it for a page in a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// What is asked of the authorization endpoint.
pub struct AuthorizationRequest<'a> {
    /// What the token is to be good for.
    pub scopes: &'a [&'a str],
    /// Comes back with the browser.
    pub state: &'a CsrfToken,
    /// Comes back in the `id_token` (OpenID Connect Core, section 3.1.2.1).
    pub nonce: Option<&'a CsrfToken>,
    /// Whoever has its verifier can use the code.
    pub challenge: PkceCodeChallenge,
    /// How the provider is to ask the user (`prompt`, section 3.1.2.1), if not as it likes.
    pub prompt: Option<&'a str>,
}

/// What the token endpoint granted.
#[derive(Debug, Clone)]
pub struct Granted {
    pub access_token: SecretString,
    /// When it expires, as far as the provider says.
    pub expires_at: Option<Timestamp>,
    pub refresh_token: Option<SecretString>,
    /// Who signed in (OpenID Connect Core, section 2).
    pub id_token: Option<SecretString>,
}

/// Why a provider granted nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", refusal(.code, .description.as_deref()))]
    Refused {
        /// The error code (RFC 6749, section 5.2; RFC 8628, section 3.5).
        code: String,
        /// What it says about it.
        description: Option<String>,
    },
    /// There was no answer, or none that can be understood.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl Error {
    /// Whether it refused with this code.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// The error as the user reads it: what the network did keeps its own hints.
    pub fn into_failure(self) -> anyhow::Error {
        match self {
            Self::Http(error) => error.into(),
            refused @ Self::Refused { .. } => Failure::error(refused.to_string()).into(),
        }
    }
}

fn refusal(code: &str, description: Option<&str>) -> String {
    let said = |text: &str| text.chars().take(LONGEST_SAYING).collect::<String>();
    match description {
        Some(description) => format!("The identity provider refused: {} ({})", said(description), said(code)),
        None => format!("The identity provider refused: {}", said(code)),
    }
}

/// What the token endpoint answers. Providers leave out `token_type` at times.
#[derive(Serialize, Deserialize)]
struct TokenAnswer {
    access_token: AccessToken,
    token_type: Option<String>,
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    id_token: Option<String>,
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenAnswer")
    }
}

impl oauth2::TokenResponse for TokenAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &BasicTokenType::Bearer
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// The library's client, as far as it is set up here.
type Library = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl Client {
    fn calls<'a>(&'a self, http: &'a Http) -> Calls<'a> {
        Calls { http, origin: self.origin.as_deref() }
    }

    fn library(&self) -> Library {
        let client = oauth2::Client::new(ClientId::new(self.id.clone()))
            .set_auth_type(if self.secret_in_body { AuthType::RequestBody } else { AuthType::BasicAuth })
            .set_token_uri(TokenUrl::from_url(self.token.clone()));
        match &self.secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.clone())),
            None => client,
        }
    }

    /// The page at which the user signs in (RFC 6749, section 4.1.1; RFC 7636, section 4.3).
    pub fn authorization_page(&self, endpoint: &Url, redirect: RedirectUrl, ask: AuthorizationRequest<'_>) -> Url {
        let library = self.library().set_auth_uri(AuthUrl::from_url(endpoint.clone())).set_redirect_uri(redirect);
        let page = library
            .authorize_url(|| ask.state.clone())
            .add_scopes(ask.scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(ask.challenge);
        let page = ask.nonce.into_iter().fold(page, |page, nonce| page.add_extra_param("nonce", nonce.secret()));
        let page = ask.prompt.into_iter().fold(page, |page, prompt| page.add_extra_param("prompt", prompt));
        page.url().0
    }

    /// Exchanges an authorization code (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
    pub async fn exchange_code(
        &self,
        http: &Http,
        code: AuthorizationCode,
        verifier: PkceCodeVerifier,
        redirect: RedirectUrl,
    ) -> Result<Granted, Error> {
        let library = self.library().set_redirect_uri(redirect);
        let request = library.exchange_code(code).set_pkce_verifier(verifier);
        let answer = request.request_async(&self.calls(http)).await;
        self.granted(answer.map_err(|error| self.failed(error))?)
    }

    /// Asks for a code that the user enters elsewhere (RFC 8628, section 3.1).
    pub async fn device_code(
        &self,
        http: &Http,
        endpoint: &Url,
        scopes: &[&str],
    ) -> Result<StandardDeviceAuthorizationResponse, Error> {
        let library = self.library().set_device_authorization_url(DeviceAuthorizationUrl::from_url(endpoint.clone()));
        let request = library.exchange_device_code().add_scopes(scopes.iter().map(|scope| Scope::new((*scope).into())));
        request.request_async(&self.calls(http)).await.map_err(|error| self.failed(error))
    }

    /// Polls until the user has entered the code (RFC 8628, section 3.4), for as long as the code is good.
    pub async fn device_token(
        &self,
        http: &Http,
        device: &StandardDeviceAuthorizationResponse,
    ) -> Result<Granted, Error> {
        // A provider that names no pause, or an endless one, gets a sensible one.
        let pause = |pause: Duration| tokio::time::sleep(pause.clamp(Duration::from_secs(1), Duration::from_secs(60)));
        let library = self.library();
        let request = library.exchange_device_access_token(device);
        let answer = request.request_async(&self.calls(http), pause, None).await;
        self.granted(answer.map_err(|error| self.failed(error))?)
    }

    /// Renews a session (RFC 6749, section 6).
    pub async fn refresh(&self, http: &Http, token: &SecretString) -> Result<Granted, Error> {
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let library = self.library();
        let answer = library.exchange_refresh_token(&token).request_async(&self.calls(http)).await;
        self.granted(answer.map_err(|error| self.failed(error))?)
    }

    /// Revokes a refresh token, and with it the session (RFC 7009).
    pub async fn revoke(&self, http: &Http, endpoint: &Url, token: &SecretString) -> Result<(), Error> {
        // The library would do this over https only, and so not on this machine's loopback.
        let form = {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("token", token.expose_secret());
            form.append_pair("token_type_hint", "refresh_token");
            form.append_pair("client_id", &self.id);
            if let Some(secret) = &self.secret {
                form.append_pair("client_secret", secret);
            }
            form.finish()
        };
        let answer = post(http, endpoint, "application/x-www-form-urlencoded", form.into_bytes()).await?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(HttpError::Status { status: answer.status().as_u16() }.into()),
        }
    }

    fn granted(&self, answer: TokenAnswer) -> Result<Granted, Error> {
        if answer.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(self.invalid("its token is not a bearer token"));
        }
        let secret = |text: &String| SecretString::from(text.clone());
        let lifetime = answer.expires_in.and_then(|seconds| i64::try_from(seconds).ok()).map(SignedDuration::from_secs);
        Ok(Granted {
            access_token: secret(answer.access_token.secret()),
            expires_at: lifetime.and_then(|lifetime| clock::now().checked_add(lifetime).ok()),
            refresh_token: answer.refresh_token.as_ref().map(|token| secret(token.secret())),
            id_token: answer.id_token.map(SecretString::from),
        })
    }

    fn failed<T: ErrorResponseType + AsRef<str> + fmt::Display>(
        &self,
        error: RequestTokenError<HttpError, StandardErrorResponse<T>>,
    ) -> Error {
        match error {
            RequestTokenError::ServerResponse(refused) => {
                self.refused(refused.error().as_ref(), refused.error_description())
            }
            RequestTokenError::Request(error) => error.into(),
            // What it answered may hold tokens.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                self.invalid("not what a token endpoint answers")
            }
        }
    }

    fn refused(&self, code: &str, description: Option<&String>) -> Error {
        Error::Refused { code: code.to_owned(), description: description.cloned() }
    }

    fn invalid(&self, what: &str) -> Error {
        HttpError::Invalid { host: host_of(&self.token), what: what.to_owned() }.into()
    }

    /// A client of nobody in particular.
    #[cfg(test)]
    pub fn for_test(base: &Url) -> Self {
        let token = base.join("/oauth2/v1/token").expect("an address");
        Self { id: "p0-cli".into(), secret: None, secret_in_body: false, token, revocation: None, origin: None }
    }
}

#[cfg(test)]
mod tests;
