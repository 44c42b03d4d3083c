//! Taking the secrets of all sessions to another store, and saying where they are.

use super::{
    Sessions, credential_store,
    deps::Deps,
    owner::Entry,
    secrets::{Kind, StoreStatus},
    store::{Moved, SessionStore},
};
use crate::{error::Failure, file_lock::Lock, settings::SecretStore};
use anyhow::Result;
use serde::Serialize;

/// Where secrets are kept, and where they would be.
#[derive(Debug)]
pub struct SecretsStatus {
    /// What the settings say.
    pub choice: SecretStore,
    /// The store that a sign-in would use, and why; or why there is none.
    pub best: std::result::Result<(Kind, String), Failure>,
    pub stores: [StoreStatus; 3],
    pub sessions: Vec<SessionSecrets>,
}

/// The secrets of one session.
#[derive(Debug, Serialize)]
pub struct SessionSecrets {
    pub org: String,
    pub store: Kind,
    /// Why they cannot be used; `None`: they can.
    pub problem: Option<String>,
}

/// What became of the secrets of one session.
#[derive(Debug)]
pub struct Move {
    pub org: String,
    /// What became of them.
    pub moved: std::result::Result<Moved, Failure>,
}

impl Sessions<'_> {
    /// Asks the stores where secrets are and could be. No secret is shown.
    pub async fn secrets_status(&self) -> Result<SecretsStatus> {
        let store = self.store();
        let secrets = store.secrets();
        let (best, stores, sessions) = tokio::join!(secrets.probe(), secrets.stores(), held(&store));
        let settings = &self.ctx.settings;
        Ok(SecretsStatus {
            choice: settings.secret_store,
            best: best.map(|kind| (kind, secrets.why(kind, settings.secret_store_origin))),
            stores,
            sessions: sessions?,
        })
    }

    /// Takes the secrets of all sessions to another store. What becomes of one does not keep the others.
    pub async fn move_secrets(&self, to: Kind) -> Result<Vec<Move>> {
        let deps = self.deps();
        let orgs = deps.store.orgs()?;
        // Nothing is touched for a store that cannot take it.
        deps.store.secrets().get(to, &Entry::probe()).await?;
        let mut moves = Vec::new();
        for org in orgs {
            let moved = match deps.lock(&org).await {
                Ok(lock) => move_all(&deps, &lock, &org, to).await,
                Err(failure) => Err(failure),
            };
            moves.push(Move { org, moved });
        }
        Ok(moves)
    }

    /// Whether a sign-in would put secrets there, as far as the settings go.
    pub fn allows(&self, store: Kind) -> bool {
        self.store().allows(store)
    }
}

/// Takes what an organisation's sessions have to another store, whichever services they are with.
async fn move_all(deps: &Deps, lock: &Lock, org: &str, to: Kind) -> Result<Moved, Failure> {
    let mut moved = Moved::Already;
    for record in deps.store.records(org)? {
        credential_store::move_all(&deps.store, &deps.dirs, org, &record.base, to).await?;
        match deps.store.move_secrets(lock, org, &record.base, to).await? {
            Moved::Already => {}
            other => moved = other,
        }
    }
    Ok(moved)
}

/// The secrets of each session, asked for all at once.
async fn held(store: &SessionStore) -> Result<Vec<SessionSecrets>, Failure> {
    let mut asked = Vec::new();
    for org in store.orgs()? {
        for record in store.records(&org)? {
            let (secrets, org) = (store.secrets().clone(), org.clone());
            asked.push(tokio::spawn(async move {
                let problem = match secrets.holds(record.store, &record.entry(&org)).await {
                    Ok(true) => None,
                    Ok(false) => Some("they are gone".to_owned()),
                    Err(error) => Some(format!("{} {error}", record.store.name())),
                };
                SessionSecrets { org, store: record.store, problem }
            }));
        }
    }
    let mut held = Vec::new();
    for asked in asked {
        held.push(asked.await.map_err(|error| Failure::error(format!("Cannot ask a secret store: {error}")))?);
    }
    Ok(held)
}
