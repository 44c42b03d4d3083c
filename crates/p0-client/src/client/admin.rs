//! Policies, settings and roles (protocol, section 9). A write whose answer is lost ends in [`Error::Uncertain`].

use super::{Client, json};
use crate::{Answer, Error};
use p0_wire::{
    policy::{Routing, Rule, WorkflowDocument},
    role::{Bindings, Role},
    settings::{DefaultApprovals, ExpiryOptions, Length, Settings},
};
use reqwest::Method;

const CHECK_POLICIES: &str = "p0 policies";
const CHECK_SETTINGS: &str = "p0 settings";
const CHECK_ROLES: &str = "p0 roles";

/// Policies. Rules are named, and documents have versions.
impl Client {
    /// `GET /policy/latest`: the active document.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn policies(&self) -> Result<Answer<WorkflowDocument>, Error> {
        self.get(&["policy", "latest"]).await
    }

    /// `POST /routing`: replaces the document. Its `current_version` is the one that it replaces.
    ///
    /// # Errors
    /// 409 (see [`Error::status`]) if somebody else was faster; those of every call.
    pub async fn replace_policies(&self, document: &WorkflowDocument) -> Result<(), Error> {
        self.change(Method::POST, &["routing"], Some(json(document)), CHECK_POLICIES).await
    }

    /// `GET /routing`: the active document under its identifier.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn routing(&self) -> Result<Answer<Routing>, Error> {
        self.get(&["routing"]).await
    }

    /// `GET /routing/{workflowId}`: an earlier document.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of every call.
    pub async fn routing_version(&self, id: &str) -> Result<Answer<Routing>, Error> {
        self.get(&["routing", id]).await
    }

    /// `GET /policy/name/{name}`: one rule.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of every call.
    pub async fn rule(&self, name: &str) -> Result<Answer<Rule>, Error> {
        self.get(&["policy", "name", name]).await
    }

    /// `POST /policy/name/{name}`: adds a rule under its name.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn add_rule(&self, rule: &Rule) -> Result<(), Error> {
        self.change(Method::POST, &["policy", "name", &rule.name], Some(json(rule)), CHECK_POLICIES).await
    }

    /// `PUT /policy/name/{name}`: replaces a rule, which may have another name afterwards.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of every call.
    pub async fn replace_rule(&self, name: &str, rule: &Rule) -> Result<(), Error> {
        self.change(Method::PUT, &["policy", "name", name], Some(json(rule)), CHECK_POLICIES).await
    }

    /// `DELETE /policy/name/{name}`.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of every call.
    pub async fn remove_rule(&self, name: &str) -> Result<(), Error> {
        self.change(Method::DELETE, &["policy", "name", name], None, CHECK_POLICIES).await
    }
}

/// Which length of time is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The longest wait between request and approval.
    Approvable,
    /// The longest grant.
    MaxAccess,
    /// The longest persistent access.
    StandingAccess,
}

impl Limit {
    fn segment(self) -> &'static str {
        match self {
            Self::Approvable => "approvable-duration",
            Self::MaxAccess => "max-access-duration",
            Self::StandingAccess => "standing-access-duration",
        }
    }
}

/// Settings.
impl Client {
    /// `GET /settings`: all of them. Embedded service.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn settings(&self) -> Result<Answer<Settings>, Error> {
        self.get(&["settings"]).await
    }

    /// `POST /settings/expiry-options`: offers a length to requestors.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn add_expiry_option(&self, length: Length) -> Result<(), Error> {
        self.change(Method::POST, &["settings", "expiry-options"], Some(json(&length)), CHECK_SETTINGS).await
    }

    /// `DELETE /settings/expiry-options/{label}`: offers it no longer.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn remove_expiry_option(&self, length: Length) -> Result<(), Error> {
        let path = ["settings", "expiry-options", &length.to_string()];
        self.change(Method::DELETE, &path, None, CHECK_SETTINGS).await
    }

    /// `POST /settings/expiry-options/_reset`: offers the usual lengths again, and says which they are.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn reset_expiry_options(&self) -> Result<Answer<ExpiryOptions>, Error> {
        // The result does not depend on how often it is done.
        let call = self.call(Method::POST, &["settings", "expiry-options", "_reset"], crate::call::Repeat::Harmless)?;
        self.send(call).await?.read()
    }

    /// `PUT /settings/default-approvals`.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn set_default_approvals(&self, defaults: &DefaultApprovals) -> Result<(), Error> {
        self.change(Method::PUT, &["settings", "default-approvals"], Some(json(defaults)), CHECK_SETTINGS).await
    }

    /// `PUT /settings/approvable-duration`, `/max-access-duration`, `/standing-access-duration`.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn set_limit(&self, limit: Limit, length: Length) -> Result<(), Error> {
        self.change(Method::PUT, &["settings", limit.segment()], Some(json(&length)), CHECK_SETTINGS).await
    }
}

/// Who has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A person, by e-mail address.
    User(&'a str),
    /// A directory group, by its identifier.
    Group(&'a str),
}

/// Roles.
impl Client {
    /// `GET /settings/roles/{role}/bindings`: who has a role. Embedded service.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn role_bindings(&self, role: Role) -> Result<Answer<Bindings>, Error> {
        self.get(&["settings", "roles", role.as_str(), "bindings"]).await
    }

    /// `PUT …/bindings/users/{email}` or `…/groups/{groupId}`: gives a role.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn bind_role(&self, role: Role, subject: Subject<'_>) -> Result<(), Error> {
        self.binding(Method::PUT, role, subject).await
    }

    /// `DELETE …/bindings/users/{email}` or `…/groups/{groupId}`: takes it.
    ///
    /// # Errors
    /// 422 (see [`Error::status`]) for the last owner; those of every call.
    pub async fn unbind_role(&self, role: Role, subject: Subject<'_>) -> Result<(), Error> {
        self.binding(Method::DELETE, role, subject).await
    }

    async fn binding(&self, method: Method, role: Role, subject: Subject<'_>) -> Result<(), Error> {
        let (kind, name) = match subject {
            Subject::User(email) => ("users", email),
            Subject::Group(id) => ("groups", id),
        };
        let path = ["settings", "roles", role.as_str(), "bindings", kind, name];
        self.change(method, &path, None, CHECK_ROLES).await
    }
}
