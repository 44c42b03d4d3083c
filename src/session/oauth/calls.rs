//! Calls to a provider, over the one HTTP stack: bounded in time and size, and silent about what they carry.

use oauth2::{
    AsyncHttpClient, HttpRequest, HttpResponse,
    http::{
        HeaderValue,
        header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN},
    },
};
use p0_client::{Error as HttpError, Fetched, Http};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::{pin::Pin, time::Duration};
use url::Url;

/// One call to a provider may take so long.
const LIMIT: Duration = Duration::from_secs(30);
/// No answer of a provider is longer, in bytes.
pub(super) const LARGEST: usize = 1024 * 1024;

/// Asks a provider about the user whom a token is for (OpenID Connect Core, section 5.3).
pub async fn userinfo<T: DeserializeOwned>(http: &Http, endpoint: &Url, token: &SecretString) -> Result<T, HttpError> {
    let mut bearer =
        HeaderValue::try_from(format!("Bearer {}", token.expose_secret())).map_err(|_| HttpError::BadToken)?;
    bearer.set_sensitive(true);
    let request = oauth2::http::Request::get(endpoint.as_str())
        .header(AUTHORIZATION, bearer)
        .body(Vec::new())
        .expect("the address and the header are well formed");
    let answer = call(http, request).await?;
    if !answer.status().is_success() {
        return Err(HttpError::Status { status: answer.status().as_u16() });
    }
    serde_json::from_slice(answer.body()).map_err(|_| HttpError::Invalid {
        host: host_of(endpoint),
        what: "not what a userinfo endpoint answers".to_owned(),
    })
}

/// Posts to a provider; what it answers is for the caller to understand.
pub async fn post(http: &Http, endpoint: &Url, kind: &'static str, body: Vec<u8>) -> Result<HttpResponse, HttpError> {
    let request = oauth2::http::Request::post(endpoint.as_str())
        .header(CONTENT_TYPE, kind)
        .body(body)
        .expect("the address and the header are well formed");
    call(http, request).await
}

/// The host of an address, with its port, for messages.
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The HTTP stack, as the library uses it.
pub(super) struct Calls<'a> {
    pub(super) http: &'a Http,
    /// Stands in every call, if there is one.
    pub(super) origin: Option<&'a str>,
}

impl<'c> AsyncHttpClient<'c> for Calls<'_> {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, mut request: HttpRequest) -> Self::Future {
        if let Some(origin) = self.origin.and_then(|origin| HeaderValue::from_str(origin).ok()) {
            request.headers_mut().insert(ORIGIN, origin);
        }
        Box::pin(call(self.http, request))
    }
}

/// Makes one call to a provider.
pub(super) async fn call(http: &Http, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let url = Url::parse(&request.uri().to_string()).expect("the address was made from one");
    let client = http.reqwest(&url)?;
    let (deps, body) = request.into_parts();
    let call = client.request(deps.method, url.clone()).headers(deps.headers).body(body);
    let Fetched { status, headers, body } = http.fetch(&url, call, LIMIT, LARGEST).await?;
    // Not the provider's word on the grant, but a bad moment of its own.
    if status.is_server_error() {
        return Err(HttpError::Status { status: status.as_u16() });
    }
    let mut answer = HttpResponse::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
