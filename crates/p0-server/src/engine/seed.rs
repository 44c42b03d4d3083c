//! What the configuration gives to a store: everything to a new one, and owners to one that has none left.

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

/// Policies, settings and roles as they stand in the store, after it has been given what it lacks.
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
    // The rules come last: a store that has them has the rest too, even if its first start was cut off.
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
    // Whoever was an owner may have left the directory: nobody could appoint another.
    if let Some(owners) = seed.roles.get(&Role::Owner)
        && has_owner(&seed.roles, directory)
        && !has_owner(&administration.bindings, directory)
    {
        tracing::warn!("nobody in the directory is an owner any more, so the configuration's owners are owners again");
        give(Role::Owner, owners).await?;
        administration = read(store, directory, Some(administration.compiled())).await?;
    }
    if !has_owner(&administration.bindings, directory) {
        tracing::warn!("nobody in the directory is an owner, so policies, settings and roles stay as they are");
    }
    Ok(administration)
}

fn subjects(bindings: &Bindings) -> impl Iterator<Item = Subject> {
    let users = bindings.users.iter().cloned().map(Subject::User);
    users.chain(bindings.groups.iter().cloned().map(Subject::Group))
}
