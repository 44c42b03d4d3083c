//! The status stream over time.

use crate::support::{Answer, ORGANISATION, START, Server, eventually};
use p0_server::clock::Clock;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn the_stream_says_every_fifteen_seconds_that_it_is_there() {
    let server = Server::start().await;
    let id = server.user("dev").request("gcloud role editor").await;
    let mut stream = server.user("dev").poll(&id).await;
    let first = stream.next().await.expect("a line");
    for _ in 0..3 {
        // The stream may not have gone to sleep yet: what is early is said with the next turn.
        let turned = server.clock.clone();
        let turning = tokio::spawn(async move {
            loop {
                turned.advance(Duration::from_secs(15));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        assert_eq!(stream.next().await.expect("a line"), first);
        turning.abort();
    }
    server.stop().await;
}

#[tokio::test]
async fn as_many_may_wait_as_are_told_at_once() {
    let server =
        Server::with(&ORGANISATION.replace("waiting_clients = 400", "waiting_clients = 200"), Clock::manual(START))
            .await;
    let (dev, manager) = (server.user("dev"), server.user("manager"));
    let id = dev.request("gcloud role editor").await;
    let mut streams = Vec::new();
    for _ in 0..200 {
        let mut stream = dev.poll(&id).await;
        assert_eq!(stream.next().await.expect("a line")["status"], "PENDING_APPROVAL");
        streams.push(stream);
    }
    let refused = dev.get(&format!("/command/{id}/poll")).await;
    assert_eq!(refused.brief(), (503, "Too many clients are waiting. Try again later"));
    manager.decide(&id, "approve", json!({})).await;
    for stream in &mut streams {
        let mut last = None;
        while let Some(line) = stream.next().await {
            last = Some(line);
        }
        assert_eq!(last.expect("an outcome")["data"]["request"]["status"], "DONE");
    }
    drop(streams);
    // There is room again.
    assert_eq!(dev.outcome(&id).await["status"], "DONE");
    server.stop().await;
}

#[tokio::test]
async fn one_person_leaves_room_for_others() {
    let limits = "waiting_clients = 400\nwaiting_per_person = 1";
    let server = Server::with(&ORGANISATION.replace("waiting_clients = 400", limits), Clock::manual(START)).await;
    let (dev, manager) = (server.user("dev"), server.user("manager"));
    let id = dev.request("gcloud role editor").await;
    let mut stream = dev.poll(&id).await;
    stream.next().await.expect("a line");
    let url = server.url(&format!("/o/test/command/{id}/poll"));
    let refused = server.http.get(url).bearer_auth(&dev.token).send().await.expect("an answer");
    assert_eq!(refused.headers()["retry-after"], "5");
    assert_eq!(
        Answer::from_response(refused).await.brief(),
        (429, "At most 1 of your clients can wait at once. Try again later")
    );
    manager.poll(&id).await.next().await.expect("a line");
    server.stop().await;
}

#[tokio::test]
async fn room_is_made_when_a_client_leaves() {
    let server =
        Server::with(&ORGANISATION.replace("waiting_clients = 400", "waiting_clients = 1"), Clock::manual(START)).await;
    let dev = server.user("dev");
    let id = dev.request("gcloud role editor").await;
    let mut stream = dev.poll(&id).await;
    stream.next().await.expect("a line");
    let path = format!("/command/{id}/poll");
    assert_eq!(dev.get(&path).await.status, 503);
    drop(stream);
    let again = server.http.get(server.url(&format!("/o/test{path}"))).bearer_auth(&dev.token);
    eventually(async || {
        let answer = again.try_clone().expect("no body").send().await.expect("an answer");
        (answer.status() == 200).then_some(())
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn the_stream_ends_when_the_service_stops() {
    let server = Server::start().await;
    let id = server.user("dev").request("gcloud role editor").await;
    let mut stream = server.user("dev").poll(&id).await;
    stream.next().await.expect("a line");
    server.stop().await;
    assert_eq!(stream.next().await, None);
}
