//! approve, deny, revoke, relinquish, extend, and who may see what.

use crate::support::{HOUR, START, Server};
use serde_json::json;

#[tokio::test]
async fn an_approver_decides_and_whoever_waits_is_told() {
    let server = Server::start().await;
    let (dev, manager) = (server.user("dev"), server.user("manager"));
    let id = dev.request("gcloud role editor --requested-duration 2h").await;
    let mut stream = dev.poll(&id).await;
    assert_eq!(
        stream.next().await.expect("a line"),
        json!({"type": "heartbeat", "status": "PENDING_APPROVAL", "approvers": ["manager@example.com", "owner@example.com"]})
    );
    assert_eq!(manager.decide(&id, "approve", json!({"expirationLength": "30m"})).await.brief(), (200, ""));
    let mut lines = Vec::new();
    while let Some(line) = stream.next().await {
        lines.push(line);
    }
    let last = lines.pop().expect("an outcome");
    assert_eq!(last["type"], "data");
    assert_eq!(last["data"]["id"], id);
    assert_eq!(last["data"]["request"]["status"], "DONE");
    assert_eq!(last["data"]["request"]["expiryTimestamp"], START.plus(HOUR / 2).0);
    assert!(lines.iter().all(|line| *line == json!({"type": "heartbeat", "status": "APPROVED"})), "{lines:?}");
    server.stop().await;
}

#[tokio::test]
async fn decisions_that_cannot_be_made_say_why() {
    let server = Server::start().await;
    let (dev, other) = (server.user("dev"), server.user("other"));
    let (manager, viewer) = (server.user("manager"), server.user("viewer"));
    let id = dev.request("gcloud role editor").await;
    let absent = (400, "Could not find request nothing");
    assert_eq!(manager.decide("nothing", "approve", json!({})).await.brief(), absent);
    assert_eq!(
        other.decide(&id, "approve", json!({})).await.brief(),
        (400, format!("Could not find request {id}").as_str())
    );
    for decision in ["approve", "deny", "revoke"] {
        let answer = viewer.decide(&id, decision, json!({})).await;
        assert_ne!(answer.status, 200, "{decision}");
    }
    assert_eq!(viewer.decide(&id, "approve", json!({})).await.brief(), (403, "This request cannot be approved by you"));
    assert_eq!(dev.decide(&id, "approve", json!({})).await.brief(), (403, "This request cannot be approved by you"));
    assert_eq!(
        manager.decide(&id, "approve", json!({"expirationLength": "soon"})).await.brief(),
        (400, "Invalid duration format: use for example 30m or 2h")
    );
    assert_eq!(
        manager.decide(&id, "approve", json!({"expirationLength": "9h"})).await.brief(),
        (400, "The requested duration of 9 hours is over the limit of 8 hours")
    );
    assert_eq!(
        manager.decide(&id, "revoke", json!({})).await.brief(),
        (400, format!("Request {id} cannot be revoked: it waits for approval").as_str())
    );
    assert_eq!(
        manager.decide(&id, "extend", json!({})).await.brief(),
        (400, format!("Request {id} cannot be extended: it waits for approval").as_str())
    );
    assert_eq!(
        manager.decide(&id, "relinquish", json!({})).await.brief(),
        (403, "Only its owner can relinquish this access")
    );
    assert_eq!(manager.decide(&id, "approve", json!({})).await.brief(), (200, ""));
    assert_eq!(
        manager.decide(&id, "approve", json!({})).await.brief(),
        (400, format!("Request {id} cannot be approved: it has been approved already").as_str())
    );
    assert_eq!(dev.outcome(&id).await["status"], "DONE");
    assert_eq!(manager.decide(&id, "revoke", json!({})).await.brief(), (200, ""));
    assert_eq!(dev.outcome(&id).await["status"], "REVOKED");
    assert_eq!(
        manager.decide(&id, "revoke", json!({})).await.brief(),
        (400, format!("Request {id} cannot be revoked: it has been revoked").as_str())
    );
    server.stop().await;
}

#[tokio::test]
async fn a_denial_carries_its_reason() {
    let server = Server::start().await;
    let (dev, manager) = (server.user("dev"), server.user("manager"));
    let id = dev.request("gcloud role editor").await;
    assert_eq!(manager.decide(&id, "deny", json!({"reason": " not\n\u{1b}\u{202e}today "})).await.brief(), (200, ""));
    let outcome = dev.outcome(&id).await;
    assert_eq!((&outcome["status"], &outcome["error"]["message"]), (&json!("DENIED"), &json!("not today")));
    assert_eq!(dev.show(&id).await["history"][2]["by"], "manager@example.com");
    assert_ne!(dev.request("gcloud role editor").await, id);
    server.stop().await;
}

#[tokio::test]
async fn one_party_may_do_both_where_a_policy_says_so() {
    let server = Server::start().await;
    let owner = server.user("owner");
    let id = owner.request("gcloud role owner --reason repair").await;
    assert_eq!(owner.decide(&id, "approve", json!({})).await.brief(), (200, ""));
    assert_eq!(owner.outcome(&id).await["status"], "DONE");
    let id = owner.request("gcloud role editor").await;
    assert_eq!(
        owner.decide(&id, "approve", json!({})).await.brief(),
        (403, "This request cannot be approved by the person who asked")
    );
    server.stop().await;
}

#[tokio::test]
async fn the_person_in_the_profile_decides() {
    let server = Server::start().await;
    let (dev, boss) = (server.user("dev"), server.user("boss"));
    let id = dev.request("gcloud role billing.admin").await;
    assert_eq!(boss.show(&id).await["approvers"], json!(["boss@example.com"]));
    assert_eq!(
        server.user("manager").decide(&id, "approve", json!({})).await.brief(),
        (403, "This request cannot be approved by you")
    );
    assert_eq!(boss.decide(&id, "approve", json!({})).await.brief(), (200, ""));
    assert_eq!(boss.decide(&id, "revoke", json!({})).await.brief(), (200, ""));
    server.stop().await;
}

#[tokio::test]
async fn one_gives_back_and_withdraws_what_is_ones_own() {
    let server = Server::start().await;
    let dev = server.user("dev");
    let pending = dev.request("gcloud role editor").await;
    assert_eq!(dev.decide(&pending, "relinquish", json!({})).await.brief(), (200, ""));
    assert_eq!(dev.outcome(&pending).await["status"], "REVOKED");
    let active = dev.request("gcloud role viewer").await;
    dev.outcome(&active).await;
    assert_eq!(dev.decide(&active, "relinquish", json!({})).await.brief(), (200, ""));
    let shown = dev.until(&active, "REVOKED").await;
    assert_eq!(shown["history"][3]["status"], "REVOKED");
    let undone = crate::support::eventually(async || dev.show(&active).await["history"].get(4).cloned()).await;
    assert_eq!(undone["note"], "The access was taken back");
    assert_ne!(dev.request("gcloud role viewer").await, active);
    server.stop().await;
}

#[tokio::test]
async fn access_is_extended_by_those_who_could_grant_it() {
    let server = Server::start().await;
    let (dev, other, manager) = (server.user("dev"), server.user("other"), server.user("manager"));
    let id = other.request("gcloud role editor").await;
    manager.decide(&id, "approve", json!({})).await;
    other.outcome(&id).await;
    assert_eq!(
        other.decide(&id, "extend", json!({"expirationLength": "2h"})).await.brief(),
        (403, "This request cannot be extended by you")
    );
    assert_eq!(
        manager.decide(&id, "extend", json!({"expirationLength": "1h"})).await.brief(),
        (400, "The access lasts longer than that already")
    );
    assert_eq!(manager.decide(&id, "extend", json!({"expirationLength": "2h"})).await.brief(), (200, ""));
    assert_eq!(other.show(&id).await["request"]["expiryTimestamp"], START.plus(2 * HOUR).0);
    // Nobody had to approve this one, so nobody has to now.
    let id = dev.request("gcloud role viewer").await;
    dev.outcome(&id).await;
    assert_eq!(dev.decide(&id, "extend", json!({"expirationLength": "3h"})).await.brief(), (200, ""));
    assert_eq!(dev.show(&id).await["request"]["expiryTimestamp"], START.plus(3 * HOUR).0);
    server.stop().await;
}

#[tokio::test]
async fn what_is_extended_without_an_approver_is_judged_thing_by_thing() {
    let server = Server::start().await;
    let (dev, owner) = (server.user("dev"), server.user("owner"));
    let id = dev.request("gcloud role viewer browser").await;
    dev.outcome(&id).await;
    assert_eq!(dev.decide(&id, "extend", json!({"expirationLength": "2h"})).await.brief(), (200, ""));
    assert_eq!(owner.delete("/policy/name/browser").await.brief(), (204, ""));
    assert_eq!(
        dev.decide(&id, "extend", json!({"expirationLength": "3h"})).await.brief(),
        (403, "This request cannot be extended by you")
    );
    server.stop().await;
}

#[tokio::test]
async fn the_limit_of_the_day_of_the_decision_holds() {
    let server = Server::start().await;
    let (other, manager, owner) = (server.user("other"), server.user("manager"), server.user("owner"));
    let id = other.request("gcloud role editor --requested-duration 4h").await;
    assert_eq!(owner.put("/settings/max-access-duration", json!({"time": 2, "unit": "h"})).await.brief(), (204, ""));
    assert_eq!(
        manager.decide(&id, "approve", json!({"expirationLength": "3h"})).await.brief(),
        (400, "The requested duration of 3 hours is over the limit of 2 hours")
    );
    assert_eq!(manager.decide(&id, "approve", json!({})).await.brief(), (200, ""));
    assert_eq!(other.outcome(&id).await["expiryTimestamp"], START.plus(2 * HOUR).0);
    server.stop().await;
}

#[tokio::test]
async fn people_see_what_concerns_them() {
    let server = Server::start().await;
    let (dev, other) = (server.user("dev"), server.user("other"));
    let first = dev.request("gcloud role viewer").await;
    dev.outcome(&first).await;
    server.clock.advance(std::time::Duration::from_secs(1));
    let second = dev.request("gcloud role billing.admin").await;
    let list = async |who: &str, query: &str| -> Vec<String> {
        let answer = server.user(who).get(&format!("/permission-requests{query}")).await;
        let requests = answer.body["requests"].as_array().unwrap_or_else(|| panic!("{answer:?}")).clone();
        requests.iter().map(|r| r["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(list("dev", "").await, [second.clone(), first.clone()]);
    assert_eq!(list("dev", "?mine&limit=1").await, *std::slice::from_ref(&second));
    assert_eq!(list("dev", "?pending").await, *std::slice::from_ref(&second));
    assert_eq!(list("dev", "?active=true&mine=true").await, *std::slice::from_ref(&first));
    assert_eq!(list("boss", "").await, *std::slice::from_ref(&second));
    assert_eq!(list("boss", "?mine").await, [""; 0]);
    assert_eq!(list("other", "").await, [""; 0]);
    for role in ["viewer", "manager", "owner"] {
        assert_eq!(list(role, "").await.len(), 2, "{role}");
    }
    assert_eq!(
        other.get(&format!("/permission-requests/{first}")).await.brief(),
        (404, format!("Could not find request {first}").as_str())
    );
    let poll = other.get(&format!("/command/{first}/poll")).await;
    assert_eq!(poll.brief(), (404, format!("Could not find request {first}").as_str()));
    assert_eq!(dev.get("/permission-requests?limit=many").await.brief(), (400, "limit is not a number: many"));
    server.stop().await;
}
