//! `POST /o/{org}/command/`: runs a command line.

use super::{Api, ApiError, Shared, body::Document, caller::Caller};
use crate::{
    domain::User,
    engine::{Allowance, Submission, require_owner},
    grammar::{self, Parsed, ParsedRequest, Query},
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use p0_wire::{
    Extra,
    command::{Command, CommandMessage, Listing, Submitted},
    request::Status,
};

pub(super) async fn command(
    State(api): Shared,
    Caller(caller): Caller,
    Document(command): Document<Command>,
) -> Result<Response, ApiError> {
    let parsed = grammar::parse(&command.argv, &command.script_name, &api.catalog, api.engine.clock().now())
        .map_err(|usage| ApiError::new(StatusCode::OK, usage.0))?;
    match parsed {
        Parsed::Request(ask) => submit(&api, &caller, None, ask).await.map(IntoResponse::into_response),
        Parsed::Grant { to, ask } => submit(&api, &caller, Some(to), ask).await.map(IntoResponse::into_response),
        Parsed::Allow { to, length, start, ask } => {
            let allowance = Allowance {
                to,
                access: ask.access,
                reason: ask.reason,
                valid: length,
                longest: ask.requested_duration,
                start,
            };
            let allowed = api.engine.allow(&caller, allowance).await.map_err(ApiError::of_command)?;
            let (who, what, until) =
                (allowed.principal, allowed.access.title, allowed.valid_until.whole_seconds().rfc3339());
            let message = format!("{who} may use {what} without further approval until {until}");
            Ok(Json(CommandMessage { ok: true, message, extra: Extra::new() }).into_response())
        }
        Parsed::Ls(query) => list(&api, &caller, &query).await.map(IntoResponse::into_response),
    }
}

async fn submit(api: &Api, caller: &User, to: Option<String>, ask: ParsedRequest) -> Result<Json<Submitted>, ApiError> {
    let submission = Submission {
        to,
        access: ask.access,
        reason: ask.reason,
        length: ask.requested_duration,
        approved_only: ask.approved_only,
    };
    let submitted = api.engine.submit(caller, submission).await.map_err(ApiError::of_command)?;
    let request = submitted.request;
    Ok(Json(Submitted {
        ok: true,
        message: message(&request.status, submitted.preexisting).into(),
        request: request.to_wire(),
        is_preexisting: submitted.preexisting,
        is_persistent: request.is_persistent(),
        is_preapproved: request.is_preapproved(),
        id: request.id.0,
        extra: Extra::new(),
    }))
}

const fn message(status: &Status, preexisting: bool) -> &'static str {
    match (status, preexisting) {
        (Status::Done, _) => "Existing access found",
        (_, true) => "This access has already been requested",
        (Status::Denied, false) => "Your request was denied",
        (Status::Approved, false) => "Your request was approved",
        (_, false) => "Your request was submitted, and waits for approval",
    }
}

async fn list(api: &Api, caller: &User, query: &Query) -> Result<Json<Listing>, ApiError> {
    let mut principal = caller.clone();
    if query.all || query.principal.is_some() {
        require_owner(caller).map_err(ApiError::of_command)?;
    }
    if let Some(email) = &query.principal {
        let absent = || ApiError::new(StatusCode::OK, format!("Invalid principal: {email}"));
        principal = api.engine.person(email).ok_or_else(absent)?;
    }
    let held = api.engine.held(&principal).await.map_err(ApiError::of_command)?;
    let administration = api.engine.administration();
    let defaults = &administration.settings.default_approvals;
    let allowed = |access: &_| query.all || administration.policy.may_request(&principal, access, defaults);
    Ok(Json(grammar::list(query, &api.catalog, &allowed, &held)))
}
