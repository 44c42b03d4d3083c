//! `/o/{org}/integrations/ssh`: helper calls for sessions (protocol, section 8).

use super::{Api, ApiError, Shared, body::Document, caller::Caller};
use crate::{
    domain::{Request, RequestId, User},
    engine::EngineError,
    spec::text::{echo, one_line},
    ssh::{HostKeyError, KeyError, Ssh, SshError, Subject, UserKey, is_account},
};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use p0_wire::ssh::{Audit, Certificate, Generated, HostKeys, Machine, Permission, PublicKey};
use serde::Deserialize;
use serde_json::{Value, json};

/// The maximum length of a session id, in characters.
const MAX_SESSION_ID: usize = 128;

/// `GET /orgs/{org}/ssh-authority`: the public keys of the certificate authority. Public.
pub(super) async fn authority(State(api): Shared, Path(org): Path<String>) -> Result<Response, ApiError> {
    api.is_here(&org)?;
    let ssh = api.ssh.as_ref().ok_or_else(|| ApiError::not_found("this organisation has no SSH authority"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], ssh.authority.lines()).into_response())
}

/// `POST /integrations/ssh/public-keys`
pub(super) async fn public_key(
    State(api): Shared,
    Caller(caller): Caller,
    Document(PublicKey { request_id, public_key }): Document<PublicKey>,
) -> Result<Json<Value>, ApiError> {
    let id = RequestId(request_id);
    session(&api.engine.own(&caller, &id).await?)?;
    api.engine.submit_public_key(&caller, &id, &UserKey::parse(&public_key)?).await?;
    Ok(Json(json!({})))
}

/// `POST /integrations/ssh/certificates`
pub(super) async fn certificate(
    State(api): Shared,
    Caller(caller): Caller,
    Document(PublicKey { request_id, public_key }): Document<PublicKey>,
) -> Result<Json<Certificate>, ApiError> {
    let id = RequestId(request_id);
    let request = api.engine.usable(&caller, &id).await?;
    session(&request)?;
    let key = UserKey::parse(&public_key)?;
    let ssh = api.authority()?;
    let subject = subject(&api, &caller, &request, key)?;
    let certified = ssh.authority.certify(&subject)?;
    let data = json!({
        "serial": certified.serial.to_string(),
        "principal": subject.principal,
        "key": subject.key.fingerprint(),
        "validBefore": subject.period.1.whole_seconds().rfc3339(),
    });
    // The audit event is stored before the certificate is returned.
    api.engine.note(&caller, &id, "ssh.certificate", data).await?;
    Ok(Json(Certificate { signed_certificate: certified.certificate }))
}

/// Returns the content of a request's certificate.
fn subject(api: &Api, caller: &User, request: &Request, key: UserKey) -> Result<Subject, ApiError> {
    let now = api.engine.clock().now();
    let account = Generated::from_request(&request.to_wire()).ok().and_then(|generated| generated.linux_user_name);
    let account = account.filter(|account| is_account(account));
    let account = account.ok_or_else(|| refused(format!("Request {} names no account on a machine", request.id)))?;
    let machine = request.generated.get("certificatesFor").and_then(Value::as_str);
    let principal = machine.map_or_else(|| account.clone(), |machine| format!("{account}@{machine}"));
    let end = request.expires_at.ok_or_else(|| refused(format!("The access of request {} has no end", request.id)))?;
    let sudo = request.access.permission.get("sudo").is_some_and(|sudo| *sudo == true);
    Ok(Subject { key, principal, id: format!("{} {}", request.id, caller.email), sudo, period: (now, end) })
}

/// Query parameters of the host keys call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfMachine {
    request_id: String,
    /// Ask the machine again.
    #[serde(default)]
    force: Option<String>,
}

/// `GET /integrations/ssh/host-keys?requestId=…[&force=true]`
pub(super) async fn host_keys(
    State(api): Shared,
    Caller(caller): Caller,
    query: Result<Query<OfMachine>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<HostKeys>, ApiError> {
    let Query(OfMachine { request_id, force }) = query.map_err(|rejection| refused(rejection.body_text()))?;
    let request = api.engine.usable(&caller, &RequestId(request_id)).await?;
    session(&request)?;
    let wire = request.to_wire();
    // Configured keys take precedence over the machine's own.
    let configured = Generated::from_request(&wire).map(|generated| generated.host_keys).unwrap_or_default();
    let machine = match Permission::from_request(&wire).map(|permission| permission.machine) {
        Ok(Machine::SelfHosted { resource }) if configured.is_empty() => resource,
        // The service cannot reach machines of cloud providers.
        _ => return Ok(Json(HostKeys { host_keys: configured })),
    };
    let Some(((host, port), ssh)) = machine.address().zip(api.ssh.as_ref()) else {
        return Ok(Json(HostKeys::default()));
    };
    let refresh = force.is_some_and(|force| force != "false");
    Ok(Json(HostKeys { host_keys: ssh.host_keys.get(host, port, refresh).await? }))
}

/// `POST /integrations/ssh/audit`. Works after the access has ended too, because its session may end later.
pub(super) async fn audit(
    State(api): Shared,
    Caller(caller): Caller,
    Document(Audit { request_id, action, ssh_session_id }): Document<Audit>,
) -> Result<Json<Value>, ApiError> {
    let id = RequestId(request_id);
    session(&api.engine.own(&caller, &id).await?)?;
    let session = one_line(&ssh_session_id).unwrap_or_default();
    let session: String = session.chars().take(MAX_SESSION_ID).collect();
    api.engine.note(&caller, &id, action.as_str(), json!({"sshSessionId": session})).await?;
    Ok(Json(json!({})))
}

/// Checks that the request is for SSH.
fn session(request: &Request) -> Result<(), ApiError> {
    match request.access.integration.as_str() {
        "ssh" => Ok(()),
        other => Err(refused(format!("Request {} is for {}, not for ssh", request.id, echo(other)))),
    }
}

fn refused(why: impl Into<String>) -> ApiError {
    EngineError::Refused(why.into()).into()
}

impl Api {
    fn authority(&self) -> Result<&Ssh, ApiError> {
        let none = "This organisation signs no SSH certificates: its service has no provisioner of the kind ssh";
        self.ssh.as_deref().ok_or_else(|| refused(none))
    }
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        refused(error.to_string())
    }
}

impl From<SshError> for ApiError {
    fn from(error: SshError) -> Self {
        match error {
            SshError::Store(error) => EngineError::from(error).into(),
            SshError::Key(error) => Self::failed(&error),
        }
    }
}

impl From<HostKeyError> for ApiError {
    fn from(error: HostKeyError) -> Self {
        match error {
            HostKeyError::Store(error) => EngineError::from(error).into(),
            // Not 502, which clients would retry without use.
            error @ HostKeyError::Silent { .. } => Self::new(StatusCode::FAILED_DEPENDENCY, error.to_string()),
        }
    }
}
