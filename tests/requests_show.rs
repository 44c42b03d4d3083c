//! `p0 requests` and `p0 show`: what was asked for, and what has become of it.

use crate::{
    bad_service::{env_at, organisation},
    harness::ASKER,
    scene::{OUTSIDER, OWNER, REVIEWER, Scene},
};
use p0_testkit::{Answer, Signal, StandIn};
use serde_json::{Value, json};

/// The first column of a list.
fn ids(stdout: &str) -> Vec<&str> {
    stdout.lines().filter_map(|line| line.split('\t').next()).collect()
}

#[test]
fn the_newest_comes_first_and_each_can_be_chosen() {
    let scene = Scene::new();
    let (usable, pending) = (scene.usable(), scene.pending());
    let mine = scene.p0_as(REVIEWER, "request gcloud role editor".split(' ')).run().success().ignore_stderr();
    let mine = mine.stdout().trim();
    for (who, words, expected) in [
        (REVIEWER, "requests", vec![mine, &pending, &usable]),
        (REVIEWER, "requests --mine", vec![mine]),
        (REVIEWER, "requests --pending", vec![mine, &pending]),
        (REVIEWER, "requests --active", vec![&usable]),
        (REVIEWER, "requests --mine --active", vec![]),
        (ASKER, "requests", vec![&pending, &usable]),
        (ASKER, "requests --mine --pending", vec![&pending]),
        (OUTSIDER, "requests", vec![]),
    ] {
        let output = scene.p0_as(who, words.split(' ')).run().success();
        assert_eq!(ids(output.stdout()), expected, "{who}: {words}");
        output.stderr_is(if expected.is_empty() { "No requests.\n" } else { "" });
    }
    scene.line("requests --pending --active").run().code(64).stdout_is("").stderr_has("cannot be used with");
}

#[test]
fn in_a_pipe_a_line_is_six_columns() {
    let scene = Scene::new();
    let usable = scene.usable();
    let output = scene.line("requests").run().success();
    let line: Vec<&str> = output.stdout().trim_end_matches('\n').split('\t').collect();
    let [id, status, what, principal, requested, ends] = line.try_into().unwrap();
    assert_eq!((id, status, what, principal), (&*usable, "DONE", "gcloud role viewer", ASKER));
    for time in [requested, ends] {
        time.parse::<jiff::Timestamp>().unwrap();
    }
}

#[test]
fn json_is_one_document() {
    let scene = Scene::new();
    assert_eq!(scene.line("requests --json").run().success().json(), json!({"requests": []}));
    let pending = scene.pending();
    let document = scene.line("requests --json --pending").run().success().json();
    assert_eq!(document["requests"][0]["id"], pending);
    assert_eq!(document["requests"][0]["request"]["status"], "PENDING_APPROVAL");
    let shown = scene.p0(["show", &pending, "--json"]).run().success().json();
    assert_eq!(shown["approvers"], json!(["owner@example.com", "reviewer@example.com"]));
    assert_eq!(scene.line("show nosuchrequest --json").run().code(1).json()["kind"], "error");
}

#[test]
fn a_watch_shows_each_change_until_it_is_interrupted() {
    let scene = Scene::new();
    let watch = scene.line("requests --watch --json").spawn();
    let pending = scene.pending();
    watch.wait_for_stdout("PENDING_APPROVAL");
    scene.p0_as(REVIEWER, ["deny", &pending]).run().success().ignore_stderr();
    watch.wait_for_stdout("DENIED");
    watch.signal(Signal::INT);
    let output = watch.finish().code(130).ignore_stderr();
    let lines: Vec<&str> = output.stdout().lines().collect();
    let statuses: Vec<_> = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|document| document["id"] == pending)
        .map(|document| document["request"]["status"].clone())
        .collect();
    assert_eq!(statuses, ["PENDING_APPROVAL", "DENIED"]);
}

/// A list as a newer service may send it, with one request.
fn newer_list(status: &str) -> Value {
    json!({
        "requests": [{
            "id": "r1", "title": "gcloud role viewer", "requestor": ASKER, "requestedTimestamp": 1_700_000_000_000_i64,
            "request": {"status": status, "error": {"message": "no", "code": 7}, "novelty": [1]}, "novelty": null,
        }],
        "nextPage": "p2",
    })
}

#[test]
fn json_keeps_what_this_version_does_not_know() {
    let list = newer_list("DENIED");
    let server = StandIn::start([organisation(), Answer::json(200, &list)]);
    assert_eq!(env_at(&server).p0(["requests", "--json"]).run().success().json(), list);
}

#[test]
fn a_watch_goes_on_after_a_failure_until_it_is_one_that_stays() {
    let (before, after) = (newer_list("PENDING_APPROVAL"), newer_list("DENIED"));
    let server = StandIn::start([
        organisation(),
        Answer::json(200, &before),
        Answer::html(500, "<h1>Oh</h1>"),
        Answer::json(500, &json!({"error": "Not just now"})),
        Answer::json(200, &after),
        Answer::json(403, &json!({"error": "Not you"})),
    ]);
    let output = env_at(&server).p0(["requests", "--watch", "--json"]).run().code(1);
    let warning = "Warning: HTTP Error: 500 Internal Server Error. Watching goes on.\n";
    let output = output.stderr_is(warning);
    let lines: Vec<Value> = output.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [first, second, failure] = lines.try_into().unwrap();
    assert_eq!((first, second), (before["requests"][0].clone(), after["requests"][0].clone()));
    assert_eq!(failure["error"], "Not you");

    // Where there never was a list, there is nothing to go on with.
    let server = StandIn::start([organisation(), Answer::html(500, "<h1>Oh</h1>")]);
    let output = env_at(&server).p0(["requests", "--watch"]).run().code(1).stdout_is("");
    output.stderr_has("Error: HTTP Error: 500 Internal Server Error\n").lacks("Watching goes on");
}

#[test]
fn one_request_is_shown_with_its_history() {
    let scene = Scene::new();
    let output =
        scene.p0(["request", "gcloud", "role", "editor", "--reason", "the logs"]).run().success().ignore_stderr();
    let id = output.stdout().trim().to_owned();
    let shown = scene.p0_as(OWNER, ["show", &id]).run().success();
    let lines: Vec<(&str, &str)> = shown.stdout().lines().map(|l| (l[..14].trim_end(), &l[14..])).collect();
    for expected in [
        ("Request", &*id),
        ("What", "gcloud role editor"),
        ("Status", "pending"),
        ("For", ASKER),
        ("Reason", "the logs"),
        ("Approvers", "owner@example.com, reviewer@example.com"),
    ] {
        assert!(lines.contains(&expected), "{expected:?}: {lines:?}");
    }
    assert!(
        lines.iter().any(|(name, text)| *name == "History" && text.ends_with("  NEW by asker@example.com (the logs)")),
        "{lines:?}"
    );

    scene.p0_as(REVIEWER, ["deny", &id, "--reason", "no need"]).run().success().ignore_stderr();
    let shown = scene
        .p0(["show", &id])
        .run()
        .success()
        .stdout_has("Status        denied\n")
        .stdout_has("Error         no need\n");
    shown.stdout_has("  DENIED by reviewer@example.com (no need)\n");
    scene.p0_as(OUTSIDER, ["show", &id]).run().code(1).stdout_is("").stderr_has("Could not find request");
    scene.line("show nosuchrequest").run().code(1).stdout_is("").stderr_has("Could not find request nosuchrequest");
}

/// The remote API has neither a list nor a call for one request: what it does have is asked instead.
#[test]
fn a_service_without_a_list_is_asked_for_what_was_made_here() {
    let server = StandIn::by_request(|request| {
        let submitted = |status: &str| {
            json!({"ok": true, "id": "r1", "message": "", "isPreexisting": false, "isPersistent": false,
                   "isPreapproved": false, "request": {"status": status}})
        };
        match (request.method.as_str(), request.target.as_str()) {
            ("GET", "/orgs/example") => Answer::json(200, &json!({"tenantId": "t", "auth": {"type": "password"}})),
            ("POST", "/o/example/command") => Answer::json(200, &submitted("PENDING_APPROVAL")),
            ("GET", "/o/example/command/r1/poll") => {
                let data = json!({"type": "data", "data": {"request": {"status": "DONE", "principal": ASKER}}});
                Answer::status(200).stream().send(format!("{{\"type\":\"heartbeat\"}}\n{data}\n"))
            }
            _ => Answer::json(404, &json!({"error": "Not found"})),
        }
    });
    let mut env = crate::harness::env();
    env.set("P0_APP_URL", server.url().as_str()).set("P0_ORG", "example").set("P0_API_TOKEN", "a-token");
    env.p0(["requests"]).run().success().stdout_is("").stderr_is("No requests.\n");
    env.p0(["request", "gcloud", "role", "viewer"]).run().success().stdout_is("r1\n").ignore_stderr();
    let output = env.p0(["requests"]).run().success();
    assert!(output.stdout().starts_with("r1\tDONE\tgcloud role viewer\tasker@example.com\t"), "{output}");
    env.p0(["requests", "--pending"]).run().success().stdout_is("").stderr_is("No requests.\n");
    env.p0(["show", "r1"])
        .run()
        .success()
        .stdout_is("Request       r1\nStatus        active\nFor           asker@example.com\n");
    env.p0(["wait", "r1"]).run().success().stdout_is("r1\n").stderr_has("Your request was approved");
    for call in ["relinquish", "extend"] {
        let output = env.p0([call, "r1"]).run().code(1).stdout_is("");
        output.stderr_has("Check the id with: p0 requests --mine");
    }
}

/// The remote API says nothing of a request until it is decided.
#[test]
fn what_the_service_does_not_say_yet_is_remembered() {
    let server = StandIn::by_request(|request| match (request.method.as_str(), request.target.as_str()) {
        ("GET", "/orgs/example") => Answer::json(200, &json!({"tenantId": "t", "auth": {"type": "password"}})),
        ("POST", "/o/example/command") => {
            Answer::json(200, &json!({"ok": true, "id": "r1", "request": {"status": "PENDING_APPROVAL"}}))
        }
        ("GET", poll) if poll.ends_with("/poll") => Answer::status(200).stream().send("{\"type\":\"heartbeat\"}\n"),
        _ => Answer::status(404).body("<html>"),
    });
    let mut env = crate::harness::env();
    env.set("P0_APP_URL", server.url().as_str()).set("P0_ORG", "example").set("P0_API_TOKEN", "a-token");
    env.p0(["request", "gcloud", "role", "viewer"]).run().success().ignore_stdout().ignore_stderr();
    let shown = env.p0(["show", "r1"]).run().success();
    shown.stdout_is("Request       r1\nStatus        pending\nWhat          gcloud role viewer\n");
    let document = env.p0(["show", "r1", "--json"]).run().success().json();
    assert_eq!((&document["id"], &document["request"]["status"]), (&"r1".into(), &"PENDING_APPROVAL".into()));
    let output = env.p0(["show", "r2"]).run().code(1).stdout_is("");
    output.stderr_is("Error: The service does not say yet how request r2 stands.\n  Wait for it with: p0 wait r2\n");
}
