//! `GET /o/{org}/command/{id}/poll`: the status stream (protocol, section 5).

use super::{ApiError, Shared, caller::Caller, wait_limits::WaitSlot};
use crate::{
    clock::{Clock, Timestamp},
    domain::RequestId,
    engine::Follower,
};
use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use std::{convert::Infallible, time::Duration};
use tokio::sync::watch;

/// The interval of heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) async fn poll(
    State(api): Shared,
    Caller(caller): Caller,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let slot = api.wait_limits.acquire(&caller.email)?;
    let follower = api.engine.follow(&caller, &RequestId(id)).await?;
    let clock = api.engine.clock().clone();
    let waiting = Waiting {
        follower,
        heartbeat_at: clock.now().plus(HEARTBEAT),
        clock,
        closing: api.closing.clone(),
        _slot: slot,
    };
    let body = Body::from_stream(stream::unfold(Some(waiting), async |waiting| waiting?.next().await));
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

/// An open stream.
struct Waiting {
    follower: Follower,
    heartbeat_at: Timestamp,
    clock: Clock,
    closing: watch::Receiver<bool>,
    /// Freed when the stream ends.
    _slot: WaitSlot,
}

impl Waiting {
    /// Returns the next line and the rest of the stream. Returns `None` if the service stops, so that the client reconnects.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Option<Self>)> {
        let (line, is_last) = tokio::select! {
            _ = self.closing.wait_for(|closing| *closing) => return None,
            progress = self.follower.next() => (progress.line, progress.is_last),
            () = self.clock.sleep_until(self.heartbeat_at) => (self.follower.last()?, false),
        };
        self.heartbeat_at = self.clock.now().plus(HEARTBEAT);
        Some((Ok(line), (!is_last).then_some(self)))
    }
}
