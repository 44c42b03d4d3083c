//! Policies, settings and roles: kept in memory as they stand in the store, and changed by owners.

use super::{
    Engine, EngineError,
    change::{By, event},
    to_the_end,
};
use crate::{
    clock::{Clock, Timestamp},
    domain::{Directory, RequestId, User},
    policy::Policy,
    store::{Edition, RoleBindings, Store, Subject},
};
use p0_wire::{audit::Event, policy::Rule, role::Role, settings::Settings};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

/// What a store that knows nothing begins with.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// The settings.
    pub settings: Settings,
    /// The access policies; `None` for the default.
    pub rules: Option<Vec<Rule>>,
    /// Who has which role.
    pub roles: RoleBindings,
}

/// Policies, settings and roles at one moment.
#[derive(Debug)]
pub struct Administration {
    /// The active edition of the rules.
    pub edition: Edition,
    /// The same, ready to be applied.
    pub policy: Policy,
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
    /// All of them, if the edition that was read is still the active one; `None` whatever is active.
    Replace(Vec<Rule>, Option<String>),
    /// A new one.
    Add(Rule),
    /// Another in place of the one with this name.
    Put(String, Rule),
    /// One less.
    Remove(String),
}

pub(super) async fn load(
    store: &dyn Store,
    directory: &Directory,
    clock: &Clock,
    organisation: &str,
    seed: Seed,
) -> Result<Administration, EngineError> {
    let seeded = |action: &str| event(organisation, clock.now(), "api", action, By::Service, json!({"seed": true}));
    // The rules come last: a store that has them has the rest too, even if its first start was cut off.
    if store.workflow().await?.is_none() {
        let rules = seed.rules.unwrap_or_else(Policy::default_rules);
        check(&rules)?;
        for (role, bindings) in seed.roles {
            let users = bindings.users.into_iter().map(Subject::User);
            for subject in users.chain(bindings.groups.into_iter().map(Subject::Group)) {
                store.bind(role, &subject, &seeded("role.bind")).await?;
            }
        }
        if store.settings().await?.is_none() {
            store.replace_settings(None, &seed.settings, &seeded("settings.update")).await?;
        }
        store.replace_workflow(None, &edition(rules, clock.now()), &seeded("policy.replace")).await?;
    }
    let administration = read(store, directory).await?;
    if !has_owner(&administration.bindings, directory) {
        tracing::warn!("nobody in the directory is an owner, so policies, settings and roles stay as they are");
    }
    Ok(administration)
}

async fn read(store: &dyn Store, directory: &Directory) -> Result<Administration, EngineError> {
    let edition = match store.workflow().await? {
        Some(edition) => edition,
        None => Edition { id: "default".into(), created_at: Timestamp(0), rules: Policy::default_rules() },
    };
    let bindings = store.bindings().await?;
    let with_roles =
        |(email, user): (&String, &User)| (email.clone(), User { roles: roles_of(&bindings, user), ..user.clone() });
    Ok(Administration {
        policy: check(&edition.rules)?,
        edition,
        settings: store.settings().await?.unwrap_or_default(),
        people: Directory(directory.0.iter().map(with_roles).collect()),
        bindings,
    })
}

fn check(rules: &[Rule]) -> Result<Policy, EngineError> {
    Policy::new(rules).map_err(|error| EngineError::Refused(error.to_string()))
}

fn edition(rules: Vec<Rule>, created_at: Timestamp) -> Edition {
    Edition { id: RequestId::random().0, created_at, rules }
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

fn has_owner(bindings: &RoleBindings, directory: &Directory) -> bool {
    directory.0.values().any(|user| roles_of(bindings, user).contains(&Role::Owner))
}

impl Engine {
    /// An edition of the rules, active or past.
    ///
    /// # Errors
    ///
    /// [`EngineError::NotFound`]; [`EngineError::Forbidden`] for those without a role.
    pub async fn edition(&self, caller: &User, id: &str) -> Result<Edition, EngineError> {
        require_any_role(caller)?;
        let edition = self.0.store.workflow_edition(id).await?;
        edition.ok_or_else(|| EngineError::NotFound(format!("no edition {id} of the access policies")))
    }

    /// Changes the rules, and answers with the new edition.
    ///
    /// # Errors
    ///
    /// [`EngineError::Forbidden`] for those who are not owners, [`EngineError::Conflict`] for a stale edition or a
    /// name that is taken, [`EngineError::NotFound`] for a name that is not, [`EngineError::Refused`] for wrong rules.
    pub async fn change_rules(&self, caller: &User, change: RuleChange) -> Result<Edition, EngineError> {
        let (engine, caller) = (self.clone(), caller.clone());
        to_the_end(async move {
            require_owner(&caller)?;
            let _turn = engine.0.administering.lock().await;
            let active = engine.administration().edition.clone();
            let (rules, data) = changed(&active, change)?;
            check(&rules)?;
            let edition = edition(rules, engine.0.clock.now());
            let event = engine.api_event("policy.replace", &caller, data);
            if !engine.0.store.replace_workflow(Some(&active.id), &edition, &event).await? {
                engine.reload().await?;
                return Err(stale());
            }
            engine.reload().await?;
            Ok(edition)
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
        to_the_end(async move {
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
        to_the_end(async move {
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
        to_the_end(async move {
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

    /// Takes over what has been stored.
    async fn reload(&self) -> Result<(), EngineError> {
        let administration = read(&*self.0.store, &self.0.directory).await?;
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
fn changed(active: &Edition, change: RuleChange) -> Result<(Vec<Rule>, Value), EngineError> {
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

fn binding(role: Role, subject: &Subject) -> Value {
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
