//! Firebase Authentication, where most organisations exchange their provider's token for the API's (protocol, section 3).
//!
//! `FIREBASE_AUTH_EMULATOR_HOST` moves it to an emulator on this machine, and nowhere else: whoever else it named would
//! be sent tokens and passwords in clear.

mod answer;

pub use answer::Account;

use super::oauth::{self, Granted, post};
use crate::error::Failure;
use answer::{Renewed, SignedIn};
use anyhow::Result;
use oauth2::http::Response;
use p0_client::{Error as HttpError, Http};
use p0_wire::org::Org;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

const IDENTITY: &str = "identitytoolkit.googleapis.com";
/// Where tokens are renewed.
const TOKENS: &str = "securetoken.googleapis.com";

/// The organisation's tenant of a Firebase project.
#[derive(Debug)]
pub struct Firebase {
    tenant: Option<String>,
    identity: Url,
    tokens: TokenService,
}

/// What renews the tokens of a Firebase project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenService {
    /// The project's web API key, which is public.
    key: String,
    token: Url,
}

impl Firebase {
    /// The organisation's, at Google or at this emulator.
    pub fn from_org(org: &Org, emulator: Option<&str>) -> Result<Self, Failure> {
        let key = org.config.as_ref().and_then(|config| config.fs.as_ref()).map(|project| project.api_key.clone());
        let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
            Failure::error("The organisation's description has no config.fs.apiKey, so nobody can sign in to it.")
                .hint("It is the web API key of its Firebase project. Tell whoever runs the service.")
                .hint("A local file bootstrap-<org>.json in the configuration directory can add it.")
        })?;
        let address = |host: &str, path: &str| match emulator {
            None => Ok(Url::parse(&format!("https://{host}/{path}")).expect("an address")),
            Some(emulator) => local(emulator)?.join(&format!("{host}/{path}")).map_err(|_| not_local()),
        };
        Ok(Self {
            tenant: Some(org.tenant_id.clone()).filter(|tenant| !tenant.is_empty()),
            identity: address(IDENTITY, "v1/")?,
            tokens: TokenService { key, token: address(TOKENS, "v1/token")? },
        })
    }

    /// What renews the tokens that it issues.
    pub fn token_service(&self) -> TokenService {
        self.tokens.clone()
    }

    /// Exchanges what an identity provider granted (`accounts:signInWithIdp`).
    pub async fn sign_in_with_idp(&self, http: &Http, granted: &Granted, provider: &str) -> Result<Account> {
        let id_token = granted.id_token.as_ref().ok_or_else(|| {
            Failure::error("The identity provider did not say who signed in: there is no id_token in its answer.")
        })?;
        let proof = form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token", id_token.expose_secret())
            .append_pair("access_token", granted.access_token.expose_secret())
            .append_pair("providerId", provider)
            .finish();
        let body = json!({
            "postBody": proof,
            "requestUri": "http://localhost",
            "returnIdpCredential": true,
            "returnSecureToken": true,
        });
        match self.sign_in("signInWithIdp", http, body).await {
            Ok(signed_in) => signed_in.account(),
            Err(error) => Err(idp_failure(error)),
        }
    }

    /// Signs in by a password (`accounts:signInWithPassword`).
    pub async fn sign_in_with_password(&self, http: &Http, email: &str, password: &SecretString) -> Result<Account> {
        let body = json!({
            "email": email,
            "password": password.expose_secret(),
            "returnSecureToken": true,
        });
        match self.sign_in("signInWithPassword", http, body).await {
            Ok(signed_in) => signed_in.account(),
            Err(error) => Err(password_failure(error)),
        }
    }

    async fn sign_in(&self, how: &str, http: &Http, mut body: Value) -> Result<SignedIn, oauth::Error> {
        if let Some(tenant) = &self.tenant {
            body["tenantId"] = tenant.as_str().into();
        }
        let mut url = self.identity.clone();
        url.path_segments_mut().expect("an http address has a path").pop_if_empty().push(&format!("accounts:{how}"));
        let answer: SignedIn = call(http, &url, &self.tokens.key, "application/json", body.to_string()).await?;
        answer.granted()
    }
}

impl TokenService {
    /// Renews a session without a browser.
    pub async fn refresh(&self, http: &Http, token: &SecretString) -> Result<Granted, oauth::Error> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", token.expose_secret())
            .finish();
        let renewed: Renewed = call(http, &self.token, &self.key, "application/x-www-form-urlencoded", form).await?;
        Ok(renewed.into())
    }
}

async fn call<T: DeserializeOwned>(
    http: &Http,
    endpoint: &Url,
    key: &str,
    kind: &'static str,
    body: String,
) -> Result<T, oauth::Error> {
    let mut url = endpoint.clone();
    url.query_pairs_mut().append_pair("key", key);
    let answer = post(http, &url, kind, body.into_bytes()).await?;
    if answer.status().is_success()
        && let Ok(document) = serde_json::from_slice(answer.body())
    {
        return Ok(document);
    }
    Err(refusal(&answer).unwrap_or_else(|| {
        let what = "not what Firebase answers".to_owned();
        HttpError::Invalid { host: oauth::host_of(endpoint), what }.into()
    }))
}

fn refusal(answer: &Response<Vec<u8>>) -> Option<oauth::Error> {
    let document: Value = serde_json::from_slice(answer.body()).ok()?;
    Some(answer::refused(document.pointer("/error/message")?.as_str()?))
}

fn idp_failure(error: oauth::Error) -> anyhow::Error {
    match &error {
        oauth::Error::Refused { code, .. } => match code.as_str() {
            "EMAIL_EXISTS" | "FEDERATED_USER_ID_ALREADY_LINKED" => answer::bound_to_another().into(),
            "USER_DISABLED" => disabled().into(),
            "OPERATION_NOT_ALLOWED" | "INVALID_PROVIDER_ID" | "INVALID_TENANT_ID" | "TENANT_NOT_FOUND" => {
                Failure::error(format!("The organisation's tenant does not take this identity provider ({code})."))
                    .hint("Tell whoever runs the service.")
                    .into()
            }
            _ => error.into_failure(),
        },
        oauth::Error::Http(_) => error.into_failure(),
    }
}

fn password_failure(error: oauth::Error) -> anyhow::Error {
    match &error {
        oauth::Error::Refused { code, .. } => match code.as_str() {
            // Which of the two is wrong is nobody's business; some answers tell all the same.
            "EMAIL_NOT_FOUND" | "INVALID_PASSWORD" | "INVALID_LOGIN_CREDENTIALS" | "INVALID_EMAIL" => {
                Failure::error("The e-mail address or the password is wrong.")
                    .hint("If P0_EMAIL or P0_PASSWORD is set, it is used instead of a question.")
                    .into()
            }
            "TOO_MANY_ATTEMPTS_TRY_LATER" => {
                Failure::error("There were too many attempts to sign in.").hint("Try again in some minutes.").into()
            }
            "USER_DISABLED" => disabled().into(),
            "OPERATION_NOT_ALLOWED" | "PASSWORD_LOGIN_DISABLED" => {
                Failure::error("The organisation does not let anybody sign in by a password.")
                    .hint("Tell whoever runs the service.")
                    .into()
            }
            _ => error.into_failure(),
        },
        oauth::Error::Http(_) => error.into_failure(),
    }
}

fn disabled() -> Failure {
    Failure::error("This user has been disabled.").hint("Ask whoever runs the organisation.")
}

/// The address of an emulator: `host:port`, of this machine.
fn local(emulator: &str) -> Result<Url, Failure> {
    let url = Url::parse(&format!("http://{emulator}")).ok().filter(|url| {
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        bare && url.path() == "/" && url.fragment().is_none() && p0_client::is_loopback(url)
    });
    url.ok_or_else(not_local)
}

fn not_local() -> Failure {
    Failure::usage("FIREBASE_AUTH_EMULATOR_HOST must be a host and a port of this machine, such as 127.0.0.1:9099.")
        .hint("To sign in for real, unset it.")
}

#[cfg(test)]
mod tests;
