//! request, grant, allow and ls.

use crate::support::{HOUR, ORGANISATION, START, Server};
use p0_server::clock::Clock;
use serde_json::json;

#[tokio::test]
async fn who_is_on_call_is_granted_at_once() {
    let server = Server::start().await;
    let dev = server.user("dev");
    let submitted = dev.command("request gcloud role viewer --reason first").await;
    assert_eq!(submitted["ok"], true);
    assert_eq!(submitted["message"], "Your request was approved");
    assert_eq!(submitted["isPreexisting"], false);
    assert_eq!(submitted["request"]["principal"], "dev@example.com");
    let id = submitted["id"].as_str().expect("an id");
    assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");

    let outcome = dev.outcome(id).await;
    assert_eq!(outcome["status"], "DONE");
    assert_eq!(outcome["reason"], "first");
    assert_eq!(outcome["expiryTimestamp"], START.plus(HOUR).0);

    let again = dev.command("request gcloud role roles/viewer --reason second").await;
    assert_eq!((&again["id"], &again["isPreexisting"]), (&json!(id), &json!(true)));
    assert_eq!(again["message"], "Existing access found");

    let shown = dev.show(id).await;
    let steps: Vec<_> = shown["history"].as_array().expect("a history").iter().map(|s| &s["status"]).collect();
    assert_eq!(steps, ["NEW", "APPROVED", "DONE"]);
    assert_eq!(shown["history"][1]["note"], "The principal is on call");
    assert_eq!(shown["title"], "gcloud role viewer");
    server.stop().await;
}

#[tokio::test]
async fn refusals_say_why() {
    let server = Server::start().await;
    let (dev, other) = (server.user("dev"), server.user("other"));
    let table = [
        (&dev, "request gcloud role owner", "Reason is required for gcloud role owner: add --reason"),
        (
            &dev,
            "request gcloud role unheard",
            "No access policy lets dev@example.com request gcloud role roles/unheard",
        ),
        (&other, "request gcloud role viewer", "gcloud role viewer is granted to other@example.com only while on call"),
        (
            &dev,
            "request gcloud role editor --requested-duration 9h",
            "The requested duration of 9 hours is over the limit of 8 hours",
        ),
        (
            &dev,
            "request gcloud role viewer --requested-duration 2d",
            "The requested duration of 2 days is over the limit of 8 hours",
        ),
        (&dev, "grant gcloud role editor --to ghost@example.com", "Invalid principal: ghost@example.com"),
        (&dev, "ls gcloud role names --all", "Only an owner of the organisation may do this"),
        (&dev, "ls gcloud role names --principal other@example.com", "Only an owner of the organisation may do this"),
    ];
    for (user, words, error) in table {
        assert_eq!(user.command(words).await, json!({"error": error}), "{words}");
    }
    let long = format!("request gcloud role viewer --reason {}", "x".repeat(2_001));
    assert_eq!(dev.command(&long).await["error"], "The reason is longer than 2000 characters");
    let help = dev.command("request gcloud --help").await;
    assert!(help["error"].as_str().expect("a text").starts_with("p0 request gcloud\n"), "{help}");
    server.stop().await;
}

#[tokio::test]
async fn what_a_policy_denies_is_denied() {
    let server = Server::start().await;
    let dev = server.user("dev");
    let submitted = dev.command("request gcloud role iam.securityAdmin").await;
    assert_eq!(submitted["message"], "Your request was denied");
    assert_eq!(submitted["request"]["status"], "DENIED");
    let outcome = dev.outcome(submitted["id"].as_str().expect("an id")).await;
    assert_eq!(outcome["status"], "DENIED");
    assert_eq!(outcome["error"]["message"], "Access policy no-security-admins denies it");
    let again = dev.command("request gcloud role iam.securityAdmin").await;
    assert_ne!(again["id"], submitted["id"]);
    server.stop().await;
}

#[tokio::test]
async fn standing_access_lasts_for_its_own_length() {
    let server = Server::start().await;
    let dev = server.user("dev");
    let submitted = dev.command("request gcloud role browser").await;
    assert_eq!(submitted["isPersistent"], true);
    let outcome = dev.outcome(submitted["id"].as_str().expect("an id")).await;
    assert_eq!(outcome["expiryTimestamp"], START.plus(HOUR * 24 * 365).0);
    server.stop().await;
}

#[tokio::test]
async fn several_things_at_once_are_each_judged() {
    let server = Server::start().await;
    let dev = server.user("dev");
    let both = dev.command("request gcloud role viewer editor").await;
    assert_eq!(both["request"]["status"], "PENDING_APPROVAL");
    let denied = dev.command("request gcloud role viewer iam.securityAdmin").await;
    assert_eq!(denied["request"]["status"], "DENIED");
    assert_eq!(
        dev.command("request gcloud role editor billing.admin").await["error"],
        "These need different approvals: request them one at a time"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_is_asked_for_somebody_else_is_theirs() {
    let server = Server::start().await;
    let (dev, other, manager) = (server.user("dev"), server.user("other"), server.user("manager"));
    let submitted = other.command("grant gcloud role editor --to dev@example.com").await;
    assert_eq!(submitted["request"]["principal"], "dev@example.com");
    let id = submitted["id"].as_str().expect("an id");
    assert_eq!(dev.request("gcloud role editor").await, id);
    // Only that there is one is told to somebody who may not see it.
    assert_eq!(
        server.user("boss").command("grant gcloud role editor --to dev@example.com").await["error"],
        "This principal has already requested this access"
    );
    assert_eq!(manager.decide(id, "approve", json!({})).await.brief(), (200, ""));
    assert_eq!(dev.outcome(id).await["status"], "DONE");
    assert_eq!(
        server.user("boss").command("grant gcloud role editor --to dev@example.com").await["error"],
        "This principal already has this access"
    );
    // Nobody approves what they asked for, even for somebody else.
    let own = manager.command("grant gcloud role editor --to other@example.com").await;
    let answer = manager.decide(own["id"].as_str().expect("an id"), "approve", json!({})).await;
    assert_eq!(answer.brief(), (403, "This request cannot be approved by the person who asked"));
    server.stop().await;
}

#[tokio::test]
async fn one_person_has_only_so_many_requests() {
    let limits = "waiting_clients = 400\nrequests_per_person = 2";
    let server = Server::with(&ORGANISATION.replace("waiting_clients = 400", limits), Clock::manual(START)).await;
    let (dev, manager) = (server.user("dev"), server.user("manager"));
    let id = dev.request("gcloud role editor").await;
    dev.request("gcloud role viewer").await;
    let one_more = "request gcloud role billing.admin";
    assert_eq!(
        dev.command(one_more).await["error"],
        "No more than 2 of your requests can wait or be in use at once: withdraw one, or give one back"
    );
    assert_eq!(dev.command("request gcloud role editor").await["id"], json!(id), "what is there is found");
    manager.request("gcloud role editor").await;
    dev.decide(&id, "relinquish", json!({})).await;
    assert_eq!(dev.command(one_more).await["ok"], true);
    server.stop().await;
}

#[tokio::test]
async fn what_was_approved_in_advance_is_granted_at_once_for_a_while() {
    let server = Server::start().await;
    let (manager, other) = (server.user("manager"), server.user("other"));
    let allow = "allow gcloud role editor --to other@example.com --length 1d --requested-duration 2h";
    assert_eq!(other.command(allow).await["error"], "You may not approve gcloud role editor for other@example.com");
    let allowed = manager.command(allow).await;
    assert_eq!(allowed["ok"], true, "{allowed}");
    assert_eq!(
        allowed["message"],
        "other@example.com may use gcloud role editor without further approval until 2027-01-16T08:00:00Z"
    );
    let long = allow.replace("--length 1d", "--length 53w");
    assert_eq!(
        manager.command(&long).await["error"],
        "The length of 53 weeks is over the limit of 365 days for standing access"
    );
    let own = "allow gcloud role editor --to manager@example.com --length 1d --requested-duration 2h";
    assert_eq!(manager.command(own).await["error"], "You may not approve gcloud role editor for manager@example.com");

    let longer = other.command("request gcloud role editor --requested-duration 3h").await;
    assert_eq!(longer["request"]["status"], "PENDING_APPROVAL");
    other.decide(longer["id"].as_str().expect("an id"), "relinquish", json!({})).await;

    let covered = other.command("request gcloud role editor --requested-duration 2h").await;
    assert_eq!(covered["isPreapproved"], true);
    let id = covered["id"].as_str().expect("an id");
    assert_eq!(other.outcome(id).await["expiryTimestamp"], START.plus(2 * HOUR).0);

    server.clock.advance(25 * HOUR);
    let other = server.user("other");
    other.until(id, "EXPIRED").await;
    assert_eq!(other.command("request gcloud role editor").await["request"]["status"], "PENDING_APPROVAL");
    server.stop().await;
}

#[tokio::test]
async fn only_what_can_be_requested_is_listed() {
    let server = Server::start().await;
    let (dev, owner) = (server.user("dev"), server.user("owner"));
    let id = dev.request("gcloud role viewer").await;
    dev.outcome(&id).await;
    let keys = |listing: &serde_json::Value| -> Vec<String> {
        let items = listing["items"].as_array().unwrap_or_else(|| panic!("{listing}"));
        items.iter().map(|item| item["key"].as_str().expect("a key").to_owned()).collect()
    };
    let listed = dev.command("ls gcloud role names").await;
    assert_eq!(listed["items"][0]["isPreexisting"], true);
    let mut names = keys(&listed);
    names.sort();
    assert_eq!(names, ["roles/billing.admin", "roles/browser", "roles/editor", "roles/owner", "roles/viewer"]);

    let other = keys(&server.user("other").command("ls gcloud role names").await);
    assert!(!other.contains(&"roles/viewer".to_owned()), "{other:?}");

    let argv = json!({"argv": ["ls", "gcloud", "role", "names", "--all"]});
    let all = owner.post("/command/ls", argv).await.body;
    assert_eq!(keys(&all).len(), 6);
    let theirs = owner.command("ls gcloud role names --principal dev@example.com").await;
    assert_eq!(keys(&theirs).len(), 5);
    assert_eq!(theirs["items"][0]["isPreexisting"], true);
    server.stop().await;
}

#[tokio::test]
async fn both_ways_to_access_can_be_tried_in_dev() {
    let settings = p0_server::settings::Settings::dev().expect("the organisation of dev");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async { stopped.await.expect("is stopped") };
    let service = p0_server::Service::start(settings, listener, Clock::system(), shutdown).await.expect("starts");
    let token = service.access_token(p0_server::settings::Settings::DEV_USER).expect("a token");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let post = async |path: &str, body: serde_json::Value| {
        let url = service.url().join(path).expect("a path");
        let answer = http.post(url).bearer_auth(&token).json(&body).send().await.expect("an answer");
        crate::support::Answer::from_response(answer).await
    };
    let request = async |role: &str| {
        post("/o/dev/command", json!({"argv": ["request", "gcloud", "role", role, "--reason", "try"]})).await.body
    };
    assert_eq!(request("viewer").await["request"]["status"], "APPROVED");
    let owner = request("owner").await;
    assert_eq!(owner["request"]["status"], "PENDING_APPROVAL");
    let approve = format!("/o/dev/permission-requests/{}/approve", owner["id"].as_str().expect("an id"));
    assert_eq!(post(&approve, json!({})).await.brief(), (200, ""));
    stop.send(()).expect("runs");
    service.join().await;
}

#[test]
fn the_organisation_of_the_tests_is_sound() {
    p0_server::settings::Settings::parse(ORGANISATION, "test.toml").expect("is read");
}
