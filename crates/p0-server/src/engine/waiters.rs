//! Waiting clients. They are notified of each change of a request without querying the store.

use super::lock;
use crate::domain::{Request, RequestId};
use bytes::Bytes;
use p0_wire::{request::Status, stream::Segment};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;

/// A line of a request's status stream. All waiting clients share one copy.
#[derive(Debug, Clone)]
pub struct Progress {
    revision: u64,
    /// The line, with its line break.
    pub line: Bytes,
    /// Whether this is the last line.
    pub is_last: bool,
}

impl Progress {
    /// Makes the line for the request's current state: a heartbeat until the outcome. `APPROVED` is not an outcome, because
    /// the access is not usable yet.
    pub(super) fn from_request(request: &Request, approvers: Vec<String>) -> Self {
        let is_last = !matches!(request.status, Status::New | Status::PendingApproval | Status::Approved);
        let segment = if is_last {
            Segment::Data {
                data: json!({
                    "id": request.id.0,
                    "request": request.to_wire(),
                    "isPersistent": request.is_persistent(),
                    "isPreapproved": request.is_preapproved(),
                }),
            }
        } else {
            Segment::Heartbeat { status: Some(request.status.clone()), approvers }
        };
        let mut line = serde_json::to_vec(&segment).expect("a segment has only string keys");
        line.push(b'\n');
        Self { revision: request.revision, line: line.into(), is_last }
    }
}

/// The waiting clients of each request.
#[derive(Default)]
pub(super) struct Waiters(Mutex<HashMap<RequestId, watch::Sender<Progress>>>);

impl Waiters {
    pub(super) fn has_followers(&self, id: &RequestId) -> bool {
        lock(&self.0).contains_key(id)
    }

    /// Follows a request. `progress` makes its current line, if it is the first follower.
    pub(super) fn follow(self: &Arc<Self>, id: &RequestId, progress: impl FnOnce() -> Progress) -> Follower {
        let mut senders = lock(&self.0);
        let sender = senders.entry(id.clone()).or_insert_with(|| watch::Sender::new(progress()));
        let receiver = sender.subscribe();
        Follower { receiver: Some(receiver), id: id.clone(), waiters: Arc::clone(self), is_new: true }
    }

    /// Sends a line to the followers, unless it is older than the last one sent.
    pub(super) fn tell(&self, id: &RequestId, progress: Progress) {
        if let Some(sender) = lock(&self.0).get(id) {
            sender.send_if_modified(|known| {
                let newer = progress.revision > known.revision;
                if newer {
                    *known = progress;
                }
                newer
            });
        }
    }

    fn leave(&self, id: &RequestId) {
        let mut senders = lock(&self.0);
        if senders.get(id).is_some_and(|sender| sender.receiver_count() == 0) {
            senders.remove(id);
        }
    }
}

/// A waiting client.
pub struct Follower {
    receiver: Option<watch::Receiver<Progress>>,
    id: RequestId,
    waiters: Arc<Waiters>,
    is_new: bool,
}

impl Follower {
    /// Returns the current line the first time, and then the next one. Never returns after the last line.
    pub async fn next(&mut self) -> Progress {
        let Some(receiver) = &mut self.receiver else { return std::future::pending().await };
        if !std::mem::take(&mut self.is_new) && receiver.changed().await.is_err() {
            // Cannot happen: the sender lives as long as there is a follower.
            return std::future::pending().await;
        }
        receiver.borrow_and_update().clone()
    }

    /// Returns the line that was last received, which heartbeats repeat.
    pub fn last(&self) -> Option<Bytes> {
        self.receiver.as_ref().map(|receiver| receiver.borrow().line.clone())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.receiver = None;
        self.waiters.leave(&self.id);
    }
}
