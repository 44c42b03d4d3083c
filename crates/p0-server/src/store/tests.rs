//! The store on SQLite: persistence, conflicts, and errors for bad files.

use super::{Filter, Inserted, Location, RequestStore, SqliteStore, Store};
use crate::{
    clock::Timestamp,
    domain::{Access, Request, RequestId},
};
use p0_wire::{
    audit::{Actor, Event},
    request::{Status, Step},
};
use serde_json::{Value, json};
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, path::PathBuf};

/// A limit that no test reaches.
pub(crate) const MOST: u32 = 1_000;

/// A pending request of `dev@example.com` that expires 100 ms after the epoch.
pub(crate) fn request(key: &str) -> Request {
    Request {
        id: RequestId::random(),
        principal: "dev@example.com".into(),
        requestor: "dev@example.com".into(),
        access: Access {
            integration: "gcloud".into(),
            access_type: "role".into(),
            permission: json!({"type": "role"}),
            key: key.into(),
            title: "gcloud role x".into(),
            parts: Vec::new(),
            aspects: BTreeMap::new(),
            generated: Value::Null,
            delegation: Vec::new(),
        },
        status: Status::PendingApproval,
        reason: Some("because".into()),
        length: 60,
        grounds: None,
        approvals: Vec::new(),
        requested_at: Timestamp(1),
        updated_at: Timestamp(1),
        expires_at: Some(Timestamp(100)),
        generated: Value::Null,
        delegation: Vec::new(),
        error: None,
        to_undo: false,
        withdrawn: false,
        revision: 0,
    }
}

pub(crate) fn step(status: Status) -> Step {
    Step { timestamp: 1, status, by: "p0".into(), note: None }
}

pub(crate) fn event() -> Event {
    Event {
        vendor_account: "test".into(),
        timestamp: Timestamp(1).rfc3339(),
        kind: "permission-requests".into(),
        action: "request".into(),
        user: Actor::default(),
        data: Value::Null,
    }
}

async fn count(store: &SqliteStore, table: &'static str) -> i64 {
    let query = match table {
        "requests" => "SELECT count(*) FROM requests",
        "steps" => "SELECT count(*) FROM steps",
        _ => "SELECT count(*) FROM events",
    };
    sqlx::query_scalar(query).fetch_one(store.pool()).await.expect("a count")
}

fn file(directory: &tempfile::TempDir) -> (PathBuf, Location) {
    let path = directory.path().join("p0.db");
    (path.clone(), Location::File(path))
}

#[tokio::test]
async fn data_survives_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, location) = file(&directory);
    let stored = request("k");
    let store = SqliteStore::open(&location).await.expect("opens");
    assert_eq!(store.insert(&stored, &[step(Status::New)], &event(), MOST).await.expect("stores"), Inserted::Added);
    store.close().await;
    let store = SqliteStore::open(&location).await.expect("opens again");
    assert_eq!(store.request(&stored.id).await.expect("reads"), Some(stored.clone()));
    assert_eq!(store.history(&stored.id).await.expect("reads"), [step(Status::New)]);
    #[cfg(unix)]
    for name in [path.clone(), directory.path().join("p0.db-wal"), directory.path().join("p0.db.lock")] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&name).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", name.display());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn database_readable_by_others_becomes_private() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let (path, location) = file(&directory);
    let stored = request("k");
    let store = SqliteStore::open(&location).await.expect("opens");
    store.insert(&stored, &[], &event(), MOST).await.expect("stores");
    // A copy of the files that a killed process leaves.
    let copy = directory.path().join("copy.db");
    let names = |path: &std::path::Path| ["", "-wal", "-shm"].map(|suffix| format!("{}{suffix}", path.display()));
    for (from, to) in names(&path).iter().zip(names(&copy)) {
        std::fs::copy(from, &to).expect("is copied");
        std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o664)).expect("is opened to others");
    }
    store.close().await;
    let store = SqliteStore::open(&Location::File(copy.clone())).await.expect("opens");
    for name in names(&copy) {
        let mode = std::fs::metadata(&name).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(store.request(&stored.id).await.expect("reads"), Some(stored));
    store.close().await;
}

#[tokio::test]
async fn second_request_for_the_same_permission_returns_the_first() {
    let store = SqliteStore::open(&Location::Memory).await.expect("opens");
    let (first, second, other) = (request("k"), request("k"), request("other"));
    assert_eq!(store.insert(&first, &[], &event(), MOST).await.expect("stores"), Inserted::Added);
    assert_eq!(store.insert(&second, &[], &event(), MOST).await.expect("answers"), Inserted::Existing(Box::new(first)));
    assert_eq!(store.insert(&other, &[], &event(), MOST).await.expect("stores"), Inserted::Added);
    let denied = Request { status: Status::Denied, ..request("k") };
    assert_eq!(store.insert(&denied, &[], &event(), MOST).await.expect("stores"), Inserted::Added);
    assert_eq!(count(&store, "requests").await, 3);
    assert_eq!(count(&store, "events").await, 3);
}

#[tokio::test]
async fn live_requests_per_requestor_are_limited() {
    let store = SqliteStore::open(&Location::Memory).await.expect("opens");
    let insert = async |request: Request| store.insert(&request, &[], &event(), 2).await.expect("answers");
    let first = request("a");
    assert_eq!(insert(first.clone()).await, Inserted::Added);
    assert_eq!(insert(Request { principal: "other@example.com".into(), ..request("a") }).await, Inserted::Added);
    assert_eq!(insert(request("b")).await, Inserted::TooMany);
    assert_eq!(insert(request("a")).await, Inserted::Existing(Box::new(first.clone())));
    assert_eq!(insert(Request { status: Status::Denied, ..request("b") }).await, Inserted::Added);
    assert_eq!(insert(Request { requestor: "boss@example.com".into(), ..request("b") }).await, Inserted::Added);
    let over = Request { status: Status::Denied, ..first };
    store.update(over, &step(Status::Denied), &event()).await.expect("stores");
    assert_eq!(insert(request("c")).await, Inserted::Added);
}

#[tokio::test]
async fn stale_revision_is_rejected() {
    let store = SqliteStore::open(&Location::Memory).await.expect("opens");
    let read = request("k");
    store.insert(&read, &[], &event(), MOST).await.expect("stores");
    let approved = Request { status: Status::Approved, ..read.clone() };
    let denied = Request { status: Status::Denied, ..read.clone() };
    let (yes, no, event) = (step(Status::Approved), step(Status::Denied), event());
    let (a, b) = tokio::join!(store.update(approved, &yes, &event), store.update(denied, &no, &event));
    let won: Vec<_> = [a.expect("answers"), b.expect("answers")].into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    assert_eq!(store.request(&read.id).await.expect("reads"), Some(won[0].clone()));
    assert_eq!(count(&store, "steps").await, 1);
    assert_eq!(count(&store, "events").await, 2);
}

#[tokio::test]
async fn deprovisioning_comes_before_provisioning() {
    let store = SqliteStore::open(&Location::Memory).await.expect("opens");
    let granted = Request { status: Status::Approved, requested_at: Timestamp(0), ..request("k") };
    let ended = Request { status: Status::Revoked, to_undo: true, requested_at: Timestamp(5), ..request("k") };
    store.insert(&granted, &[], &event(), MOST).await.expect("stores");
    store.insert(&ended, &[], &event(), MOST).await.expect("stores");
    assert_eq!(store.next_job("dev@example.com", "k").await.expect("reads"), Some(ended.clone()));
    let undone = Request { to_undo: false, ..ended };
    store.update(undone, &step(Status::Revoked), &event()).await.expect("stores");
    assert_eq!(store.next_job("dev@example.com", "k").await.expect("reads"), Some(granted));
    assert_eq!(store.unfinished().await.expect("reads"), [("dev@example.com".to_owned(), "k".to_owned())]);
}

#[tokio::test]
async fn full_disk_is_reported_and_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open(&file(&directory).1).await.expect("opens");
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(store.pool()).await.expect("a count");
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 4));
    sqlx::query(limit).execute(store.pool()).await.expect("is limited");
    let mut stored = 0;
    let error = loop {
        let long = Request { reason: Some("x".repeat(2_000)), ..request(&format!("k{stored}")) };
        match store.insert(&long, &[step(Status::New), step(Status::PendingApproval)], &event(), MOST).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), "the store is full: make room on its disk and try again; nothing was changed");
    assert_eq!(count(&store, "requests").await, stored);
    assert_eq!(count(&store, "steps").await, 2 * stored);
    assert_eq!(count(&store, "events").await, stored);
    // Existing data can still be read.
    let filter = Filter { limit: 100, ..Filter::default() };
    assert_eq!(store.list(&filter).await.expect("reads").len() as i64, stored);
}

#[tokio::test]
async fn bad_database_file_is_described() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, location) = file(&directory);
    let open = async || SqliteStore::open(&location).await.map(|_| ()).expect_err("does not open").to_string();
    let shown = path.display();

    std::fs::write(&path, "this is a letter, and no database at all. ".repeat(200)).expect("writes");
    let damaged = format!(
        "the database {shown} is damaged, or is not a database: restore it from a backup, or name another file"
    );
    assert_eq!(open().await, damaged);

    std::fs::remove_file(&path).expect("removes");
    let store = SqliteStore::open(&location).await.expect("opens");
    assert_eq!(open().await, format!("the database {shown} is in use by another process of this service"));
    for n in 0..50 {
        store.insert(&request(&n.to_string()), &[], &event(), MOST).await.expect("stores");
    }
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (99, 'later', 0, 1, x'00', 0)")
        .execute(store.pool())
        .await
        .expect("writes");
    store.close().await;
    assert_eq!(
        open().await,
        format!("the database {shown} was written by a newer version of this service (migration 99): use that version")
    );

    let mut bytes = std::fs::read(&path).expect("reads");
    let end = bytes.len();
    bytes[8_192..end].fill(0x55);
    std::fs::write(&path, bytes).expect("writes");
    assert_eq!(open().await, damaged);

    std::fs::remove_file(&path).expect("removes");
    let other = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path).create_if_missing(true))
        .await
        .expect("opens");
    sqlx::query("CREATE TABLE recipes (name TEXT)").execute(&other).await.expect("writes");
    other.close().await;
    assert_eq!(open().await, format!("the database {shown} belongs to another program: name another file"));

    let nowhere = Location::File(directory.path().join("no/such/folder/p0.db"));
    let error = SqliteStore::open(&nowhere).await.map(|_| ()).expect_err("does not open").to_string();
    assert!(error.ends_with("p0.db: No such file or directory (os error 2)"), "{error}");
}
