//! Reads request bodies.

use crate::clock::Clock;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use std::time::Duration;

/// The time limit for sending a body, so that slow clients cannot hold connections.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a body cannot be read.
pub(crate) enum Unread {
    /// The time limit is exceeded.
    Slow,
    /// The body is too large or incomplete.
    Refused(BytesRejection),
}

/// Reads a body, within the router's size limit.
pub(crate) async fn read(request: Request, clock: &Clock) -> Result<Bytes, Unread> {
    tokio::select! {
        body = Bytes::from_request(request, &()) => body.map_err(Unread::Refused),
        () = clock.sleep(PATIENCE) => Err(Unread::Slow),
    }
}
