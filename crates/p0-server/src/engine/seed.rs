//! Seeding the store from the configuration: everything for a new store, and owners for one without any.

use super::{
    EngineError,
    administration::{Administration, binding, check, has_owner, read, version},
    change::{By, event},
};
use crate::{
    clock::Clock,
    domain::Directory,
    policy::Policy,
    store::{RoleBindings, Store, Subject},
};
use p0_wire::{
    policy::Rule,
    role::{Bindings, Role},
    settings::Settings,
};
use serde_json::{Value, json};

/// The initial content of a new store.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// The settings.
    pub settings: Settings,
    /// The access policies, or `None` for the default.
    pub rules: Option<Vec<Rule>>,
    /// The role bindings.
    pub roles: RoleBindings,
}

/// Seeds the store if necessary and returns its policies, settings and roles.
pub(super) async fn load(
    store: &dyn Store,
    directory: &Directory,
    clock: &Clock,
    organisation: &str,
    seed: Seed,
) -> Result<Administration, EngineError> {
    let seeded = |action: &str, mut data: Value| {
        data["seed"] = true.into();
        event(organisation, clock.now(), "api", action, By::Service, data)
    };
    let give = async |role: Role, bindings: &Bindings| {
        for subject in subjects(bindings) {
            store.bind(role, &subject, &seeded("role.bind", binding(role, &subject))).await?;
        }
        Ok::<_, EngineError>(())
    };
    let mut compiled = None;
    // Policies are stored last, so a store with policies has been seeded completely, even if an earlier start was
    // interrupted.
    if store.workflow().await?.is_none() {
        let rules = seed.rules.unwrap_or_else(Policy::default_rules);
        let policy = check(&rules)?;
        for (role, bindings) in &seed.roles {
            give(*role, bindings).await?;
        }
        if store.settings().await?.is_none() {
            store.replace_settings(None, &seed.settings, &seeded("settings.update", json!({}))).await?;
        }
        let version = version(rules, clock.now());
        store.replace_workflow(None, &version, &seeded("policy.replace", json!({}))).await?;
        compiled = Some((version.id, policy));
    }
    let mut administration = read(store, directory, compiled).await?;
    // If all owners have left the directory, no one could appoint a new owner.
    if let Some(owners) = seed.roles.get(&Role::Owner)
        && has_owner(&seed.roles, directory)
        && !has_owner(&administration.bindings, directory)
    {
        tracing::warn!("no owner is left in the directory: restoring the owners of the configuration");
        give(Role::Owner, owners).await?;
        administration = read(store, directory, Some(administration.compiled())).await?;
    }
    if !has_owner(&administration.bindings, directory) {
        tracing::warn!("no owner is in the directory: policies, settings and roles cannot be changed");
    }
    Ok(administration)
}

fn subjects(bindings: &Bindings) -> impl Iterator<Item = Subject> {
    let users = bindings.users.iter().cloned().map(Subject::User);
    users.chain(bindings.groups.iter().cloned().map(Subject::Group))
}
