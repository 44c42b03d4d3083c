//! Engines on incomplete and damaged stores.

use super::{Engine, EngineOptions, Seed};
use crate::{
    clock::{Clock, Timestamp},
    domain::{Directory, User},
    store::{
        AdministrationStore, Location, RequestStore, SqliteStore, Subject,
        tests::{MOST, event, request, step},
    },
};
use p0_wire::{
    audit::Event,
    request::Status,
    role::{Bindings, Role},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const OWNER: &str = "owner@example.com";

async fn store() -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(&Location::Memory).await.expect("opens"))
}

async fn start(store: Arc<SqliteStore>) -> Engine {
    start_for(store, &[OWNER], OWNER).await
}

/// Starts an engine for these people, with an owner in its seed.
async fn start_for(store: Arc<SqliteStore>, people: &[&str], owner: &str) -> Engine {
    let user = |email: &&str| ((*email).to_owned(), User { email: (*email).into(), ..User::default() });
    let bound = |email: &str| Bindings { users: vec![email.into()], groups: Vec::new() };
    let roles = [(Role::Viewer, bound("viewer@example.com")), (Role::Owner, bound(owner))].into();
    let options = EngineOptions {
        organisation: "test".into(),
        clock: Clock::manual(Timestamp(1_000)),
        store,
        directory: Arc::new(Directory(people.iter().map(user).collect())),
        provisioners: Box::new(|_| None),
        seed: Seed { roles, ..Seed::default() },
        requests_per_person: 10,
    };
    Engine::start(options).await.expect("starts")
}

#[tokio::test]
async fn an_interrupted_first_start_is_completed() {
    let store = store().await;
    let viewer = Subject::User("viewer@example.com".into());
    store.bind(Role::Viewer, &viewer, &event()).await.expect("is bound before the end");
    let engine = start(Arc::clone(&store)).await;
    assert!(engine.person(OWNER).is_some_and(|owner| owner.roles.contains(&Role::Owner)));
    assert!(store.workflow().await.expect("reads").is_some());
    engine.stop().await;
}

#[tokio::test]
async fn owners_are_seeded_again_only_if_none_is_left() {
    let store = store().await;
    let is_owner = |engine: &Engine, email| engine.person(email).is_some_and(|user| user.roles.contains(&Role::Owner));
    let first = start_for(Arc::clone(&store), &["first@example.com"], "first@example.com").await;
    assert!(is_owner(&first, "first@example.com"));
    let people = ["first@example.com", "second@example.com"];
    let second = start_for(Arc::clone(&store), &people, "second@example.com").await;
    assert!(!is_owner(&second, "second@example.com"), "there is an owner");
    let third = start_for(Arc::clone(&store), &["second@example.com"], "second@example.com").await;
    assert!(is_owner(&third, "second@example.com"), "the first has left");
    let events: Vec<String> = sqlx::query_scalar("SELECT document FROM events WHERE action = 'role.bind' ORDER BY id")
        .fetch_all(store.pool())
        .await
        .expect("reads");
    let data: Vec<Value> =
        events.iter().map(|text| serde_json::from_str::<Event>(text).expect("an event").data).collect();
    assert_eq!(
        data,
        [
            json!({"role": "viewer", "user": "viewer@example.com", "seed": true}),
            json!({"role": "owner", "user": "first@example.com", "seed": true}),
            json!({"role": "owner", "user": "second@example.com", "seed": true}),
        ]
    );
}

#[tokio::test]
async fn a_damaged_request_does_not_keep_others_from_expiring() {
    let store = store().await;
    let (mut damaged, whole) = (request("damaged"), request("whole"));
    damaged.expires_at = Some(Timestamp(50));
    for request in [&damaged, &whole] {
        store.insert(request, &[step(Status::New)], &event(), MOST).await.expect("stores");
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
