//! `/o/{org}/integrations/{name}`: configuration that clients need to use access.

use super::{ApiError, Shared, caller::Caller};
use axum::{
    Json,
    extract::{Path, State},
};
use p0_wire::integration::Configuration;

/// `GET /integrations/{name}/config`
pub(super) async fn configuration(
    State(api): Shared,
    Caller(_): Caller,
    Path((_, name)): Path<(String, String)>,
) -> Result<Json<Configuration>, ApiError> {
    let entry = api.catalog.entry_named(&name);
    let entry = entry.ok_or_else(|| ApiError::not_found(format!("the integration '{name}' is not set up")))?;
    Ok(Json(entry.configuration.clone()))
}
