//! JSON bodies, with errors that are JSON.

use super::{Api, ApiError};
use crate::body::{self, Unread};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A JSON body. The content type is not checked, because the bearer token already prevents cross-site forms.
pub(super) struct Document<T>(pub(super) T);

/// A JSON body that may be empty, which means `{}`.
pub(super) struct Optional<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Api>> for Document<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, ApiError> {
        Ok(Self(read(&bytes(request, api).await?)?))
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<Api>> for Optional<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, ApiError> {
        let bytes = bytes(request, api).await?;
        Ok(Self(read(if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes })?))
    }
}

async fn bytes(request: Request, api: &Arc<Api>) -> Result<Bytes, ApiError> {
    body::read(request, api.engine.clock()).await.map_err(|unread| match unread {
        Unread::Slow => ApiError::new(StatusCode::REQUEST_TIMEOUT, "The body took too long"),
        Unread::Refused(rejection) => match rejection.status() {
            status @ StatusCode::PAYLOAD_TOO_LARGE => {
                ApiError::new(status, format!("The body is larger than {} bytes", api.body_limit))
            }
            status => ApiError::new(status, rejection.body_text()),
        },
    })
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, format!("The body cannot be read: {error}")))
}
