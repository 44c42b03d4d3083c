//! What the service remembers. [`Store`] is the interface, [`SqliteStore`] its implementation on SQLite.
//!
//! Every change of state is one transaction with its history and its audit event, and takes hold only if the state
//! is still the one that the change was decided on.

mod administration;
mod error;
mod requests;
pub mod sign_in;
mod sqlite;
pub mod ssh;

#[cfg(test)]
pub(crate) mod tests;

pub use error::StoreError;
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

/// All that the service remembers.
#[async_trait]
pub trait Store: RequestStore + AdministrationStore {
    /// Writes out what is left and lets go of the files. The store cannot be used after.
    async fn close(&self);
}

/// Requests, their history, and approvals in advance.
#[async_trait]
pub trait RequestStore: Send + Sync {
    /// Adds a request, unless its principal has a live one for the same permission: then nothing changes, and that
    /// one is the answer. Of any number of calls at once, one adds. A live request is not added either if its
    /// requestor has made `most` live ones already.
    async fn insert(&self, request: &Request, steps: &[Step], event: &Event, most: u32)
    -> Result<Inserted, StoreError>;

    /// Stores a changed request, unless it has been changed since it was read (its `revision`): then nothing changes,
    /// and the answer is `None`.
    async fn update(&self, request: Request, step: &Step, event: &Event) -> Result<Option<Request>, StoreError>;

    /// The request with this identifier.
    async fn request(&self, id: &RequestId) -> Result<Option<Request>, StoreError>;

    /// The live request of a principal for a permission.
    async fn live(&self, principal: &str, access_key: &str) -> Result<Option<Request>, StoreError>;

    /// Requests, newest first.
    async fn list(&self, filter: &Filter) -> Result<Vec<Request>, StoreError>;

    /// What has happened to a request, oldest first.
    async fn history(&self, id: &RequestId) -> Result<Vec<Step>, StoreError>;

    /// The keys of the permissions that a principal holds.
    async fn held(&self, principal: &str) -> Result<HashSet<String>, StoreError>;

    /// When the next request expires.
    async fn next_expiry(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Requests that should have expired by now, longest overdue first, at most so many.
    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<RequestId>, StoreError>;

    /// Principals and keys of permissions where something is to be granted or undone.
    async fn unfinished(&self) -> Result<Vec<(String, String)>, StoreError>;

    /// What is to be done next for a principal's permission: first what is to be undone, oldest first, then what is
    /// to be granted.
    async fn next_job(&self, principal: &str, access_key: &str) -> Result<Option<Request>, StoreError>;

    /// Adds an audit event of something that changes nothing here.
    async fn note(&self, event: &Event) -> Result<(), StoreError>;

    /// Adds an approval in advance.
    async fn add_preapproval(&self, preapproval: &Preapproval, event: &Event) -> Result<(), StoreError>;

    /// The longest access, in seconds, that is approved in advance now.
    async fn preapproved(&self, principal: &str, access_key: &str, now: Timestamp) -> Result<Option<u64>, StoreError>;
}

/// What came of adding a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Inserted {
    /// It is there now.
    Added,
    /// There is this live one for the same principal and permission.
    Existing(Box<Request>),
    /// Its requestor has too many.
    TooMany,
}

/// Policies, settings and roles.
#[async_trait]
pub trait AdministrationStore: Send + Sync {
    /// The active version of the rules; `None` if there never was one.
    async fn workflow(&self) -> Result<Option<PolicyVersion>, StoreError>;

    /// An version of the rules, active or past.
    async fn policy_version(&self, id: &str) -> Result<Option<PolicyVersion>, StoreError>;

    /// Makes an version the active one, if the one that it replaces is still active; `false` if it is not.
    async fn replace_workflow(
        &self,
        replaced: Option<&str>,
        version: &PolicyVersion,
        event: &Event,
    ) -> Result<bool, StoreError>;

    /// The settings; `None` if they were never set.
    async fn settings(&self) -> Result<Option<Settings>, StoreError>;

    /// Replaces the settings, if they are still these; `false` if they are not.
    async fn replace_settings(
        &self,
        replaced: Option<&Settings>,
        settings: &Settings,
        event: &Event,
    ) -> Result<bool, StoreError>;

    /// Adds an audit event by itself.
    async fn add_event(&self, event: &Event) -> Result<(), StoreError>;

    /// Who has which role.
    async fn bindings(&self) -> Result<RoleBindings, StoreError>;

    /// Gives a role.
    async fn bind(&self, role: Role, subject: &Subject, event: &Event) -> Result<(), StoreError>;

    /// Takes a role away, if `may` lets what would be left stand; `false` if it does not.
    async fn unbind(
        &self,
        role: Role,
        subject: &Subject,
        may: &(dyn for<'a> Fn(&'a RoleBindings) -> bool + Send + Sync),
        event: &Event,
    ) -> Result<bool, StoreError>;
}

/// Who has which role.
pub type RoleBindings = BTreeMap<Role, Bindings>;

/// Which requests a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In which state.
    pub scope: Scope,
    /// Only those for, or made by, this person.
    pub person: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Which states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// All.
    #[default]
    Any,
    /// Not yet decided.
    Pending,
    /// Approved, provisioned or not.
    Active,
}

/// One version of the organisation's rules.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyVersion {
    /// Names it.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// To whom a role is bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One person, by e-mail address.
    User(String),
    /// The members of a group, by its identifier.
    Group(String),
}
