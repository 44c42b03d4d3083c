//! Authentication of callers.

use super::{Api, ApiError};
use crate::domain::User;
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, header, request::Parts},
};
use std::sync::Arc;

/// The authenticated caller, a member of the organisation in the path, with their current roles.
pub(super) struct Caller(pub(super) User);

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, api)
            .await
            .map_err(|rejection| ApiError::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
        let org = params.iter().find(|(name, _)| *name == "org").map(|(_, value)| value).unwrap_or_default();
        api.is_here(org)?;
        let refused = |why: String| ApiError::new(StatusCode::UNAUTHORIZED, why);
        let bearer = bearer(parts).ok_or_else(|| refused("Not signed in: there is no bearer token".into()))?;
        let identity = api.provider.verify(bearer).map_err(|error| refused(error.to_string()))?;
        let user = api.engine.person(&identity.email);
        user.map(Self).ok_or_else(|| refused("You are no longer a user of this organisation".into()))
    }
}

impl Api {
    /// Rejects other organisations than the service's own.
    pub(super) fn is_here(&self, org: &str) -> Result<(), ApiError> {
        if org == self.slug { Ok(()) } else { Err(ApiError::not_found("no such organisation")) }
    }
}

/// Extracts the bearer token (RFC 6750, section 2.1). The scheme is case-insensitive (RFC 9110, section 11.1).
fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
