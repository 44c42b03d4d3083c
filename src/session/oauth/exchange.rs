//! The exchange of a user's tokens for one that is good elsewhere (RFC 8693), and the page that such a token opens.

use super::{
    Client, Error,
    calls::{call, host_of, post},
};
use oauth2::http::{HeaderValue, Request, header::ACCEPT};
use p0_client::{Error as HttpError, Http};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Url, form_urlencoded};

/// RFC 8693, section 2.1.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 8693, section 3.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// RFC 8693, section 3.
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// What is exchanged, and for what.
pub struct Exchange<'a> {
    /// Whom the new token is for.
    pub audience: &'a str,
    /// What kind of token it is to be.
    pub requested: &'a str,
    /// Who asks (`actor_token`): an access token.
    pub access_token: &'a SecretString,
    /// For whom (`subject_token`): an `id_token`. Without one, the access token says that as well.
    pub id_token: Option<&'a SecretString>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

impl Client {
    pub async fn exchange(&self, http: &Http, exchange: &Exchange<'_>) -> Result<SecretString, Error> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", GRANT)
            .append_pair("audience", exchange.audience)
            .append_pair("requested_token_type", exchange.requested)
            .append_pair("client_id", &self.id);
        let access_token = exchange.access_token.expose_secret();
        match exchange.id_token {
            Some(id_token) => form
                .append_pair("actor_token", access_token)
                .append_pair("actor_token_type", ACCESS_TOKEN)
                .append_pair("subject_token", id_token.expose_secret())
                .append_pair("subject_token_type", ID_TOKEN),
            None => form.append_pair("subject_token", access_token).append_pair("subject_token_type", ACCESS_TOKEN),
        };
        if let Some(secret) = &self.secret {
            form.append_pair("client_secret", secret);
        }
        let answer = post(http, &self.token, "application/x-www-form-urlencoded", form.finish().into_bytes()).await?;
        if answer.status().is_success()
            && let Ok(Answer { access_token }) = serde_json::from_slice(answer.body())
        {
            return Ok(access_token.into());
        }
        // What it answered may hold tokens, so nothing of it is shown but its error.
        match serde_json::from_slice::<Refusal>(answer.body()) {
            Ok(refusal) => Err(self.refused(&refusal.error, refusal.error_description.as_ref())),
            Err(_) => Err(self.invalid("not what a token endpoint answers")),
        }
    }
}

/// Gets the page that a token opens. The address holds the token, so it stands in no error, and no redirect to another
/// host is followed.
pub async fn page(http: &Http, address: &Url) -> Result<Vec<u8>, HttpError> {
    let request = Request::get(address.as_str())
        .header(ACCEPT, HeaderValue::from_static("text/html"))
        .body(Vec::new())
        .expect("the address and the header are well formed");
    let answer = call(http, request).await?;
    let status = answer.status();
    if status.is_redirection() {
        return Err(HttpError::Redirected { host: host_of(address), to: None });
    }
    if !status.is_success() {
        return Err(HttpError::Status { status: status.as_u16() });
    }
    Ok(answer.into_body())
}
