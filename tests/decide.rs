//! `p0 approve`, `deny`, `revoke`, `relinquish` and `extend`: decisions, and giving back.

use crate::{
    harness::ASKER,
    scene::{OUTSIDER, OWNER, REVIEWER, Scene},
};

/// How long access lasts that was just granted, in seconds.
#[track_caller]
fn lasts(scene: &Scene, id: &str) -> i64 {
    let shown = scene.show(id);
    let end = shown["request"]["expiryTimestamp"].as_i64().unwrap();
    (end - shown["requestedTimestamp"].as_i64().unwrap()) / 1000
}

#[test]
fn an_approval_can_say_for_how_long() {
    let scene = Scene::new();
    for (words, seconds) in [(&[][..], 3_600), (&["--duration", "30m"], 1_800), (&["--duration", "5 days"], 432_000)] {
        let id = scene.pending();
        let output = scene.p0_as(REVIEWER, ["approve", &id]).args(words).run().success().stdout_is("");
        output.stderr_is(&format!("Approved: {id}\n"));
        scene.p0(["wait", &id]).run().success().ignore_stdout().ignore_stderr();
        let lasts = lasts(&scene, &id);
        assert!((seconds..seconds + 30).contains(&lasts), "{words:?}: {lasts}");
        scene.p0(["relinquish", &id]).run().success().ignore_stderr();
    }
    let id = scene.pending();
    let output = scene.p0_as(REVIEWER, ["approve", &id, "--duration", "soon"]).run().code(64).stdout_is("");
    output.stderr_has("'soon' is not a length of access; write it like 30m, 2h or '5 days'");
    let output = scene.p0_as(REVIEWER, ["approve", &id, "--duration", "31 days"]).run().code(1).stdout_is("");
    output.stderr_has("over the limit of 30 days");
    assert_eq!(scene.status(&id), "PENDING_APPROVAL");
}

#[test]
fn a_denial_can_say_why() {
    let scene = Scene::new();
    let id = scene.pending();
    let output = scene.p0_as(REVIEWER, ["deny", &id, "--reason", "no need"]).run().success().stdout_is("");
    output.stderr_is(&format!("Denied: {id}\n"));
    let shown = scene.show(&id);
    assert_eq!(
        (&shown["request"]["status"], &shown["request"]["error"]["message"]),
        (&"DENIED".into(), &"no need".into())
    );
}

#[test]
fn access_is_taken_back_by_an_approver_and_given_back_by_its_owner() {
    let scene = Scene::new();
    let revoked = scene.usable();
    scene.p0_as(REVIEWER, ["revoke", &revoked]).run().success().stderr_is(&format!("Revoked: {revoked}\n"));
    let returned = scene.usable();
    assert_ne!(returned, revoked);
    let output = scene.p0_as(REVIEWER, ["relinquish", &returned]).run().code(1).stdout_is("");
    output.stderr_has("Only its owner can relinquish this access");
    scene.p0(["relinquish", &returned]).run().success().stderr_is(&format!("Given back: {returned}\n"));
    for id in [&revoked, &returned] {
        assert_eq!(scene.status(id), "REVOKED");
    }
}

#[test]
fn withdrawn_request_is_shown_as_withdrawn() {
    let scene = Scene::new();
    for verb in ["relinquish", "revoke"] {
        let id = scene.pending();
        scene.p0([verb, &id]).run().success().stderr_is(&format!("Withdrawn: {id}\n"));
        let shown = scene.show(&id);
        assert_eq!(shown["request"]["status"], "REVOKED", "the protocol's word stays");
        assert_eq!(shown["request"]["withdrawn"], true);
        let text = scene.p0(["show", &id]).run().success().ignore_stderr();
        assert!(text.stdout().contains("withdrawn") && text.stdout().contains("WITHDRAWN by "), "{text}");
        assert!(!text.stdout().to_lowercase().contains("revoked"), "{text}");
        let listed = scene.line("requests").run().success().stdout_has("WITHDRAWN");
        assert!(!listed.stdout().contains("REVOKED"), "{listed}");
        let waited = scene.p0(["wait", &id]).run().code(1).ignore_stdout();
        waited.stderr_has("Your request was withdrawn\n");
        let again = scene.p0_as(REVIEWER, ["approve", &id]).run().code(1).stdout_is("");
        again.stderr_has(&format!("Request {id} cannot be approved: it has been withdrawn"));
    }
    let terminal = scene.line("requests").terminal();
    terminal.wait_for("withdrawn");
    terminal.finish().success();
}

#[test]
fn durations_of_several_units_are_valid_wherever_a_duration_is() {
    let scene = Scene::new();
    let id = scene.pending();
    scene.p0_as(REVIEWER, ["approve", &id, "--duration", "1h30m"]).run().success().ignore_stderr();
    scene.p0(["wait", &id, "--timeout", "1m30s"]).run().success().ignore_stdout().ignore_stderr();
    assert!((5_370..=5_400).contains(&lasts(&scene, &id)), "{}", lasts(&scene, &id));
    scene.p0_as(REVIEWER, ["extend", &id, "--duration", "2h 30m"]).run().success().ignore_stderr();
    assert!((8_970..=9_000).contains(&lasts(&scene, &id)), "{}", lasts(&scene, &id));
    let line = ["request", "gcloud", "role", "viewer", "--requested-duration", "1h30m", "--wait", "--timeout", "2m 5s"];
    let output = scene.p0(line).run().success().ignore_stderr();
    let id = output.stdout().lines().next().unwrap_or_default().to_owned();
    assert!((5_370..=5_400).contains(&lasts(&scene, &id)), "{}", lasts(&scene, &id));
    let allow = ["allow", "gcloud", "role", "viewer", "--to", ASKER, "--length", "1d12h", "--start", "1h30m"];
    let allow = allow.into_iter().chain(["--requested-duration", "1h30m"]);
    scene.p0_as(REVIEWER, allow).run().success().ignore_stdout().ignore_stderr();
    let wrong = scene.p0(["extend", &id, "--duration", "30m1h"]).run().code(64).stdout_is("");
    wrong.stderr_has("'30m1h' is not a length of access; write it like 30m, 2h or '5 days'");
}

#[test]
fn access_is_extended_by_its_owner() {
    let scene = Scene::new();
    let id = scene.usable();
    let output = scene.p0(["extend", &id, "--duration", "5h"]).run().success().stdout_is("");
    output.stderr_has(&format!("Extended {id} until "));
    assert!((18_000..18_030).contains(&lasts(&scene, &id)));
    let output = scene.p0(["extend", &id, "--duration", "1h"]).run().code(1).stdout_is("");
    output.stderr_has("The access lasts longer than that already");
    let document = scene.p0(["extend", &id, "--duration", "6h", "--json"]).run().success().json();
    assert_eq!(document["id"], id);
    // What this machine knows of it follows.
    let status = scene.line("status --json").run().success().json();
    assert_eq!(status["access"][0]["expiresAt"], scene.show(&id)["request"]["expiryTimestamp"]);
}

#[test]
fn nobody_decides_on_what_is_not_theirs() {
    let scene = Scene::new();
    let id = scene.pending();
    for who in [crate::harness::ASKER, OUTSIDER] {
        for decision in ["approve", "deny"] {
            let output = scene.p0_as(who, [decision, &id]).run().code(1).stdout_is("");
            let words = if who == OUTSIDER { "Could not find request" } else { "cannot be" };
            output.stderr_has(words);
        }
    }
    scene.p0_as(OUTSIDER, ["relinquish", &id]).run().code(1).stdout_is("").stderr_has("Could not find request");
    assert_eq!(scene.status(&id), "PENDING_APPROVAL");
}

#[test]
fn what_is_decided_stays_decided() {
    let scene = Scene::new();
    let id = scene.pending();
    scene.p0_as(REVIEWER, ["deny", &id]).run().success().ignore_stderr();
    for decision in ["approve", "deny", "revoke", "extend"] {
        let output = scene.p0_as(OWNER, [decision, &id]).run().code(1).stdout_is("");
        output.stderr_has(&format!("Request {id} cannot be ")).stderr_has("it has been denied");
    }
    let output = scene.p0(["relinquish", &id]).run().code(1).stdout_is("");
    output.stderr_has("cannot be relinquished: it has been denied");
}

#[test]
fn what_is_not_there_is_said_not_to_be() {
    let scene = Scene::new();
    for decision in ["approve", "deny", "revoke", "relinquish", "extend"] {
        let output = scene.p0_as(OWNER, [decision, "nosuchrequest"]).run().code(1).stdout_is("");
        output.stderr_has("Could not find request nosuchrequest");
        scene.p0_as(OWNER, [decision]).run().code(64).stdout_is("").stderr_has("<ID>");
        scene.env.p0([decision, "nosuchrequest"]).run().code(77).stdout_is("").stderr_has("not signed in");
    }
}

#[test]
fn json_is_one_document() {
    let scene = Scene::new();
    let id = scene.pending();
    let done = serde_json::json!({"id": id, "ok": true});
    assert_eq!(scene.p0_as(REVIEWER, ["approve", &id, "--json"]).run().success().json(), done);
    let refused = scene.p0_as(REVIEWER, ["--json", "approve", &id]).run().code(1).json();
    assert_eq!((&refused["kind"], &refused["exitCode"]), (&"error".into(), &1.into()));
    assert_eq!(scene.p0_as(REVIEWER, ["revoke", &id, "--json"]).run().success().json(), done);
    let id = scene.pending();
    assert_eq!(scene.p0_as(REVIEWER, ["deny", &id, "--json"]).run().success().json()["ok"], true);
    let id = scene.pending();
    assert_eq!(scene.p0(["relinquish", &id, "--json"]).run().success().json()["ok"], true);
}

#[test]
fn of_many_decisions_at_once_one_counts() {
    let scene = Scene::new();
    let id = scene.pending();
    let decisions: Vec<_> = ["approve", "deny", "approve", "deny", "approve", "deny"]
        .iter()
        .map(|decision| scene.p0_as(REVIEWER, [decision, id.as_str()]).spawn())
        .collect();
    let outputs: Vec<_> = decisions.into_iter().map(|one| one.finish().ignore_stderr()).collect();
    assert_eq!(outputs.iter().filter(|output| output.status().success()).count(), 1, "{outputs:?}");
    let history = scene.show(&id)["history"].as_array().unwrap().clone();
    let decided = |step: &&serde_json::Value| step["status"] == "APPROVED" || step["status"] == "DENIED";
    assert_eq!(history.iter().filter(decided).count(), 1, "{history:?}");
}
