//! The user's own files, and the disk below them: damaged, full, read-only, or used by two at once. No request is lost.

use crate::{
    bad_service::{env_at, organisation, submitted},
    harness::{ASKER, PASSWORD, env},
    scene::{Scene, id},
};
use p0_testkit::{
    Disk, FakeBrowser, StandIn, TestEnv,
    need::{self, Need},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::PathBuf};

const MOUNTS: [Need; 2] = [Need::Root, Need::Program("mount")];

fn history(env: &TestEnv) -> PathBuf {
    env.state_dir().join("p0/history.jsonl")
}

fn secrets(env: &TestEnv) -> PathBuf {
    crate::harness::session_secrets(env)
}

/// The ids that the history has, one for each line that can be read.
fn remembered(env: &TestEnv) -> Vec<String> {
    let text = fs::read_to_string(history(env)).unwrap();
    let entries = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    entries.filter_map(|entry| entry["id"].as_str().map(str::to_owned)).collect()
}

/// Somebody who is signed in, with the secrets in a file.
fn signed_in() -> (Scene, FakeBrowser) {
    let mut scene = Scene::new();
    let browser = scene.env.browse_as(ASKER, PASSWORD);
    sign_in(&scene);
    (scene, browser)
}

fn sign_in(scene: &Scene) {
    scene.env.p0(["login"]).run().success().stderr_has("Signed in to example as asker@example.com.");
}

/// Lets the session's token be over.
fn expire(env: &TestEnv) {
    let path = secrets(env);
    let mut session: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    session["expiresAt"] = "2020-01-01T00:00:00Z".into();
    fs::write(path, session.to_string()).unwrap();
}

#[test]
fn a_full_disk_costs_the_memory_of_a_request_and_not_the_request() {
    if !need::all(&MOUNTS) {
        return;
    }
    let scene = Scene::new();
    let disk = Disk::full(scene.env.state_dir());
    let output = scene.line("request gcloud role viewer").run().success();
    let id = id(&output);
    output
        .stderr_has(&format!("Warning: Request {id} is not remembered here: "))
        .stderr_has("history.jsonl: No space left on device");
    let tool = ["request", "gcloud", "role", "viewer", "--", "sh", "-c", "echo $P0_REQUEST_ID"];
    scene.p0(tool).run().success().stdout_is(&format!("{id}\n")).stderr_has("is not remembered here");
    assert_eq!(scene.requests().len(), 1);
    disk.free();
    scene
        .line("request gcloud role viewer")
        .run()
        .success()
        .stdout_is(&format!("{id}\n"))
        .lacks("Warning")
        .ignore_stderr();
    assert_eq!(remembered(&scene.env), [id]);
}

#[test]
fn a_full_disk_costs_the_cache_and_nothing_else() {
    if !need::all(&MOUNTS) {
        return;
    }
    let server = StandIn::start([organisation(), submitted(), organisation(), submitted()]);
    let env = env_at(&server);
    let _disk = Disk::full(env.cache_dir());
    for _ in 0..2 {
        env.p0(["request", "a"]).run().success().stdout_is("r1\n").stderr_is("It is on its way.\n");
    }
    assert_eq!(remembered(&env).iter().collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn a_full_disk_takes_no_secret_and_leaves_no_half_of_one() {
    if !need::all(&MOUNTS) {
        return;
    }
    let mut scene = Scene::new();
    let _browser = scene.env.browse_as(ASKER, PASSWORD);
    let disk = Disk::full(scene.env.state_dir());
    scene
        .env
        .p0(["login"])
        .run()
        .code(1)
        .stdout_is("")
        .stderr_has("Error: There is no room on the disk for ")
        .stderr_has("secrets/probe.json.\n")
        .stderr_has("Make room on the disk, and try again.");
    scene.env.p0(["status"]).run().code(77).ignore_stdout().stderr_has("You are not signed in to example.");
    disk.free();
    scene.env.p0(["login"]).run().success().stderr_has("Signed in to example");
    let all: Vec<_> = fs::read_dir(secrets(&scene.env).parent().unwrap()).unwrap().collect();
    assert_eq!(all.len(), 1, "{all:?}");
}

#[test]
fn a_renewed_session_that_cannot_be_kept_is_used_all_the_same() {
    if !need::all(&MOUNTS) {
        return;
    }
    let mut scene = Scene::new();
    let _browser = scene.env.browse_as(ASKER, PASSWORD);
    let disk = Disk::small(scene.env.state_dir());
    sign_in(&scene);
    expire(&scene.env);
    disk.fill();
    let request = ["request", "gcloud", "role", "viewer"];
    let output = scene.env.p0(request).run().success();
    let id = id(&output);
    output.stderr_has("Warning: The renewed session could not be kept, so you may have to sign in again.");
    disk.free();
    scene.env.p0(request).run().success().stdout_is(&format!("{id}\n")).lacks("Warning").ignore_stderr();
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn a_home_that_is_read_only_is_enough_for_a_token() {
    if !need::all(&MOUNTS) {
        return;
    }
    let server = StandIn::start([organisation(), submitted()]);
    let env = env_at(&server);
    let disks: Vec<Disk> = [env.config_dir(), env.state_dir(), env.cache_dir()].map(Disk::small).into();
    for disk in &disks {
        disk.make_read_only();
    }
    let output = env.p0(["request", "a"]).run().success().stdout_is("r1\n");
    output
        .stderr_has("It is on its way.")
        .stderr_has("Request r1 is not remembered here")
        .stderr_has("Read-only file system");
    let login = env.p0(["login"]).env_remove("P0_API_TOKEN").run();
    login.code(1).stdout_is("").stderr_has("Error: Cannot lock ").stderr_has("Read-only file system");
}

#[test]
fn a_damaged_history_is_got_over() {
    for damage in [&b"\xff\xfe\x00\x1b[2J"[..], b"{\"id\":\"r0\",\"org\":\"exa", b"null\n[]\n{}\n", b"\0\0\0\0"] {
        let server = StandIn::start([organisation(), submitted()]);
        let env = env_at(&server);
        fs::create_dir_all(history(&env).parent().unwrap()).unwrap();
        fs::write(history(&env), damage).unwrap();
        env.p0(["request", "a"]).run().success().stdout_is("r1\n").stderr_is("It is on its way.\n");
        let status = env.p0(["status", "--json"]).run().success();
        assert_eq!(status.json()["access"], serde_json::json!([]), "{status}");
        let text = fs::read(history(&env)).unwrap();
        let last = text.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(last).unwrap()["id"], "r1", "half a line spoils no other");
    }
}

#[test]
fn a_history_that_is_no_file_is_named() {
    let server = StandIn::start([organisation(), submitted()]);
    let env = env_at(&server);
    fs::create_dir_all(history(&env)).unwrap();
    let output = env.p0(["request", "a"]).run().success().stdout_is("r1\n");
    output.stderr_has("Warning: Request r1 is not remembered here: ").stderr_has("history.jsonl: Is a directory");
    env.p0(["status"]).run().code(1).ignore_stdout().stderr_has("history.jsonl: Is a directory");
}

#[test]
fn a_damaged_session_signs_out_and_says_how_to_sign_in() {
    for (damaged, message) in [
        ("sessions", "sessions/example.json is damaged, so you are signed out of example."),
        ("secrets", "What a file holds for example is damaged, so you are signed out of it."),
    ] {
        for damage in [&b"{"[..], b"", b"\xff\xfe", b"{\"email\": \"\\u001b[2J\"}"] {
            let (scene, _browser) = signed_in();
            let path = match damaged {
                "secrets" => secrets(&scene.env),
                _ => scene.env.state_dir().join("p0/sessions/example.json"),
            };
            fs::write(&path, damage).unwrap();
            let output = scene.env.p0(["request", "gcloud", "role", "viewer"]).run();
            output
                .code(77)
                .stdout_is("")
                .stderr_has(message)
                .stderr_has("Error: You are not signed in to example.\n")
                .stderr_has("Sign in with: p0 login example")
                .stderr_has("Where nobody can sign in, set P0_API_TOKEN to a token.");
            sign_in(&scene);
            scene.env.p0(["request", "gcloud", "role", "viewer", "-q"]).run().success().ignore_stdout();
        }
    }
}

#[test]
fn a_secret_that_others_can_read_is_not_used() {
    for mode in [0o644, 0o640, 0o602] {
        let (scene, _browser) = signed_in();
        fs::set_permissions(secrets(&scene.env), fs::Permissions::from_mode(mode)).unwrap();
        let output = scene.env.p0(["request", "gcloud", "role", "viewer"]).run();
        output
            .code(1)
            .stdout_is("")
            .stderr_has(".json can be read by others, so what is in it is not used.")
            .stderr_has("If only you have read it: chmod 600 ")
            .stderr_has("Else remove it, and sign in anew with: p0 login");
        fs::set_permissions(secrets(&scene.env), fs::Permissions::from_mode(0o600)).unwrap();
        scene.env.p0(["request", "gcloud", "role", "viewer", "-q"]).run().success().ignore_stdout();
    }
}

#[test]
fn a_secret_that_is_no_file_is_named() {
    let (scene, _browser) = signed_in();
    let path = secrets(&scene.env);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    let output = scene.env.p0(["request", "gcloud", "role", "viewer"]).run();
    output
        .code(1)
        .stdout_is("")
        .stderr_has("Error: Cannot use the file that keeps secrets: ")
        .stderr_has(".json: Is a directory")
        .stderr_has("It must belong to you: `sudo p0` may have made it.")
        .stderr_has("To keep secrets elsewhere: P0_SECRET_STORE=auto p0 login");
}

#[test]
fn a_damaged_cache_is_asked_for_again() {
    for damage in [&b"{"[..], b"", b"\xff\xfe", b"{\"lookup\":\"http://127.0.0.1:9/\",\"at\":\"2999-01-01T00:00:00Z\"}"]
    {
        let server = StandIn::start([organisation(), submitted(), organisation(), submitted(), submitted()]);
        let env = env_at(&server);
        let request = || env.p0(["request", "a"]).run().success().stdout_is("r1\n").stderr_is("It is on its way.\n");
        request();
        let [cache] = &fs::read_dir(env.cache_dir().join("p0/orgs")).unwrap().collect::<Vec<_>>()[..] else {
            panic!("one file")
        };
        fs::write(cache.as_ref().unwrap().path(), damage).unwrap();
        request();
        request();
    }
}

#[test]
fn a_damaged_choice_of_organisation_is_none() {
    for damage in [&b"../../elsewhere\n"[..], b"\xff\xfe", b"", b"a\x1b[2Jb", b"a\nb"] {
        let mut env = env();
        env.set("P0_API_TOKEN", "t");
        fs::create_dir_all(env.state_dir().join("p0")).unwrap();
        fs::write(env.state_dir().join("p0/org"), damage).unwrap();
        env.p0(["request", "a"])
            .run()
            .code(64)
            .stdout_is("")
            .stderr_has("Error: No organisation is chosen.\n")
            .stderr_has("Sign in to one with: p0 login <org>");
    }
}

#[test]
fn a_mistake_in_the_settings_names_the_file_and_the_line() {
    for (text, place) in [
        ("org = \"example\"\napp_url = 7\n", "line 2"),
        ("\n\nsecret_store = \"cupboard\"\n", "line 3"),
        ("org = [\n", "line 1"),
        ("org = 7\n", "line 1"),
        ("org = \"\u{1b}[2J\u{9b}8m\"\n", "line 1"),
    ] {
        let env = env();
        let path = env.write(env.config_dir().join("p0/config.toml"), text);
        let output = env.p0(["request", "a"]).run();
        output
            .code(64)
            .stdout_is("")
            .stderr_has(&format!("{} has a mistake: ", path.display()))
            .stderr_has(place)
            .stderr_has("It may contain: org, app_url, secret_store, browser, ssh_key_type, ssh_hosts, ssh_proxy.")
            .lacks("\u{1b}")
            .lacks("\u{9b}");
        // What needs no settings goes on.
        for words in [&["completions", "bash"][..], &["man"], &["serve", "--example-config"]] {
            let output = env.p0(words).env("P0_APP_URL", "nonsense").run().success();
            assert!(!output.stdout().is_empty(), "{words:?}");
        }
        let output = env.p0(["request", "a", "--json"]).run().code(64);
        assert_eq!((output.json()["kind"].as_str(), output.json()["exitCode"].as_u64()), (Some("usage"), Some(64)));
    }
    let env = env();
    let path = env.config_dir().join("p0/config.toml");
    env.write(&path, "app_url = \"http://example.com\"\n");
    env.p0(["request", "a"])
        .env_remove("P0_APP_URL")
        .run()
        .code(64)
        .stdout_is("")
        .stderr_has("app_url in config.toml must be https");
    fs::write(&path, b"org = \"\xff\"").unwrap();
    env.p0(["request", "a"])
        .run()
        .code(64)
        .stdout_is("")
        .stderr_has(&format!("{} has a mistake: it is not UTF-8 text", path.display()));
}

#[test]
fn a_mistake_in_a_description_of_an_organisation_names_the_file_and_the_place() {
    let server = StandIn::start([]);
    let env = env_at(&server);
    let path = env.write(env.config_dir().join("p0/bootstrap-example.json"), "{\"auth\": 3}");
    let output = env.p0(["request", "a"]).run();
    output
        .code(1)
        .stdout_is("")
        .stderr_has(&format!("{} does not describe an organisation: ", path.display()))
        .stderr_has("at line 1 column")
        .stderr_has("Correct it, or remove it to ask the service.");
}

#[test]
fn many_who_ask_for_the_same_at_once_get_one_request() {
    let scene = Scene::new();
    scene.token(ASKER);
    let running: Vec<_> = (0..8).map(|_| scene.line("request gcloud role editor").spawn()).collect();
    let ids: BTreeSet<String> = running.into_iter().map(|p0| id(&p0.finish().success().ignore_stderr())).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(scene.requests().len(), 1);
    assert_eq!(remembered(&scene.env).into_iter().collect::<BTreeSet<_>>(), ids);
}

#[test]
fn many_who_ask_for_different_things_at_once_are_all_remembered() {
    let scene = Scene::with_roles(12);
    scene.token(ASKER);
    let ask = |n: usize| scene.line(&format!("request gcloud role custom.{n:03}")).spawn();
    let running: Vec<_> = (1..=12).map(ask).collect();
    let ids: BTreeSet<String> = running.into_iter().map(|p0| id(&p0.finish().success().ignore_stderr())).collect();
    assert_eq!(ids.len(), 12, "{ids:?}");
    assert_eq!(scene.requests().len(), 12);
    assert_eq!(remembered(&scene.env).into_iter().collect::<BTreeSet<_>>(), ids);
}

#[test]
fn two_sign_ins_at_once_are_one() {
    let mut scene = Scene::new();
    let browser = scene.env.browse_as(ASKER, PASSWORD);
    let logins: Vec<_> = (0..3).map(|_| scene.env.p0(["login"]).spawn()).collect();
    let said: Vec<String> = logins.into_iter().map(|p0| p0.finish().success().stderr().to_owned()).collect();
    let count = |text: &str| said.iter().filter(|said| said.contains(text)).count();
    assert_eq!((count("Signed in to example as"), count("You are signed in to example as")), (1, 2), "{said:?}");
    assert_eq!(browser.addresses().len(), 1);
}

#[test]
fn a_session_that_many_find_stale_is_renewed_once() {
    let (scene, _browser) = signed_in();
    expire(&scene.env);
    let running: Vec<_> = (0..6).map(|_| scene.env.p0(["print-bearer-token"]).spawn()).collect();
    let tokens: BTreeSet<String> = running.into_iter().map(|p0| p0.finish().success().stdout().to_owned()).collect();
    assert_eq!(tokens.len(), 1, "each renewal would have led to a token of its own");
}

#[test]
fn a_service_whose_store_is_damaged_says_so_and_keeps_its_hands_off() {
    let mut scene = Scene::lasting();
    scene.service.stop().success();
    let path = scene.file("p0.db");
    let garbage = b"this was a database once".repeat(1000);
    fs::write(&path, &garbage).unwrap();
    let config = scene.file("service-1.toml");
    let output = scene.env.p0(["serve", "--config"]).arg(config).run();
    output.code(1).stdout_is("").stderr_has("p0.db");
    assert_eq!(fs::read(path).unwrap(), garbage);
}

#[test]
fn a_service_whose_disk_is_full_makes_no_request_and_loses_none() {
    if !need::all(&MOUNTS) {
        return;
    }
    let mut scene = Scene::with_roles(60);
    let directory = scene.file("disk");
    fs::create_dir(&directory).unwrap();
    let disk = Disk::small(directory);
    let store = toml::toml! { kind = "file" path = "disk/p0.db" };
    scene.service.configure(|config| drop(config.insert("store".into(), store.into())));
    scene.service.restart();
    let mut made = vec![scene.pending()];
    disk.fill();
    let mut refused = None;
    for n in 1..=60 {
        let line = format!("request gcloud role custom.{n:03}");
        let output = scene.line(&line).run().ignore_stderr();
        if output.status().success() {
            made.push(id(&output));
            continue;
        }
        let reason = "Error: the store is full: make room on its disk and try again; nothing was changed\n";
        output.code(1).stdout_is("").stderr_has(reason);
        refused = Some(line);
        break;
    }
    let refused = refused.unwrap();
    disk.free();
    made.push(id(&scene.line(&refused).run().success().ignore_stderr()));
    scene.service.kill_9();
    scene.service.restart();
    let kept: BTreeSet<String> = scene.requests().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kept, made.into_iter().collect());
}
