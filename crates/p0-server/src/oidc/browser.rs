//! What endpoints and pages need to know of the browser or program that calls: its address, whether a page of another
//! origin made it call, and the key to which forms are bound.

use super::{ClientAddr, secret};
use aws_lc_rs::hmac;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{convert::Infallible, net::SocketAddr};

/// The address at the other end of the connection. Proxy headers are ignored.
pub(crate) struct Peer(pub(crate) ClientAddr);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        Ok(Self(ClientAddr::from_ip(address)))
    }
}

/// Makes and verifies CSRF tokens. The key is new in each process, so forms from before a restart must be reloaded.
pub(crate) struct FormKey(hmac::Key);

impl FormKey {
    /// Makes a new key.
    pub(crate) fn random() -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret::random().as_bytes()))
    }

    pub(crate) fn token(&self, cookie: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, cookie.as_bytes()))
    }

    /// Verifies a token in constant time.
    pub(crate) fn is_token(&self, cookie: &str, token: &str) -> bool {
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|token| hmac::verify(&self.0, cookie.as_bytes(), &token).is_ok())
    }
}

/// Whether a browser says that the request is from a page of another origin (including other ports). Clients that are not
/// browsers do not send the header.
pub(crate) fn is_from_another_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}
