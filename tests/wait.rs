//! `p0 wait`: goes on where a wait was left.

use crate::scene::{BROKEN, HELD, REVIEWER, Scene};

#[test]
fn what_is_decided_is_told_at_once() {
    let scene = Scene::new();
    let usable = scene.usable();
    let output = scene.p0(["wait", &usable]).run().success().stdout_is(&format!("{usable}\n"));
    output.stderr_has("Your request was approved\n").stderr_has("Usable until ");

    let denied = scene.pending();
    scene.p0_as(REVIEWER, ["deny", &denied]).run().success().ignore_stderr();
    let output = scene.p0(["wait", &denied]).run().code(2).stdout_is("");
    output.stderr_has("Error: Your request was denied\n");

    let withdrawn = scene.pending();
    scene.p0(["relinquish", &withdrawn]).run().success().ignore_stderr();
    let output = scene.p0(["wait", &withdrawn]).run().code(1).stdout_is("");
    output.stderr_has("Error: Your request was withdrawn\n");

    scene.provision(BROKEN);
    let failed = scene.line("request okta group on-call --json").run().success().ignore_stderr().json();
    let output = scene.p0(["wait", failed["id"].as_str().unwrap()]).run().code(1).stdout_is("");
    output.stderr_has("the directory says no\n");
    assert_eq!(scene.requests().len(), 4);
}

#[test]
fn an_id_that_is_none_is_an_error() {
    let scene = Scene::new();
    for id in ["0123456789abcdefghij", "x"] {
        scene.p0(["wait", id]).run().code(1).stdout_is("").stderr_has(&format!("Could not find request {id}"));
    }
    // One that would lead elsewhere in the service is escaped, and found there as little.
    scene.p0(["wait", "../account"]).run().code(1).stdout_is("").stderr_has("Error: Could not find request ");
    for id in ["..", ""] {
        scene.p0(["wait", id]).run().code(64).stdout_is("").stderr_has("is not a valid name");
    }
    scene.p0(["wait"]).run().code(64).stdout_is("").stderr_has("<ID>");
}

#[test]
fn a_deadline_is_kept_and_told() {
    let scene = Scene::new();
    let pending = scene.pending();
    let output = scene.p0(["wait", &pending, "--timeout", "1s"]).run().code(4).stdout_is("");
    output.stderr_has("did not complete in time").stderr_has(&format!("p0 wait {pending}"));
    let output = scene.p0(["wait", &pending, "--timeout", "0", "--json"]).run().code(4).ignore_stderr();
    assert_eq!(output.json()["kind"], "undecided");
}

#[test]
fn access_that_is_not_provisioned_in_time_is_not_there() {
    let scene = Scene::new();
    scene.provision(HELD);
    let output = scene.line("request okta group on-call --wait --timeout 2s").run().code(4).stdout_is("");
    output.stderr_has("Your request was approved\n").stderr_has("did not complete in time");
    scene.let_go();
    let request = scene.requests()[0]["id"].as_str().unwrap().to_owned();
    scene.p0(["wait", &request]).run().success().ignore_stderr().stdout_is(&format!("{request}\n"));
}

#[test]
fn json_is_the_request() {
    let scene = Scene::new();
    let usable = scene.usable();
    let document = scene.p0(["wait", &usable, "--json"]).run().success().ignore_stderr().json();
    assert_eq!((&document["id"], &document["request"]["status"]), (&usable.as_str().into(), &"DONE".into()));
    let denied = scene.pending();
    scene.p0_as(REVIEWER, ["deny", &denied]).run().success().ignore_stderr();
    let document = scene.p0(["--json", "wait", &denied]).run().code(2).ignore_stderr().json();
    assert_eq!(document["request"]["status"], "DENIED");
}

#[test]
fn giving_back_needs_a_tool() {
    let scene = Scene::new();
    let output = scene.p0(["wait", "r1", "--relinquish"]).run().code(64).stdout_is("");
    output.stderr_has("--relinquish gives access back when a tool ends, and there is no tool.");
}
