//! `p0 ls`: what can be asked for, for people and for programs.

use crate::{
    harness::ASKER,
    scene::{OUTSIDER, OWNER, Scene},
};
use p0_testkit::need::{self, Need};

#[test]
fn in_a_pipe_the_columns_are_tabs_and_nothing_else_is_on_stdout() {
    let scene = Scene::new();
    // What a policy denies is not there.
    let output = scene.line("ls gcloud role names").run().success();
    let output = output
        .stdout_is("roles/browser\tBrowser\tBasic\t\nroles/editor\tEditor\tBasic\t\nroles/viewer\tViewer\tBasic\t\n");
    output.stderr_is("Showing all 3 roles:\n");
}

#[test]
fn held_items_come_first_and_are_marked_in_the_last_column() {
    let scene = Scene::new();
    scene.usable();
    let output = scene.line("ls gcloud role names").run().success();
    let rows: Vec<Vec<&str>> = output.stdout().lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(
        rows,
        [
            ["roles/viewer", "Viewer", "Basic", "*"],
            ["roles/browser", "Browser", "Basic", ""],
            ["roles/editor", "Editor", "Basic", ""],
        ]
    );
    output.stderr_is("Showing all 3 roles:\nItems labeled with * are already accessible to you.\n");
}

#[test]
fn a_search_narrows_it() {
    let scene = Scene::new();
    let output = scene.line("ls gcloud role names --like view").run().success();
    output.stdout_is("roles/viewer\tViewer\tBasic\t\n").stderr_is("Showing all 1 roles matching 'view':\n");
    // Each term must match, and they are separated by whatever is no letter or digit.
    scene
        .line("ls gcloud role names --like basic-ROLE/edit")
        .run()
        .success()
        .ignore_stderr()
        .stdout_has("roles/editor\t");
    let output = scene.line("ls gcloud role names --like view-edit").run().success().stdout_is("");
    output.stderr_is("No roles match 'view-edit'.\n");
}

#[test]
fn more_than_are_shown_are_counted() {
    for (roles, heading) in [
        (20, "Showing the first 15 (of 23) roles; use `--like` to narrow these results:\n"),
        (40, "Showing the first 15 (of many) roles; use `--like` to narrow these results:\n"),
    ] {
        let scene = Scene::with_roles(roles);
        let output = scene.line("ls gcloud role names").run().success();
        assert_eq!(output.stdout().lines().count(), 15, "{output}");
        output.stderr_is(heading);
    }
    let scene = Scene::with_roles(20);
    let output = scene.line("ls gcloud role names --size 3 --like custom").run().success();
    assert_eq!(output.stdout(), "roles/custom.001\t\t\t\nroles/custom.002\t\t\t\nroles/custom.003\t\t\t\n");
    output.stderr_has("Showing the first 3 (of many) roles matching 'custom'; use `--like` to narrow these results:\n");
    let output = scene.line("ls gcloud role names --size=100").run().success().stderr_is("Showing all 23 roles:\n");
    assert_eq!(output.stdout().lines().count(), 23);
    for size in ["0", "-1", "x", ""] {
        let output = scene.p0(["ls", "gcloud", "role", "names", "--size", size]).run().code(64).stdout_is("");
        output.stderr_has("--size takes a number above 0");
    }
}

#[test]
fn json_is_the_services_document() {
    let scene = Scene::with_roles(20);
    let document = scene.line("ls gcloud role names --json").run().success().json();
    assert_eq!((document["items"].as_array().unwrap().len(), &document["isTruncated"]), (15, &true.into()));
    assert_eq!((&document["arg"], &document["term"]), (&"roles".into(), &"".into()));
    let item = &scene.line("--json ls gcloud role names --like viewer").run().success().json()["items"][0];
    assert_eq!(
        (&item["key"], &item["value"], &item["group"]),
        (&"roles/viewer".into(), &"Viewer".into(), &"Basic".into())
    );
    let nothing = scene.line("ls gcloud role names --like zzz --json").run().success().json();
    assert_eq!(nothing["items"], serde_json::json!([]));
    let error = scene.line("ls gcloud role nonsense --json").run().code(1).json();
    assert_eq!(error["kind"], "error");
}

#[test]
fn machines_have_what_ssh_needs() {
    let scene = Scene::new();
    let document = scene.env.p0(["dev", "ls", "ssh", "session", "destination", "--json"]).run().success().json();
    let items = document["items"].as_array().unwrap();
    assert!(
        items
            .iter()
            .all(|item| ["provider", "instanceId", "name", "alternativeNames"].iter().all(|f| !item[f].is_null()))
    );
    // Clients know Google Cloud by this name.
    assert!(items.iter().any(|item| item["provider"] == "gcp"), "{document}");
}

#[test]
fn owners_see_everything_and_everybody() {
    let scene = Scene::new();
    scene.usable();
    scene
        .p0_as(OUTSIDER, "ls gcloud role names".split(' '))
        .run()
        .success()
        .stdout_is("")
        .stderr_has("No roles that you can ask for.");
    for words in ["ls gcloud role names --all", "ls gcloud role names --principal asker@example.com"] {
        let output = scene.line(words).run().code(1).stdout_is("");
        assert!(output.stderr().starts_with("Error: "), "{output}");
    }
    let output = scene.p0_as(OWNER, "ls gcloud role names --all".split(' ')).run().success().ignore_stderr();
    assert_eq!(output.stdout().lines().count(), 4);
    let principal = scene.p0_as(OWNER, ["ls", "gcloud", "role", "names", "--principal", ASKER]).run().success();
    principal.ignore_stderr().stdout_has("roles/viewer\tViewer\tBasic\t*\n");
    let nobody = scene.p0_as(OWNER, ["ls", "gcloud", "role", "names", "--principal=nobody@example.com"]).run().code(1);
    nobody.stdout_is("").stderr_has("Invalid principal: nobody@example.com");
}

#[test]
fn wrong_words_are_told_under_the_services_help() {
    let scene = Scene::new();
    let output = scene.line("ls gcloud role name").run().code(1).stdout_is("");
    let stderr = output.stderr();
    assert!(stderr.starts_with("p0 ls gcloud role"), "{stderr}");
    assert!(stderr.ends_with("\nUnknown argument: name. Did you mean names?\n"), "{stderr}");
    scene
        .line("ls gcloud role names --help")
        .run()
        .success()
        .stdout_has("--like")
        .stdout_has("Options of the command line:");
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::with_roles(3_000);
    let p0 = scene.env.program().display().to_string();
    // The output is larger than any pipe, so that p0 does meet its end.
    let script = format!("set -o pipefail; {p0} ls gcloud role names --size 3000 $1 | head -c 5");
    for (json, head) in [("", "roles"), ("--json", "{\"ok\"")] {
        let output = scene.env.run("bash").args(["-c", &script, "bash", json]).env("P0_API_TOKEN", scene.token(ASKER));
        let output = output.run().success().stdout_is(head).ignore_stderr();
        assert!(!output.stderr().contains("Error") && !output.stderr().contains("panicked"), "{output}");
    }
}
