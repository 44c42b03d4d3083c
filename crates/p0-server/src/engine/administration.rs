//! Policies, settings and roles: a copy of the store's in memory, and their changes by owners.

use super::{
    Engine, EngineError,
    change::{By, event},
};
use crate::{
    clock::Timestamp,
    domain::{Directory, RequestId, User},
    policy::Policy,
    store::{PolicyVersion, RoleBindings, Store, Subject},
    uncancellable::spawn_uncancellable,
};
use p0_wire::{audit::Event, policy::Rule, role::Role, settings::Settings};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

/// A snapshot of policies, settings and roles.
#[derive(Debug)]
pub struct Administration {
    /// The active version of the policies.
    pub version: PolicyVersion,
    /// The same version, compiled.
    pub policy: Arc<Policy>,
    /// The settings.
    pub settings: Settings,
    /// Who has which role.
    pub bindings: RoleBindings,
    /// The people in the directory, with the roles that they have directly or through groups.
    pub people: Directory,
}

/// A change of the policies.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleChange {
    /// Replaces all rules. If a version is given, it must be the active one.
    Replace(Vec<Rule>, Option<String>),
    /// Adds a rule.
    Add(Rule),
    /// Replaces the rule with this name.
    Put(String, Rule),
    /// Removes the rule with this name.
    Remove(String),
}

/// A version id and its compiled rules, kept because compiling is slow.
pub(super) type Compiled = (String, Arc<Policy>);

impl Administration {
    pub(super) fn compiled(&self) -> Compiled {
        (self.version.id.clone(), Arc::clone(&self.policy))
    }
}

/// Reads everything from the store. Reuses `compiled` if that version is still active.
pub(super) async fn read(
    store: &dyn Store,
    directory: &Directory,
    compiled: Option<Compiled>,
) -> Result<Administration, EngineError> {
    let version = match store.workflow().await? {
        Some(version) => version,
        None => PolicyVersion { id: "default".into(), created_at: Timestamp(0), rules: Policy::default_rules() },
    };
    let bindings = store.bindings().await?;
    let with_roles =
        |(email, user): (&String, &User)| (email.clone(), User { roles: roles_of(&bindings, user), ..user.clone() });
    Ok(Administration {
        policy: match compiled {
            Some((id, policy)) if id == version.id => policy,
            _ => check(&version.rules)?,
        },
        version,
        settings: store.settings().await?.unwrap_or_default(),
        people: Directory(directory.0.iter().map(with_roles).collect()),
        bindings,
    })
}

pub(super) fn check(rules: &[Rule]) -> Result<Arc<Policy>, EngineError> {
    Policy::new(rules).map(Arc::new).map_err(|error| EngineError::Refused(error.to_string()))
}

pub(super) fn version(rules: Vec<Rule>, created_at: Timestamp) -> PolicyVersion {
    PolicyVersion { id: RequestId::random().0, created_at, rules }
}

fn roles_of(bindings: &RoleBindings, user: &User) -> BTreeSet<Role> {
    bindings
        .iter()
        .filter(|(_, bound)| {
            bound.users.iter().any(|email| email.to_lowercase() == user.email)
                || bound.groups.iter().any(|group| user.groups.contains(group))
        })
        .map(|(role, _)| *role)
        .collect()
}

pub(super) fn has_owner(bindings: &RoleBindings, directory: &Directory) -> bool {
    directory.0.values().any(|user| roles_of(bindings, user).contains(&Role::Owner))
}

impl Engine {
    /// Returns a version of the policies, active or past.
    ///
    /// # Errors
    ///
    /// [`EngineError::NotFound`]; [`EngineError::Forbidden`] for callers without a role.
    pub async fn version(&self, caller: &User, id: &str) -> Result<PolicyVersion, EngineError> {
        require_any_role(caller)?;
        let version = self.0.store.policy_version(id).await?;
        version.ok_or_else(|| EngineError::NotFound(format!("no version {id} of the access policies")))
    }

    /// Changes the policies and returns the new version.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] if the caller is not an owner, [`EngineError::Conflict`] for a stale version or a name in use,
    /// [`EngineError::NotFound`] for an unknown name, [`EngineError::Refused`] for invalid rules.
    pub async fn change_rules(&self, caller: &User, change: RuleChange) -> Result<PolicyVersion, EngineError> {
        let (engine, caller) = (self.clone(), caller.clone());
        spawn_uncancellable(async move {
            require_owner(&caller)?;
            let _turn = engine.0.administering.lock().await;
            let active = engine.administration().version.clone();
            let (rules, data) = changed(&active, change)?;
            let policy = check(&rules)?;
            let version = version(rules, engine.0.clock.now());
            let event = engine.api_event("policy.replace", &caller, data);
            if !engine.0.store.replace_workflow(Some(&active.id), &version, &event).await? {
                engine.reload().await?;
                return Err(stale());
            }
            engine.take_over((version.id.clone(), policy)).await?;
            Ok(version)
        })
        .await
    }

    /// Changes the settings.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] if the caller is not an owner, and the errors of `change`.
    pub async fn change_settings(
        &self,
        caller: &User,
        change: impl FnOnce(&mut Settings) -> Result<(), EngineError> + Send + 'static,
    ) -> Result<Settings, EngineError> {
        let (engine, caller) = (self.clone(), caller.clone());
        spawn_uncancellable(async move {
            require_owner(&caller)?;
            let _turn = engine.0.administering.lock().await;
            let active = engine.administration().settings.clone();
            let mut settings = active.clone();
            change(&mut settings)?;
            if settings == active {
                return Ok(settings);
            }
            let event = engine.api_event("settings.update", &caller, json!({"from": active, "to": settings}));
            if !engine.0.store.replace_settings(Some(&active), &settings, &event).await? {
                engine.reload().await?;
                return Err(EngineError::Conflict("The settings were changed concurrently. Try again".into()));
            }
            engine.reload().await?;
            Ok(settings)
        })
        .await
    }

    /// Binds a role to a person or group.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] if the caller is not an owner; [`EngineError::NotFound`] if the person is not in the
    /// directory.
    pub async fn bind(&self, caller: &User, role: Role, subject: Subject) -> Result<(), EngineError> {
        let (engine, caller) = (self.clone(), caller.clone());
        spawn_uncancellable(async move {
            require_owner(&caller)?;
            let subject = engine.known(subject)?;
            let _turn = engine.0.administering.lock().await;
            let event = engine.api_event("role.bind", &caller, binding(role, &subject));
            engine.0.store.bind(role, &subject, &event).await?;
            engine.reload().await
        })
        .await
    }

    /// Removes a role from a person or group.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] if the caller is not an owner; [`EngineError::LastOwner`].
    pub async fn unbind(&self, caller: &User, role: Role, subject: Subject) -> Result<(), EngineError> {
        let (engine, caller) = (self.clone(), caller.clone());
        spawn_uncancellable(async move {
            require_owner(&caller)?;
            let subject = lower_case(subject);
            let _turn = engine.0.administering.lock().await;
            let event = engine.api_event("role.unbind", &caller, binding(role, &subject));
            let directory = Arc::clone(&engine.0.directory);
            let may = move |left: &RoleBindings| has_owner(left, &directory);
            if !engine.0.store.unbind(role, &subject, &may, &event).await? {
                return Err(EngineError::LastOwner);
            }
            engine.reload().await
        })
        .await
    }

    /// Reads the store again, with the same policies.
    async fn reload(&self) -> Result<(), EngineError> {
        self.take_over(self.administration().compiled()).await
    }

    async fn take_over(&self, compiled: Compiled) -> Result<(), EngineError> {
        let administration = read(&*self.0.store, &self.0.directory, Some(compiled)).await?;
        *self.0.administration.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(administration);
        Ok(())
    }

    fn known(&self, subject: Subject) -> Result<Subject, EngineError> {
        let subject = lower_case(subject);
        match &subject {
            Subject::User(email) if self.0.directory.get(email).is_none() => {
                Err(EngineError::NotFound(format!("{email} is not in the directory")))
            }
            _ => Ok(subject),
        }
    }

    fn api_event(&self, action: &str, caller: &User, data: Value) -> Event {
        event(&self.0.organisation, self.0.clock.now(), "api", action, By::User(caller), data)
    }
}

/// Returns the rules after a change, and the data of its audit event.
fn changed(active: &PolicyVersion, change: RuleChange) -> Result<(Vec<Rule>, Value), EngineError> {
    let mut rules = active.rules.clone();
    let position = |rules: &[Rule], name: &str| {
        let absent = || EngineError::NotFound(format!("no access policy is called {name}"));
        rules.iter().position(|rule| rule.name == name).ok_or_else(absent)
    };
    let data = match change {
        RuleChange::Replace(new, current) => {
            if current.is_some_and(|current| current != active.id) {
                return Err(stale());
            }
            rules = new;
            json!({"rules": rules})
        }
        RuleChange::Add(rule) => {
            if rules.iter().any(|other| other.name == rule.name) {
                return Err(EngineError::Conflict(format!("There is an access policy called {} already", rule.name)));
            }
            let data = json!({"added": rule});
            rules.push(rule);
            data
        }
        RuleChange::Put(name, rule) => {
            let at = position(&rules, &name)?;
            let data = json!({"name": name, "put": rule});
            rules[at] = rule;
            data
        }
        RuleChange::Remove(name) => {
            let at = position(&rules, &name)?;
            rules.remove(at);
            json!({"removed": name})
        }
    };
    Ok((rules, data))
}

fn stale() -> EngineError {
    EngineError::Conflict(
        "The access policies were changed concurrently. Read them again and reapply your change".into(),
    )
}

pub(super) fn binding(role: Role, subject: &Subject) -> Value {
    match subject {
        Subject::User(email) => json!({"role": role, "user": email}),
        Subject::Group(id) => json!({"role": role, "group": id}),
    }
}

fn lower_case(subject: Subject) -> Subject {
    match subject {
        Subject::User(email) => Subject::User(email.to_lowercase()),
        group @ Subject::Group(_) => group,
    }
}

/// Returns an error unless the caller is an owner.
pub fn require_owner(caller: &User) -> Result<(), EngineError> {
    if caller.roles.contains(&Role::Owner) {
        return Ok(());
    }
    Err(EngineError::Forbidden("Only an owner of the organisation may do this".into()))
}

/// Returns an error unless the caller has a role.
pub fn require_any_role(caller: &User) -> Result<(), EngineError> {
    if !caller.roles.is_empty() {
        return Ok(());
    }
    Err(EngineError::Forbidden("You need a role in the organisation to see this".into()))
}
