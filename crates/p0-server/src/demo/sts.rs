//! The security token service: `AssumeRoleWithSAML` and `GetCallerIdentity`
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>).

use super::sigv4::Signed;
use crate::{
    clock::{Clock, Timestamp},
    oidc::secret,
    saml::Saml,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use url::form_urlencoded;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const BODY_LIMIT: usize = 256 * 1024;
/// How long a session lasts where the call does not say, and at most: what AWS sets for a role unless told otherwise.
const SESSION: u64 = 3_600;
const SHORTEST_SESSION: u64 = 900;
/// How far a signature's time may be from ours.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// Credentials that were given.
#[derive(Clone)]
struct Session {
    secret: String,
    token: String,
    role_id: String,
    arn: String,
    account: String,
    ends_at: Timestamp,
}

/// The service, with its sessions by access key.
pub(super) struct Sts {
    saml: Arc<Saml>,
    clock: Clock,
    sessions: Mutex<HashMap<String, Session>>,
}

/// An answer that is an error, as AWS has it: status, code and message.
struct Refusal(StatusCode, &'static str, String);

impl Sts {
    pub(super) fn new(saml: Arc<Saml>, clock: Clock) -> Self {
        Self { saml, clock, sessions: Mutex::default() }
    }

    async fn answer(&self, parts: &Parts, body: &[u8]) -> Result<String, Refusal> {
        let given = if body.is_empty() { parts.uri.query().unwrap_or_default().as_bytes() } else { body };
        let params: HashMap<String, String> = form_urlencoded::parse(given).into_owned().collect();
        match params.get("Action").map(String::as_str) {
            Some("AssumeRoleWithSAML") => self.assume(&params).await,
            Some("GetCallerIdentity") => self.caller(parts, body),
            _ => Err(Refusal(
                StatusCode::BAD_REQUEST,
                "InvalidAction",
                "The AWS of `p0 dev` is a demonstration. It has AssumeRoleWithSAML and GetCallerIdentity only.".into(),
            )),
        }
    }

    async fn assume(&self, params: &HashMap<String, String>) -> Result<String, Refusal> {
        let refused = |code, message: &str| Refusal(StatusCode::BAD_REQUEST, code, message.to_owned());
        let param = |name: &str| params.get(name).map(String::as_str).unwrap_or_default();
        let duration: u64 = params.get("DurationSeconds").map_or(Ok(SESSION), |text| text.parse()).unwrap_or_default();
        if !(SHORTEST_SESSION..=SESSION).contains(&duration) {
            return Err(refused("ValidationError", "DurationSeconds must be from 900 to 3600"));
        }
        let response = STANDARD.decode(param("SAMLAssertion")).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let claims = self.saml.claims(&response.unwrap_or_default()).await;
        let claims =
            claims.ok_or_else(|| refused("InvalidIdentityToken", "The assertion is not one of this service"))?;
        let (provider, role) = (param("PrincipalArn"), param("RoleArn"));
        let offered = claims.roles.contains(&format!("{provider},{role}"));
        let named = role.split(':').nth(4).zip(role.rsplit('/').next()).filter(|_| offered);
        let Some((account, name)) = named else {
            let message = "Not authorized to perform sts:AssumeRoleWithSAML: the assertion does not offer this role";
            return Err(Refusal(StatusCode::FORBIDDEN, "AccessDenied", message.into()));
        };
        let now = self.clock.now();
        let id =
            |prefix: &str| format!("{prefix}{}", secret::random_id().to_ascii_uppercase().replace(['-', '_'], "X"));
        let (key, session) = (
            id("ASIA"),
            Session {
                secret: secret::random(),
                token: secret::random(),
                role_id: id("AROA"),
                arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{}", claims.session_name),
                account: account.to_owned(),
                ends_at: now.plus(Duration::from_secs(duration)).min(claims.session_ends_at),
            },
        );
        let result = format!(
            "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}\
             </SessionToken><Expiration>{}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>{}:{name}\
             </AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>",
            session.secret,
            session.token,
            session.ends_at.whole_seconds().rfc3339(),
            session.role_id,
            escape(&session.arn),
        );
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.ends_at > now);
        sessions.insert(key, session);
        Ok(document("AssumeRoleWithSAML", &result))
    }

    fn caller(&self, parts: &Parts, body: &[u8]) -> Result<String, Refusal> {
        let forbidden = |code, message: &str| Refusal(StatusCode::FORBIDDEN, code, message.to_owned());
        let signed = Signed::read(parts);
        let signed = signed.ok_or_else(|| forbidden("MissingAuthenticationToken", "The call is not signed"))?;
        let session = {
            let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            sessions.get(&signed.access_key_id).cloned()
        };
        let session = session.filter(|session| signed.token.as_deref() == Some(&*session.token)).ok_or_else(|| {
            forbidden("InvalidClientTokenId", "The security token is not one of the demonstration of AWS in `p0 dev`")
        })?;
        let now = self.clock.now();
        if session.ends_at <= now {
            return Err(forbidden("ExpiredToken", "The security token has expired"));
        }
        let time = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", &signed.time).and_then(|time| time.to_datetime());
        let time = time.and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC));
        let time = time.map_or(Timestamp(0), |time| Timestamp(time.timestamp().as_millisecond()));
        let valid = signed.expires.map_or(SKEW, |seconds| Duration::from_secs(seconds.into()));
        if time.until(now) > valid.min(SKEW) || now.until(time) > SKEW {
            return Err(forbidden("SignatureDoesNotMatch", "Signature expired: check this machine's clock"));
        }
        if !signed.is_signed_with(&session.secret, parts, body) {
            return Err(forbidden("SignatureDoesNotMatch", "The signature does not match the call"));
        }
        let Session { arn, account, role_id, .. } = session;
        let name = escape(arn.rsplit('/').next().unwrap_or_default());
        Ok(document(
            "GetCallerIdentity",
            &format!("<Arn>{}</Arn><UserId>{role_id}:{name}</UserId><Account>{account}</Account>", escape(&arn)),
        ))
    }
}

/// Every path and method, as AWS has it.
pub(super) fn router(sts: Arc<Sts>) -> Router {
    Router::new().fallback(call).with_state(sts)
}

async fn call(State(sts): State<Arc<Sts>>, request: Request) -> Response {
    let (parts, body): (Parts, Body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let (status, document) = match sts.answer(&parts, &body).await {
        Ok(document) => (StatusCode::OK, document),
        Err(Refusal(status, code, message)) => {
            let error = format!("<Type>Sender</Type><Code>{code}</Code><Message>{}</Message>", escape(&message));
            let id = request_id();
            let document = format!("<ErrorResponse xmlns=\"{NAMESPACE}\"><Error>{error}</Error>{id}</ErrorResponse>");
            (status, document)
        }
    };
    (status, [(header::CONTENT_TYPE, "text/xml"), (header::CACHE_CONTROL, "no-store")], document).into_response()
}

fn document(action: &str, result: &str) -> String {
    let id = request_id();
    format!(
        "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result><ResponseMetadata>{id}\
         </ResponseMetadata></{action}Response>"
    )
}

fn request_id() -> String {
    format!("<RequestId>p0-dev-{}</RequestId>", secret::random_id())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
