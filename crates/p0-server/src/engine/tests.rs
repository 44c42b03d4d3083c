//! What an engine makes of a store that is not as it should be.

use super::{Engine, EngineOptions, Seed};
use crate::{
    clock::{Clock, Timestamp},
    domain::{Directory, User},
    store::{
        AdministrationStore, Location, RequestStore, SqliteStore, Subject,
        tests::{event, request, step},
    },
};
use p0_wire::{
    request::Status,
    role::{Bindings, Role},
};
use std::{sync::Arc, time::Duration};

const OWNER: &str = "owner@example.com";

async fn store() -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(&Location::Memory).await.expect("opens"))
}

async fn start(store: Arc<SqliteStore>) -> Engine {
    let owner = User { email: OWNER.into(), ..User::default() };
    let bound = |email: &str| Bindings { users: vec![email.into()], groups: Vec::new() };
    let roles = [(Role::Viewer, bound("viewer@example.com")), (Role::Owner, bound(OWNER))].into();
    let options = EngineOptions {
        organisation: "test".into(),
        clock: Clock::manual(Timestamp(1_000)),
        store,
        directory: Arc::new(Directory([(OWNER.into(), owner)].into())),
        provisioners: Box::new(|_| None),
        seed: Seed { roles, ..Seed::default() },
    };
    Engine::start(options).await.expect("starts")
}

#[tokio::test]
async fn a_first_start_that_was_cut_off_is_made_up_for() {
    let store = store().await;
    let viewer = Subject::User("viewer@example.com".into());
    store.bind(Role::Viewer, &viewer, &event()).await.expect("is bound before the end");
    let engine = start(Arc::clone(&store)).await;
    assert!(engine.person(OWNER).is_some_and(|owner| owner.roles.contains(&Role::Owner)));
    assert!(store.workflow().await.expect("reads").is_some());
    engine.stop().await;
}

#[tokio::test]
async fn a_request_that_cannot_be_read_keeps_no_other_from_ending() {
    let store = store().await;
    let (mut damaged, whole) = (request("damaged"), request("whole"));
    damaged.expires_at = Some(Timestamp(50));
    for request in [&damaged, &whole] {
        store.insert(request, &[step(Status::New)], &event()).await.expect("stores");
    }
    sqlx::query("UPDATE requests SET approvals = '[' WHERE id = ?")
        .bind(&damaged.id.0)
        .execute(store.pool())
        .await
        .expect("is damaged");
    let engine = start(Arc::clone(&store)).await;
    let ended = async {
        while store.request(&whole.id).await.expect("reads").expect("is there").status != Status::Expired {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("ends, whatever becomes of the other");
    engine.stop().await;
}
