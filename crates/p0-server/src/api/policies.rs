//! `/o/{org}/policy` and `/o/{org}/routing`: the access policies.

use super::{Api, ApiError, Shared, body::Document, caller::Caller};
use crate::{
    domain::User,
    engine::{RuleChange, require_any_role},
    store::PolicyVersion,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use p0_wire::policy::{Routing, Rule, Workflow, WorkflowDocument};
use serde_json::Value;

/// The rule in the path. The organisation has been checked.
type Name = Path<(String, String)>;

/// `GET /policy/latest`
pub(super) async fn latest(State(api): Shared, Caller(caller): Caller) -> Result<Json<WorkflowDocument>, ApiError> {
    Ok(Json(document(active(&api, &caller)?)))
}

/// `GET /routing`
pub(super) async fn routing(State(api): Shared, Caller(caller): Caller) -> Result<Json<Routing>, ApiError> {
    Ok(Json(from_version(active(&api, &caller)?)))
}

/// `GET /routing/{id}`
pub(super) async fn version(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, id)): Name,
) -> Result<Json<Routing>, ApiError> {
    Ok(Json(from_version(api.engine.version(&caller, &id).await?)))
}

/// `POST /routing`
pub(super) async fn replace(
    State(api): Shared,
    Caller(caller): Caller,
    Document(body): Document<WorkflowDocument>,
) -> Result<(StatusCode, Json<WorkflowDocument>), ApiError> {
    let change = RuleChange::Replace(body.workflow.rules, body.current_version);
    let version = api.engine.change_rules(&caller, change).await?;
    Ok((StatusCode::CREATED, Json(document(version))))
}

/// `GET /policy/name/{name}`
pub(super) async fn rule(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, name)): Name,
) -> Result<Json<Rule>, ApiError> {
    let rule = active(&api, &caller)?.rules.into_iter().find(|rule| rule.name == name);
    rule.map(Json).ok_or_else(|| ApiError::not_found(format!("no access policy is called {name}")))
}

/// `POST /policy/name/{name}`
pub(super) async fn add(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, name)): Name,
    Document(body): Document<Value>,
) -> Result<StatusCode, ApiError> {
    api.engine.change_rules(&caller, RuleChange::Add(named(&name, body)?)).await?;
    Ok(StatusCode::CREATED)
}

/// `PUT /policy/name/{name}`
pub(super) async fn put(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, name)): Name,
    Document(body): Document<Value>,
) -> Result<StatusCode, ApiError> {
    let rule = named(&name, body)?;
    api.engine.change_rules(&caller, RuleChange::Put(name, rule)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /policy/name/{name}`
pub(super) async fn remove(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, name)): Name,
) -> Result<StatusCode, ApiError> {
    api.engine.change_rules(&caller, RuleChange::Remove(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn active(api: &Api, caller: &User) -> Result<PolicyVersion, ApiError> {
    require_any_role(caller)?;
    Ok(api.engine.administration().version.clone())
}

/// Sets the rule's name from the path.
fn named(name: &str, mut body: Value) -> Result<Rule, ApiError> {
    let wrong = |why: String| ApiError::new(StatusCode::BAD_REQUEST, why);
    if let Some(fields) = body.as_object_mut() {
        fields.entry("name").or_insert_with(|| name.into());
    }
    let rule: Rule =
        serde_json::from_value(body).map_err(|error| wrong(format!("The access policy cannot be read: {error}")))?;
    if rule.name != name {
        return Err(wrong(format!("The access policy is called {}, and its address says {name}", rule.name)));
    }
    Ok(rule)
}

fn document(version: PolicyVersion) -> WorkflowDocument {
    WorkflowDocument { workflow: Workflow { rules: version.rules, version: Some(version.id) }, current_version: None }
}

fn from_version(version: PolicyVersion) -> Routing {
    Routing { id: version.id, created_date: version.created_at.rfc3339(), rules: version.rules }
}
