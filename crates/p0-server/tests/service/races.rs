//! Many at once: one wins, and nothing is there twice.

use crate::support::{Server, eventually};
use serde_json::json;
use std::collections::HashSet;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_for_the_same_are_one() {
    let server = Server::start().await;
    let dev = server.user("dev");
    let submissions = (0..200).map(|_| dev.command("request gcloud role viewer"));
    let answers = futures_util::future::join_all(submissions).await;
    let ids: HashSet<&str> = answers.iter().map(|a| a["id"].as_str().unwrap_or_else(|| panic!("{a}"))).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(answers.iter().filter(|a| a["isPreexisting"] == false).count(), 1);
    assert_eq!(dev.get("/permission-requests?mine").await.body["requests"].as_array().map(Vec::len), Some(1));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_approvers_one_decides() {
    let server = Server::start().await;
    let (dev, manager, owner) = (server.user("dev"), server.user("manager"), server.user("owner"));
    for _ in 0..20 {
        let id = dev.request("gcloud role editor").await;
        let (approved, denied) =
            tokio::join!(manager.decide(&id, "approve", json!({})), owner.decide(&id, "deny", json!({})));
        let won = [&approved, &denied].into_iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{approved:?} {denied:?}");
        if denied.status == 200 {
            let lost = format!("Request {id} cannot be approved: it has been denied");
            assert_eq!(approved.brief(), (400, lost.as_str()));
            assert_eq!(dev.outcome(&id).await["status"], "DENIED");
        } else {
            let lost = format!("Request {id} cannot be denied: it has been approved already");
            assert_eq!(denied.brief(), (400, lost.as_str()));
            dev.decide(&id, "relinquish", json!({})).await;
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_while_it_is_approved_does_not_stay() {
    let server = Server::start().await;
    let (dev, manager) = (server.user("dev"), server.user("manager"));
    for _ in 0..20 {
        let id = dev.request("gcloud role editor").await;
        let (_, withdrawn) =
            tokio::join!(manager.decide(&id, "approve", json!({})), dev.decide(&id, "relinquish", json!({})));
        assert_eq!(withdrawn.brief(), (200, ""));
        let shown = dev.show(&id).await;
        assert_eq!(shown["request"]["status"], "REVOKED");
        let history: Vec<_> = shown["history"].as_array().expect("a history").iter().map(|s| &s["status"]).collect();
        if history.contains(&&json!("APPROVED")) {
            eventually(async || {
                let history = dev.show(&id).await["history"].clone();
                let undone = |step: &serde_json::Value| step["note"] == "The access was taken back";
                history.as_array().is_some_and(|steps| steps.iter().any(undone)).then_some(())
            })
            .await;
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_people_at_once_do_not_get_in_each_others_way() {
    let server = Server::start().await;
    let people: Vec<_> = ["dev", "other", "boss", "manager", "owner"].map(|name| server.user(name)).into();
    let rounds = people.iter().map(async |person| {
        for n in 0..10 {
            let id = person.request(&format!("gcloud role browser --project p{n} --reason {n}")).await;
            assert_eq!(person.outcome(&id).await["status"], "DONE");
            assert_eq!(person.decide(&id, "relinquish", json!({})).await.brief(), (200, ""));
        }
    });
    futures_util::future::join_all(rounds).await;
    server.stop().await;
}
