//! `/o/{org}/permission-requests`: reading requests and deciding on them.

use super::{Api, ApiError, Shared, body::Optional, caller::Caller};
use crate::{
    domain::{Request, RequestId, User},
    engine::Decision,
    spec::text::one_line,
    store::Scope,
};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderName, StatusCode, header},
};
use p0_wire::{
    credential::Credential,
    request::{Approve, Deny, Detail, Summaries},
    settings::Length,
};
use url::form_urlencoded;

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1_000;

/// The request in the path. The organisation has been checked.
type Id = Path<(String, String)>;

/// `GET /permission-requests?mine|pending|active&limit=…`
pub(super) async fn list(
    State(api): Shared,
    Caller(caller): Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Summaries>, ApiError> {
    let (mut scope, mut mine, mut limit) = (Scope::Any, false, DEFAULT_LIMIT);
    for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let is_set = value != "false";
        match &*key {
            "mine" => mine = is_set,
            "pending" if is_set => scope = Scope::Pending,
            "active" if is_set => scope = Scope::Active,
            "limit" => {
                let wrong = |_| ApiError::new(StatusCode::BAD_REQUEST, format!("limit is not a number: {value}"));
                limit = value.parse::<u32>().map_err(wrong)?.min(MAX_LIMIT);
            }
            // Unknown parameters are ignored, like unknown fields.
            _ => {}
        }
    }
    let requests = api.engine.list(&caller, scope, mine, limit).await?;
    Ok(Json(Summaries { requests: requests.iter().map(Request::to_summary).collect() }))
}

/// `GET /permission-requests/{id}`
pub(super) async fn show(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, id)): Id,
) -> Result<Json<Detail>, ApiError> {
    Ok(Json(api.engine.show(&caller, &RequestId(id)).await?))
}

/// `POST /permission-requests/{id}/approve`
pub(super) async fn approve(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, id)): Id,
    Optional(body): Optional<Approve>,
) -> Result<(), ApiError> {
    decide(&api, &caller, id, Decision::Approve(length(&body)?)).await
}

/// `POST /permission-requests/{id}/deny`
pub(super) async fn deny(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, id)): Id,
    Optional(body): Optional<Deny>,
) -> Result<(), ApiError> {
    // Sanitized like a reason in a command, because it is shown at the requestor's terminal.
    let reason = body.reason.as_deref().and_then(one_line);
    decide(&api, &caller, id, Decision::Deny(reason)).await
}

/// `POST /permission-requests/{id}/revoke`
pub(super) async fn revoke(State(api): Shared, Caller(caller): Caller, Path((_, id)): Id) -> Result<(), ApiError> {
    decide(&api, &caller, id, Decision::Revoke).await
}

/// `POST /permission-requests/{id}/relinquish`
pub(super) async fn relinquish(State(api): Shared, Caller(caller): Caller, Path((_, id)): Id) -> Result<(), ApiError> {
    decide(&api, &caller, id, Decision::Relinquish).await
}

/// `POST /permission-requests/{id}/extend`
pub(super) async fn extend(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, id)): Id,
    Optional(body): Optional<Approve>,
) -> Result<(), ApiError> {
    decide(&api, &caller, id, Decision::Extend(length(&body)?)).await
}

/// `POST /permission-requests/{id}/credential`
pub(super) async fn credential(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, id)): Id,
) -> Result<([(HeaderName, &'static str); 1], Json<Credential>), ApiError> {
    let credential = api.engine.credential(&caller, &RequestId(id)).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(credential)))
}

async fn decide(api: &Api, caller: &User, id: String, decision: Decision) -> Result<(), ApiError> {
    let decided = api.engine.decide(caller, &RequestId(id), decision).await;
    decided.map(drop).map_err(ApiError::of_decision)
}

fn length(body: &Approve) -> Result<Option<Length>, ApiError> {
    let Some(text) = &body.expiration_length else { return Ok(None) };
    let wrong = || ApiError::new(StatusCode::BAD_REQUEST, "Invalid duration format: use for example 30m or 2h");
    Length::parse(text).map(Some).ok_or_else(wrong)
}
