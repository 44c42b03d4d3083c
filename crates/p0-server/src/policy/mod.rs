//! Evaluation of access policies (protocol, section 9). Pure, without I/O.
//!
//! [`Policy`] is a validated document, [`Policy::judge`] evaluates it, and [`approver`] determines who may approve.

pub mod approver;
mod matching;
mod verdict;

#[cfg(test)]
mod tests;

pub use verdict::{Application, Refusal, Verdict};

use matching::Matcher;
use p0_wire::{
    Extra,
    policy::{Approval, ApprovalKind, ApprovalOptions, Effect, Requestor, Resource, Rule},
};
use std::collections::HashSet;

/// The maximum number of rules.
const MAX_RULES: usize = 1_000;
/// The maximum number of filters in all rules, because each compiled pattern uses memory.
const MAX_FILTERS: usize = 1_000;

/// A validated and compiled document of rules.
#[derive(Debug)]
pub struct Policy {
    rules: Vec<(Rule, Matcher)>,
}

/// Why a document of rules is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A limit is exceeded.
    #[error("There are more than {MAX_RULES} rules")]
    TooMany,
    /// A limit is exceeded.
    #[error("The rules have more than {MAX_FILTERS} filters")]
    TooManyFilters,
    /// A rule has no name.
    #[error("A rule has no name")]
    Nameless,
    /// Two rules have the same name.
    #[error("There are several rules with the name {0}")]
    Duplicate(String),
    /// A rule is invalid.
    #[error("Rule {rule}: {reason}")]
    Rule {
        /// The rule's name.
        rule: String,
        /// The problem.
        reason: String,
    },
}

impl Policy {
    /// Validates and compiles a document.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] names the invalid rule.
    pub fn new(rules: &[Rule]) -> Result<Self, PolicyError> {
        if rules.len() > MAX_RULES {
            return Err(PolicyError::TooMany);
        }
        if rules.iter().map(|rule| filters(&rule.resource)).sum::<usize>() > MAX_FILTERS {
            return Err(PolicyError::TooManyFilters);
        }
        let mut names = HashSet::new();
        let mut checked = Vec::with_capacity(rules.len());
        for rule in rules {
            if rule.name.trim().is_empty() {
                return Err(PolicyError::Nameless);
            }
            if !names.insert(&rule.name) {
                return Err(PolicyError::Duplicate(rule.name.clone()));
            }
            let matcher = check(rule).map_err(|reason| PolicyError::Rule { rule: rule.name.clone(), reason })?;
            checked.push((rule.clone(), matcher));
        }
        Ok(Self { rules: checked })
    }

    /// Returns the rules.
    pub fn rules(&self) -> Vec<Rule> {
        self.rules.iter().map(|(rule, _)| rule.clone()).collect()
    }

    /// Returns the default rule: anyone, anything, approval by `p0`.
    pub fn default_rules() -> Vec<Rule> {
        vec![Rule {
            name: "default".into(),
            disabled: false,
            requestor: Requestor::Any { extra: Extra::new() },
            resource: Resource::Any { extra: Extra::new() },
            approval: vec![Approval {
                kind: ApprovalKind::P0,
                groups: Vec::new(),
                effect: None,
                directory: None,
                profile_property: None,
                integration: None,
                services: Vec::new(),
                options: ApprovalOptions::default(),
                extra: Extra::new(),
            }],
            extra: Extra::new(),
        }]
    }
}

fn filters(resource: &Resource) -> usize {
    match resource {
        Resource::Any { .. } => 0,
        Resource::Integration { filters, .. } => filters.len(),
    }
}

fn check(rule: &Rule) -> Result<Matcher, String> {
    match &rule.requestor {
        Requestor::User { uid, .. } if uid.is_empty() => return Err("the requestor has no uid".into()),
        Requestor::Group { groups, .. } if groups.is_empty() => return Err("the requestor has no groups".into()),
        Requestor::Group { effect: Effect::RemoveAll, .. } => {
            return Err("the effect of a requestor is keep or remove".into());
        }
        _ => {}
    }
    for approval in &rule.approval {
        match approval.kind {
            ApprovalKind::Group if approval.groups.is_empty() => {
                return Err("an approval by group has no groups".into());
            }
            ApprovalKind::Group if approval.effect == Some(Effect::RemoveAll) => {
                return Err("the effect of an approval is keep or remove".into());
            }
            ApprovalKind::RequestorProfile if approval.profile_property.as_deref().unwrap_or_default().is_empty() => {
                return Err("an approval by requestor-profile has no profileProperty".into());
            }
            _ => {}
        }
    }
    Matcher::new(&rule.resource)
}
