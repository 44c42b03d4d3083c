//! Pre-approval.

use super::{
    Engine, EngineError,
    change::{By, event},
    submit::{check_reason, default_length, within},
};
use crate::{
    clock::Timestamp,
    domain::{Access, Preapproval, User},
    policy::{Application, Verdict, approver},
    uncancellable::spawn_uncancellable,
};
use p0_wire::settings::Length;
use serde_json::json;
use std::time::Duration;

/// A pre-approval to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowance {
    /// The principal's email address.
    pub to: String,
    /// The permission.
    pub access: Access,
    /// The reason.
    pub reason: Option<String>,
    /// How long it is valid.
    pub valid: Length,
    /// The longest access that it covers. By default, the default duration of access.
    pub longest: Option<Length>,
    /// The start of its validity. By default, now.
    pub start: Option<Timestamp>,
}

impl Engine {
    /// Makes a pre-approval. The caller must have the right to approve such a request.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] if the caller could not approve such a request; [`EngineError::Refused`] if no policy allows
    /// the principal to make it, or a duration is too long.
    pub async fn allow(&self, caller: &User, allowance: Allowance) -> Result<Preapproval, EngineError> {
        let (engine, caller) = (self.clone(), caller.clone());
        spawn_uncancellable(async move { engine.preapprove(&caller, allowance).await }).await
    }

    async fn preapprove(&self, caller: &User, allowance: Allowance) -> Result<Preapproval, EngineError> {
        let principal = self.person_named(&allowance.to)?;
        check_reason(allowance.reason.as_deref())?;
        let administration = self.administration();
        let settings = &administration.settings;
        let verdict = administration.policy.judge(Application {
            principal: &principal,
            access: &allowance.access,
            has_reason: true,
            has_duration: true,
            preapproved: true,
            defaults: &settings.default_approvals,
        });
        let title = &allowance.access.title;
        let approvals = match verdict {
            Verdict::Granted { approvals, .. } | Verdict::Waits { approvals } => approvals,
            Verdict::Denied { rule } => {
                return Err(EngineError::Refused(format!(
                    "Access policy {rule} denies {title} to {}",
                    principal.email
                )));
            }
            Verdict::Refused(refusal) => return Err(EngineError::Refused(refusal.to_string())),
        };
        let may = |approval| {
            approver::names(approval, &principal, caller)
                && (caller.email != principal.email || approval.options.allow_one_party)
        };
        if !approvals.iter().any(may) {
            let who = &principal.email;
            return Err(EngineError::Forbidden(format!("You may not approve {title} for {who}")));
        }
        let (valid, limit) = (allowance.valid, settings.standing_access_duration);
        if valid.seconds() > limit.seconds() {
            return Err(EngineError::Refused(format!(
                "The length of {valid} is over the limit of {limit} for standing access"
            )));
        }
        let now = self.0.clock.now();
        let valid_from = allowance.start.map_or(now, |start| start.max(now));
        let preapproval = Preapproval {
            max_length: within(allowance.longest, settings.max_access_duration)?
                .unwrap_or_else(|| default_length(settings)),
            principal: principal.email,
            access: allowance.access,
            valid_from,
            valid_until: valid_from.plus(Duration::from_secs(valid.seconds())),
            allowed_by: caller.email.clone(),
            reason: allowance.reason,
        };
        let data = json!({
            "principal": preapproval.principal,
            "title": preapproval.access.title,
            "validFrom": preapproval.valid_from.rfc3339(),
            "validUntil": preapproval.valid_until.rfc3339(),
            "maxLengthSeconds": preapproval.max_length,
            "reason": preapproval.reason,
        });
        let event = event(&self.0.organisation, now, "permission-requests", "allow", By::User(caller), data);
        self.0.store.add_preapproval(&preapproval, &event).await?;
        Ok(preapproval)
    }
}
