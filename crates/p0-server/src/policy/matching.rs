//! Matching of rules with requestors and permissions.

use crate::domain::{Access, Aspect, User};
use p0_wire::policy::{Effect, Filter, Requestor, Resource};
use regex::{Regex, RegexBuilder};

/// The memory limit of a compiled pattern, in bytes. `\d` and `\w` take about 50 KB each, because they include the
/// digits and letters of all scripts.
const PATTERN_BYTES: usize = 128 * 1024;

/// A rule's resource, with compiled patterns.
#[derive(Debug)]
pub(super) enum Matcher {
    Any,
    Integration { service: String, access_type: String, filters: Vec<(String, Condition)> },
}

/// A compiled filter.
#[derive(Debug)]
pub(super) struct Condition {
    effect: Effect,
    key: Option<String>,
    test: Test,
}

#[derive(Debug)]
enum Test {
    /// The property exists.
    Present,
    Matches(Regex),
    Is(bool),
}

impl Matcher {
    pub(super) fn new(resource: &Resource) -> Result<Self, String> {
        let Resource::Integration { service, access_type, filters, .. } = resource else { return Ok(Self::Any) };
        if service.is_empty() {
            return Err("the resource has no service".into());
        }
        let filters = filters
            .iter()
            .map(|(name, filter)| Ok((name.clone(), Condition::new(name, filter)?)))
            .collect::<Result<_, String>>()?;
        Ok(Self::Integration { service: canonical(service).into(), access_type: access_type.clone(), filters })
    }

    pub(super) fn matches(&self, access: &Access) -> bool {
        match self {
            Self::Any => true,
            Self::Integration { service, access_type, filters } => {
                service == canonical(&access.integration)
                    && (access_type == "any" || *access_type == access.access_type)
                    && filters.iter().all(|(name, condition)| {
                        condition.lets_through(access.aspects.get(name).map(Vec::as_slice).unwrap_or_default())
                    })
            }
        }
    }
}

/// `postgres` is also called `pg`.
fn canonical(service: &str) -> &str {
    if service == "pg" { "postgres" } else { service }
}

impl Condition {
    fn new(name: &str, filter: &Filter) -> Result<Self, String> {
        let test = match (&filter.pattern, filter.value, filter.effect) {
            (_, _, Effect::RemoveAll) => Test::Present,
            (Some(_), Some(_), _) => return Err(format!("the filter {name} has both a pattern and a value")),
            (Some(pattern), None, _) => Test::Matches(compile(name, pattern)?),
            (None, Some(value), _) => Test::Is(value),
            (None, None, _) => return Err(format!("the filter {name} has neither a pattern nor a value")),
        };
        Ok(Self { effect: filter.effect, key: filter.key.clone(), test })
    }

    fn lets_through(&self, aspects: &[Aspect]) -> bool {
        match self.effect {
            Effect::Keep => self.finds(aspects),
            Effect::Remove | Effect::RemoveAll => !self.finds(aspects),
        }
    }

    fn finds(&self, aspects: &[Aspect]) -> bool {
        if let Test::Is(wanted) = self.test {
            // A missing boolean counts as false.
            return aspects.contains(&Aspect::Is(true)) == wanted;
        }
        aspects.iter().any(|aspect| match (aspect, &self.test) {
            (Aspect::Is(is), test) => *is && matches!(test, Test::Present),
            (Aspect::Has(properties), test) => properties
                .iter()
                .filter(|(key, _)| self.key.as_ref().is_none_or(|wanted| *key == wanted))
                .any(|(_, value)| match test {
                    Test::Matches(pattern) => pattern.is_match(value),
                    _ => true,
                }),
        })
    }
}

fn compile(name: &str, pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build().map_err(|error| {
        if let regex::Error::CompiledTooBig(_) = error {
            return format!(
                r"the filter {name} has a pattern that is too large ([0-9] takes less than \d, [A-Za-z0-9_] less than \w)"
            );
        }
        // The last line of the error is the message; those before it point at the position.
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("the filter {name} has a pattern that is not a regular expression: {reason}")
    })
}

/// Whether a rule applies to the person. A person is never an agent.
pub(super) fn speaks_of(requestor: &Requestor, user: &User) -> bool {
    match requestor {
        Requestor::Any { .. } => true,
        Requestor::User { uid, .. } => uid.to_lowercase() == user.email,
        Requestor::Group { effect, groups, .. } => {
            let member = groups.iter().any(|group| user.groups.contains(&group.id));
            member == (*effect == Effect::Keep)
        }
        Requestor::Agentic { .. } => false,
    }
}
