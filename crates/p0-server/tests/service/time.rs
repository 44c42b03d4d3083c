//! Requests end in time.

use crate::support::{HOUR, Server};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn access_ends_when_its_time_is_up() {
    let server = Server::start().await;
    let id = server.user("dev").request("gcloud role viewer --requested-duration 10m").await;
    server.user("dev").outcome(&id).await;
    server.clock.advance(Duration::from_secs(599));
    assert_eq!(server.user("dev").show(&id).await["request"]["status"], "DONE");
    server.clock.advance(Duration::from_secs(1));
    let shown = server.user("dev").until(&id, "EXPIRED").await;
    assert_eq!(shown["history"][3]["by"], "p0");
    assert_eq!(server.user("dev").outcome(&id).await["status"], "EXPIRED");
    assert_ne!(server.user("dev").request("gcloud role viewer").await, id);
    server.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_approval_for_ever() {
    let server = Server::start().await;
    let id = server.user("dev").request("gcloud role editor").await;
    let mut stream = server.user("dev").poll(&id).await;
    assert_eq!(stream.next().await.expect("a line")["status"], "PENDING_APPROVAL");
    server.clock.advance(24 * HOUR);
    let outcome = loop {
        let line = stream.next().await.expect("an outcome");
        if line["type"] == "data" {
            break line;
        }
    };
    assert_eq!(outcome["data"]["request"]["status"], "EXPIRED");
    let shown = server.user("dev").show(&id).await;
    assert_eq!(shown["history"][2]["note"], "No approver decided in time");
    let late = server.user("manager").decide(&id, "approve", json!({})).await;
    assert_eq!(late.brief(), (400, format!("Request {id} cannot be approved: it has expired").as_str()));
    server.stop().await;
}

#[tokio::test]
async fn what_is_extended_ends_later() {
    let server = Server::start().await;
    let id = server.user("dev").request("gcloud role viewer").await;
    server.user("dev").outcome(&id).await;
    server.clock.advance(HOUR / 2);
    server.user("dev").decide(&id, "extend", json!({"expirationLength": "1h"})).await;
    server.clock.advance(HOUR / 2);
    let shorter = server.user("other").request("gcloud role browser --requested-duration 1m").await;
    server.user("other").outcome(&shorter).await;
    server.clock.advance(Duration::from_secs(60));
    // The timer has come to the other one, and left this one alone.
    server.user("other").until(&shorter, "EXPIRED").await;
    assert_eq!(server.user("dev").show(&id).await["request"]["status"], "DONE");
    server.clock.advance(HOUR / 2);
    server.user("dev").until(&id, "EXPIRED").await;
    server.stop().await;
}
