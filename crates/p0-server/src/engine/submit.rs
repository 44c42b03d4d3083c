//! A request comes in, and the policies say what becomes of it.

use super::{
    Engine, EngineError,
    change::{By, step},
};
use crate::{
    clock::Timestamp,
    domain::{Access, Grounds, Request, RequestId, User},
    policy::{Application, Verdict},
    store::Inserted,
    uncancellable::spawn_uncancellable,
};
use p0_wire::{
    policy::Approval,
    request::Status,
    settings::{Length, Settings, Unit},
};
use std::time::Duration;

/// The longest reason, in characters.
const MAX_REASON: usize = 2_000;
/// What is granted where nobody says how long.
const DEFAULT_LENGTH: Length = Length::new(1, Unit::Hour);

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// For somebody else: their e-mail address.
    pub to: Option<String>,
    /// What.
    pub access: Access,
    /// Why.
    pub reason: Option<String>,
    /// For how long.
    pub length: Option<Length>,
    /// Only if nobody has to approve it.
    pub approved_only: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    /// The request, new or not.
    pub request: Request,
    /// It was there already.
    pub preexisting: bool,
}

/// What the policies made of a submission.
struct Routed {
    status: Status,
    grounds: Option<Grounds>,
    approvals: Vec<Approval>,
    length: u64,
    expires_at: Option<Timestamp>,
    note: Option<String>,
    error: Option<String>,
}

impl Engine {
    /// Makes a request, or finds the live one for the same principal and permission. A request that a policy denies
    /// is made, and denied.
    ///
    /// # Errors
    ///
    /// [`EngineError::Refused`] if no policy lets it be made, a flag is missing, it is for too long, or the caller has
    /// made too many already.
    pub async fn submit(&self, caller: &User, submission: Submission) -> Result<Submitted, EngineError> {
        let (engine, caller) = (self.clone(), caller.clone());
        spawn_uncancellable(async move { engine.route(&caller, submission).await }).await
    }

    async fn route(&self, caller: &User, submission: Submission) -> Result<Submitted, EngineError> {
        let principal = match &submission.to {
            None => caller.clone(),
            Some(email) => self.somebody(email)?,
        };
        check_reason(submission.reason.as_deref())?;
        if let Some(existing) = self.0.store.live(&principal.email, &submission.access.key).await? {
            let now = self.0.clock.now();
            if existing.expires_at.is_none_or(|at| at > now) {
                if submission.approved_only && existing.status == Status::PendingApproval {
                    return Err(needs_approval(&submission));
                }
                return self.existing(caller, existing);
            }
            // Its time is up, only the timer has not come to it yet.
            self.expire(&existing.id).await?;
        }
        let covered = self.0.store.preapproved(&principal.email, &submission.access.key, self.0.clock.now()).await?;
        let routed = self.judge(&principal, &submission, covered)?;
        let now = self.0.clock.now();
        let request = Request {
            id: RequestId::random(),
            principal: principal.email,
            requestor: caller.email.clone(),
            generated: submission.access.generated.clone(),
            delegation: submission.access.delegation.clone(),
            access: submission.access,
            status: routed.status,
            reason: submission.reason,
            length: routed.length,
            grounds: routed.grounds,
            approvals: routed.approvals,
            requested_at: now,
            updated_at: now,
            expires_at: routed.expires_at,
            error: routed.error,
            to_undo: false,
            revision: 0,
        };
        let by = By::User(caller);
        let steps = [
            step(&Status::New, now, by, request.reason.clone()),
            step(&request.status, now, By::Service, routed.note.clone()),
        ];
        let event = self.event_of(&request, "request", by, routed.note);
        let most = self.0.requests_per_person;
        match self.0.store.insert(&request, &steps, &event, most).await? {
            Inserted::Added => {
                self.announce(&request);
                Ok(Submitted { request, preexisting: false })
            }
            Inserted::Existing(existing) => self.existing(caller, *existing),
            Inserted::TooMany => Err(EngineError::Refused(format!(
                "No more than {most} of your requests can wait or be in use at once: withdraw one, or give one back"
            ))),
        }
    }

    /// The live request for the same; if the caller may not see it, only that there is one.
    fn existing(&self, caller: &User, request: Request) -> Result<Submitted, EngineError> {
        if self.may_see(caller, &request) {
            return Ok(Submitted { request, preexisting: true });
        }
        Err(EngineError::Refused(match request.status {
            Status::Done | Status::Approved => "This principal already has this access".into(),
            _ => "This principal has already requested this access".into(),
        }))
    }

    /// Applies the policies. `covered` is the longest access, in seconds, that was approved in advance.
    fn judge(&self, principal: &User, submission: &Submission, covered: Option<u64>) -> Result<Routed, EngineError> {
        let administration = self.administration();
        let settings = &administration.settings;
        let asked = submission.length.map(Length::seconds);
        let verdict = administration.policy.judge(Application {
            principal,
            access: &submission.access,
            has_reason: submission.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty()),
            has_duration: asked.is_some(),
            preapproved: covered.is_some_and(|longest| asked.is_none_or(|asked| asked <= longest)),
            defaults: &settings.default_approvals,
        });
        let routed = |status, length, approvals| Routed {
            status,
            grounds: None,
            approvals,
            length,
            expires_at: None,
            note: None,
            error: None,
        };
        match verdict {
            Verdict::Refused(refusal) => Err(EngineError::Refused(refusal.to_string())),
            Verdict::Denied { rule } => {
                let note = format!("Access policy {rule} denies it");
                // Whoever only asks whether they have it makes no record.
                if submission.approved_only {
                    return Err(EngineError::Refused(note));
                }
                let length = asked.unwrap_or_else(|| default_length(settings));
                Ok(Routed { note: Some(note.clone()), error: Some(note), ..routed(Status::Denied, length, Vec::new()) })
            }
            Verdict::Granted { grounds, approvals } => {
                let (length, note) = match grounds {
                    Grounds::Persistent => {
                        let longest = settings.standing_access_duration;
                        (within(submission.length, longest)?.unwrap_or(longest.seconds()), "Standing access")
                    }
                    Grounds::Preapproved => {
                        let asked = within(submission.length, settings.max_access_duration)?;
                        let longest = covered.unwrap_or(u64::MAX);
                        (asked.unwrap_or_else(|| default_length(settings).min(longest)), "Approved in advance")
                    }
                    Grounds::OnCall => {
                        let asked = within(submission.length, settings.max_access_duration)?;
                        (asked.unwrap_or_else(|| default_length(settings)), "The principal is on call")
                    }
                };
                Ok(Routed {
                    grounds: Some(grounds),
                    note: Some(note.into()),
                    ..routed(Status::Approved, length, approvals)
                })
            }
            Verdict::Waits { .. } if submission.approved_only => Err(needs_approval(submission)),
            Verdict::Waits { approvals } => {
                let length = within(submission.length, settings.max_access_duration)?;
                let deadline = self.0.clock.now().plus(Duration::from_secs(settings.approvable_duration.seconds()));
                Ok(Routed {
                    expires_at: Some(deadline),
                    ..routed(Status::PendingApproval, length.unwrap_or_else(|| default_length(settings)), approvals)
                })
            }
        }
    }

    /// The person that a command names.
    pub(super) fn somebody(&self, email: &str) -> Result<User, EngineError> {
        self.person(email).ok_or_else(|| EngineError::Refused(format!("Invalid principal: {email}")))
    }
}

fn needs_approval(submission: &Submission) -> EngineError {
    EngineError::Refused(format!(
        "{} needs an approval, and --approved asks only for what needs none",
        submission.access.title
    ))
}

pub(super) fn check_reason(reason: Option<&str>) -> Result<(), EngineError> {
    if reason.is_some_and(|reason| reason.chars().count() > MAX_REASON) {
        return Err(EngineError::Refused(format!("The reason is longer than {MAX_REASON} characters")));
    }
    Ok(())
}

/// A length in seconds, if it keeps the limit.
pub(super) fn within(length: Option<Length>, limit: Length) -> Result<Option<u64>, EngineError> {
    match length {
        Some(length) if length.seconds() > limit.seconds() => {
            Err(EngineError::Refused(format!("The requested duration of {length} is over the limit of {limit}")))
        }
        other => Ok(other.map(Length::seconds)),
    }
}

/// What is granted where nobody says how long, in seconds.
pub(super) fn default_length(settings: &Settings) -> u64 {
    DEFAULT_LENGTH.seconds().min(settings.max_access_duration.seconds())
}
