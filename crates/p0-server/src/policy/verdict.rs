//! Verdicts on requests.

use super::{Policy, approver::is_on_call, matching::speaks_of};
use crate::domain::{Access, Grounds, User};
use p0_wire::{
    policy::{Approval, ApprovalKind},
    settings::DefaultApprovals,
};

/// A request to be evaluated.
#[derive(Debug, Clone, Copy)]
pub struct Application<'a> {
    /// The principal.
    pub principal: &'a User,
    /// The permission.
    pub access: &'a Access,
    /// Whether the request has a reason.
    pub has_reason: bool,
    /// Whether the request has a duration.
    pub has_duration: bool,
    /// Whether a pre-approval covers the request.
    pub preapproved: bool,
    /// The default options of all approvals.
    pub defaults: &'a DefaultApprovals,
}

/// The result of evaluating the policies.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The request is granted at once.
    Granted {
        /// Why it is granted.
        grounds: Grounds,
        /// The applicable approvals, with the default options applied.
        approvals: Vec<Approval>,
    },
    /// The request needs approval by a person whom one of the approvals names.
    Waits {
        /// The approvals, with the default options applied.
        approvals: Vec<Approval>,
    },
    /// A rule denies the request.
    Denied {
        /// The rule's name.
        rule: String,
    },
    /// The request is not possible.
    Refused(Refusal),
}

/// Why a request is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No rule applies, or none with an approval.
    #[error("No access policy lets {principal} request {title}")]
    NotAllowed {
        /// The principal.
        principal: String,
        /// The permission.
        title: String,
    },
    /// Break-glass access needs break-glass approvers, and no policy names any.
    #[error("No access policy lets {principal} request {title}: it needs an approval with breakGlassApprover")]
    BreakGlass {
        /// The principal.
        principal: String,
        /// The permission.
        title: String,
    },
    /// Only pre-approved requests are allowed.
    #[error("{title} has to be approved in advance for {principal}: ask an approver to run `allow`")]
    PreapprovalRequired {
        /// The principal.
        principal: String,
        /// The permission.
        title: String,
    },
    /// Only people on call are allowed.
    #[error("{title} is granted to {principal} only while on call")]
    NotOnCall {
        /// The principal.
        principal: String,
        /// The permission.
        title: String,
    },
    /// No single person can approve all of the requested permissions.
    #[error("These need different approvals: request them one at a time")]
    Several,
    /// `--reason` is missing.
    #[error("Reason is required for {title}: add --reason")]
    ReasonRequired {
        /// The permission.
        title: String,
    },
    /// `--requested-duration` is missing.
    #[error("Duration is required for {title}: add --requested-duration")]
    DurationRequired {
        /// The permission.
        title: String,
    },
}

impl Policy {
    /// Evaluates the rules. Any one approval is enough, except that `deny` takes precedence. Approvals whose conditions
    /// the request does not meet are ignored. Of several permissions, each must be allowed.
    pub fn judge(&self, application: Application<'_>) -> Verdict {
        let access = application.access;
        let parts = access.parts.iter().map(|part| self.judge_one(application, part));
        parts.reduce(Verdict::and).unwrap_or_else(|| self.judge_one(application, access))
    }

    fn judge_one(&self, application: Application<'_>, access: &Access) -> Verdict {
        let principal = application.principal;
        let who = || (principal.email.clone(), access.title.clone());
        let title = || access.title.clone();
        let mut approvals = Vec::new();
        for (rule, matcher) in &self.rules {
            if rule.disabled || !speaks_of(&rule.requestor, principal) || !matcher.matches(access) {
                continue;
            }
            if rule.approval.iter().any(|approval| approval.kind == ApprovalKind::Deny) {
                return Verdict::Denied { rule: rule.name.clone() };
            }
            approvals.extend(rule.approval.iter().map(|approval| with_defaults(approval, application.defaults)));
        }
        // Each step drops approvals whose condition is not met. The first step that leaves none determines the refusal.
        let mut narrow = |counts: &dyn Fn(&Approval) -> bool, refusal: &dyn Fn() -> Refusal| {
            approvals.retain(counts);
            if approvals.is_empty() { Err(Verdict::Refused(refusal())) } else { Ok(()) }
        };
        let narrowed = narrow(&|_| true, &|| {
            let (principal, title) = who();
            Refusal::NotAllowed { principal, title }
        })
        .and_then(|()| {
            narrow(&|a| a.options.break_glass_approver || !is_break_glass(access), &|| {
                let (principal, title) = who();
                Refusal::BreakGlass { principal, title }
            })
        })
        .and_then(|()| {
            narrow(&|a| application.preapproved || !a.options.require_preapproval, &|| {
                let (principal, title) = who();
                Refusal::PreapprovalRequired { principal, title }
            })
        })
        .and_then(|()| {
            narrow(&|a| application.has_reason || !a.options.require_reason, &|| Refusal::ReasonRequired {
                title: title(),
            })
        })
        .and_then(|()| {
            narrow(&|a| application.has_duration || !a.options.require_duration, &|| Refusal::DurationRequired {
                title: title(),
            })
        });
        if let Err(verdict) = narrowed {
            return verdict;
        }
        match grounds(&approvals, application) {
            Some(grounds) => Verdict::Granted { grounds, approvals },
            None => {
                approvals.retain(|approval| approval.kind != ApprovalKind::Auto);
                if approvals.is_empty() {
                    let (principal, title) = who();
                    return Verdict::Refused(Refusal::NotOnCall { principal, title });
                }
                Verdict::Waits { approvals }
            }
        }
    }

    /// Whether the principal could request this with a reason, a duration and a pre-approval.
    pub fn may_request(&self, principal: &User, access: &Access, defaults: &DefaultApprovals) -> bool {
        let application =
            Application { principal, access, has_reason: true, has_duration: true, preapproved: false, defaults };
        matches!(self.judge(application), Verdict::Granted { .. } | Verdict::Waits { .. })
    }
}

impl Verdict {
    /// Combines two verdicts into the stricter one, with the approvals that apply to both.
    fn and(self, other: Self) -> Self {
        use Verdict::{Denied, Granted, Refused, Waits};
        match (self, other) {
            (denied @ Denied { .. }, _) | (_, denied @ Denied { .. }) => denied,
            (refused @ Refused(_), _) | (_, refused @ Refused(_)) => refused,
            (waits @ Waits { .. }, Granted { .. }) | (Granted { .. }, waits @ Waits { .. }) => waits,
            (Waits { approvals: ours }, Waits { approvals: theirs }) => match common(ours, &theirs) {
                approvals if approvals.is_empty() => Refused(Refusal::Several),
                approvals => Waits { approvals },
            },
            (Granted { grounds, approvals: ours }, Granted { grounds: other, approvals: theirs }) => {
                // Standing access requires that both are.
                let grounds = if grounds == Grounds::Persistent { other } else { grounds };
                Granted { grounds, approvals: common(ours, &theirs) }
            }
        }
    }
}

fn common(mut ours: Vec<Approval>, theirs: &[Approval]) -> Vec<Approval> {
    ours.retain(|approval| theirs.contains(approval));
    ours
}

fn grounds(approvals: &[Approval], application: Application<'_>) -> Option<Grounds> {
    if approvals.iter().any(|approval| approval.kind == ApprovalKind::Persistent) {
        return Some(Grounds::Persistent);
    }
    if application.preapproved {
        return Some(Grounds::Preapproved);
    }
    approvals
        .iter()
        .any(|approval| approval.kind == ApprovalKind::Auto && is_on_call(application.principal, &approval.services))
        .then_some(Grounds::OnCall)
}

fn with_defaults(approval: &Approval, defaults: &DefaultApprovals) -> Approval {
    let mut approval = approval.clone();
    approval.options.allow_one_party |= defaults.allow_one_party.unwrap_or(false);
    approval.options.require_reason |= defaults.require_reason.unwrap_or(false);
    approval
}

/// Whether the permission is break-glass access.
fn is_break_glass(access: &Access) -> bool {
    access.integration == "ssh" && access.access_type == "all"
}
