//! What a person sees of signing in: pages without scripts and without anything from elsewhere.

mod device;
mod errand;
mod html;
mod page;
mod sign_in;
mod visit;

#[cfg(test)]
mod tests;

pub(crate) use visit::{FormKey, Peer, is_from_another_page};

use crate::oidc::{Service, path};
use axum::{Router, routing::get, routing::post};
use std::sync::Arc;

/// The pages.
pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route(path::AUTHORIZE, get(sign_in::authorize).post(sign_in::authorize_by_form))
        .route(path::SIGN_IN, post(sign_in::sign_in))
        .route(path::DEVICE, get(device::show).post(device::decide))
}
