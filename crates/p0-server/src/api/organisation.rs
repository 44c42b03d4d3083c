//! The organisation document, the account check, and information about the host.

use super::{ApiError, Shared, caller::Caller};
use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use p0_wire::org::{Auth, Config, Org};
use serde_json::{Value, json};

/// `GET /`
pub(super) async fn landing(State(api): Shared) -> impl IntoResponse {
    let text = format!(
        "This is the just-in-time access service of {} ({}).\n\nTo use it:\n\n  P0_APP_URL={} p0 login {}\n",
        api.name,
        api.slug,
        api.public_url.as_str().trim_end_matches('/'),
        api.slug
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], text)
}

/// `GET /cli/version`
pub(super) async fn version() -> Json<Value> {
    Json(json!({"version": env!("CARGO_PKG_VERSION")}))
}

/// `GET /orgs/{org}`
pub(super) async fn document(State(api): Shared, Path(org): Path<String>) -> Result<Json<Org>, ApiError> {
    api.is_here(&org)?;
    Ok(Json(Org {
        tenant_id: api.slug.clone(),
        auth: Auth::Sso { provider: Box::new(api.provider.provider()) },
        use_provider_token: true,
        config: Some(Config {
            app_url: Some(api.public_url.as_str().trim_end_matches('/').to_owned()),
            environment: Some("embedded".into()),
            contact_message: Some(format!("Please contact the administrator of {}.", api.name)),
            ..Config::default()
        }),
    }))
}

/// `GET /o/{org}/account`
pub(super) async fn account(Caller(caller): Caller) -> Json<Value> {
    Json(json!({
        "email": caller.email,
        "name": caller.name,
        "groups": caller.groups,
        "roles": caller.roles,
    }))
}
