//! Requests that are there already: decisions (protocol, section 9), and the calls that only the embedded service has
//! (a remote one answers [`Error::NotFound`]).

use super::{Client, json};
use crate::{
    Answer, Error,
    call::{Call, Repeat},
};
use p0_wire::{
    credential::Credential,
    request::{Approve, Deny, Detail, Summaries},
    settings::Length,
};
use reqwest::Method;

/// Which requests to list; none set: all that the caller may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Which {
    /// Those that the caller made or that are for them.
    pub mine: bool,
    /// Those that wait for an approver.
    pub pending: bool,
    /// Those whose access is usable.
    pub active: bool,
}

/// Decisions are never repeated unless they certainly were not carried out; otherwise they end in
/// [`Error::Uncertain`].
impl Client {
    /// Approves a request, for this long or for as long as was asked.
    ///
    /// # Errors
    /// 400 as [`Error::Service`] or [`Error::Status`]: unknown, expired, or decided already. Those of every call.
    pub async fn approve(&self, id: &str, length: Option<Length>) -> Result<(), Error> {
        self.decide(id, "approve", &Approve { expiration_length: length.map(Length::short) }).await
    }

    /// Denies a request. The remote API ignores the reason.
    ///
    /// # Errors
    /// As for [`Client::approve`].
    pub async fn deny(&self, id: &str, reason: Option<&str>) -> Result<(), Error> {
        self.decide(id, "deny", &Deny { reason: reason.map(str::to_owned) }).await
    }

    /// Takes granted access back.
    ///
    /// # Errors
    /// As for [`Client::approve`].
    pub async fn revoke(&self, id: &str) -> Result<(), Error> {
        self.decide(id, "revoke", &serde_json::json!({})).await
    }

    /// Gives one's own access back, or withdraws a request that waits. Embedded service.
    ///
    /// # Errors
    /// As for [`Client::approve`].
    pub async fn relinquish(&self, id: &str) -> Result<(), Error> {
        self.decide(id, "relinquish", &serde_json::json!({})).await
    }

    /// Makes access last longer. Embedded service.
    ///
    /// # Errors
    /// As for [`Client::approve`].
    pub async fn extend(&self, id: &str, length: Option<Length>) -> Result<(), Error> {
        self.decide(id, "extend", &Approve { expiration_length: length.map(Length::short) }).await
    }

    /// Lists requests, newest first. Embedded service.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn requests(&self, which: Which) -> Result<Answer<Summaries>, Error> {
        let mut call = self.call(Method::GET, &["permission-requests"], Repeat::Harmless)?;
        let query: Vec<&str> = [("mine", which.mine), ("pending", which.pending), ("active", which.active)]
            .into_iter()
            .filter_map(|(name, set)| set.then_some(name))
            .collect();
        if !query.is_empty() {
            call.url.set_query(Some(&query.join("&")));
        }
        self.send(call).await?.read()
    }

    /// One request, with its history and who may approve it. Embedded service.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn show(&self, id: &str) -> Result<Answer<Detail>, Error> {
        self.get(&["permission-requests", id]).await
    }

    /// What the caller signs in with where the access is used, if the service hands that out: made anew by each call.
    /// Embedded service.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the service, or the integration, hands out none. 403: it is not the caller's own
    /// access; 400: it is not active; 502: what is accessed could not be reached. Those of every call.
    pub async fn credential(&self, id: &str) -> Result<Answer<Credential>, Error> {
        let path = ["permission-requests", id, "credential"];
        let call = self.call(Method::POST, &path, Repeat::Harmless)?;
        self.send(Call { body: Some(json(&serde_json::json!({}))), ..call }).await?.read()
    }

    async fn decide(&self, id: &str, decision: &str, body: &impl serde::Serialize) -> Result<(), Error> {
        let path = ["permission-requests", id, decision];
        self.change(Method::POST, &path, Some(json(body)), &format!("p0 show {id}")).await
    }
}
