//! Who may approve.

use crate::domain::{Request, User};
use p0_wire::{
    policy::{Approval, ApprovalKind, Effect},
    role::Role,
};
use serde_json::Value;

/// Whether the person may approve the request: one of its approvals names the person, and the request is not the person's
/// own, unless the approval has `allowOneParty`. `principal` is the person who gets the access.
pub fn may_approve(request: &Request, principal: &User, approver: &User) -> bool {
    let own = approver.email == request.principal || approver.email == request.requestor;
    request
        .approvals
        .iter()
        .any(|approval| names(approval, principal, approver) && (!own || approval.options.allow_one_party))
}

/// Whether one of the request's approvals names the person, ignoring who made the request.
pub fn is_named(request: &Request, principal: &User, approver: &User) -> bool {
    request.approvals.iter().any(|approval| names(approval, principal, approver))
}

/// Whether the approval names the person.
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

/// Whether the person is a security reviewer.
pub fn is_reviewer(user: &User) -> bool {
    user.roles.contains(&Role::Manager) || user.roles.contains(&Role::Owner)
}

/// Whether the person is on call for one of the services or, without services, for any. A service is a name or an object with one.
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
