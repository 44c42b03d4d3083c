//! `p0 request`: every outcome, in words, on each stream and as an exit code.

use crate::{
    harness::{ASKER, env},
    scene::{BROKEN, HELD, OUTSIDER, OWNER, REVIEWER, Scene, eventually, id},
};
use p0_testkit::{Running, Signal};
use std::{collections::BTreeSet, fs, time::Duration};

#[test]
fn without_waiting_it_says_where_the_request_stands() {
    let scene = Scene::new();
    let output = scene.line("request gcloud role editor").run().success();
    id(&output);
    output.stderr_is("Your request was submitted, and waits for approval\n");
}

#[test]
fn a_wait_tells_each_step_and_ends_when_the_access_is_usable() {
    let scene = Scene::new();
    let output = scene.line("request gcloud role viewer --wait").run().success();
    let stderr = output.stderr();
    assert!(
        stderr.starts_with("Your request was approved\nWaiting for access to be provisioned\nUsable until "),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
    assert_eq!(scene.status(&id(&output)), "DONE");
}

#[test]
fn what_is_there_is_found_again() {
    let scene = Scene::new();
    let held = scene.usable();
    for line in ["request gcloud role viewer", "request gcloud role roles/viewer --wait"] {
        let output = scene.line(line).run().success();
        assert_eq!(id(&output), held);
        output.stderr_is("Existing access found.\n");
    }
    let waiting = scene.pending();
    let output = scene.line("request gcloud role editor").run().success();
    assert_eq!(id(&output), waiting);
    output.stderr_is("gcloud role editor was requested before and is not decided yet.\n");
    assert_eq!(scene.requests().len(), 2);
}

#[test]
fn standing_access_is_said_to_be_that() {
    let scene = Scene::new();
    let output =
        scene.line("request gcloud role browser --wait").run().success().stderr_has("This is standing access.\n");
    assert_eq!(scene.status(&id(&output)), "DONE");
}

#[test]
fn a_policy_denies_whether_one_waits_or_not() {
    let scene = Scene::new();
    for line in ["request gcloud role owner", "request gcloud role owner --wait"] {
        let output = scene.line(line).run().code(2).stdout_is("");
        output.stderr_is("Error: Your request was denied: Access policy no owners denies it\n");
    }
}

#[test]
fn an_approver_ends_the_wait() {
    let scene = Scene::new();
    let waiting = waits(&scene, "request gcloud role editor --wait --reason logs");
    waiting.wait_for_stderr("Waiting for approval by owner@example.com or reviewer@example.com\n");
    let [request] = scene.requests().try_into().unwrap();
    let request = request["id"].as_str().unwrap();
    scene.p0_as(REVIEWER, ["approve", request]).run().success().stderr_is(&format!("Approved: {request}\n"));
    let output = waiting.finish().success().stderr_has("Your request was approved\n").stderr_has("Usable until ");
    assert_eq!(id(&output), request);
}

#[test]
fn an_approver_denies_with_a_reason() {
    let scene = Scene::new();
    let waiting = waits(&scene, "request gcloud role editor --wait");
    let request = scene.requests()[0]["id"].as_str().unwrap().to_owned();
    scene.p0_as(REVIEWER, ["deny", &request, "--reason", "use the replica"]).run().success().ignore_stderr();
    let output = waiting.finish().code(2).stdout_is("");
    output.stderr_has("Error: Your request was denied: use the replica\n");
}

#[test]
fn a_withdrawn_request_ends_the_wait() {
    let scene = Scene::new();
    let waiting = waits(&scene, "request gcloud role editor --wait");
    let request = scene.requests()[0]["id"].as_str().unwrap().to_owned();
    scene.p0(["relinquish", &request]).run().success().stderr_is(&format!("Withdrawn: {request}\n"));
    let output = waiting.finish().code(1).stdout_is("");
    output.stderr_has("Error: Your request was withdrawn\n  Request it again if you still need it.\n");
}

#[test]
fn nobody_decides_for_too_long() {
    let scene = Scene::with(|config| {
        config.insert("settings".into(), toml::toml! { approvable_duration = "1s" }.into());
    });
    let output = scene.line("request gcloud role editor --wait").run().code(1).stdout_is("");
    output.stderr_has("Error: Your access has expired\n  Request it again.\n");
}

#[test]
fn provisioning_fails() {
    let scene = Scene::new();
    scene.provision(BROKEN);
    let output = scene.line("request okta group on-call --wait").run().code(1).stdout_is("");
    output.stderr_has("Error: Your request encountered an error: ").stderr_has("the directory says no\n");
}

#[test]
fn a_deadline_passes_and_the_request_goes_on() {
    let scene = Scene::new();
    for verb in ["request gcloud role editor --wait", "grant gcloud role editor --to asker@example.com --wait"] {
        let output = scene.line(verb).args(["--timeout", "2s"]).run().code(4);
        let request = scene.requests()[0]["id"].as_str().unwrap().to_owned();
        let output = output.stdout_is("").stderr_has("Error: Your request did not complete in time.\n");
        output.stderr_has(&format!("  It goes on. Wait for it again with: p0 wait {request}\n"));
    }
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn json_is_one_document_in_every_outcome() {
    let scene = Scene::new();
    scene.provision(BROKEN);
    // What ends with a request is its document.
    for (line, code, status) in [
        ("request gcloud role viewer --wait", 0, "DONE"),
        ("request gcloud role viewer", 0, "DONE"),
        ("request gcloud role editor", 0, "PENDING_APPROVAL"),
        ("request gcloud role owner", 2, "DENIED"),
        ("request gcloud role owner --wait", 2, "DENIED"),
        ("request okta group on-call --wait", 1, "ERRORED"),
    ] {
        let output = scene.line(line).arg("--json").run().code(code).ignore_stderr();
        let document = output.json();
        assert_eq!(document["request"]["status"], status, "{line}: {document}");
        assert!(document["id"].is_string() && document["isPersistent"].is_boolean(), "{line}: {document}");
    }
    // Anything else is an error of ours.
    let missing = scene.file("no-such-tool");
    let missing = missing.to_str().unwrap();
    for (line, code, kind) in [
        ("request gcloud role editor --wait --timeout 2s", 4, "undecided"),
        ("request gcloud role no-such-role", 1, "error"),
        ("request gcloud role viewer --relinquish", 64, "usage"),
        ("request gcloud role viewer --timeout soon", 64, "usage"),
        ("request gcloud role viewer --", 64, "usage"),
        ("--no-such-option request gcloud role viewer", 64, "usage"),
        (&format!("request gcloud role viewer -- {missing}"), 127, "tool-not-found"),
    ] {
        let mut words: Vec<&str> = line.split(' ').collect();
        words.insert(0, "--json");
        let output = scene.p0(words).run().code(code).ignore_stderr();
        let document = output.json();
        assert_eq!((&document["kind"], &document["exitCode"]), (&kind.into(), &code.into()), "{line}: {document}");
        assert!(document["error"].as_str().is_some_and(|error| !error.is_empty()), "{line}: {document}");
        assert!(document["hints"].is_array(), "{line}: {document}");
    }
    let output = scene.env.p0(["request", "gcloud", "role", "viewer", "--json"]).run().code(77);
    assert_eq!(output.json()["kind"], "not-signed-in");
}

#[test]
fn json_says_what_was_there_before() {
    let scene = Scene::new();
    let first = scene.line("request gcloud role viewer --wait --json").run().success().ignore_stderr().json();
    let second = scene.line("--json request gcloud role viewer --wait").run().success().ignore_stderr().json();
    assert_eq!((&first["isPreexisting"], &second["isPreexisting"]), (&false.into(), &true.into()));
    assert_eq!(first["id"], second["id"]);
    assert_eq!(first["request"]["principal"], ASKER);
}

#[test]
fn whoever_no_policy_speaks_of_is_told_so() {
    let scene = Scene::new();
    let output = scene.p0_as(OUTSIDER, "request gcloud role viewer".split(' ')).run().code(1).stdout_is("");
    output.stderr_is("Error: No access policy lets outsider@example.com request gcloud role viewer\n");
}

#[test]
fn a_missing_reason_is_asked_for() {
    let scene = Scene::with(|config| {
        config.insert("settings".into(), toml::toml! { require_reason = true }.into());
    });
    let output = scene.line("request gcloud role viewer").run().code(1).stdout_is("");
    output.stderr_has("Reason is required").lacks("panicked");
    scene
        .p0(["request", "gcloud", "role", "viewer", "--reason", "logs"])
        .run()
        .success()
        .ignore_stderr()
        .ignore_stdout();
}

#[test]
fn the_services_words_are_its_own() {
    let scene = Scene::new();
    let words = ["request", "--wait", "gcloud", "--reason", "read the 'logs'", "role", "-q", "viewer", "--duration=2h"];
    let output = scene.p0(words).run().success().stderr_is("");
    let shown = scene.show(&id(&output));
    assert_eq!(shown["request"]["reason"], "read the 'logs'", "{shown}");

    let output = scene.line("request gcloud role editor --reason=--wait").run().success().ignore_stderr();
    assert_eq!(scene.show(&id(&output))["request"]["reason"], "--wait");

    let wrong = scene.line("request gcloud role viewer --raeson x").run().code(1).stdout_is("");
    let stderr = wrong.stderr();
    assert!(stderr.starts_with("p0 request gcloud role <names..>\n"), "{stderr}");
    assert!(stderr.ends_with("\nUnknown argument: raeson. Did you mean reason?\n"), "{stderr}");
    scene.p0(["request"]).run().code(1).stdout_is("").stderr_has("Not enough non-option arguments");
    let none = scene.line("request ssh session nowhere").run().code(1).stdout_is("");
    none.stderr_has("Unknown argument: ssh");
    let none = scene.line("request gcloud role nowhere").run().code(1).stdout_is("");
    none.stderr_is("Error: Could not find any roles matching nowhere\n");
    let length = scene.line("request gcloud role viewer --duration soon").run().code(1).stdout_is("");
    length.stderr_has("Invalid duration format");
}

#[test]
fn help_is_the_services_and_then_ours() {
    let scene = Scene::new();
    let help = scene.line("request gcloud --help").run().success();
    let stdout = help.stdout();
    assert!(stdout.starts_with("p0 request gcloud\n\nGoogle Cloud\n\nCommands:\n"), "{stdout}");
    assert!(stdout.contains("p0 request gcloud role <names..>"), "{stdout}");
    assert!(stdout.contains("--relinquish"), "{stdout}");
    // Nobody has to be signed in to read ours.
    let help = scene.env.p0(["request", "--help"]).run().success().stdout_has("--relinquish");
    help.stderr_has("not at hand");
    let document = scene.line("request gcloud --help --json").run().success().json();
    assert!(document["help"].as_str().unwrap().contains("--relinquish"), "{document}");
}

#[test]
fn quiet_leaves_the_id_alone() {
    let scene = Scene::new();
    let output = scene.line("-q request gcloud role viewer --wait").run().success().stderr_is("");
    id(&output);
    let output = scene.line("request gcloud role owner --quiet").run().code(2).stdout_is("");
    output.stderr_has("Your request was denied");
}

#[test]
fn wrong_usage_is_64_and_names_the_way() {
    let scene = Scene::new();
    for (line, words) in [
        (
            "request gcloud role viewer --relinquish",
            "--relinquish gives access back when a tool ends, and there is no tool.",
        ),
        (
            "request gcloud role viewer --timeout soon",
            "'soon' is not a length of time; write it like 90s, 10m or 2h30m",
        ),
        ("request gcloud role viewer --", "There is no tool behind `--`."),
        ("ls gcloud role names -- true", "This command runs no tool"),
        ("--org ../x request gcloud role viewer", "'../x' is not the name of an organisation."),
    ] {
        scene.line(line).run().code(64).stdout_is("").stderr_has(words);
    }
}

#[test]
fn nobody_is_signed_in_and_nobody_can() {
    let scene = Scene::new();
    for extra in [&[][..], &["--no-input"]] {
        let output = scene.env.p0(["request", "gcloud", "role", "viewer"]).args(extra).run().code(77).stdout_is("");
        output.stderr_is(
            "Error: You are not signed in to example.\n  Sign in with: p0 login example\n  \
             Where nobody can sign in, set P0_API_TOKEN to a token.\n",
        );
    }
    let output = env().p0(["request", "gcloud", "role", "viewer"]).run().code(64).stdout_is("");
    output.stderr_has("No organisation is chosen.").lacks("panicked");
}

#[test]
fn a_token_in_the_environment_needs_no_keyring() {
    let scene = Scene::new();
    let before = scene.env.files();
    let request = scene.line("request gcloud role viewer --wait").env("P0_SECRET_STORE", "keyring");
    request.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").run().success().ignore_stdout().ignore_stderr();
    let new: Vec<_> = scene.env.files().into_iter().filter(|file| !before.contains(file)).collect();
    let opened = |path: &std::path::PathBuf| ["secrets", "sessions"].iter().any(|part| path.iter().any(|p| p == *part));
    assert!(!new.iter().any(opened), "{new:?}");
    assert!(scene.env.files_with(scene.token(ASKER).as_bytes()).is_empty());
}

#[test]
fn the_service_dies_in_the_middle_of_a_wait() {
    let mut scene = Scene::lasting();
    let token = scene.token(REVIEWER);
    let waiting = waits(&scene, "request gcloud role editor --wait");
    scene.service.kill_9();
    waiting.wait_for_stderr("Connection lost");
    scene.service.restart();
    let [request] = scene.requests().try_into().unwrap();
    let request = request["id"].as_str().unwrap();
    // A token outlives the service that issued it.
    scene.env.p0(["approve", request]).env("P0_API_TOKEN", token).run().success().ignore_stderr();
    let output = waiting.finish().success().stderr_has("Your request was approved\n").stderr_has("Usable until ");
    assert_eq!(id(&output), request);
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn the_service_dies_while_it_provisions() {
    let mut scene = Scene::lasting();
    scene.provision(HELD);
    let waiting = scene.line("request okta group on-call --wait").spawn();
    waiting.wait_for_stderr("Waiting for access to be provisioned");
    scene.wait_for_runs(1);
    scene.service.kill_9();
    scene.service.restart();
    // It takes up by itself what was cut off.
    scene.wait_for_runs(2);
    scene.let_go();
    let output = waiting.finish().success().stderr_has("Usable until ");
    let runs = fs::read_to_string(scene.file("runs")).unwrap();
    let request = id(&output);
    assert_eq!(runs.lines().filter(|run| run.contains(&request) && run.contains("\"grant\"")).count(), 2, "{runs}");
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn two_hundred_at_once_make_one_request() {
    let scene = Scene::new();
    let all: Vec<Running> = (0..200)
        .map(|_| scene.line("request gcloud role viewer --wait --timeout 5m").limit(Duration::from_secs(300)).spawn())
        .collect();
    let ids: BTreeSet<String> = all.into_iter().map(|one| id(&one.finish().success().ignore_stderr())).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(scene.requests().len(), 1);
    let history = fs::read_to_string(history(&scene)).unwrap();
    let lines: Vec<serde_json::Value> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() >= 200, "{} lines", lines.len());
    assert!(lines.iter().all(|line| ids.contains(line["id"].as_str().unwrap())));
    scene.line("status").run().success().stdout_has("Access        gcloud role viewer, ends in ");
}

#[test]
fn the_history_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    scene.usable();
    let history = history(&scene);
    assert_eq!(history.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(history.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_request_that_is_cut_off_is_found_again() {
    let scene = Scene::new();
    let waiting = waits(&scene, "request gcloud role editor --wait");
    waiting.kill_9().killed_by(9).ignore_stderr();
    let request = scene.pending();
    assert_eq!(scene.requests().len(), 1);
    let waiting = scene.p0(["wait", &request]).spawn();
    waiting.wait_for_stderr("Waiting for approval");
    waiting.signal(Signal::INT);
    waiting.finish().code(130).stdout_is("").stderr_has(&format!("p0 wait {request}"));
}

/// Starts it, and goes on once it waits for an approval.
#[track_caller]
fn waits(scene: &Scene, line: &str) -> Running {
    let running = scene.line(line).spawn();
    running.wait_for_stderr("Waiting for approval by ");
    eventually("the request is there", || {
        !scene.p0_as(OWNER, ["requests", "--json"]).run().success().json()["requests"].as_array().unwrap().is_empty()
    });
    running
}

fn history(scene: &Scene) -> std::path::PathBuf {
    scene.env.state_dir().join("p0/history.jsonl")
}
