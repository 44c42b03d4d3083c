//! The pages of the sign-in. They load nothing, and have no scripts except the line that sends a SAML assertion on
//! to an application.

mod browser_request;
mod device;
mod html;
mod page;
mod saml_post;
mod sign_in;
mod sign_in_target;

#[cfg(test)]
mod tests;

pub(crate) use saml_post::{fail_visit, post_assertion, refuse_visit};

use crate::oidc::{Service, path};
use axum::{Router, routing::get, routing::post};
use std::sync::Arc;

/// Returns a router with the pages.
pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route(path::AUTHORIZE, get(sign_in::authorize).post(sign_in::authorize_by_form))
        .route(path::SIGN_IN, post(sign_in::sign_in))
        .route(path::DEVICE, get(device::show).post(device::decide))
}
