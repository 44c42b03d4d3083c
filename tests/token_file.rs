//! `--token-file`: a token from elsewhere, without a sign-in and without a keyring.

use crate::{harness::ASKER, scene::Scene};
use std::{fs, os::unix::fs::PermissionsExt};

/// A scene in which no keyring could answer, and the asker's token.
fn scene() -> (Scene, String) {
    let mut scene = Scene::new();
    scene.env.set("P0_SECRET_STORE", "keyring").set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    let token = scene.token(ASKER);
    (scene, token)
}

#[test]
fn a_token_from_a_file_is_all_that_it_takes() {
    let (scene, token) = scene();
    let path = scene.env.write("token", &format!("{token}\n"));
    let path = path.to_str().unwrap();
    let option = ["--token-file", path];
    let lines = [
        &["request", "gcloud", "role", "viewer", "--wait"][..],
        &["ls", "gcloud", "role", "names"],
        &["requests"],
        &["print-bearer-token"],
    ];
    for line in lines {
        let output = scene.env.p0(option).args(line).run().success().ignore_stderr().ignore_stdout();
        assert!(!output.stderr().contains(&token), "{output}");
    }
    // Behind the command it is ours as well, and the service hears nothing of it.
    let output = scene.env.p0(["request", "gcloud", "--token-file", path, "role", "browser"]).run().success();
    output.ignore_stdout().ignore_stderr();
    let output = scene.env.p0(option).args(["status"]).run().success();
    output.stdout_has("Signed in     by the token in --token-file\n");
    let document = scene.env.p0(option).args(["status", "--json"]).run().success().json();
    assert_eq!(document["apiToken"], true);
    assert!(scene.requests().iter().all(|request| request["requestor"] == ASKER));
}

#[test]
fn a_token_from_stdin_is_as_good() {
    let (scene, token) = scene();
    let output = scene.env.p0(["--token-file", "-", "print-bearer-token"]).stdin(token.clone()).run().success();
    output.stdout_is(&format!("{token}\n"));
    let tool = ["--token-file=-", "request", "gcloud", "role", "viewer", "-q", "--wait", "--", "cat"];
    scene.env.p0(tool).stdin(token).run().success().stdout_is("");
}

#[test]
fn it_goes_before_the_environment() {
    let (scene, token) = scene();
    let path = scene.env.write("token", &token);
    let output = scene.env.p0(["print-bearer-token", "--token-file"]).arg(path).env("P0_API_TOKEN", "other").run();
    output.success().stdout_is(&format!("{token}\n"));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let (scene, token) = scene();
    let path = scene.env.write("token", &token);
    for mode in [0o644, 0o640, 0o606] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let output = scene.env.p0(["requests", "--token-file"]).arg(&path).run().code(1).stdout_is("").lacks(&token);
        output
            .stderr_has("/token can be read by others, so the token in it is not used.\n")
            .stderr_has("If only you have read it: chmod 600 ");
    }
}

#[test]
fn what_is_no_token_is_told_and_not_shown() {
    let (scene, _) = scene();
    for text in ["", "\n", "two words", "a\u{1b}[2Jb"] {
        let path = scene.env.write("token", text);
        let output = scene.env.p0(["requests", "--token-file"]).arg(path).run().code(77).stdout_is("");
        output.stderr_has("Error: There is no token in ").lacks("words");
    }
    let output = scene.env.p0(["requests", "--token-file", "-"]).run().code(77).stdout_is("");
    output.stderr_has("Error: There is no token in stdin.\n");
    let output = scene.env.p0(["requests", "--token-file", "/nowhere/token", "--json"]).run().code(1);
    assert!(output.json()["error"].as_str().unwrap().starts_with("Cannot read the token in /nowhere/token: "));
    scene.env.p0(["requests", "--token-file"]).run().code(64).stdout_is("").stderr_has("--token-file <FILE>");
}

#[test]
fn a_token_that_the_service_refuses_names_its_origin() {
    let (scene, token) = scene();
    let path = scene.env.write("token", &token[..token.len() - 4]);
    let output = scene.env.p0(["requests", "--token-file"]).arg(path).run().code(77).stdout_is("");
    output.stderr_has("If P0_API_TOKEN or --token-file gives a token, it is used instead of a sign-in");
}

#[test]
fn a_terminal_is_no_place_to_type_a_token() {
    let (scene, _) = scene();
    let terminal = scene.env.p0(["requests", "--token-file", "-"]).terminal();
    let screen = terminal.wait_for("which is a terminal");
    assert!(screen.contains("--token-file - reads a token from stdin"), "{screen}");
    terminal.finish().code(64).ignore_stderr();
}
