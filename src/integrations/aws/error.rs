//! What AWS's services refuse, and how they fail.

use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::SdkError},
    http::StatusCode,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use p0_client::Error as HttpError;
use std::error::Error as StdError;

/// What AWS says is shown up to so many characters.
const LONGEST_SAYING: usize = 300;

/// Why a call to AWS brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was presented is too old: an assertion, or a token.
    #[error("what was presented to AWS has expired: {message}")]
    Expired { message: String },
    /// It is known who asks, and they may not.
    #[error("AWS denies access: {message}")]
    Denied { message: String },
    /// Too many calls, also after pauses.
    #[error("AWS has been called too often: {message}")]
    Throttled { message: String },
    /// Anything else that AWS refuses.
    #[error("AWS refuses: {message} ({code})")]
    Refused {
        /// AWS's word for it.
        code: String,
        message: String,
    },
    /// AWS has a problem of its own.
    #[error("AWS has a problem of its own (HTTP status {status})")]
    Trouble { status: u16 },
    /// AWS could not be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An answer that is none.
    #[error("AWS's answer is not understood: {0}")]
    Invalid(&'static str),
    /// The call cannot be made, for example for want of an endpoint.
    #[error("AWS cannot be called: {0}")]
    Setup(String),
}

impl Error {
    /// Whether AWS refused with one of these words.
    pub fn is(&self, codes: &[&str]) -> bool {
        matches!(self, Self::Refused { code, .. } if codes.contains(&code.as_str()))
    }
}

impl<E: StdError + Send + Sync + ProvideErrorMetadata + 'static> From<SdkError<E, HttpResponse>> for Error {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::ServiceError(refused) => {
                let (code, message) = (refused.err().code().unwrap_or_default(), refused.err().message());
                of_code(code, message.unwrap_or("it does not say why"), refused.raw().status())
            }
            SdkError::ResponseError(answer) => of_status(answer.raw().status()),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(error) => http_error(error).map_or_else(|| Self::Setup(innermost(error)), Self::Http),
                None => Self::Setup("the call could not be made".into()),
            },
            SdkError::TimeoutError(_) => Self::Invalid("it came too late"),
            other => Self::Setup(other.into_source().map_or_else(|_| "unknown".into(), |e| innermost(e.as_ref()))),
        }
    }
}

fn of_code(code: &str, message: &str, status: StatusCode) -> Error {
    let message = message.chars().take(LONGEST_SAYING).collect();
    match code {
        "ExpiredToken" | "ExpiredTokenException" => Error::Expired { message },
        "AccessDenied" | "AccessDeniedException" => Error::Denied { message },
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled" => Error::Throttled { message },
        "" => of_status(status),
        code => Error::Refused { code: code.chars().take(LONGEST_SAYING).collect(), message },
    }
}

fn of_status(status: StatusCode) -> Error {
    match status.as_u16() {
        429 => Error::Throttled { message: "it asks for a pause".into() },
        status @ 500.. => Error::Trouble { status },
        _ => Error::Invalid("it is not what AWS answers"),
    }
}

/// The HTTP stack's own error, which went through the SDK.
fn http_error(error: &(dyn StdError + 'static)) -> Option<HttpError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(carried) = error.downcast_ref::<super::http::Carried>() {
            return carried.take();
        }
        cause = error.source();
    }
    None
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
