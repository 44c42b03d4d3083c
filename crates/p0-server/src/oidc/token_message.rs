//! What the parts of the token endpoint share: required parameters, and the answer.

use super::{error::OAuthError, params::Params};
use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// The type of access tokens (RFC 8693, section 3).
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A token response (RFC 6749, section 5.1). No `Debug`: it contains secrets.
#[derive(Serialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: String,
    pub(super) token_type: &'static str,
    pub(super) expires_in: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issued_token_type: Option<&'static str>,
}

impl IntoResponse for TokenAnswer {
    fn into_response(self) -> Response {
        let no_store = HeaderValue::from_static("no-store");
        let no_cache = HeaderValue::from_static("no-cache");
        ([(header::CACHE_CONTROL, no_store), (header::PRAGMA, no_cache)], Json(self)).into_response()
    }
}

/// Returns a required parameter.
pub(super) fn required<'a>(params: &'a Params, name: &str) -> Result<&'a str, OAuthError> {
    params.get(name).ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
}
