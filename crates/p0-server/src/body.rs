//! Bodies of requests, read whole or not at all.

use crate::clock::Clock;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use std::time::Duration;

/// How long a client may take to send a body, so that nobody holds a connection by sending one for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a body was not read.
pub(crate) enum Unread {
    /// It took too long.
    Slow,
    /// It is too large, or broke off.
    Refused(BytesRejection),
}

/// Reads a body, within the limit that the router sets.
pub(crate) async fn read(request: Request, clock: &Clock) -> Result<Bytes, Unread> {
    tokio::select! {
        body = Bytes::from_request(request, &()) => body.map_err(Unread::Refused),
        () = clock.sleep(PATIENCE) => Err(Unread::Slow),
    }
}
