//! `/o/{org}/settings`: durations and default approval options.

use super::{Api, ApiError, Shared, body::Document, caller::Caller};
use crate::{domain::User, engine::EngineError};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use p0_wire::settings::{DefaultApprovals, ExpiryOptions, Length, Settings};

/// The maximum number of expiry options.
const MAX_OPTIONS: usize = 50;

/// `GET /settings`
pub(super) async fn all(State(api): Shared, Caller(_): Caller) -> Json<Settings> {
    Json(api.engine.administration().settings.clone())
}

/// `POST /settings/expiry-options`
pub(super) async fn add_expiry_option(
    State(api): Shared,
    Caller(caller): Caller,
    Document(option): Document<Length>,
) -> Result<StatusCode, ApiError> {
    change(&api, &caller, move |settings| {
        let option = positive(option)?;
        let options = &mut settings.expiry_options;
        if options.iter().any(|other| other.to_string() == option.to_string()) {
            return Ok(());
        }
        if options.len() >= MAX_OPTIONS {
            return Err(EngineError::Refused(format!("There are {MAX_OPTIONS} options already")));
        }
        options.push(option);
        options.sort_by_key(|option| option.seconds());
        Ok(())
    })
    .await
}

/// `DELETE /settings/expiry-options/{label}`
pub(super) async fn remove_expiry_option(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, label)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    change(&api, &caller, move |settings| {
        let before = settings.expiry_options.len();
        settings.expiry_options.retain(|option| option.to_string() != label);
        if settings.expiry_options.len() == before {
            return Err(EngineError::NotFound(format!("no option is labelled {label}")));
        }
        Ok(())
    })
    .await
}

/// `POST /settings/expiry-options/_reset`
pub(super) async fn reset_expiry_options(
    State(api): Shared,
    Caller(caller): Caller,
) -> Result<Json<ExpiryOptions>, ApiError> {
    let reset = |settings: &mut Settings| {
        settings.expiry_options = Settings::EXPIRY_OPTIONS.to_vec();
        Ok(())
    };
    let settings = api.engine.change_settings(&caller, reset).await?;
    Ok(Json(ExpiryOptions { options: settings.expiry_options.into_iter().map(Into::into).collect() }))
}

/// `PUT /settings/default-approvals`
pub(super) async fn default_approvals(
    State(api): Shared,
    Caller(caller): Caller,
    Document(given): Document<DefaultApprovals>,
) -> Result<StatusCode, ApiError> {
    change(&api, &caller, move |settings| {
        // Absent members stay unchanged.
        let defaults = &mut settings.default_approvals;
        defaults.allow_one_party = given.allow_one_party.or(defaults.allow_one_party);
        defaults.require_reason = given.require_reason.or(defaults.require_reason);
        Ok(())
    })
    .await
}

/// `PUT /settings/approvable-duration`
pub(super) async fn approvable_duration(
    State(api): Shared,
    Caller(caller): Caller,
    Document(length): Document<Length>,
) -> Result<StatusCode, ApiError> {
    change(&api, &caller, move |settings| {
        settings.approvable_duration = positive(length)?;
        Ok(())
    })
    .await
}

/// `PUT /settings/max-access-duration`
pub(super) async fn max_access_duration(
    State(api): Shared,
    Caller(caller): Caller,
    Document(length): Document<Length>,
) -> Result<StatusCode, ApiError> {
    change(&api, &caller, move |settings| {
        settings.max_access_duration = positive(length)?;
        Ok(())
    })
    .await
}

/// `PUT /settings/standing-access-duration`
pub(super) async fn standing_access_duration(
    State(api): Shared,
    Caller(caller): Caller,
    Document(length): Document<Length>,
) -> Result<StatusCode, ApiError> {
    change(&api, &caller, move |settings| {
        settings.standing_access_duration = positive(length)?;
        Ok(())
    })
    .await
}

async fn change(
    api: &Api,
    caller: &User,
    change: impl FnOnce(&mut Settings) -> Result<(), EngineError> + Send + 'static,
) -> Result<StatusCode, ApiError> {
    api.engine.change_settings(caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn positive(length: Length) -> Result<Length, EngineError> {
    if length.time == 0 {
        return Err(EngineError::Refused("A duration is longer than nothing".into()));
    }
    Ok(length)
}
