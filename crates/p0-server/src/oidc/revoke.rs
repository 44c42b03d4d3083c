//! Token revocation (RFC 7009), for sign-out.

use super::{Service, client, error::OAuthError, params::Params, secret::SecretHash, token_message::required};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use std::sync::Arc;

/// `POST /oauth2/v1/revoke`: revokes all tokens of the sign-in of a refresh token or access token. Succeeds for invalid
/// tokens too (section 2.2).
pub(super) async fn endpoint(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, OAuthError> {
    let params = Params::of_form(&headers, &body)?;
    client::authenticate(&headers, &params)?;
    let token = required(&params, "token")?;
    let refresh = service.store.refresh_token(SecretHash::from_secret(token), service.clock.now()).await?;
    let grant = match refresh {
        Some(refresh) => Some(refresh.grant.id),
        None => service.tokens.verify(token).ok().map(|claims| claims.grant),
    };
    if let Some(grant) = grant {
        service.revoke(&grant).await?;
    }
    Ok(StatusCode::OK)
}
