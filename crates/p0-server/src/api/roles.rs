//! `/o/{org}/settings/roles`: role bindings.

use super::{Api, ApiError, Shared, caller::Caller};
use crate::{domain::User, engine::require_any_role, store::Subject};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use p0_wire::role::{Bindings, Role};

/// The role and subject in the path. The organisation has been checked.
type Binding = Path<(String, String, String)>;

/// `GET /settings/roles/{role}/bindings`
pub(super) async fn bindings(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, name)): Path<(String, String)>,
) -> Result<Json<Bindings>, ApiError> {
    require_any_role(&caller)?;
    let role = role(&name)?;
    Ok(Json(api.engine.administration().bindings.get(&role).cloned().unwrap_or_default()))
}

/// `PUT /settings/roles/{role}/bindings/users/{email}`
pub(super) async fn bind_user(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, role, email)): Binding,
) -> Result<StatusCode, ApiError> {
    bind(&api, &caller, &role, Subject::User(email)).await
}

/// `DELETE /settings/roles/{role}/bindings/users/{email}`
pub(super) async fn unbind_user(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, role, email)): Binding,
) -> Result<StatusCode, ApiError> {
    unbind(&api, &caller, &role, Subject::User(email)).await
}

/// `PUT /settings/roles/{role}/bindings/groups/{group}`
pub(super) async fn bind_group(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, role, group)): Binding,
) -> Result<StatusCode, ApiError> {
    bind(&api, &caller, &role, Subject::Group(group)).await
}

/// `DELETE /settings/roles/{role}/bindings/groups/{group}`
pub(super) async fn unbind_group(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, role, group)): Binding,
) -> Result<StatusCode, ApiError> {
    unbind(&api, &caller, &role, Subject::Group(group)).await
}

async fn bind(api: &Api, caller: &User, name: &str, subject: Subject) -> Result<StatusCode, ApiError> {
    api.engine.bind(caller, role(name)?, subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unbind(api: &Api, caller: &User, name: &str, subject: Subject) -> Result<StatusCode, ApiError> {
    api.engine.unbind(caller, role(name)?, subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn role(name: &str) -> Result<Role, ApiError> {
    Role::parse(name).ok_or_else(|| ApiError::not_found(format!("no role is called {name}")))
}
