//! Tools that cannot be found, cannot be run, or do not end well. The access is there all the same, and is said to be.

use crate::{
    bad_service::{env_at, organisation},
    scene::Scene,
};
use p0_testkit::{Answer, Signal, StandIn};
use serde_json::json;

const ASK: [&str; 5] = ["request", "gcloud", "role", "viewer", "--"];

#[test]
fn a_tool_that_does_not_exist_is_127() {
    let scene = Scene::new();
    for tool in ["no-such-tool", "./no-such-tool", "/nowhere/tool", "", "\u{1b}[2Jtool"] {
        let output = scene.p0(ASK).arg(tool).run();
        output
            .code(127)
            .stdout_is("")
            .stderr_has("' was not found.\n")
            .stderr_has("The access is there. Install the tool, or give its path.")
            .lacks("\u{1b}");
    }
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn a_tool_that_cannot_be_run_is_126() {
    let scene = Scene::new();
    let plain = scene.env.write("plain.sh", "#!/bin/sh\n");
    let directory = scene.env.work_dir();
    for tool in [plain.as_path(), directory.as_path()] {
        let output = scene.p0(ASK).arg(tool).run();
        output
            .code(126)
            .stdout_is("")
            .stderr_has(&format!("Error: The tool '{}' is not executable.\n", tool.display()))
            .stderr_has("The access is there. Make it executable");
    }
    // An interpreter that is missing.
    let orphan = scene.env.tool("orphan", "#!/nowhere/interpreter\n");
    scene.p0(ASK).arg(orphan).run().code(127).stdout_is("").stderr_has("was not found.");
}

#[test]
fn a_tool_that_cannot_be_run_gives_its_access_back() {
    for (tool, code) in [("no-such-tool", 127), ("/", 126)] {
        let scene = Scene::new();
        let p0 = scene.p0(["request", "gcloud", "role", "viewer", "--relinquish", "--", tool]);
        p0.run().code(code).stdout_is("").stderr_has("Access given back.");
        let requests = scene.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0]["request"]["status"], "REVOKED");
    }
}

#[test]
fn a_tool_that_dies_by_a_signal_dies_by_it() {
    let scene = Scene::new();
    for (signal, number) in [("TERM", 15), ("KILL", 9), ("SEGV", 11)] {
        let script = format!("ulimit -c 0; kill -{signal} $$");
        scene.p0(ASK).args(["sh", "-c", &script]).run().killed_by(number).stdout_is("").ignore_stderr();
        // Where something is left to do after it, its end is told as shells tell it.
        let p0 = scene.p0(["request", "gcloud", "role", "viewer", "--relinquish", "--", "sh", "-c", &script]);
        p0.run().code(128 + number).stdout_is("").stderr_has("was there before; it is kept.");
    }
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn a_tool_s_own_code_is_kept() {
    let scene = Scene::new();
    for code in [1, 2, 4, 64, 77, 126, 130, 255] {
        scene.p0(ASK).args(["sh", "-c", &format!("exit {code}")]).run().code(code).stdout_is("").ignore_stderr();
    }
}

#[test]
fn a_signal_for_p0_reaches_the_tool_and_the_access_is_given_back() {
    let scene = Scene::new();
    let script = "trap 'echo got it; exit 9' TERM; echo ready; while :; do sleep 0.02; done";
    let p0 = scene.p0(["request", "gcloud", "role", "viewer", "--relinquish", "--", "sh", "-c", script]).spawn();
    p0.wait_for_stdout("ready");
    p0.signal(Signal::TERM);
    p0.finish().code(9).stdout_is("ready\ngot it\n").stderr_has("Access given back.");
    assert_eq!(scene.requests()[0]["request"]["status"], "REVOKED");
}

#[test]
fn no_tool_is_run_without_access() {
    let scene = Scene::new();
    let mark = scene.file("ran");
    let tool = scene.env.tool("tool", &format!("#!/bin/sh\ntouch '{}'\n", mark.display()));
    let line = ["request", "gcloud", "role", "editor", "--timeout", "1s", "--"];
    scene.p0(line).arg(&tool).run().code(4).stdout_is("").stderr_has("p0 wait ");
    assert!(!mark.try_exists().unwrap());
    for (status, code) in [("DENIED", 2), ("ERRORED", 1), ("EXPIRED", 1), ("REVOKED", 1)] {
        let answer = json!({"ok": true, "id": "r1", "request": {"status": status}});
        let server = StandIn::start([organisation(), Answer::json(200, &answer)]);
        let p0 = env_at(&server).p0(ASK).arg(&tool).run();
        p0.code(code).stdout_is("").stderr_has("Error: ");
        assert!(!mark.try_exists().unwrap(), "{status}");
    }
}

#[test]
fn what_the_service_says_is_data_to_the_tool() {
    let hostile = "$(touch owned); `touch owned`\n\u{1b}[2J";
    let request = json!({"status": "DONE", "principal": hostile, "expiryTimestamp": i64::MAX});
    let server =
        StandIn::start([organisation(), Answer::json(200, &json!({"ok": true, "id": "r1", "request": request}))]);
    let env = env_at(&server);
    let p0 = env.p0(ASK).args(["sh", "-c", "printf '%s|%s' \"$P0_PRINCIPAL\" \"$P0_EXPIRES_AT\""]);
    // An outer p0's word on when access ends is none on this one's.
    let output = p0.env("P0_EXPIRES_AT", "2999-01-01T00:00:00Z").run();
    output.success().stdout_is(&format!("{hostile}|")).ignore_stderr();

    let request = json!({"status": "DONE", "principal": "a\0b"});
    let server =
        StandIn::start([organisation(), Answer::json(200, &json!({"ok": true, "id": "r1", "request": request}))]);
    let output = env_at(&server).p0(ASK).arg("true").run();
    output.code(126).stdout_is("").stderr_has("The tool 'true' cannot be run: ").stderr_has("nul byte");
}
