//! What the rules that apply say to a request.

use super::{Policy, approver::is_on_call, matching::speaks_of};
use crate::domain::{Access, Grounds, User};
use p0_wire::{
    policy::{Approval, ApprovalKind},
    settings::DefaultApprovals,
};

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Application<'a> {
    /// For whom.
    pub principal: &'a User,
    /// What for.
    pub access: &'a Access,
    /// A reason was given.
    pub has_reason: bool,
    /// A length was given.
    pub has_duration: bool,
    /// It was approved in advance.
    pub preapproved: bool,
    /// What the organisation's settings add to every approval.
    pub defaults: &'a DefaultApprovals,
}

/// The judgement.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Granted at once.
    Granted {
        /// Why.
        grounds: Grounds,
        /// All approvals that would have done, with the settings' defaults in their options.
        approvals: Vec<Approval>,
    },
    /// Somebody whom one of these names has to approve it.
    Waits {
        /// With the settings' defaults in their options.
        approvals: Vec<Approval>,
    },
    /// A rule denies it.
    Denied {
        /// The rule's name.
        rule: String,
    },
    /// It cannot be asked for, or not like this.
    Refused(Refusal),
}

/// Why something cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No rule, or none with an approval.
    #[error("No access policy lets {principal} request {title}")]
    NotAllowed {
        /// For whom.
        principal: String,
        /// What for.
        title: String,
    },
    /// Only approvers for emergencies will do, and no policy names any.
    #[error("No access policy lets {principal} request {title}: it needs an approval with breakGlassApprover")]
    BreakGlass {
        /// For whom.
        principal: String,
        /// What for.
        title: String,
    },
    /// Only what was approved in advance.
    #[error("{title} has to be approved in advance for {principal}: ask an approver to run `allow`")]
    PreapprovalRequired {
        /// For whom.
        principal: String,
        /// What for.
        title: String,
    },
    /// Only while on call.
    #[error("{title} is granted to {principal} only while on call")]
    NotOnCall {
        /// For whom.
        principal: String,
        /// What for.
        title: String,
    },
    /// Several things at once, for which nobody can decide alone.
    #[error("These need different approvals: request them one at a time")]
    Several,
    /// `--reason` is missing.
    #[error("Reason is required for {title}: add --reason")]
    ReasonRequired {
        /// What for.
        title: String,
    },
    /// `--requested-duration` is missing.
    #[error("Duration is required for {title}: add --requested-duration")]
    DurationRequired {
        /// What for.
        title: String,
    },
}

impl Policy {
    /// Applies the rules. Meeting any one approval is enough, except that `deny` wins; an approval whose conditions
    /// the request does not meet does not count. Of several things at once, each has to be allowed by itself.
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
        // Each step leaves out what the request does not meet, and the first that leaves nothing is the answer.
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

    /// Whether the principal could ask for this if they gave all that can be given with a request.
    pub fn may_request(&self, principal: &User, access: &Access, defaults: &DefaultApprovals) -> bool {
        let application =
            Application { principal, access, has_reason: true, has_duration: true, preapproved: false, defaults };
        matches!(self.judge(application), Verdict::Granted { .. } | Verdict::Waits { .. })
    }
}

impl Verdict {
    /// Both have to be allowed: the stricter of two verdicts, and only what approves both.
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
                // Standing access only if both are.
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

/// Access to everything, for emergencies.
fn is_break_glass(access: &Access) -> bool {
    access.integration == "ssh" && access.access_type == "all"
}
