//! Whom an approval names.

use crate::domain::{Request, User};
use p0_wire::{
    policy::{Approval, ApprovalKind, Effect},
    role::Role,
};
use serde_json::Value;

/// Whether this person may approve the request: one of its approvals names them, and it is not their own, unless that
/// approval lets one party do both. `principal` is the person for whom the access is.
pub fn may_approve(request: &Request, principal: &User, approver: &User) -> bool {
    let own = approver.email == request.principal || approver.email == request.requestor;
    request
        .approvals
        .iter()
        .any(|approval| names(approval, principal, approver) && (!own || approval.options.allow_one_party))
}

/// Whether one of the request's approvals names this person, whoever asked.
pub fn is_named(request: &Request, principal: &User, approver: &User) -> bool {
    request.approvals.iter().any(|approval| names(approval, principal, approver))
}

/// Whether the approval names this person as somebody who decides.
pub fn names(approval: &Approval, principal: &User, approver: &User) -> bool {
    match approval.kind {
        ApprovalKind::P0 => is_reviewer(approver),
        ApprovalKind::Group => {
            let member = approval.groups.iter().any(|group| approver.groups.contains(&group.id));
            member == (approval.effect.unwrap_or_default() == Effect::Keep)
        }
        ApprovalKind::RequestorProfile => approval
            .profile_property
            .as_ref()
            .and_then(|property| principal.profile.get(property))
            .is_some_and(|email| email.to_lowercase() == approver.email),
        ApprovalKind::Escalation => is_on_call(approver, &approval.services),
        ApprovalKind::Auto | ApprovalKind::Persistent | ApprovalKind::Deny => false,
    }
}

/// A security reviewer.
pub fn is_reviewer(user: &User) -> bool {
    user.roles.contains(&Role::Manager) || user.roles.contains(&Role::Owner)
}

/// On call for one of these services, or, if none is named, for anything. A service is a name, or an object with one.
pub fn is_on_call(user: &User, services: &[Value]) -> bool {
    if services.is_empty() {
        return !user.on_call.is_empty();
    }
    services.iter().any(|service| {
        [Some(service), service.get("name"), service.get("id")]
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|name| user.on_call.contains(name))
    })
}
