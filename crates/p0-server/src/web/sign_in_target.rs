//! What happens after a sign-in.

use super::page::{Page, redirect};
use crate::oidc::{AuthorizationRequest, Params, Refusal, Service, path, secret};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// What happens after a sign-in. It is sent along in the form, as a URL of the service, and validated each time.
pub(super) enum SignInTarget {
    /// A client gets an authorization code.
    Authorize(Box<AuthorizationRequest>),
    /// The user decides on a device, possibly with a known user code.
    Device(Option<String>),
}

impl SignInTarget {
    /// Parses the result of [`SignInTarget::address`]. An error is the complete response.
    pub(super) fn read(service: &Service, address: Option<&str>) -> Result<Self, Box<Response>> {
        let (place, query) = address.and_then(|address| address.split_once('?')).unwrap_or_default();
        let params = Params::of_query(Some(query)).map_err(|error| Box::new(Page::from(error).into_response()))?;
        match place {
            path::AUTHORIZE => Self::authorize(service, params),
            path::DEVICE => Ok(Self::device(&params)),
            _ => {
                let page =
                    Page::error(StatusCode::BAD_REQUEST, "This form is incomplete.", "Start again from your terminal.");
                Err(Box::new(page.into_response()))
            }
        }
    }

    /// Parses the parameters of the authorization endpoint.
    pub(super) fn authorize(service: &Service, params: Params) -> Result<Self, Box<Response>> {
        match AuthorizationRequest::read(&service.issuer, params) {
            Ok(request) => Ok(Self::Authorize(Box::new(request))),
            Err(Refusal::Redirect(to)) => Err(Box::new(redirect(to.as_str(), None))),
            Err(Refusal::Page(problem)) => {
                let advice = "Nothing was sent anywhere. Close this page; sign in with `p0 login`.";
                Err(Box::new(Page::error(StatusCode::BAD_REQUEST, problem, advice).into_response()))
            }
        }
    }

    /// Parses the parameters of the device page.
    pub(super) fn device(params: &Params) -> Self {
        Self::Device(params.get("user_code").and_then(secret::read_user_code))
    }

    /// Returns the URL that leads here. With `again`, it prompts for another user.
    pub(super) fn address(&self, again: bool) -> String {
        match self {
            Self::Authorize(request) => format!("{}?{}", path::AUTHORIZE, request.to_query(again)),
            Self::Device(code) => {
                let code = code.as_deref().map(|code| format!("user_code={}", secret::show_user_code(code)));
                let again = again.then(|| "prompt=login".to_owned());
                let query: Vec<_> = code.into_iter().chain(again).collect();
                format!("{}?{}", path::DEVICE, query.join("&"))
            }
        }
    }
}
