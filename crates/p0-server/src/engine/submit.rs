//! Submission of requests, and their evaluation against the policies.

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

/// The maximum length of a reason, in characters.
const MAX_REASON: usize = 2_000;
/// The default duration of access.
const DEFAULT_LENGTH: Length = Length::new(1, Unit::Hour);

/// A request to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The principal's email address, if it is not the caller.
    pub to: Option<String>,
    /// The permission.
    pub access: Access,
    /// The reason.
    pub reason: Option<String>,
    /// The requested duration.
    pub length: Option<Length>,
    /// Whether to fail instead of waiting for approval (`--approved`).
    pub approved_only: bool,
}

/// The result of a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    /// The request.
    pub request: Request,
    /// Whether the request existed before.
    pub preexisting: bool,
}

/// The result of evaluating the policies.
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
    /// Creates a request, or returns the live one for the same principal and permission. A request that a policy denies is
    /// stored as denied.
    ///
    /// # Errors
    ///
    /// [`EngineError::Refused`] if no policy allows the request, a required option is missing, the duration is too long, or
    /// the caller has too many live requests.
    pub async fn submit(&self, caller: &User, submission: Submission) -> Result<Submitted, EngineError> {
        let (engine, caller) = (self.clone(), caller.clone());
        spawn_uncancellable(async move { engine.route(&caller, submission).await }).await
    }

    async fn route(&self, caller: &User, submission: Submission) -> Result<Submitted, EngineError> {
        let principal = match &submission.to {
            None => caller.clone(),
            Some(email) => self.person_named(email)?,
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
            // It is due, but the timer has not expired it yet.
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
            withdrawn: false,
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

    /// Returns the live request. A caller who may not see it learns only that it exists.
    fn existing(&self, caller: &User, request: Request) -> Result<Submitted, EngineError> {
        if self.may_see(caller, &request) {
            return Ok(Submitted { request, preexisting: true });
        }
        Err(EngineError::Refused(match request.status {
            Status::Done | Status::Approved => "This principal already has this access".into(),
            _ => "This principal has already requested this access".into(),
        }))
    }

    /// Evaluates the policies. `covered` is the longest duration that a pre-approval covers, in seconds.
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
                // `--approved` only tests whether access is available, so it leaves no record.
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

    /// Returns the person whom a command names.
    pub(super) fn person_named(&self, email: &str) -> Result<User, EngineError> {
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

/// Returns the duration in seconds, or an error if it exceeds the limit.
pub(super) fn within(length: Option<Length>, limit: Length) -> Result<Option<u64>, EngineError> {
    match length {
        Some(length) if length.seconds() > limit.seconds() => {
            Err(EngineError::Refused(format!("The requested duration of {length} is over the limit of {limit}")))
        }
        other => Ok(other.map(Length::seconds)),
    }
}

/// The default duration of access, in seconds.
pub(super) fn default_length(settings: &Settings) -> u64 {
    DEFAULT_LENGTH.seconds().min(settings.max_access_duration.seconds())
}
