//! Device authorization (RFC 8628): sign-in with a browser on another machine.

use super::browser::{Peer, is_from_another_page};
use super::{
    OidcError, Service,
    attempts::{ClientAddr, Locked},
    client::{self, Scope},
    discovery::path,
    error::OAuthError,
    params::Params,
    secret::{self, SecretHash},
    store::{DeviceRequest, Grant, Session},
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::IntoResponse,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// The polling interval (RFC 8628, section 3.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// The displayed length of a client's name.
const LONGEST_AGENT: usize = 100;

/// `POST /oauth2/v1/device/authorize` (RFC 8628, section 3.1).
pub(super) async fn endpoint(
    State(service): State<Arc<Service>>,
    Peer(client): Peer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<impl IntoResponse, OAuthError> {
    // A web page could use up the device codes of its reader's address.
    if is_from_another_page(&headers) {
        return Err(OAuthError::invalid_request("a web page cannot sign a device in"));
    }
    let params = Params::of_form(&headers, &body)?;
    client::authenticate(&headers, &params)?;
    let scope = Scope::parse(params.get("scope"))
        .ok_or_else(|| OAuthError::new("invalid_scope", "no known scope was asked for"))?;
    service.sweep().await?;
    let now = service.clock.now();
    let (device_code, user_code) = (secret::random(), secret::user_code());
    let device = DeviceRequest {
        scope: scope.to_string(),
        agent: agent(&headers),
        address: client.to_string(),
        interval: INTERVAL,
        expires_at: now.plus(service.lifetimes.device),
    };
    let kept = service
        .store
        .add_device(SecretHash::from_secret(&device_code), SecretHash::from_secret(&user_code), &device, now)
        .await?;
    if !kept {
        return Err(OAuthError::too_many("too many devices are waiting already; try again in a few minutes"));
    }
    let (uri, shown) = (service.issuer.at(path::DEVICE), secret::show_user_code(&user_code));
    let answer = json!({
        "device_code": device_code,
        "user_code": shown,
        "verification_uri": uri,
        "verification_uri_complete": format!("{uri}?user_code={shown}"),
        "expires_in": service.lifetimes.device.as_secs(),
        "interval": INTERVAL.as_secs(),
    });
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(answer)))
}

/// Sanitizes the client's name (user agent), which is shown to the user who decides.
fn agent(headers: &HeaderMap) -> String {
    let name = headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default();
    name.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(LONGEST_AGENT).collect()
}

/// The result of looking up a user code.
pub(crate) enum Lookup {
    /// The device that waits with this code.
    Found(DeviceRequest),
    /// No device waits with this code.
    Unknown,
    /// Too many wrong codes. The next one is allowed after this time.
    Locked(Duration),
}

impl Service {
    /// Looks up the device that waits with a user code. Wrong codes count towards the rate limit.
    pub(crate) async fn find_device(
        &self,
        session: &Session,
        client: ClientAddr,
        user_code: &str,
    ) -> Result<Lookup, OidcError> {
        if let Err(Locked(wait)) = self.gate.begin_code(&session.email, client) {
            return Ok(Lookup::Locked(wait));
        }
        let found = self.store.waiting_device(SecretHash::from_secret(user_code), self.clock.now()).await?;
        Ok(found.map_or(Lookup::Unknown, |device| {
            self.gate.excuse_code(&session.email, client);
            Lookup::Found(device)
        }))
    }

    /// Allows the device to sign in as the session's user, or denies it. Returns false if it no longer waits.
    pub(crate) async fn decide_device(
        &self,
        session: &Session,
        user_code: &str,
        device: &DeviceRequest,
        allow: bool,
    ) -> Result<bool, OidcError> {
        let grant = allow.then(|| Grant {
            id: secret::random_id(),
            email: session.email.clone(),
            scope: device.scope.clone(),
            auth_time: session.auth_time,
        });
        Ok(self.store.decide_device(SecretHash::from_secret(user_code), grant.as_ref(), self.clock.now()).await?)
    }
}
