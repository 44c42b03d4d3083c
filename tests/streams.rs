//! stdout that nothing reads any more, is closed, or cannot be written to.

use crate::{
    harness::ASKER,
    scene::{REVIEWER, Scene, eventually},
};
use p0_testkit::{
    Invocation,
    need::{self, Need},
};
use std::net::TcpListener;

/// A line of bash in which `p0` is the asker's, and whose exit code is that of `p0`.
fn bash(scene: &Scene, line: &str) -> Invocation {
    let script = format!("set -o pipefail; p0() {{ command \"$P0\" \"$@\"; }}; {line}");
    scene.env.run("bash").args(["-c", &script]).env("P0", scene.env.program()).env("P0_API_TOKEN", scene.token(ASKER))
}

#[test]
fn a_watch_ends_when_nothing_reads_it_any_more() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    // Nothing is written before the reader has gone, and nothing after.
    bash(&scene, "p0 requests --watch 2>&- | true").run().success().stdout_is("");
    let id = scene.pending();
    let output = bash(&scene, "p0 requests --watch | head -n 1").run().success();
    assert!(output.stdout().starts_with(&format!("{id}\tPENDING_APPROVAL\t")), "{output}");
    let output = bash(&scene, "p0 requests --watch --json | head -n 1").run().success();
    assert_eq!(output.json()["id"], id);
}

#[test]
fn a_watch_that_nothing_reads_ends_although_the_service_does_not_answer() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    bash(&scene, "p0 requests --watch | true").env("P0_APP_URL", url).run().success().stdout_is("").stderr_is("");
}

#[test]
fn a_wait_without_a_tool_ends_with_141_when_nothing_reads_it_any_more() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    let id = scene.pending();
    let resume = format!("Nothing reads the output any more. To wait for the request again: p0 wait {id}\n");
    for words in ["wait", "wait --json"] {
        let output = bash(&scene, &format!("p0 {words} {id} | true")).run().code(141).stdout_is("");
        output.stderr_has(&resume).lacks("Error");
    }
    let output = bash(&scene, "p0 request gcloud role editor --wait | true").run().code(141).stdout_is("");
    output.stderr_has(&resume).lacks("Error");
    assert_eq!(scene.status(&id), "PENDING_APPROVAL");
}

#[test]
fn a_wait_for_a_tool_goes_on_when_nothing_reads_its_output() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    let running = bash(&scene, "p0 request gcloud role editor -- touch ran | true").spawn();
    eventually("the request is made", || !scene.requests().is_empty());
    running.wait_for_stderr("Waiting for approval");
    let id = scene.requests()[0]["id"].as_str().unwrap().to_owned();
    scene.p0_as(REVIEWER, ["approve", &id]).run().success().ignore_stderr();
    running.finish().success().ignore_stderr();
    assert!(scene.file("ran").try_exists().unwrap());
}

#[test]
fn a_reader_that_has_gone_is_no_error_for_any_command() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    let id = scene.pending();
    for words in [
        "--help",
        "--version",
        "request --help",
        "completions bash",
        "man",
        "requests",
        "status",
        &format!("show {id}"),
    ] {
        let output = bash(&scene, &format!("p0 {words} | true")).run().success().stdout_is("").ignore_stderr();
        assert!(!output.stderr().contains("Error") && !output.stderr().contains("panicked"), "{words}: {output}");
        let output = bash(&scene, &format!("p0 {words} >&-")).run().success().stdout_is("").ignore_stderr();
        assert!(!output.stderr().contains("Error") && !output.stderr().contains("panicked"), "{words}: {output}");
    }
}

#[test]
fn a_full_disk_is_an_error_for_every_command() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    let id = scene.pending();
    for words in [
        "--help",
        "ls --help",
        "--version",
        "completions zsh",
        "man",
        "requests",
        "requests --json",
        "requests --watch",
        "requests --watch --json",
        "ls gcloud role names",
        "status",
        "org ls --json",
        "request gcloud role viewer",
        &format!("show {id}"),
    ] {
        let output = bash(&scene, &format!("p0 {words} > /dev/full")).run().code(1).stdout_is("");
        output.stderr_has("Error: Cannot write to stdout: ");
    }
}

#[test]
fn a_log_that_cannot_be_written_stops_no_command() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    let id = scene.pending();
    let output = bash(&scene, "p0 --debug requests 2> /dev/full").run().success();
    assert!(output.stdout().starts_with(&id), "{output}");
}
