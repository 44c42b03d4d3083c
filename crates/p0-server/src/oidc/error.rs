//! OAuth 2.0 error responses.

use super::{OidcError, params::ParamsError};
use crate::store_error::StoreError;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error response of the token, device or revocation endpoint (RFC 6749, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl OAuthError {
    /// Makes an error with this code, and a description for developers.
    pub(crate) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.into() }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(crate) fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// The client is missing or unknown.
    pub(crate) fn invalid_client() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new("invalid_client", "unknown client, or a wrong client secret")
        }
    }

    /// A limit of the service is reached.
    pub(crate) fn too_many(description: impl Into<String>) -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, ..Self::new("slow_down", description) }
    }
}

impl From<ParamsError> for OAuthError {
    fn from(error: ParamsError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl From<OidcError> for OAuthError {
    fn from(error: OidcError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a sign-in call failed");
        let description = "the service could not do this; try again";
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..Self::new("server_error", description) }
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        OidcError::from(error).into()
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"p0\""));
        }
        response
    }
}
