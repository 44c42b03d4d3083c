//! `p0 secrets`: which store keeps tokens, and the way from one to another.

use crate::{
    harness::{ASKER, PASSWORD, env},
    scene::{Scene, eventually},
};
use p0_testkit::{
    FakeBrowser, SecretService,
    need::{self, Need},
    secret_service::NEEDS,
};
use std::{fs, path::PathBuf};

/// A scene in which the asker is signed in, with tokens in a file.
fn signed_in() -> (Scene, FakeBrowser) {
    let mut scene = Scene::new();
    let browser = scene.env.browse_as(ASKER, PASSWORD);
    scene.env.p0(["login"]).run().success().ignore_stderr();
    (scene, browser)
}

/// The same in an environment of its own, for the kernel's names are the machine's; `None` where it has no keyring.
fn with_kernel(name: &str) -> Option<(Scene, FakeBrowser)> {
    let mut scene = Scene::new();
    if !need::all(&[Need::Program("keyctl")])
        || !scene.env.run("keyctl").args(["show", "@u"]).run().ignore_stdout().ignore_stderr().status().success()
    {
        return None;
    }
    scene.env.set("P0_ENV", format!("test-{name}-{}", std::process::id()));
    let browser = scene.env.browse_as(ASKER, PASSWORD);
    scene.env.p0(["login"]).run().success().ignore_stderr();
    Some((scene, browser))
}

#[track_caller]
fn token(scene: &Scene) -> String {
    scene.env.p0(["print-bearer-token"]).run().success().stdout().trim().to_owned()
}

#[test]
fn the_status_says_which_store_and_why() {
    let (scene, _browser) = signed_in();
    let output = scene.env.p0(["secrets", "status"]).run().success();
    let output = output.stderr_is("A sign-in uses a file (chosen by P0_SECRET_STORE).\n");
    output.stdout_has("keyring\tis not there\t\n").stdout_has("file\tis there\texample\n");
    let document = scene.env.p0(["secrets", "status", "--json"]).run().success().json();
    assert_eq!((&document["setting"], &document["from"]), (&"file".into(), &"environment".into()));
    assert_eq!(document["sessions"], serde_json::json!([{"org": "example", "store": "file", "problem": null}]));

    fs::remove_file(crate::harness::session_secrets(&scene.env)).unwrap();
    let output = scene.env.p0(["secrets", "status"]).run().success().ignore_stderr();
    output.stdout_has("file\tis there\texample (they are gone)\n");
}

#[test]
fn a_store_that_cannot_be_used_says_so() {
    let env = env();
    let output = env.p0(["secrets", "status"]).env("P0_SECRET_STORE", "keyring").run().success().ignore_stdout();
    output
        .stderr_has("Warning: A sign-in could keep nothing. The keyring (Secret Service) is not there.\n")
        .stderr_has("P0_SECRET_STORE=file p0 login");
}

#[test]
fn tokens_move_to_the_kernel_and_back() {
    let Some((scene, _browser)) = with_kernel("move") else { return };
    let before = token(&scene);
    let output = scene.env.p0(["secrets", "move", "--to", "kernel"]).run().success().stdout_is("");
    output
        .stderr_has("The secrets for example are in the kernel's keyring now.\n")
        .stderr_has("For sign-ins to use it too, set P0_SECRET_STORE=kernel, or secret_store = \"kernel\" in ");
    assert_eq!(token(&scene), before);
    assert_eq!(scene.env.files_with(before.as_bytes()), Vec::<PathBuf>::new());
    let output = scene.env.p0(["status"]).run().success();
    output.stdout_has("Secrets       the kernel's keyring (since you signed in; P0_SECRET_STORE now says file)\n");

    let document = scene.env.p0(["secrets", "move", "--to", "kernel", "--json"]).run().success().json();
    assert_eq!(document["already"], serde_json::json!(["example"]));
    let output = scene.env.p0(["secrets", "move", "--to", "file"]).run().success();
    output.stderr_is("The secrets for example are in a file now.\n");
    assert_eq!(token(&scene), before);
    scene.env.p0(["logout"]).run().success().ignore_stderr();
    let keys = scene.env.run("keyctl").args(["show", "@u"]).run().success().ignore_stderr();
    assert!(!keys.stdout().contains("p0-test-move-"), "{keys}");
}

#[test]
fn a_move_that_is_killed_loses_nothing() {
    let Some((scene, _browser)) = with_kernel("kill") else { return };
    let before = token(&scene);
    let marks = scene.env.state_dir().join(format!("p0-test-kill-{}", std::process::id())).join("entries/example");
    for round in 0..12 {
        let to = if round % 2 == 0 { "kernel" } else { "file" };
        let moving = scene.env.p0(["secrets", "move", "--to", to]).spawn();
        // In each round at another moment: at once, as soon as there is a copy, or after the end.
        eventually("the move is under way", || {
            round % 3 == 0 || fs::read_dir(&marks).unwrap().count() > 1 || !moving.is_running()
        });
        moving.kill_9().ignore_stdout().ignore_stderr().status();
        assert_eq!(token(&scene), before, "round {round}");
    }
    scene.env.p0(["secrets", "move", "--to", "kernel"]).run().success().ignore_stderr();
    assert_eq!(token(&scene), before);
    assert_eq!(scene.env.files_with(before.as_bytes()), Vec::<PathBuf>::new(), "a copy stays behind");
    scene.env.p0(["logout"]).run().success().ignore_stderr();
}

#[test]
fn tokens_move_into_the_desktop_s_keyring() {
    if !need::all(&NEEDS) {
        return;
    }
    let (mut scene, _browser) = signed_in();
    let before = token(&scene);
    let keyring = SecretService::unlocked(&mut scene.env);
    scene.env.p0(["secrets", "move", "--to", "keyring"]).run().success().ignore_stderr();
    assert_eq!(token(&scene), before);
    assert_eq!(scene.env.files_with(before.as_bytes()), Vec::<PathBuf>::new());
    drop(keyring);

    let _silent = SecretService::silent(&mut scene.env);
    let output = scene.env.p0(["secrets", "move", "--to", "file"]).run().code(1).stdout_is("");
    output
        .stderr_has("Warning: The secrets for example could not be moved, or not be deleted where they were. ")
        .stderr_has("did not answer within 3 seconds.");
    scene.env.p0(["status"]).run().success().stdout_has("the keyring (Secret Service)");
}

#[test]
fn nothing_is_moved_to_a_store_that_is_not_there() {
    let (scene, _browser) = signed_in();
    let before = token(&scene);
    let output = scene.env.p0(["secrets", "move", "--to", "keyring"]).run().code(1).stdout_is("");
    output.stderr_has("Error: The keyring (Secret Service) is not there.\n");
    assert_eq!(token(&scene), before);
    scene.env.p0(["secrets", "move", "--to", "cupboard"]).run().code(64).stdout_is("").stderr_has("cupboard");
    scene.env.p0(["secrets", "move"]).run().code(64).stdout_is("").stderr_has("--to <STORE>");
    scene.env.p0(["logout"]).run().success().ignore_stderr();
    let output = scene.env.p0(["secrets", "move", "--to", "file"]).run().success().stdout_is("");
    output.stderr_is("You are not signed in anywhere, so there is nothing to move.\n");
}
