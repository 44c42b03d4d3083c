//! The tool behind `--`: it is as if it had been started without `p0`, but with the access.

use crate::{
    harness::ASKER,
    scene::{OWNER, REVIEWER, Scene},
};
use jiff::Timestamp;
use p0_testkit::{Invocation, Signal};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

/// `p0 request gcloud role viewer` with these options, and a shell script as its tool.
fn with_tool(scene: &Scene, options: &[&str], script: &str) -> Invocation {
    scene.line("request gcloud role viewer").args(options).args(["--", "sh", "-c", script])
}

/// Where the scene's only request stands.
#[track_caller]
fn only_status(scene: &Scene) -> String {
    let [request] = scene.requests().try_into().unwrap();
    request["request"]["status"].as_str().unwrap().to_owned()
}

#[test]
fn streams_and_exit_code_are_the_tools() {
    let scene = Scene::new();
    for options in [&[][..], &["--wait"], &["--relinquish"], &["--json"]] {
        let output = with_tool(&scene, options, "cat; echo talk >&2; exit 7").stdin("to and fro").run().code(7);
        output.stdout_is("to and fro").stderr_has("talk\n");
    }
}

#[test]
fn without_anything_left_to_do_it_becomes_the_tool() {
    let scene = Scene::new();
    let running = with_tool(&scene, &[], "echo $$").spawn();
    let id = running.id();
    running.finish().success().ignore_stderr().stdout_is(&format!("{id}\n"));
    with_tool(&scene, &[], "kill -9 $$").run().killed_by(9).ignore_stderr();
    with_tool(&scene, &[], "kill -TERM $$").run().killed_by(15).ignore_stderr();
}

#[test]
fn a_signal_that_ends_the_tool_is_its_exit_code_where_p0_stays() {
    let scene = Scene::new();
    with_tool(&scene, &["--relinquish"], "kill -9 $$").run().code(137).ignore_stderr();
    with_tool(&scene, &["--relinquish"], "kill -TERM $$").run().code(143).ignore_stderr();
    assert!(scene.requests().iter().all(|request| request["request"]["status"] == "REVOKED"));
}

#[test]
fn the_tool_finds_its_access_in_the_environment() {
    let scene = Scene::new();
    let script = "printf '%s\\n' \"$P0_ORG\" \"$P0_REQUEST_ID\" \"$P0_PRINCIPAL\" \"$P0_EXPIRES_AT\"";
    let outer =
        with_tool(&scene, &["--duration", "2h"], script).env("P0_EXPIRES_AT", "never").env("P0_REQUEST_ID", "x");
    let output = outer.run().success().ignore_stderr();
    let [org, request, principal, expires_at] = output.stdout().lines().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((org, principal), ("example", ASKER));
    let shown = scene.show(request);
    assert_eq!(shown["request"]["status"], "DONE");
    // RFC 3339 in UTC, to the second.
    assert!(expires_at.ends_with('Z') && expires_at.len() == "2026-01-01T00:00:00Z".len(), "{expires_at}");
    let at: Timestamp = expires_at.parse().unwrap();
    assert_eq!(at.as_second(), shown["request"]["expiryTimestamp"].as_i64().unwrap().div_euclid(1000));
    let asked = shown["requestedTimestamp"].as_i64().unwrap().div_euclid(1000);
    assert!((7_200..7_230).contains(&(at.as_second() - asked)), "{expires_at}");
}

#[test]
fn what_stands_behind_the_dashes_is_the_tools_alone() {
    let scene = Scene::new();
    let show = scene.env.tool("show", "#!/bin/sh\nfor word; do printf '<%s>' \"$word\"; done\n");
    let words = ["--wait", "--json", "--", "-q", "", "a b", "--relinquish", "$HOME"];
    let output = scene.line("request gcloud role viewer --").arg("show").args(words).run().success().ignore_stderr();
    output.stdout_is("<--wait><--json><--><-q><><a b><--relinquish><$HOME>");
    // A path that is no name is not looked for.
    let output = scene.line("request gcloud role viewer --").arg(&show).arg("x").run().success().ignore_stderr();
    output.stdout_is("<x>");
    let output = scene.line("request gcloud role viewer -- --").run().code(127).stdout_is("");
    output.stderr_has("Error: The tool '--' was not found.\n");
    let output = scene.line("request gcloud role viewer --wait --").run().code(64).stdout_is("");
    output.stderr_is("Error: There is no tool behind `--`.\n  For example: p0 request gcloud role viewer --wait -- gcloud projects list\n");
    scene.line("wait x --").run().code(64).stdout_is("").stderr_has("Error: There is no tool behind `--`.\n");
}

#[test]
fn what_is_no_text_is_passed_on_as_it_is() {
    let scene = Scene::new();
    let latin = OsStr::from_bytes(b"caf\xe9");
    let tool = ["--", "printf", "<%s>"];
    let request = scene.usable();
    for words in [
        &["request", "gcloud", "role", "viewer"][..],
        &["request", "gcloud", "role", "viewer", "--relinquish"],
        &["wait", &request],
        &["dev"],
        &["dev", "request", "gcloud", "role", "viewer"],
    ] {
        let output = scene.p0(words).args(tool).arg(latin).run().success().ignore_stderr();
        assert_eq!(output.stdout_bytes(), b"<caf\xe9>", "{words:?}");
    }
}

#[test]
fn no_access_no_tool() {
    let scene = Scene::new();
    for (line, code) in
        [("request gcloud role owner", 2), ("request gcloud role editor --timeout 2s", 4), ("request gcloud role x", 1)]
    {
        scene.line(line).args(["--", "touch", "ran"]).run().code(code).stdout_is("").ignore_stderr();
        assert!(!scene.file("ran").try_exists().unwrap(), "{line}");
    }
}

#[test]
fn a_tool_that_is_not_there_or_cannot_be_run() {
    let scene = Scene::new();
    scene.env.write("plain", "no program");
    scene.env.write("directory/file", "");
    for options in [&[][..], &["--relinquish"]] {
        for (tool, code, words) in [
            ("no-such-tool", 127, "Error: The tool 'no-such-tool' was not found.\n"),
            ("./no-such-tool", 127, "Error: The tool './no-such-tool' was not found.\n"),
            ("./plain", 126, "Error: The tool './plain' is not executable.\n"),
            ("./directory", 126, "Error: The tool './directory' is not executable.\n"),
        ] {
            let output = scene.line("request gcloud role viewer").args(options).args(["--", tool]).run().code(code);
            let output = output.stdout_is("").stderr_has(words);
            assert_eq!(output.stderr().contains("Access given back.\n"), !options.is_empty());
        }
        if options.is_empty() {
            // The next round's access is a new one, so that it can be given back.
            let request = scene.usable();
            scene.p0(["relinquish", &request]).run().success().ignore_stderr();
        }
    }
}

#[test]
fn access_is_given_back_whatever_becomes_of_the_tool() {
    let scene = Scene::new();
    for (script, code) in [("true", 0), ("exit 3", 3), ("kill -9 $$", 137)] {
        let output = with_tool(&scene, &["--relinquish"], script).run().code(code).stdout_is("");
        output.stderr_has("Access given back.\n");
    }
    let output = scene.line("request gcloud role viewer --relinquish -- no-such-tool").run().code(127).stdout_is("");
    output.stderr_has("Access given back.\n");
    let requests = scene.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request["request"]["status"] == "REVOKED"), "{requests:?}");
    scene.line("status").run().success().stdout_has("Access        none");
}

#[test]
fn access_is_given_back_when_p0_is_told_to_end() {
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::HUP, "HUP")] {
        let scene = Scene::new();
        let script = format!("trap 'echo told; exit 9' {name}; echo ready; while :; do sleep 0.02; done");
        let running = with_tool(&scene, &["--relinquish"], &script).spawn();
        running.wait_for_stdout("ready");
        running.signal(signal);
        running.finish().code(9).stdout_is("ready\ntold\n").stderr_has("Access given back.\n");
        assert_eq!(only_status(&scene), "REVOKED");
    }
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_so_for_the_tool() {
    let scene = Scene::new();
    for options in [&["--relinquish"][..], &[]] {
        for (signal, name) in [(Signal::HUP, "HUP"), (Signal::INT, "INT")] {
            let words = ["request", "gcloud", "role", "viewer"].iter().chain(options).chain(&["--"]);
            let script = "echo ready; kill -$1 $$; read go; echo alive";
            // As `nohup` and background jobs of a script are started.
            let mut running = scene
                .env
                .run("sh")
                .args(["-c", "trap '' $0; exec \"$@\"", name])
                .arg(scene.env.program())
                .args(words)
                .args(["sh", "-c", script, "sh", name])
                .env("P0_API_TOKEN", scene.token(ASKER))
                .spawn();
            running.wait_for_stdout("ready");
            running.signal(signal);
            running.write_stdin("go\n");
            running.finish().success().stdout_is("ready\nalive\n").ignore_stderr();
        }
    }
}

#[test]
fn access_that_was_there_before_is_kept() {
    let scene = Scene::new();
    let before = scene.usable();
    let output = with_tool(&scene, &["--relinquish"], "true").run().success();
    output.stderr_is(&format!("Existing access found.\nAccess {before} was there before; it is kept.\n"));
    assert_eq!(only_status(&scene), "DONE");
}

#[test]
fn access_that_cannot_be_given_back_is_told_and_keeps_the_tools_code() {
    let mut scene = Scene::new();
    let running = with_tool(&scene, &["--relinquish"], "echo ready; read x; exit 3").spawn();
    running.wait_for_stdout("ready");
    let token = scene.token(OWNER);
    let [request] = scene.requests().try_into().unwrap();
    let id = request["id"].as_str().unwrap();
    // Somebody else took it back meanwhile.
    scene.env.p0(["revoke", id]).env("P0_API_TOKEN", token).run().success().ignore_stderr();
    let output = running.finish().code(3).stdout_is("ready\n");
    output
        .stderr_has("Warning: The access could not be given back: ")
        .stderr_has(&format!("Try: p0 relinquish {id}\n"));
    scene.service.stop().success();
}

#[test]
fn a_wait_hands_over_to_the_tool_as_well() {
    let scene = Scene::new();
    let request = scene.pending();
    let tool = ["--relinquish", "--", "sh", "-c", "echo $P0_REQUEST_ID; exit 5"];
    let waiting = scene.p0(["wait", &request]).args(tool).spawn();
    waiting.wait_for_stderr("Waiting for approval");
    scene.p0_as(REVIEWER, ["approve", &request]).run().success().ignore_stderr();
    waiting.finish().code(5).stdout_is(&format!("{request}\n")).stderr_has("Access given back.\n");
    assert_eq!(scene.status(&request), "REVOKED");
}

#[test]
fn p0s_own_secrets_are_not_inherited() {
    let scene = Scene::new();
    let script = "printf '[%s%s]' \"$P0_API_TOKEN\" \"$P0_PASSWORD\"";
    let with = |options: &[&str]| with_tool(&scene, options, script).env("P0_PASSWORD", "hush");
    with(&[]).run().success().stdout_is("[]").ignore_stderr();
    with(&["--relinquish"]).run().success().stdout_is("[]").ignore_stderr();
    // A tool that runs p0 itself is given the token, and the token alone.
    let token = format!("[{}]", scene.token(ASKER));
    with(&["--pass-token"]).run().success().stdout_is(&token).ignore_stderr();
    with(&["--pass-token", "--relinquish"]).run().success().stdout_is(&token).ignore_stderr();
}
