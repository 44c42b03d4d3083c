//! Secret stores that are locked, absent, silent or somebody else's; and tokens that are over, or were tampered with.

use crate::{
    harness::{ASKER, PASSWORD, env},
    scene::Scene,
};
use p0_testkit::{
    Browser, FakeBrowser, Invocation, SecretService, TestEnv,
    need::{self, Need},
    secret_service::NEEDS,
    sign_in::sign_in,
};
use std::{fs, time::Duration};
use url::Url;

/// What is asked for wherever a session is needed.
const ASK: [&str; 5] = ["request", "gcloud", "role", "viewer", "--no-input"];

/// A scene in which nobody is signed in, whose secrets go into this store, and a browser to sign in with.
fn scene(store: &str) -> (Scene, FakeBrowser) {
    let mut scene = Scene::new();
    scene.env.set("P0_SECRET_STORE", store);
    let browser = scene.env.browse_as(ASKER, PASSWORD);
    (scene, browser)
}

fn login(env: &TestEnv) -> Invocation {
    env.p0(["login"]).limit(Duration::from_secs(20))
}

fn has_secret_service() -> bool {
    need::all(&NEEDS)
}

/// Whether the kernel lets this user keep keys: some containers do not.
fn has_kernel_keyring(env: &TestEnv) -> bool {
    need::all(&[Need::Program("keyctl")])
        && env.run("keyctl").args(["show", "@u"]).run().ignore_stdout().ignore_stderr().status().success()
}

/// Whatever is wrong with the store, there is another way.
#[track_caller]
fn offers_other_stores(output: p0_testkit::Output) {
    output
        .stdout_is("")
        .stderr_has("To keep secrets in the kernel until the machine restarts: P0_SECRET_STORE=kernel p0 login")
        .stderr_has("To keep them in a file that only you can read: P0_SECRET_STORE=file p0 login");
}

#[test]
fn the_desktop_s_keyring_holds_the_secrets_and_no_file_does() {
    if !has_secret_service() {
        return;
    }
    for store in ["keyring", "auto"] {
        let (mut scene, _browser) = scene(store);
        let _keyring = SecretService::unlocked(&mut scene.env);
        login(&scene.env).run().success().stderr_has("Signed in to example as asker@example.com.");
        let token = scene.env.p0(["print-bearer-token"]).run().success().stdout().trim().to_owned();
        assert!(token.len() > 40, "{token}");
        assert_eq!(scene.env.files_with(token.as_bytes()), Vec::<std::path::PathBuf>::new());
        assert_eq!(scene.env.files_with(b"refreshToken"), Vec::<std::path::PathBuf>::new());
        scene.env.p0(["status"]).run().success().stdout_has("the keyring (Secret Service)");
        scene.env.p0(ASK).run().success().ignore_stdout().ignore_stderr();

        scene.env.p0(["logout"]).run().success().stderr_has("Signed out of example.");
        scene.env.p0(ASK).run().code(77).stdout_is("").stderr_has("You are not signed in to example.");
    }
}

#[test]
fn a_locked_keyring_says_how_to_go_on() {
    if !has_secret_service() {
        return;
    }
    let (mut scene, _browser) = scene("keyring");
    let open = SecretService::unlocked(&mut scene.env);
    login(&scene.env).run().success().stderr_has("Signed in to example");
    drop(open);
    let _locked = SecretService::locked(&mut scene.env);
    let output = scene.env.p0(ASK).run().code(1).stderr_has("Error: The keyring (Secret Service) ");
    let said = output.stderr();
    assert!(said.contains("is locked.") || said.contains("did not answer within 3 seconds."), "{said}");
    offers_other_stores(output);
    // Who signed in where is no secret, and needs no keyring.
    scene.env.p0(["status"]).run().success().stdout_has("asker@example.com");
}

#[test]
fn a_keyring_that_is_not_there_says_how_to_go_on() {
    if !has_secret_service() {
        return;
    }
    let (mut scene, browser) = scene("keyring");
    let _bus = SecretService::absent(&mut scene.env);
    offers_other_stores(
        login(&scene.env).run().code(1).stderr_has("Error: The keyring (Secret Service) is not there.\n"),
    );
    // Not even a bus.
    scene.env.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    offers_other_stores(
        login(&scene.env).run().code(1).stderr_has("Error: The keyring (Secret Service) is not there.\n"),
    );
    assert_eq!(browser.addresses().len(), 0, "nobody signs in for nothing");
}

#[test]
fn a_keyring_that_never_answers_is_given_up_after_three_seconds() {
    if !has_secret_service() {
        return;
    }
    for store in ["keyring", "auto"] {
        let (mut scene, browser) = scene(store);
        let _silent = SecretService::silent(&mut scene.env);
        let output = login(&scene.env).limit(Duration::from_secs(15)).run();
        offers_other_stores(
            output.code(1).stderr_has("Error: The keyring (Secret Service) did not answer within 3 seconds.\n"),
        );
        assert_eq!(browser.addresses().len(), 0, "nobody signs in for nothing");
    }
}

#[test]
fn a_user_whose_keyring_is_locked_can_sign_in_elsewhere() {
    if !has_secret_service() {
        return;
    }
    let (mut scene, _browser) = scene("keyring");
    let open = SecretService::unlocked(&mut scene.env);
    login(&scene.env).run().success().stderr_has("Signed in to example");
    drop(open);
    let _silent = SecretService::silent(&mut scene.env);
    let output = login(&scene.env).env("P0_SECRET_STORE", "file").run().success();
    output
        .stderr_has("Signed in to example")
        .stderr_has("Warning: The tokens of an earlier session could not be deleted.");
    scene.env.set("P0_SECRET_STORE", "file");
    scene.env.p0(ASK).run().success().ignore_stdout().ignore_stderr();
    scene.env.p0(["status"]).run().success().stdout_has("a file");
}

#[test]
fn the_kernel_s_keyring_is_found_by_another_process_and_forgets() {
    let (mut scene, _browser) = scene("kernel");
    if !has_kernel_keyring(&scene.env) {
        return;
    }
    // Its names are the machine's: the process's id sets this run's apart.
    scene.env.set("P0_ENV", format!("test-{}", std::process::id()));
    login(&scene.env).run().success().stderr_has("Signed in to example as asker@example.com.");
    let token = scene.env.p0(["print-bearer-token"]).run().success().stdout().trim().to_owned();
    assert_eq!(scene.env.files_with(token.as_bytes()), Vec::<std::path::PathBuf>::new());
    scene.env.p0(["status"]).run().success().stdout_has("the kernel's keyring");
    scene.env.p0(ASK).run().success().ignore_stdout().ignore_stderr();
    // Another login of the same user, with a session keyring of its own.
    let elsewhere = scene.env.run("keyctl").args(["session", "-"]).arg(scene.env.program()).arg("print-bearer-token");
    elsewhere.run().success().stdout_is(&format!("{token}\n")).ignore_stderr();

    scene.env.p0(["logout"]).run().success().stderr_has("Signed out of example.");
    scene.env.p0(["print-bearer-token", "--no-input"]).run().code(77).stdout_is("").ignore_stderr();
    let keys = scene.env.run("keyctl").args(["show", "@u"]).run().success().ignore_stderr();
    assert!(!keys.stdout().contains("p0-test-"), "{keys}");
}

#[test]
fn where_there_is_no_desktop_the_kernel_keeps_the_secrets() {
    for bus in [None, Some("unix:path=/nowhere/bus"), Some("nonsense")] {
        let (mut scene, _browser) = scene("auto");
        if !has_kernel_keyring(&scene.env) {
            return;
        }
        scene.env.set("P0_ENV", format!("test-auto-{}", std::process::id()));
        if let Some(bus) = bus {
            scene.env.set("DBUS_SESSION_BUS_ADDRESS", bus);
        }
        login(&scene.env).run().success().stderr_has("Signed in to example as asker@example.com.");
        scene.env.p0(["status"]).run().success().stdout_has("the kernel's keyring");
        scene.env.p0(["logout"]).run().success().stderr_has("Signed out of example.");
    }
}

#[test]
fn a_store_that_is_none_is_refused() {
    let output = env().p0(["status"]).env("P0_SECRET_STORE", "cupboard").run();
    output.code(64).stdout_is("").stderr_is("Error: P0_SECRET_STORE must be 'auto', 'keyring', 'kernel' or 'file'.\n");
}

#[test]
fn a_token_that_was_tampered_with_is_refused() {
    let scene = Scene::new();
    let token = scene.token(ASKER);
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else { panic!("a token of three parts") };
    let swap = |text: &str| {
        let mut text = text.to_owned();
        let other = if text.ends_with('A') { "B" } else { "A" };
        text.replace_range(9..10, if &text[9..10] == other { "C" } else { other });
        text
    };
    // A header that says that nothing is signed: {"alg":"none","typ":"at+jwt"}.
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
    for altered in [
        format!("{head}.{}.{signature}", swap(claims)),
        format!("{head}.{claims}.{}", swap(signature)),
        format!("{}.{claims}.{signature}", swap(head)),
        format!("{unsigned}.{claims}."),
        format!("{head}.{claims}"),
        "x".to_owned(),
    ] {
        for command in [&ASK[..], &["ls", "gcloud", "role", "names"], &["requests"]] {
            let output = scene.env.p0(command).env("P0_API_TOKEN", &altered).run();
            output
                .code(77)
                .stdout_is("")
                .stderr_has("Error: ")
                .stderr_has("The service does not accept the token. Sign in anew with: p0 login")
                .stderr_has("If P0_API_TOKEN or --token-file gives a token, it is used instead of a sign-in: replace it, or leave it out.")
                .lacks(claims);
        }
    }
    assert_eq!(scene.requests().len(), 0);
}

#[test]
fn a_session_that_was_ended_elsewhere_needs_a_sign_in() {
    let (scene, _browser) = scene("file");
    login(&scene.env).run().success().stderr_has("Signed in to example");
    let path = crate::harness::session_secrets(&scene.env);
    let record = scene.env.state_dir().join("p0/sessions/example.json");
    let (secrets, known) = (fs::read_to_string(&path).unwrap(), fs::read_to_string(&record).unwrap());
    scene.env.p0(["logout"]).run().success().stderr_has("Signed out of example.");
    // A copy that survived on, say, a backup: its refresh token was revoked, and its access token is over.
    let mut session: serde_json::Value = serde_json::from_str(&secrets).unwrap();
    session["expiresAt"] = "2020-01-01T00:00:00Z".into();
    let (secrets, known) = (session.to_string(), known);
    let put_back = || {
        scene.env.write(&path, &secrets);
        scene.env.write(&record, &known);
    };
    put_back();
    let ended = "Error: Your session with example has ended.\n";
    let output = scene.env.p0(["request", "gcloud", "role", "viewer"]).run();
    output.code(77).stdout_is("").stderr_is(&format!("{ended}  Sign in again with: p0 login example\n"));
    assert!(!path.try_exists().unwrap(), "what is over is not kept");
    put_back();
    let output = scene.env.p0(["request", "gcloud", "role", "viewer", "--json"]).run().code(77);
    assert_eq!(output.json()["kind"], "not-signed-in");
    assert_eq!(scene.requests().len(), 0);
}

#[test]
fn at_a_terminal_a_session_that_has_ended_is_begun_anew_on_the_way() {
    let (scene, _browser) = scene("file");
    let terminal = scene.env.p0(["request", "gcloud", "role", "viewer", "--wait"]).terminal_of(30, 400);
    terminal.wait_for("Signed in to example as asker@example.com.");
    terminal.finish().success().stderr_has("Your request was approved");
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn without_a_terminal_nobody_is_asked_to_sign_in() {
    let (scene, browser) = scene("file");
    for args in [&ASK[..], &["ls", "gcloud"], &["requests"], &["approve", "r1"], &["print-bearer-token"]] {
        let output = scene.env.p0(args).run();
        output
            .code(77)
            .stdout_is("")
            .stderr_has("Error: You are not signed in to example.\n")
            .stderr_has("Sign in with: p0 login example")
            .stderr_has("Where nobody can sign in, set P0_API_TOKEN to a token.");
    }
    assert_eq!(browser.addresses().len(), 0);
}

#[test]
fn a_session_is_for_its_own_service_alone() {
    let (mut scene, _browser) = scene("file");
    login(&scene.env).run().success().stderr_has("Signed in to example");
    let other = p0_testkit::StandIn::start([crate::bad_service::organisation()]);
    scene.env.set("P0_APP_URL", other.url().as_str());
    scene.env.p0(ASK).run().code(77).stdout_is("").stderr_has("You are not signed in to example.");
    assert!(other.requests().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn a_browser_that_comes_back_with_another_state_is_sent_away() {
    let (mut scene, _browser) = scene("file");
    scene.env.set("BROWSER", "true");
    let login = scene.env.p0(["login", "--no-browser"]).spawn();
    let said = login.wait_for_stderr("nonce=");
    let at = said.find("http://127.0.0.1:").unwrap();
    let page = Url::parse(said[at..].split_whitespace().next().unwrap()).unwrap();
    // Somebody else on this machine, who does not know the state, comes back first.
    let redirect = page.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
    let mut browser = Browser::new();
    let forged = browser.open(&Url::parse(&format!("{redirect}?code=c&state=s")).unwrap());
    assert_eq!(forged.status, 400);
    assert!(login.is_running());
    let opened = browser.open(&page);
    sign_in(&mut browser, opened, ASKER, PASSWORD);
    login.finish().success().stderr_has("Signed in to example as asker@example.com.");
}
