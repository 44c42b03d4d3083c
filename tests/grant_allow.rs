//! `p0 grant` and `p0 allow`: access for somebody else, now or in advance.

use crate::{
    harness::ASKER,
    scene::{OUTSIDER, OWNER, REVIEWER, Scene, id},
};

#[test]
fn access_is_asked_for_somebody_else() {
    let scene = Scene::new();
    let words = ["grant", "gcloud", "role", "viewer", "--to", ASKER, "--wait", "--reason", "on call tonight"];
    let output = scene.p0_as(REVIEWER, words).run().success().stderr_has("Your request was approved\n");
    let shown = scene.show(&id(&output));
    assert_eq!((&shown["request"]["principal"], &shown["requestor"]), (&ASKER.into(), &REVIEWER.into()));
    assert_eq!(shown["request"]["reason"], "on call tonight");
    // They hold it now.
    let output = scene.line("request gcloud role viewer").run().success().stderr_is("Existing access found.\n");
    assert_eq!(shown["id"], id(&output));
    // And whoever granted it finds it too.
    let output = scene.p0_as(REVIEWER, words).run().success().stderr_has("Existing access found.\n");
    id(&output);
}

#[test]
fn what_somebody_else_holds_is_not_what_the_user_holds() {
    let scene = Scene::new();
    let grant = scene.p0_as(REVIEWER, ["grant", "gcloud", "role", "viewer", "--to", ASKER, "--wait"]);
    grant.run().success().ignore_stdout().stderr_has("Your request was approved\n");
    let status = scene.p0_as(REVIEWER, ["status", "--json"]).run().success().json();
    assert_eq!(status["access"], serde_json::json!([]));
}

#[test]
fn a_grant_runs_a_tool_that_knows_the_principal() {
    let scene = Scene::new();
    let words = ["grant", "gcloud", "role", "viewer", "--to", ASKER, "--", "sh", "-c", "echo $P0_PRINCIPAL; exit 6"];
    scene.p0_as(REVIEWER, words).run().code(6).ignore_stderr().stdout_is(&format!("{ASKER}\n"));
}

#[test]
fn a_grant_has_the_outcomes_of_a_request() {
    let scene = Scene::new();
    let to = |who: &'static str, role: &'static str| ["grant", "gcloud", "role", role, "--to", who];
    scene.p0_as(OWNER, to(ASKER, "owner")).run().code(2).stdout_is("").stderr_has("Your request was denied");
    let output = scene.p0_as(OWNER, to(OUTSIDER, "viewer")).run().code(1).stdout_is("");
    output.stderr_has("No access policy lets outsider@example.com request gcloud role viewer");
    let output = scene.p0_as(OWNER, to("nobody@example.com", "viewer")).run().code(1).stdout_is("");
    output.stderr_is("Error: Invalid principal: nobody@example.com\n");
    let output = scene.p0_as(OWNER, "grant gcloud role viewer".split(' ')).run().code(1).stdout_is("");
    assert!(output.stderr().ends_with("\nMissing required argument: to\n"), "{output}");
    let document = scene.p0_as(OWNER, to(ASKER, "editor")).arg("--json").run().success().ignore_stderr().json();
    assert_eq!(document["request"]["status"], "PENDING_APPROVAL");
}

#[test]
fn what_is_allowed_needs_no_approval_any_more() {
    let scene = Scene::new();
    let words =
        ["allow", "gcloud", "role", "editor", "--to", ASKER, "--length", "1 week", "--requested-duration", "2 hours"];
    let output = scene.p0_as(REVIEWER, words).run().success().stdout_is("");
    output.stderr_has("asker@example.com may use gcloud role editor without further approval until ");
    let output = scene.line("request gcloud role editor --wait").run().success();
    let output = output.stderr_has("This access was approved in advance.\n");
    id(&output);
    let document = scene.line("request gcloud role editor --json").run().success().ignore_stderr().json();
    assert_eq!((&document["isPreapproved"], &document["isPreexisting"]), (&true.into(), &true.into()));
}

#[test]
fn allowing_is_for_those_who_approve() {
    let scene = Scene::new();
    let words = ["allow", "gcloud", "role", "editor", "--to", ASKER, "--length", "1 week"];
    let output = scene.p0(words).run().code(1).stdout_is("");
    assert!(output.stderr().starts_with("Error: "), "{output}");
    let document = scene.p0(words).arg("--json").run().code(1).json();
    assert_eq!(document["kind"], "error");
    let output = scene.p0_as(REVIEWER, &words[..6]).run().code(1).stdout_is("");
    output.stderr_has("Missing required argument: length");
    let document = scene.p0_as(REVIEWER, words).arg("--json").run().success().json();
    assert_eq!(document["ok"], true);
    let output = scene.p0_as(REVIEWER, words).args(["--", "true"]).run().code(64).stdout_is("");
    output.stderr_has("This command runs no tool");
}

#[test]
fn help_comes_from_the_service() {
    let scene = Scene::new();
    for verb in ["grant", "allow"] {
        let help = scene.p0([verb, "gcloud", "role", "--help"]).run().success();
        let first = format!("p0 {verb} gcloud role <names..>\n");
        assert!(help.stdout().starts_with(&first) && help.stdout().contains("--to"), "{help}");
    }
}
