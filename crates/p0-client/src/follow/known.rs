//! What is known of a request so far.

use super::{Followed, Until};
use crate::{Answer, Error, http::host_of};
use p0_wire::request::{Outcome, Request, Status};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

/// What was heard, merged.
pub(super) struct Known {
    host: String,
    document: Map<String, Value>,
    status: Option<Status>,
    request: Option<Request>,
    /// Why the service is not there, while it is not.
    pub(super) lost: Option<Error>,
}

/// A document with a request in it.
#[derive(Deserialize)]
struct Carrier {
    request: Request,
}

impl Known {
    /// What the answer to the command said.
    pub(super) fn from_first(first: Value, url: &Url) -> Result<Self, Error> {
        let mut known = Self { host: host_of(url), document: Map::new(), status: None, request: None, lost: None };
        if let Value::Object(first) = first {
            known.document = first;
            if known.document.contains_key("request") {
                known.understand()?;
            }
        }
        Ok(known)
    }

    /// Merges a document over what is known, field by field.
    pub(super) fn merge(&mut self, data: Value) -> Result<(), Error> {
        if let Value::Object(fields) = data {
            self.document.extend(fields);
        }
        self.understand()
    }

    /// Takes a heartbeat's word for where the request stands.
    pub(super) fn stands(&mut self, status: Status) {
        if let Some(Value::Object(request)) = self.document.get_mut("request") {
            request.insert("status".into(), status.as_str().into());
        }
        if let Some(request) = &mut self.request {
            request.status = status.clone();
        }
        self.status = Some(status);
    }

    fn understand(&mut self) -> Result<(), Error> {
        let document = Value::Object(std::mem::take(&mut self.document));
        let answer = Answer::<Carrier>::from_document(document, &self.host)?;
        if let Value::Object(document) = answer.document {
            self.document = document;
        }
        self.status = Some(answer.value.request.status.clone());
        self.request = Some(answer.value.request);
        Ok(())
    }

    /// Whether what was heard last is what was waited for. A service sends data only for an outcome, so `APPROVED` in
    /// data is one, although the access may not be provisioned yet (protocol, sections 5 and 10).
    pub(super) fn is_enough(&self, until: Until) -> bool {
        until == Until::Known || self.outcome() != Outcome::Undecided
    }

    /// Whether anything says where the request stands.
    pub(super) fn is_heard_of(&self) -> bool {
        self.status.is_some()
    }

    pub(super) fn is_approved(&self) -> bool {
        self.outcome() == Outcome::Approved
    }

    fn outcome(&self) -> Outcome {
        self.status.as_ref().map_or(Outcome::Undecided, Status::outcome)
    }

    fn usable(&self) -> bool {
        matches!(self.status, Some(Status::Done | Status::DoneNotified))
    }

    /// The end of the wait.
    pub(super) fn ended(self, timed_out: bool) -> Followed {
        Followed {
            outcome: self.outcome(),
            usable: self.usable(),
            timed_out,
            status: self.status,
            request: self.request,
            document: Value::Object(self.document),
            lost: self.lost,
        }
    }
}
