//! The JIT API over HTTP (protocol, sections 1, 2, 4, 5 and 7 to 9; "Beyond the remote API" of the service).
//!
//! Handlers parse the request, call the engine and format the result. They contain no logic of their own.

mod body;
mod caller;
mod command;
mod error;
mod integrations;
mod organisation;
mod policies;
mod poll;
mod requests;
mod roles;
mod settings;
mod ssh;
mod wait_limits;

use crate::{catalog::Catalog, engine::Engine, oidc::OpenIdProvider, ssh::Ssh};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{delete, get, post, put},
};
use error::ApiError;
use std::sync::Arc;
use tokio::sync::watch;
use url::Url;
pub(crate) use wait_limits::WaitLimits;

/// The state that handlers share.
pub(crate) struct Api {
    /// The organisation's slug.
    pub(crate) slug: String,
    /// The organisation's display name.
    pub(crate) name: String,
    /// The base URL of all calls, for the organisation document.
    pub(crate) public_url: Url,
    /// The engine.
    pub(crate) engine: Engine,
    /// The catalog.
    pub(crate) catalog: Arc<Catalog>,
    /// The OpenID provider.
    pub(crate) provider: OpenIdProvider,
    /// The SSH authority, if `ssh` is provisioned with certificates.
    pub(crate) ssh: Option<Arc<Ssh>>,
    /// The limits of waiting clients.
    pub(crate) wait_limits: Arc<WaitLimits>,
    /// Becomes true when the service stops, which ends the status streams.
    pub(crate) closing: watch::Receiver<bool>,
    /// The maximum size of a body, in bytes.
    pub(crate) body_limit: usize,
}

type Shared = axum::extract::State<Arc<Api>>;

/// Returns a router with all calls.
pub(crate) fn router(api: Api) -> Router {
    let limit = DefaultBodyLimit::max(api.body_limit);
    Router::new()
        .route("/", get(organisation::landing))
        .route("/cli/version", get(organisation::version))
        .route("/orgs/{org}", get(organisation::document))
        .route("/orgs/{org}/ssh-authority", get(ssh::authority))
        .nest("/o/{org}", authenticated())
        .fallback(async || ApiError::not_found("no such call"))
        .layer(limit)
        .layer(middleware::map_response(error::as_json))
        .with_state(Arc::new(api))
}

fn authenticated() -> Router<Arc<Api>> {
    let rule = || get(policies::rule).post(policies::add).put(policies::put).delete(policies::remove);
    Router::new()
        .route("/account", get(organisation::account))
        .route("/command", post(command::command))
        .route("/command/", post(command::command))
        .route("/command/ls", post(command::command))
        .route("/command/{id}/poll", get(poll::poll))
        .route("/integrations/{name}/config", get(integrations::configuration))
        .route("/integrations/ssh/audit", post(ssh::audit))
        .route("/integrations/ssh/certificates", post(ssh::certificate))
        .route("/integrations/ssh/host-keys", get(ssh::host_keys))
        .route("/integrations/ssh/public-keys", post(ssh::public_key))
        .route("/permission-requests", get(requests::list))
        .route("/permission-requests/{id}", get(requests::show))
        .route("/permission-requests/{id}/approve", post(requests::approve))
        .route("/permission-requests/{id}/deny", post(requests::deny))
        .route("/permission-requests/{id}/revoke", post(requests::revoke))
        .route("/permission-requests/{id}/relinquish", post(requests::relinquish))
        .route("/permission-requests/{id}/credential", post(requests::credential))
        .route("/permission-requests/{id}/extend", post(requests::extend))
        .route("/policy/latest", get(policies::latest))
        .route("/routing", get(policies::routing).post(policies::replace))
        .route("/routing/{id}", get(policies::version))
        .route("/policy/name/{name}", rule())
        .route("/routing/name/{name}", rule())
        .route("/settings", get(settings::all))
        .route("/settings/expiry-options", post(settings::add_expiry_option))
        .route("/settings/expiry-options/_reset", post(settings::reset_expiry_options))
        .route("/settings/expiry-options/{label}", delete(settings::remove_expiry_option))
        .route("/settings/default-approvals", put(settings::default_approvals))
        .route("/settings/approvable-duration", put(settings::approvable_duration))
        .route("/settings/max-access-duration", put(settings::max_access_duration))
        .route("/settings/standing-access-duration", put(settings::standing_access_duration))
        .route("/settings/roles/{role}/bindings", get(roles::bindings))
        .route("/settings/roles/{role}/bindings/users/{email}", put(roles::bind_user).delete(roles::unbind_user))
        .route("/settings/roles/{role}/bindings/groups/{group}", put(roles::bind_group).delete(roles::unbind_group))
}
