//! Sessions of several settings directories, services and users of one machine, side by side: none is used for another, and
//! none ends with another.

use crate::{
    harness::{ASKER, ORGANISATION, PASSWORD, env},
    scene::{OWNER, REVIEWER, Scene, eventually},
};
use p0_testkit::{
    FakeBrowser, Invocation, Key, SecretService, Service, Signal, TestEnv,
    need::{self, Need},
    secret_service::NEEDS,
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// What needs a session.
const ASK: [&str; 5] = ["request", "gcloud", "role", "viewer", "--no-input"];

/// The entries of file stores below this directory.
fn stored(home: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(home.join("state/secrets")) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// One user's two settings directories; in each, somebody else is signed in to the same organisation.
struct TwoHomes {
    _browser: Option<FakeBrowser>,
    scene: Scene,
    homes: [PathBuf; 2],
}

impl TwoHomes {
    fn new(store: &str) -> Self {
        Self::within(Scene::new(), store)
    }

    fn within(mut scene: Scene, store: &str) -> Self {
        scene.env.set("P0_SECRET_STORE", store);
        let homes = ["one", "two"].map(|name| scene.env.home_dir().join(name));
        let mut browser = None;
        for (home, who) in homes.iter().zip([ASKER, REVIEWER]) {
            drop(browser.take());
            browser = Some(scene.env.browse_as(who, PASSWORD));
            let signed_in = format!("Signed in to example as {who}.\n");
            scene.env.p0(["login"]).env("P0_HOME", home).run().success().stderr_has(&signed_in);
        }
        Self { _browser: browser, scene, homes }
    }

    fn p0(&self, home: usize, args: &[&str]) -> Invocation {
        self.scene.env.p0(args).env("P0_HOME", &self.homes[home])
    }

    /// Who the service says makes a call.
    #[track_caller]
    fn principal(&self, home: usize) -> String {
        let args =
            ["request", "gcloud", "role", "viewer", "--wait", "--no-input", "--", "sh", "-c", "echo $P0_PRINCIPAL"];
        self.p0(home, &args).run().ignore_stderr().stdout().trim().to_owned()
    }

    #[track_caller]
    fn token(&self, home: usize) -> String {
        self.p0(home, &["print-bearer-token", "--no-input"]).run().success().stdout().trim().to_owned()
    }

    /// Each directory has its own user, and signing out in one leaves the other.
    #[track_caller]
    fn check(&self) {
        let tokens = [self.token(0), self.token(1)];
        assert_ne!(tokens[0], tokens[1]);
        for (home, who) in [ASKER, REVIEWER].into_iter().enumerate() {
            self.p0(home, &["status"]).run().success().stdout_has(&format!("Signed in as  {who}\n"));
        }
        assert_eq!(self.principal(0), ASKER);
        self.p0(1, &["logout"]).run().success().stderr_is("Signed out of example.\n");
        self.p0(1, &ASK).run().code(77).stdout_is("").stderr_has("You are not signed in to example.");
        assert_eq!(self.token(0), tokens[0]);
        self.p0(0, &ASK).run().success().ignore_stdout().ignore_stderr();
        self.p0(0, &["logout"]).run().success().stderr_is("Signed out of example.\n");
    }
}

#[test]
fn two_settings_directories_in_the_desktop_keyring_have_a_user_each() {
    if !need::all(&NEEDS) {
        return;
    }
    let mut scene = Scene::new();
    let _keyring = SecretService::unlocked(&mut scene.env);
    TwoHomes::within(scene, "keyring").check();
}

#[test]
fn two_settings_directories_in_the_kernel_keyring_have_a_user_each() {
    let scene = Scene::new();
    if !has_kernel_keyring(&scene.env) {
        return;
    }
    TwoHomes::within(scene, "kernel").check();
}

#[test]
fn two_settings_directories_with_files_have_a_user_each() {
    TwoHomes::new("file").check();
}

fn has_kernel_keyring(env: &TestEnv) -> bool {
    need::all(&[Need::Program("keyctl")])
        && env.run("keyctl").args(["show", "@u"]).run().ignore_stdout().ignore_stderr().status().success()
}

#[test]
fn secrets_of_another_settings_directory_are_refused_and_sign_in_goes_on() {
    let two = TwoHomes::new("file");
    let ([mine], [theirs]) = (&stored(&two.homes[0])[..], &stored(&two.homes[1])[..]) else { panic!("one file each") };
    fs::copy(theirs, mine).unwrap();
    let output = two.p0(0, &ASK).run().code(77).stdout_is("");
    output
        .stderr_has("Error: A file no longer has the tokens of asker@example.com at http")
        .stderr_has("what is there belongs to reviewer@example.com at http")
        .stderr_has("\n  Sign in again: p0 login example\n");
    let output = two.p0(0, &["login"]).run().success();
    output.stderr_has("Signed in to example as reviewer@example.com.");
}

#[test]
fn a_settings_directory_is_the_same_by_any_path_and_after_a_move() {
    let two = TwoHomes::new("file");
    let token = two.token(0);
    let link = two.scene.env.home_dir().join("link");
    std::os::unix::fs::symlink(&two.homes[0], &link).unwrap();
    let mut slash = two.homes[0].clone().into_os_string();
    slash.push("/");
    let token_of = |home: &std::ffi::OsStr| {
        two.scene.env.p0(["print-bearer-token", "--no-input"]).env("P0_HOME", home).run().success().stdout().to_owned()
    };
    assert_eq!(token_of(link.as_os_str()).trim(), token);
    assert_eq!(token_of(&slash).trim(), token);
    let moved = two.scene.env.home_dir().join("moved");
    fs::rename(&two.homes[0], &moved).unwrap();
    assert_eq!(token_of(moved.as_os_str()).trim(), token);
    // What is at the old path now is another one.
    two.p0(0, &ASK).run().code(77).stdout_is("").stderr_has("You are not signed in to example.");
}

#[test]
fn a_copied_settings_directory_needs_a_sign_in_of_its_own() {
    for store in ["file", "keyring"] {
        if store == "keyring" && !need::all(&NEEDS) {
            return;
        }
        let mut scene = Scene::new();
        let _keyring = (store == "keyring").then(|| SecretService::unlocked(&mut scene.env));
        let two = TwoHomes::within(scene, store);
        let copy = two.scene.env.home_dir().join("copy");
        two.scene.env.run("cp").arg("-a").arg(&two.homes[0]).arg(&copy).run().success();
        let at_copy = |args: &[&str]| two.scene.env.p0(args).env("P0_HOME", &copy);
        let output = at_copy(&ASK).run().code(77).stdout_is("");
        output
            .stderr_has("was copied here from another settings directory, and a session belongs to one alone.")
            .stderr_has("Sign in here: p0 login example");
        at_copy(&["login"]).run().success().ignore_stderr();
        at_copy(&["logout"]).run().success().stderr_is("Signed out of example.\n");
        two.p0(0, &["login", "--refresh"]).run().success().stderr_has("You are signed in to example as asker");
        two.p0(0, &ASK).run().success().ignore_stdout().ignore_stderr();
    }
}

/// Two services with an organisation of the same name; somebody else is signed in to each, to the second last.
struct TwoServices {
    _browser: Option<FakeBrowser>,
    env: TestEnv,
    services: [Service; 2],
}

impl TwoServices {
    fn new() -> Self {
        let mut env = env();
        env.unset("P0_APP_URL");
        let services = [(); 2].map(|()| env.serve(ORGANISATION));
        let mut browser = None;
        for (service, who) in services.iter().zip([ASKER, REVIEWER]) {
            drop(browser.take());
            browser = Some(env.browse_as(who, PASSWORD));
            let login = env.p0(["login", "example"]).env("P0_APP_URL", service.url().as_str());
            login.run().success().stderr_has(&format!("Signed in to example as {who}.\n"));
        }
        Self { _browser: browser, env, services }
    }

    fn at(&self, service: usize, args: &[&str]) -> Invocation {
        self.env.p0(args).env("P0_APP_URL", self.services[service].url().as_str())
    }
}

#[test]
fn two_services_with_one_organisation_name_have_a_session_each() {
    let two = TwoServices::new();
    for (service, who) in [ASKER, REVIEWER].into_iter().enumerate() {
        two.at(service, &["status"]).run().success().stdout_has(&format!("Signed in as  {who}\n"));
        two.at(service, &ASK).run().ignore_stdout().ignore_stderr();
    }
    let first = two.at(0, &["requests", "--mine"]).run().success().ignore_stderr();
    assert_eq!(first.stdout().lines().count(), 1, "{first}");
    // Without a choice it is the last one.
    two.env.p0(["status"]).run().success().stdout_has("Signed in as  reviewer@example.com\n");
    let listed = two.env.p0(["org", "ls"]).run().success().ignore_stderr();
    let rows: Vec<Vec<&str>> = listed.stdout().lines().map(|line| line.split('\t').collect()).collect();
    let base = |service: usize| two.services[service].url().as_str().trim_end_matches('/').to_owned();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!((rows[0][0], rows[0][2], rows[0][5]), ("*", REVIEWER, &*base(1)));
    assert_eq!((rows[1][0], rows[1][2], rows[1][5]), ("", ASKER, &*base(0)));

    two.at(1, &["logout"]).run().success().stderr_is("Signed out of example.\n");
    two.at(1, &ASK).run().code(77).stdout_is("").ignore_stderr();
    two.at(0, &["status"]).run().success().stdout_has("Signed in as  asker@example.com\n");
    two.at(0, &ASK).run().success().ignore_stdout().ignore_stderr();
    let document = two.at(0, &["logout", "--all", "--json"]).run().success().ignore_stderr().json();
    assert_eq!(document["signedOut"].as_array().unwrap().len(), 1, "{document}");
    assert!(two.env.files_with(b"refreshToken").is_empty());
}

#[test]
fn later_calls_go_to_the_service_of_the_last_sign_in() {
    let two = TwoServices::new();
    two.env.p0(["requests"]).run().success().stdout_is("").ignore_stderr();
    let output = two.env.p0(["org", "use", "example"]).run().success();
    output.stderr_has("as reviewer@example.com.");
    // A session that is over is begun again at the same service.
    two.env.p0(["logout"]).run().success().ignore_stderr();
    two.env.p0(["status"]).run().success().stdout_has("Signed in as  asker@example.com\n");
}

#[test]
fn a_service_without_a_session_gets_no_token_of_another() {
    let two = TwoServices::new();
    let other = p0_testkit::StandIn::start([crate::bad_service::organisation()]);
    let at = |args: &[&str]| two.env.p0(args).env("P0_APP_URL", other.url().as_str());
    let here = other.url().as_str().trim_end_matches('/').to_owned();
    // Without the network.
    let output = at(&["status"]).run().code(77).stdout_is("Organisation  example\n");
    output
        .stderr_has(&format!("Error: You are not signed in to example at {here}, which P0_APP_URL names.\n"))
        .stderr_has("Sign in there: p0 login example\n")
        .stderr_has(" as reviewer@example.com. To use that, unset P0_APP_URL.\n");
    assert!(other.requests().is_empty());
    let output = at(&["status", "--json"]).run().code(77);
    let document = output.json();
    assert_eq!((&document["signedIn"], &document["session"]), (&false.into(), &Value::Null));
    at(&ASK).run().code(77).stdout_is("").stderr_has("You are not signed in to example.");
    assert!(other.requests().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn each_environment_in_one_keyring_has_a_user_of_its_own() {
    if !need::all(&NEEDS) {
        return;
    }
    let mut scene = Scene::new();
    let _keyring = SecretService::unlocked(&mut scene.env);
    scene.env.set("P0_SECRET_STORE", "keyring");
    for (name, who) in [("a", ASKER), ("b", REVIEWER), ("c", OWNER)] {
        let _browser = scene.env.browse_as(who, PASSWORD);
        scene.env.p0(["login"]).env("P0_ENV", name).run().success().ignore_stderr();
    }
    scene.env.p0(["logout"]).env("P0_ENV", "b").run().success().ignore_stderr();
    for (name, who) in [("a", ASKER), ("c", OWNER)] {
        scene.env.p0(["status"]).env("P0_ENV", name).run().success().stdout_has(who);
        scene.env.p0(["requests"]).env("P0_ENV", name).run().success().ignore_stdout().ignore_stderr();
    }
}

#[test]
fn logout_finds_the_token_that_a_locked_keyring_kept_back() {
    if !need::all(&NEEDS) {
        return;
    }
    let mut scene = Scene::new();
    if !has_kernel_keyring(&scene.env) {
        return;
    }
    scene.env.set("P0_SECRET_STORE", "keyring");
    let _browser = scene.env.browse_as(ASKER, PASSWORD);
    let open = SecretService::unlocked(&mut scene.env);
    scene.env.p0(["login"]).run().success().ignore_stderr();
    drop(open);
    let locked = SecretService::locked(&mut scene.env);
    scene.env.set("P0_SECRET_STORE", "kernel");
    let output = scene.env.p0(["login"]).limit(Duration::from_secs(30)).run().success();
    output
        .stderr_has("Signed in to example as asker@example.com.")
        .stderr_has("Warning: The tokens of an earlier session could not be deleted.")
        .stderr_has("p0 logout deletes them once their store can be used: p0 --org example logout");
    let output = scene.env.p0(["logout"]).limit(Duration::from_secs(30)).run().code(1).stdout_is("");
    output
        .stderr_has("Signed out of example.\n")
        .stderr_has("Error: Cannot delete every token for example from the keyring (Secret Service): ")
        .stderr_has("When the keyring (Secret Service) can be used again: p0 --org example logout");
    scene.env.p0(["status"]).run().code(77).ignore_stdout().stderr_has("You are not signed in to example.");
    drop(locked);
    let _open = SecretService::unlocked(&mut scene.env);
    let entries = |scene: &Scene| {
        let search = scene.env.run("secret-tool").args(["search", "--all", "service", "p0"]).run().ignore_stderr();
        search.stdout().matches("refreshToken").count()
    };
    if need::all(&[Need::Program("secret-tool")]) {
        assert_eq!(entries(&scene), 1);
    }
    scene.env.p0(["logout"]).run().success().ignore_stderr();
    if need::all(&[Need::Program("secret-tool")]) {
        assert_eq!(entries(&scene), 0);
    }
    scene.env.p0(["logout"]).run().success().stderr_is("You are not signed in to example.\n");
    assert!(fs::read_dir(scene.env.state_dir().join("p0/entries/example")).unwrap().next().is_none());
}

#[test]
fn an_emptied_kernel_keyring_is_told_by_status_without_the_network() {
    let mut scene = Scene::new();
    if !has_kernel_keyring(&scene.env) {
        return;
    }
    scene.env.set("P0_SECRET_STORE", "kernel");
    let _browser = scene.env.browse_as(ASKER, PASSWORD);
    scene.env.p0(["login"]).run().success().ignore_stderr();
    scene.env.p0(["status"]).run().success().stdout_has("Session       renews itself\n");
    let [mark] = &entries(&scene.env)[..] else { panic!("one entry") };
    // As a restart of the machine does it.
    let name = format!("p0:{}", mark.strip_suffix("@kernel").unwrap());
    let empty =
        "ring=$(keyctl get_persistent @s 2>/dev/null || echo @u); keyctl invalidate $(keyctl search $ring user \"$0\")";
    scene
        .env
        .run("keyctl")
        .args(["session", "-", "sh", "-c", empty, &name])
        .run()
        .success()
        .ignore_stdout()
        .ignore_stderr();
    scene.service.stop().success();
    let output = scene.env.p0(["status"]).run().code(77).ignore_stdout();
    output
        .stderr_has("Error: Your session with example is over: the kernel's keyring, which is emptied when the machine restarts, no longer has its tokens.\n")
        .stderr_has("  Sign in again: p0 login example\n");
    let output = scene.env.p0(["status", "--json"]).run().code(77);
    let document = output.json();
    assert_eq!(document["signedIn"], false);
    assert!(document["session"]["problem"].as_str().unwrap().contains("no longer has its tokens"), "{document}");
    let listed = scene.env.p0(["org", "ls"]).run().success().ignore_stderr();
    assert!(listed.stdout().contains("\tover\t"), "{listed}");
}

/// The marks of the entries of `example`.
fn entries(env: &TestEnv) -> Vec<String> {
    let entries = fs::read_dir(env.state_dir().join("p0/entries/example")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn an_older_session_goes_on_and_one_of_another_user_is_not_used() {
    let mut scene = Scene::new();
    let _browser = scene.env.browse_as(ASKER, PASSWORD);
    scene.env.p0(["login"]).run().success().ignore_stderr();
    let state = scene.env.state_dir().join("p0");
    // As an older version kept it: one record, and an entry that is named by the organisation alone.
    let records: Value =
        serde_json::from_str(&fs::read_to_string(state.join("sessions/example.json")).unwrap()).unwrap();
    let mut record = records["sessions"][0].clone();
    let [entry] = &entries(&scene.env)[..] else { panic!("one entry") };
    let secrets = state.join("secrets").join(format!("{}.json", entry.strip_suffix("@file").unwrap()));
    let mut kept: Value = serde_json::from_str(&fs::read_to_string(&secrets).unwrap()).unwrap();
    for name in ["home", "lookup"] {
        record.as_object_mut().unwrap().remove(name);
    }
    for name in ["home", "org"] {
        kept.as_object_mut().unwrap().remove(name);
    }
    fs::rename(&secrets, state.join("secrets/example.json")).unwrap();
    fs::remove_dir_all(state.join("entries")).unwrap();
    fs::remove_file(state.join("id.json")).unwrap();
    fs::remove_dir_all(state.join("sign-in")).unwrap();
    scene.env.write(state.join("sessions/example.json"), &record.to_string());
    scene.env.write(state.join("secrets/example.json"), &kept.to_string());
    scene.env.unset("P0_APP_URL");
    scene.env.p0(["status"]).run().success().stdout_has("Signed in as  asker@example.com\n");
    scene.env.p0(ASK).run().success().ignore_stdout().ignore_stderr();

    // Once it is renewed, it is bound to its owner.
    kept["expiresAt"] = "2020-01-01T00:00:00Z".into();
    scene.env.write(state.join("secrets/example.json"), &kept.to_string());
    scene.env.p0(["print-bearer-token"]).run().success().ignore_stdout();
    assert!(!state.join("secrets/example.json").try_exists().unwrap());
    assert_eq!(entries(&scene.env).len(), 1);

    kept["email"] = REVIEWER.into();
    scene.env.write(state.join("sessions/example.json"), &record.to_string());
    scene.env.write(state.join("secrets/example.json"), &kept.to_string());
    let output = scene.env.p0(ASK).run().code(77).stdout_is("");
    output.stderr_has("what is there belongs to reviewer@example.com at http");
    scene.env.p0(["logout"]).run().success().ignore_stderr();
    assert!(state.join("secrets/example.json").try_exists().unwrap(), "it is another's");
}

#[test]
fn a_stopped_sign_in_keeps_nobody_waiting_who_does_not_sign_in() {
    let mut scene = Scene::new();
    let _browser = FakeBrowser::idle(&mut scene.env);
    let login = scene.env.p0(["login"]).spawn();
    login.wait_for_stderr("Waiting for the sign-in");
    login.signal(Signal::STOP);
    let quickly = |args: &[&str]| scene.env.p0(args).limit(Duration::from_secs(10));
    quickly(&ASK).run().code(77).stdout_is("").stderr_has("Error: You are not signed in to example.\n");
    quickly(&["requests"]).run().code(77).stdout_is("").ignore_stderr();
    quickly(&["login", "--no-input"]).run().code(77).stdout_is("").ignore_stderr();
    quickly(&["logout"]).run().success().stderr_is("You are not signed in to example.\n");
    quickly(&["secrets", "status"]).run().success().ignore_stdout().ignore_stderr();
    // Another sign-in does not wait for one that cannot end.
    let another = scene.env.p0(["login"]).spawn();
    another.wait_for_stderr("Waiting for the sign-in");
    drop(another);
    login.kill_9().killed_by(9).ignore_stderr();
}

#[test]
fn one_that_waits_for_a_sign_in_says_which_process_has_to_end() {
    let mut scene = Scene::new();
    let _browser = FakeBrowser::idle(&mut scene.env);
    let login = scene.env.p0(["login"]).spawn();
    login.wait_for_stderr("Waiting for the sign-in");
    let pid = login.id();
    let second = scene.env.p0(["login"]).spawn();
    second.wait_for_stderr(&format!("Waiting for process {pid}, which is signing in to example."));
    second.wait_for_stderr(&format!("To sign in here instead, end it: kill -KILL {pid}"));
    login.kill_9().killed_by(9).ignore_stderr();
    second.wait_for_stderr("Waiting for the sign-in");
    second.kill_9().killed_by(9).ignore_stderr();
}

#[test]
fn an_interrupted_sign_in_says_so() {
    let mut scene = Scene::new();
    let _browser = FakeBrowser::idle(&mut scene.env);
    let login = scene.env.p0(["login"]).spawn();
    login.wait_for_stderr("Waiting for the sign-in");
    login.signal(Signal::INT);
    let output = login.finish().code(130).stdout_is("");
    output
        .stderr_has("Error: Sign-in interrupted: you are not signed in to example.\n")
        .stderr_has("  To sign in: p0 login example\n");
    eventually("the lock is free", || {
        let lock = fs::File::open(scene.env.state_dir().join("p0/sign-in/example.lock")).unwrap();
        lock.try_lock().is_ok()
    });
}

#[test]
fn an_interrupted_password_prompt_says_so_and_shows_typing_again() {
    let idp = crate::idp::Idp::new(crate::idp::password());
    for prompt in ["E-mail address at example", "Password of ada@example.com"] {
        let shell = idp
            .env
            .run("sh")
            .arg("-c")
            .arg("trap : INT; \"$0\" login; echo code=$?; stty -a | grep -q ' echo ' && echo shown");
        let terminal = shell.arg(idp.env.program()).terminal();
        terminal.wait_for("E-mail address at example");
        if prompt.starts_with("Password") {
            terminal.type_text("ada@example.com");
            terminal.press(Key::Enter);
            terminal.wait_for(prompt);
            terminal.wait_for_hidden_input();
        }
        terminal.press(Key::CtrlC);
        terminal.wait_for("Sign-in interrupted: you are not signed in to example.");
        terminal.wait_for("code=130");
        terminal.wait_for("shown");
        terminal.finish().success();
    }
}

#[test]
fn a_home_without_locks_is_no_obstacle_to_signing_in() {
    let mut scene = Scene::new();
    let Some(library) = without_locks(&scene.env) else { return };
    let _browser = scene.env.browse_as(ASKER, PASSWORD);
    let p0 = |below: &str, args: &[&str]| scene.env.p0(args).env("LD_PRELOAD", &library).env("NO_LOCKS_BELOW", below);
    let state = scene.env.state_dir().display().to_string();
    p0(&state, &["login"]).run().success().stderr_has("Signed in to example as asker@example.com.\n");
    p0(&state, &ASK).run().success().ignore_stdout().stderr_has("Your request was approved").lacks("not remembered");
    p0(&state, &["logout"]).run().success().stderr_is("Signed out of example.\n");
    // Nor anywhere else.
    let output = p0("/", &["login"]).run().code(1).stdout_is("");
    output
        .stderr_has("sessions/example.lock: No locks available")
        .stderr_has("To keep sessions on a local disk, set P0_HOME to a directory on one.\n");
}

/// A library that lets flock(2) fail as on a network file system without locks, for files below `NO_LOCKS_BELOW`.
fn without_locks(env: &TestEnv) -> Option<PathBuf> {
    if !need::all(&[Need::Program("cc")]) || !cfg!(target_os = "linux") {
        return None;
    }
    let source = env.write(
        "no-locks.c",
        r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int flock(int file, int operation) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    const char *below = getenv("NO_LOCKS_BELOW");
    if (below && strncmp(path, below, strlen(below)) == 0) {
        errno = ENOLCK;
        return -1;
    }
    int (*real)(int, int) = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
    return real(file, operation);
}
"#,
    );
    let library = env.work_dir().join("no-locks.so");
    env.run("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").run().success();
    Some(library)
}

#[test]
fn a_keyring_without_a_collection_is_found_out_before_the_browser() {
    if !need::all(&NEEDS) {
        return;
    }
    let mut scene = Scene::new();
    scene.env.set("P0_SECRET_STORE", "keyring");
    let browser = scene.env.browse_as(ASKER, PASSWORD);
    let _keyring = SecretService::empty(&mut scene.env);
    let output = scene.env.p0(["login"]).limit(Duration::from_secs(20)).run().code(1).stdout_is("");
    output.stderr_has("Error: The keyring (Secret Service) ").stderr_has("P0_SECRET_STORE=file p0 login");
    assert!(browser.addresses().is_empty(), "nobody signs in for nothing");
}

#[test]
fn without_a_home_a_token_is_enough_and_a_session_is_refused() {
    let scene = Scene::new();
    if !need::all(&[Need::Root, Need::Program("setpriv")]) {
        return;
    }
    let token = scene.token(ASKER);
    let program = scene.env.program().to_owned();
    // Where somebody without an entry in passwd(5) may read it.
    let public = tempfile::Builder::new().prefix("p0-program").tempdir_in("/tmp").unwrap();
    fs::set_permissions(public.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let copy = public.path().join("p0");
    fs::copy(program, &copy).unwrap();
    let run_in = |home: &[&str], args: &[&str]| {
        let invocation = scene.env.run("setpriv").args(["--reuid=54321", "--regid=54321", "--clear-groups"]);
        let invocation = invocation.args(["env", "-u", "XDG_CONFIG_HOME", "-u", "XDG_STATE_HOME"]);
        invocation.args(["-u", "XDG_CACHE_HOME", "-u", "XDG_RUNTIME_DIR"]).args(home).arg(&copy).args(args)
    };
    let run = |args: &[&str]| run_in(&["-u", "HOME"], args);
    let output = run(&["request", "gcloud", "role", "viewer", "--wait"]).env("P0_API_TOKEN", &token).run().success();
    output.stderr_has("Your request was approved").lacks("home").lacks("Warning").ignore_stdout();
    run(&["requests"]).env("P0_API_TOKEN", &token).run().success().ignore_stdout().stderr_is("");
    // What a container has whose user has only a number.
    let at_root = run_in(&["HOME=/"], &["request", "gcloud", "role", "viewer", "--wait"]);
    let output = at_root.env("P0_API_TOKEN", &token).run().success().ignore_stdout();
    output.stderr_has("Existing access found.").lacks("Warning");
    let output = run_in(&["HOME=/"], &["login"]).run().code(1).stdout_is("");
    output.stderr_has("Error: Cannot keep a session: / cannot be written to.\n").stderr_has("P0_HOME");
    for args in [&ASK[..], &["login"], &["logout"]] {
        let output = run(args).run().code(1).stdout_is("");
        output
            .stderr_has("Error: Cannot keep a session: there is no home directory.\n")
            .stderr_has("  Set HOME or P0_HOME to a directory that you can write to.\n")
            .stderr_has("P0_API_TOKEN");
    }
}

#[test]
fn root_writes_nothing_into_the_home_of_another_user() {
    let mut scene = Scene::new();
    if !need::all(&[Need::Root, Need::Program("chown")]) {
        return;
    }
    let token = scene.token(ASKER);
    let home = scene.env.home_dir().join("ada");
    fs::create_dir(&home).unwrap();
    scene.env.run("chown").arg("54321").arg(&home).run().success();
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        scene.env.unset(name);
    }
    scene.env.set("HOME", &home);
    let shown = home.display().to_string();
    let output = scene.env.p0(["login"]).run().code(1).stdout_is("");
    output
        .stderr_has(&format!(
            "Error: Cannot keep a session: {shown} belongs to another user, and p0 is running as root.\n"
        ))
        .stderr_has("  Run p0 without sudo.\n")
        .stderr_has("  To use root's own sessions: sudo -H p0 login\n");
    scene.env.p0(ASK).env("P0_API_TOKEN", &token).run().success().ignore_stdout().ignore_stderr();
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0, "root's files would lock the user out");
}

#[test]
fn an_unknown_key_is_a_warning_that_names_the_nearest() {
    let scene = Scene::new();
    let path = scene.env.config_dir().join("p0/config.toml");
    for (key, rest) in [
        ("secret_stor", "Did you mean 'secret_store'?"),
        ("app-url", "Did you mean 'app_url'?"),
        ("telemetry", "The known keys are org, app_url, secret_store, browser, ssh_key_type, ssh_hosts, ssh_proxy."),
    ] {
        scene.env.write(&path, &format!("{key} = \"x\"\nbrowser = \"true\"\n"));
        let output = scene.env.p0(["org", "ls"]).run().success().stdout_is("");
        let shown = path.display();
        output.stderr_has(&format!("Warning: Ignoring the unknown key '{key}' in {shown}. {rest}\n"));
    }
    scene.env.write(&path, "[ssh]\nhosts = []\n");
    scene.env.p0(["org", "ls"]).run().success().stdout_is("").stderr_has("Ignoring the unknown key 'ssh'");
    scene.env.write(&path, "browser = 3\n");
    scene.env.p0(["org", "ls"]).run().code(64).stdout_is("").stderr_has("config.toml has a mistake");
}
