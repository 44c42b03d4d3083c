//! The service's persistent state. [`Store`] is the interface, [`SqliteStore`] the implementation.
//!
//! A change of state, its history and its audit event are one transaction, which succeeds only if the state was not changed
//! concurrently (optimistic locking).

mod administration;
mod requests;
pub mod sign_in;
mod sqlite;
pub mod ssh;

#[cfg(test)]
pub(crate) mod tests;

pub use crate::store_error::StoreError;
pub use sqlite::{Location, SqliteStore};

use crate::{
    clock::Timestamp,
    domain::{Preapproval, Request, RequestId},
};
use async_trait::async_trait;
use p0_wire::{
    audit::Event,
    policy::Rule,
    request::Step,
    role::{Bindings, Role},
    settings::Settings,
};
use std::collections::{BTreeMap, HashSet};

/// The complete store.
#[async_trait]
pub trait Store: RequestStore + AdministrationStore {
    /// Flushes and closes the files. The store cannot be used afterwards.
    async fn close(&self);
}

/// Requests, their history, and pre-approvals.
#[async_trait]
pub trait RequestStore: Send + Sync {
    /// Adds a request, unless its principal has a live one for the same permission, which is then returned. Of concurrent calls
    /// only one adds a request. Fails too if the requestor already has `most` live
    /// requests.
    async fn insert(&self, request: &Request, steps: &[Step], event: &Event, most: u32)
    -> Result<Inserted, StoreError>;

    /// Stores a changed request. Returns `None` and changes nothing if the request was changed since it was read (see
    /// `revision`).
    async fn update(&self, request: Request, step: &Step, event: &Event) -> Result<Option<Request>, StoreError>;

    /// Returns the request with this id.
    async fn request(&self, id: &RequestId) -> Result<Option<Request>, StoreError>;

    /// Returns the live request of a principal for a permission.
    async fn live(&self, principal: &str, access_key: &str) -> Result<Option<Request>, StoreError>;

    /// Returns requests, newest first.
    async fn list(&self, filter: &Filter) -> Result<Vec<Request>, StoreError>;

    /// Returns a request's history, oldest step first.
    async fn history(&self, id: &RequestId) -> Result<Vec<Step>, StoreError>;

    /// Returns the keys of the permissions that a principal holds.
    async fn held(&self, principal: &str) -> Result<HashSet<String>, StoreError>;

    /// Returns when the next request expires.
    async fn next_expiry(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Returns up to `limit` due requests, longest overdue first.
    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<RequestId>, StoreError>;

    /// Returns the principals and permission keys with pending jobs.
    async fn unfinished(&self) -> Result<Vec<(String, String)>, StoreError>;

    /// Returns the next job for a principal's permission: first deprovisioning, oldest first, then
    /// provisioning.
    async fn next_job(&self, principal: &str, access_key: &str) -> Result<Option<Request>, StoreError>;

    /// Adds an audit event that belongs to no change of a request.
    async fn note(&self, event: &Event) -> Result<(), StoreError>;

    /// Adds a pre-approval.
    async fn add_preapproval(&self, preapproval: &Preapproval, event: &Event) -> Result<(), StoreError>;

    /// Returns the longest duration, in seconds, that a valid pre-approval covers.
    async fn preapproved(&self, principal: &str, access_key: &str, now: Timestamp) -> Result<Option<u64>, StoreError>;
}

/// The result of adding a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Inserted {
    /// The request was added.
    Added,
    /// A live request for the same principal and permission exists.
    Existing(Box<Request>),
    /// The requestor has too many live requests.
    TooMany,
}

/// Policies, settings and roles.
#[async_trait]
pub trait AdministrationStore: Send + Sync {
    /// Returns the active version of the policies, or `None` for a new store.
    async fn workflow(&self) -> Result<Option<PolicyVersion>, StoreError>;

    /// Returns a version of the policies, active or past.
    async fn policy_version(&self, id: &str) -> Result<Option<PolicyVersion>, StoreError>;

    /// Activates a version, if the version that it replaces is still active. Returns false otherwise.
    async fn replace_workflow(
        &self,
        replaced: Option<&str>,
        version: &PolicyVersion,
        event: &Event,
    ) -> Result<bool, StoreError>;

    /// Returns the settings, or `None` for a new store.
    async fn settings(&self) -> Result<Option<Settings>, StoreError>;

    /// Replaces the settings, if they are still equal to `from`. Returns false otherwise.
    async fn replace_settings(
        &self,
        replaced: Option<&Settings>,
        settings: &Settings,
        event: &Event,
    ) -> Result<bool, StoreError>;

    /// Adds an audit event.
    async fn add_event(&self, event: &Event) -> Result<(), StoreError>;

    /// The role bindings.
    async fn bindings(&self) -> Result<RoleBindings, StoreError>;

    /// Binds a role.
    async fn bind(&self, role: Role, subject: &Subject, event: &Event) -> Result<(), StoreError>;

    /// Removes a role binding, if `may` accepts the remaining bindings. Returns false otherwise.
    async fn unbind(
        &self,
        role: Role,
        subject: &Subject,
        may: &(dyn for<'a> Fn(&'a RoleBindings) -> bool + Send + Sync),
        event: &Event,
    ) -> Result<bool, StoreError>;
}

/// The role bindings.
pub type RoleBindings = BTreeMap<Role, Bindings>;

/// A filter for listings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The states.
    pub scope: Scope,
    /// Only requests for or by this person.
    pub person: Option<String>,
    /// The maximum number of requests.
    pub limit: u32,
}

/// The states of requests to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// All requests.
    #[default]
    Any,
    /// Pending requests.
    Pending,
    /// Active requests, provisioned or not.
    Active,
}

/// A version of the access policies.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyVersion {
    /// The version id.
    pub id: String,
    /// When the version was created.
    pub created_at: Timestamp,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// The subject of a role binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A person, by email address.
    User(String),
    /// The members of a directory group, by its id.
    Group(String),
}
