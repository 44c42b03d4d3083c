//! Error responses: `{"error": "…"}`, always JSON (protocol, section 1).

use crate::{engine::EngineError, store_error::StoreError};
use axum::{
    Json,
    body::to_bytes,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use p0_wire::error::ErrorBody;

/// An error and its HTTP status.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(super) fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Not found: {what}"))
    }

    /// An internal error. Details go to the log, not to the client.
    pub(super) fn failed(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a call failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The service has failed: its log says why")
    }

    /// Converts an error of a command: messages for the user have status 200, as clients expect for help
    /// texts and rejections.
    pub(super) fn of_command(error: EngineError) -> Self {
        match Self::from(error) {
            error if error.status.is_client_error() => Self { status: StatusCode::OK, ..error },
            error => error,
        }
    }

    /// Converts an error of a decision, where an unknown request has the same status as one in the wrong state.
    pub(super) fn of_decision(error: EngineError) -> Self {
        match Self::from(error) {
            error if error.status == StatusCode::NOT_FOUND => Self { status: StatusCode::BAD_REQUEST, ..error },
            error => error,
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let status = match &error {
            EngineError::Refused(_) => StatusCode::BAD_REQUEST,
            EngineError::Unknown(_) | EngineError::NotFound(_) => StatusCode::NOT_FOUND,
            EngineError::Forbidden(_) => StatusCode::FORBIDDEN,
            EngineError::Conflict(_) => StatusCode::CONFLICT,
            EngineError::Provision(_) => StatusCode::BAD_GATEWAY,
            EngineError::LastOwner => StatusCode::UNPROCESSABLE_ENTITY,
            EngineError::Store(StoreError::Full) => StatusCode::INSUFFICIENT_STORAGE,
            EngineError::Store(StoreError::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            EngineError::Impossible { .. } | EngineError::Store(_) => return Self::failed(&error),
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(ErrorBody::new(self.message))).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                // RFC 6750, section 3.
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

/// Converts the framework's own rejections (wrong method, path not UTF-8) to JSON.
pub(super) async fn as_json(response: Response) -> Response {
    let status = response.status();
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (head, body) = response.into_parts();
    let text = to_bytes(body, 1_024).await.unwrap_or_default();
    let message = match String::from_utf8_lossy(&text) {
        text if text.is_empty() => status.canonical_reason().unwrap_or("Error").to_owned(),
        text => text.into_owned(),
    };
    let mut response = ApiError::new(status, message).into_response();
    // 405 requires `Allow` (RFC 9110, section 15.5.6).
    if let Some(allow) = head.headers.get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RequestId;
    use p0_wire::request::Status;

    #[tokio::test]
    async fn every_error_has_its_status_and_its_words() {
        let unknown = || EngineError::Unknown(RequestId("r1".into()));
        let table = [
            (ApiError::from(EngineError::Refused("no".into())), 400, "no"),
            (ApiError::from(unknown()), 404, "Could not find request r1"),
            (ApiError::of_decision(unknown()), 400, "Could not find request r1"),
            (ApiError::of_command(EngineError::Refused("no".into())), 200, "no"),
            (ApiError::of_command(EngineError::Forbidden("no".into())), 200, "no"),
            (
                ApiError::of_command(StoreError::Full.into_engine()),
                507,
                "the store is full: make room on its disk and try again; nothing was changed",
            ),
            (ApiError::from(StoreError::Busy.into_engine()), 503, "the store is busy: try again; nothing was changed"),
            (
                ApiError::from(StoreError::InUse("/secret/path".into()).into_engine()),
                500,
                "The service has failed: its log says why",
            ),
            (
                ApiError::from(EngineError::Impossible { from: Status::Done, to: Status::New }),
                500,
                "The service has failed: its log says why",
            ),
            (
                ApiError::from(EngineError::LastOwner),
                422,
                "The last owner cannot be removed. Appoint another owner first",
            ),
        ];
        for (error, status, message) in table {
            let response = error.into_response();
            assert_eq!(response.status(), status, "{message}");
            let body = to_bytes(response.into_body(), 4_096).await.expect("a body");
            let body: ErrorBody = serde_json::from_slice(&body).expect("json");
            assert_eq!(body.error, message);
        }
    }

    impl StoreError {
        fn into_engine(self) -> EngineError {
            self.into()
        }
    }
}
