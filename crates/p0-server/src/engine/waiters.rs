//! Those who wait for a request are told of every step as it is made, without asking the store again.

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

/// How far a request has come, as a line of its status stream. One copy serves all who wait.
#[derive(Debug, Clone)]
pub struct Progress {
    revision: u64,
    /// The line, with its end.
    pub line: Bytes,
    /// Nothing follows.
    pub is_last: bool,
}

impl Progress {
    /// What the stream says of this request. Until its outcome is there this is a heartbeat; `APPROVED` is not yet an
    /// outcome, because the access is not usable.
    pub(super) fn of(request: &Request, approvers: Vec<String>) -> Self {
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

/// Who waits for what.
#[derive(Default)]
pub(super) struct Waiters(Mutex<HashMap<RequestId, watch::Sender<Progress>>>);

impl Waiters {
    pub(super) fn are_there(&self, id: &RequestId) -> bool {
        lock(&self.0).contains_key(id)
    }

    /// Waits for a request; `progress` says how far it has come, if nobody follows it yet.
    pub(super) fn follow(self: &Arc<Self>, id: &RequestId, progress: impl FnOnce() -> Progress) -> Follower {
        let mut senders = lock(&self.0);
        let sender = senders.entry(id.clone()).or_insert_with(|| watch::Sender::new(progress()));
        let receiver = sender.subscribe();
        Follower { receiver: Some(receiver), id: id.clone(), waiters: Arc::clone(self), is_new: true }
    }

    /// Tells those who wait. What is older than what they know is left out.
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

/// One who waits.
pub struct Follower {
    receiver: Option<watch::Receiver<Progress>>,
    id: RequestId,
    waiters: Arc<Waiters>,
    is_new: bool,
}

impl Follower {
    /// How far the request has come: the first time at once, then whenever it comes further. After the last, never.
    pub async fn next(&mut self) -> Progress {
        let Some(receiver) = &mut self.receiver else { return std::future::pending().await };
        if !std::mem::take(&mut self.is_new) && receiver.changed().await.is_err() {
            // The sender stays for as long as anybody follows.
            return std::future::pending().await;
        }
        receiver.borrow_and_update().clone()
    }

    /// How far the request had come when this was last asked: what a heartbeat repeats.
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
