//! Policies, settings and roles: kept in memory as they stand in the store, and changed by owners.

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

/// Policies, settings and roles at one moment.
#[derive(Debug)]
pub struct Administration {
    /// The active version of the rules.
    pub version: PolicyVersion,
    /// The same, ready to be applied.
    pub policy: Arc<Policy>,
    /// The settings.
    pub settings: Settings,
    /// Who has which role.
    pub bindings: RoleBindings,
    /// Everybody in the directory, with the roles that they have by themselves or through a group.
    pub people: Directory,
}

/// A change of the rules.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleChange {
    /// All of them, if the version that was read is still the active one; `None` whatever is active.
    Replace(Vec<Rule>, Option<String>),
    /// A new one.
    Add(Rule),
    /// Another in place of the one with this name.
    Put(String, Rule),
    /// One less.
    Remove(String),
}

/// The identifier of an version, and its rules ready to be applied: compiling them takes time.
pub(super) type Compiled = (String, Arc<Policy>);

impl Administration {
    pub(super) fn compiled(&self) -> Compiled {
        (self.version.id.clone(), Arc::clone(&self.policy))
    }
}

/// All as it stands in the store. `compiled` is made use of if that version is still the active one.
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
    /// An version of the rules, active or past.
    ///
    /// # Errors
    ///
    /// [`EngineError::NotFound`]; [`EngineError::Forbidden`] for those without a role.
    pub async fn version(&self, caller: &User, id: &str) -> Result<PolicyVersion, EngineError> {
        require_any_role(caller)?;
        let version = self.0.store.policy_version(id).await?;
        version.ok_or_else(|| EngineError::NotFound(format!("no version {id} of the access policies")))
    }

    /// Changes the rules, and answers with the new version.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] for those who are not owners, [`EngineError::Conflict`] for a stale version or a
    /// name that is taken, [`EngineError::NotFound`] for a name that is not, [`EngineError::Refused`] for wrong rules.
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
    /// [`EngineError::Forbidden`] for those who are not owners, and whatever `change` refuses.
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
                return Err(EngineError::Conflict("The settings have changed meanwhile: try again".into()));
            }
            engine.reload().await?;
            Ok(settings)
        })
        .await
    }

    /// Gives a role.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] for those who are not owners; [`EngineError::NotFound`] for a person who is not in
    /// the directory.
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

    /// Takes a role away.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] for those who are not owners; [`EngineError::LastOwner`].
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

    /// Takes over what has been stored, where the rules are as they were.
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
                Err(EngineError::NotFound(format!("nobody in the directory has the address {email}")))
            }
            _ => Ok(subject),
        }
    }

    fn api_event(&self, action: &str, caller: &User, data: Value) -> Event {
        event(&self.0.organisation, self.0.clock.now(), "api", action, By::User(caller), data)
    }
}

/// The rules after a change, and what the audit says of it.
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
        "The access policies have changed meanwhile: read them again, and apply your change to that".into(),
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

/// Owners administer.
pub fn require_owner(caller: &User) -> Result<(), EngineError> {
    if caller.roles.contains(&Role::Owner) {
        return Ok(());
    }
    Err(EngineError::Forbidden("Only an owner of the organisation may do this".into()))
}

/// Any role lets one look.
pub fn require_any_role(caller: &User) -> Result<(), EngineError> {
    if !caller.roles.is_empty() {
        return Ok(());
    }
    Err(EngineError::Forbidden("You need a role in the organisation to see this".into()))
}
