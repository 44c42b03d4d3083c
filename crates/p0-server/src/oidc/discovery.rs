//! Discovery documents, the key set, and the userinfo endpoint.

use super::{Service, client::Scope, token};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The paths of the endpoints: the same as Okta's, so that clients of Okta work.
pub(crate) mod path {
    pub(crate) const CONFIGURATION: &str = "/.well-known/openid-configuration";
    pub(crate) const OAUTH_CONFIGURATION: &str = "/.well-known/oauth-authorization-server";
    pub(crate) const AUTHORIZE: &str = "/oauth2/v1/authorize";
    pub(crate) const SIGN_IN: &str = "/oauth2/v1/sign-in";
    pub(crate) const TOKEN: &str = "/oauth2/v1/token";
    pub(crate) const KEYS: &str = "/oauth2/v1/keys";
    pub(crate) const USERINFO: &str = "/oauth2/v1/userinfo";
    pub(crate) const REVOKE: &str = "/oauth2/v1/revoke";
    pub(crate) const DEVICE_AUTHORIZE: &str = "/oauth2/v1/device/authorize";
    pub(crate) const DEVICE: &str = "/device";
}

/// The provider's metadata (OpenID Connect Discovery, section 3; RFC 8414, section 2; RFC 8628, section 4; RFC 9207).
pub(super) async fn configuration(State(service): State<Arc<Service>>) -> Json<Value> {
    let at = |path| service.issuer.at(path);
    Json(json!({
        "issuer": service.issuer.as_str(),
        "authorization_endpoint": at(path::AUTHORIZE),
        "token_endpoint": at(path::TOKEN),
        "jwks_uri": at(path::KEYS),
        "userinfo_endpoint": at(path::USERINFO),
        "revocation_endpoint": at(path::REVOKE),
        "device_authorization_endpoint": at(path::DEVICE_AUTHORIZE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": token::GRANT_TYPES,
        "scopes_supported": Scope::all(),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "email", "email_verified", "name"],
        "prompt_values_supported": ["none", "login", "select_account", "consent"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    }))
}

/// The key set (RFC 7517).
pub(super) async fn keys(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(service.tokens.key_set())
}

/// The userinfo endpoint (OpenID Connect Core, section 5.3).
pub(super) async fn userinfo(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let refuse = |challenge, description: String| {
        let body = json!({"error": "invalid_token", "error_description": description});
        let headers = [(header::WWW_AUTHENTICATE, challenge), (header::CACHE_CONTROL, "no-store")];
        (StatusCode::UNAUTHORIZED, headers, Json(body)).into_response()
    };
    let Some(bearer) = bearer else { return refuse("Bearer", "an access token is needed".to_owned()) };
    match service.verify(bearer) {
        Ok(identity) => {
            let mut claims = service.profile(&identity.email, &identity.scope);
            claims.insert("sub".to_owned(), identity.email.into());
            let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (no_store, Json(claims)).into_response()
        }
        Err(error) => refuse("Bearer error=\"invalid_token\"", error.to_string()),
    }
}

impl Service {
    /// Returns the user's claims that the scope allows (OpenID Connect Core, section 5.4).
    pub(super) fn profile(&self, email: &str, scope: &str) -> Map<String, Value> {
        let mut claims = Map::new();
        let Some(scope) = Scope::parse(Some(scope)) else { return claims };
        if scope.has("email") {
            claims.insert("email".to_owned(), email.into());
            claims.insert("email_verified".to_owned(), true.into());
        }
        if scope.has("profile")
            && let Some(name) = self.directory.get(email).and_then(|user| user.name.as_deref())
        {
            claims.insert("name".to_owned(), name.into());
        }
        claims
    }
}
