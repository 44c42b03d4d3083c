//! `p0 login`, `status` and `logout`: sessions, from the sign-in page to the last renewal.

use crate::{
    harness::{ASKER, PASSWORD, env, env_with_service},
    scene::{OUTSIDER, REVIEWER},
};
use p0_testkit::{Browser, FakeBrowser, Running, TestEnv, browser::Page};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use url::Url;

/// Signs in by the browser, as the asker.
fn login(env: &mut TestEnv) -> FakeBrowser {
    let browser = env.browse_as(ASKER, PASSWORD);
    env.p0(["login"]).run().success().stdout_is("").ignore_stderr();
    browser
}

/// The only file with secrets.
fn secrets(env: &TestEnv) -> PathBuf {
    crate::harness::session_secrets(env)
}

/// The secrets of the session.
#[track_caller]
fn session(env: &TestEnv) -> Value {
    serde_json::from_str(&fs::read_to_string(secrets(env)).unwrap()).unwrap()
}

/// Changes the secrets of the session behind the back of `p0`.
#[track_caller]
fn tamper(env: &TestEnv, change: impl FnOnce(&mut Value)) {
    let mut session = session(env);
    change(&mut session);
    fs::write(secrets(env), session.to_string()).unwrap();
}

/// Makes the access token one that has expired long ago, as far as `p0` knows.
#[track_caller]
fn let_expire(env: &TestEnv) {
    tamper(env, |session| session["expiresAt"] = "2020-01-01T00:00:00Z".into());
}

#[track_caller]
fn text(session: &Value, pointer: &str) -> String {
    session.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}")).to_owned()
}

#[test]
fn signing_in_with_the_browser() {
    let (mut env, _service) = env_with_service();
    let browser = env.browse_as(ASKER, PASSWORD);
    let output = env.p0(["login", "example"]).run().success().stdout_is("");
    let output =
        output.stderr_has("Signing in to example in your browser.\n").stderr_has("If the browser does not open: http");
    output.stderr_has("Signed in to example as asker@example.com.\n").lacks(&text(&session(&env), "/accessToken"));
    let page = browser.wait_for_page();
    assert_eq!(page.status, 200);
    assert!(page.text().contains("You are signed in. You can close this tab and go back to the terminal."), "{page}");

    // RFC 7636 and RFC 8252: a challenge, a state of its own each time, and a redirect to the loopback.
    let address = Url::parse(&browser.wait_for_address()).unwrap();
    let of = |address: &Url, name: &str| address.query_pairs().find(|(n, _)| n == name).unwrap().1.into_owned();
    assert_eq!(of(&address, "code_challenge_method"), "S256");
    assert!(of(&address, "redirect_uri").starts_with("http://127.0.0.1:"), "{address}");
    env.p0(["logout"]).run().success().ignore_stderr();
    env.p0(["login"]).run().success().ignore_stderr();
    let second = Url::parse(&browser.addresses()[1]).unwrap();
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(of(&address, name), of(&second, name), "{name}");
    }
    // The organisation is remembered.
    env.unset("P0_ORG").p0(["status"]).run().success().stdout_has("Signed in as  asker@example.com\n");
    env.p0(["request", "gcloud", "role", "viewer", "--wait"]).run().success().ignore_stdout().ignore_stderr();
}

#[test]
fn whoever_is_signed_in_stays_so() {
    let (mut env, _service) = env_with_service();
    let browser = login(&mut env);
    let token = text(&session(&env), "/accessToken");
    env.p0(["login"]).run().success().stderr_is("You are signed in to example as asker@example.com.\n");
    assert_eq!(text(&session(&env), "/accessToken"), token);
    // A wish to renew it needs no browser.
    let output = env.p0(["login", "--refresh", "--json"]).run().success().ignore_stderr();
    let document = output.json();
    assert_eq!((&document["org"], &document["email"]), (&"example".into(), &ASKER.into()));
    document["expiresAt"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_ne!(text(&session(&env), "/accessToken"), token);
    assert_eq!(browser.addresses().len(), 1);
}

#[test]
fn no_browser_shows_the_address_alone() {
    let (mut env, _service) = env_with_service();
    let browser = FakeBrowser::idle(&mut env);
    let login = env.p0(["login", "--no-browser"]).spawn();
    let told = login.wait_for_stderr("Waiting for the sign-in");
    let address = told.lines().find_map(|line| line.trim().strip_prefix("http")).unwrap();
    let mut own = Browser::new();
    let page = own.open(&Url::parse(&format!("http{address}")).unwrap());
    let page = p0_testkit::sign_in::sign_in(&mut own, page, ASKER, PASSWORD);
    assert!(page.text().contains("go back to the terminal"), "{page}");
    login.finish().success().stdout_is("").stderr_has("Signed in to example as asker@example.com.\n");
    assert!(browser.addresses().is_empty());
}

#[test]
fn a_browser_that_cannot_be_opened_is_told() {
    let (mut env, _service) = env_with_service();
    env.set("BROWSER", "no-such-browser");
    let login = env.p0(["login"]).spawn();
    let told = login.wait_for_stderr("Open this address yourself: ");
    assert!(told.contains("Warning: The browser cannot be opened: no-such-browser: "), "{told}");
    login.kill_9().killed_by(9).ignore_stderr();
}

/// Starts to sign in with another machine's browser; the page to open, and the code to enter.
#[track_caller]
fn device(env: &TestEnv, words: &[&str]) -> (Running, Url, String) {
    let login = env.p0(words).spawn();
    let told = login.wait_for_stderr("Waiting for you to enter the code");
    assert!(told.starts_with("To sign in to example, open this address in a browser on any machine:\n"), "{told}");
    let line = |prefix: &str| told.lines().find_map(|line| line.trim().strip_prefix(prefix)).unwrap().trim().to_owned();
    let page = Url::parse(&format!("http{}", line("http"))).unwrap();
    (login, page, line("and enter the code:"))
}

/// Enters the code on the other machine.
#[track_caller]
fn enter(page: &Url, code: &str, answer: &str) -> Page {
    let mut browser = Browser::new();
    let page = browser.open(page);
    let page = browser.fill(&page, &[("email", ASKER), ("password", PASSWORD)]);
    let page = browser.fill(&page, &[("user_code", code)]);
    assert!(page.text().contains(code), "the page shows the code, to compare\n{page}");
    let forms = page.forms();
    let chosen = forms.iter().find_map(|form| Some((form, form.buttons.iter().find(|button| button.value == answer)?)));
    let (form, button) = chosen.unwrap();
    browser.submit(&page, form, Some(button))
}

#[test]
fn signing_in_with_another_machines_browser() {
    let (env, _service) = env_with_service();
    let (login, page, code) = device(&env, &["login", "--device"]);
    let page = enter(&page, &code, "allow");
    assert!(page.text().contains("Go back to your terminal"), "{page}");
    login.finish().success().stdout_is("").stderr_has("Signed in to example as asker@example.com.\n");
    env.p0(["status"]).run().success().stdout_has("Signed in as  asker@example.com\nSession       renews itself\n");
}

#[test]
fn a_refused_device_is_not_signed_in() {
    let (env, _service) = env_with_service();
    let (login, page, code) = device(&env, &["login", "--device"]);
    let page = enter(&page, &code, "deny");
    assert!(page.text().contains("The device was refused"), "{page}");
    let output = login.finish().code(1).stdout_is("");
    output.stderr_has("Error: The sign-in was refused.\n").stderr_has("p0 login");
    env.p0(["status"]).run().code(77).stdout_is("Organisation  example\n").stderr_has("p0 login example");
}

#[test]
fn another_machines_browser_is_chosen_without_a_desktop_and_over_ssh() {
    let (mut env, _service) = env_with_service();
    let (login, ..) = device(&env, &["login"]);
    login.kill_9().killed_by(9).ignore_stderr();
    let browser = FakeBrowser::idle(&mut env);
    env.set("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22").set("DISPLAY", ":0");
    let (login, ..) = device(&env, &["login"]);
    assert!(browser.addresses().is_empty());
    login.kill_9().killed_by(9).ignore_stderr();
}

#[test]
fn an_organisation_that_is_not_there() {
    let (env, _service) = env_with_service();
    let output = env.p0(["login", "nowhere"]).run().code(1).stdout_is("");
    output.stderr_has("Could not find organization").stderr_has("P0_APP_URL");
    for org in ["../example", "a/b", ".hidden"] {
        let output = env.p0(["login", org]).run().code(64).stdout_is("");
        output.stderr_has(&format!("'{org}' is not the name of an organisation."));
    }
}

#[test]
fn a_status_says_who_where_and_what() {
    let (mut env, service) = env_with_service();
    let output = env.p0(["status"]).run().code(77);
    output
        .stdout_is("Organisation  example\n")
        .stderr_is("Error: You are not signed in to example.\n  Sign in with: p0 login example\n");
    let document = env.p0(["status", "--json"]).run().code(77).json();
    assert_eq!((&document["signedIn"], &document["session"]), (&false.into(), &Value::Null));

    let _browser = login(&mut env);
    let request = env.p0(["request", "gcloud", "role", "viewer", "--wait"]).run().success().ignore_stderr();
    let id = request.stdout().trim();
    let pending = env.p0(["request", "gcloud", "role", "editor"]).run().success().ignore_stderr();
    let waits = pending.stdout().trim();
    // Offline, and by its other name too.
    drop(service);
    for name in ["status", "whoami"] {
        let output = env.p0([name]).run().success();
        let lines: Vec<&str> = output.stdout().lines().collect();
        let [access, pending] = lines[4..].try_into().unwrap_or_else(|_| output.fail("six lines were expected"));
        let first = [
            "Organisation  example",
            "Signed in as  asker@example.com",
            "Session       renews itself",
            "Secrets       a file (chosen by P0_SECRET_STORE)",
        ];
        assert_eq!(lines[..4], first, "{output}");
        assert!(
            access.starts_with("Access        gcloud role viewer, ends in ") && access.ends_with(&format!("  [{id}]")),
            "{output}"
        );
        assert!(
            pending.starts_with("Pending       gcloud role editor") && pending.ends_with(&format!("  [{waits}]")),
            "{output}"
        );
    }
    let document = env.p0(["status", "--json"]).run().success().json();
    assert_eq!((&document["org"], &document["session"]["email"]), (&"example".into(), &ASKER.into()));
    assert_eq!((&document["access"][0]["id"], &document["pending"][0]["id"]), (&id.into(), &waits.into()));
    let output = env.p0(["status"]).env("P0_API_TOKEN", "x").run().success();
    output.stdout_has("Signed in     by the token in P0_API_TOKEN\n");
}

#[test]
fn signing_out_forgets_everything_here_and_there() {
    let (mut env, _service) = env_with_service();
    let _browser = login(&mut env);
    let secrets = secrets(&env);
    let kept = fs::read(&secrets).unwrap();
    let record = env.state_dir().join("p0/sessions/example.json");
    let kept_record = fs::read(&record).unwrap();
    let document = env.p0(["logout", "--json"]).run().success().ignore_stderr().json();
    assert_eq!(document, serde_json::json!({"signedOut": [{"org": "example", "revoked": true}]}));
    assert!(!secrets.try_exists().unwrap());
    env.p0(["request", "gcloud", "role", "viewer"]).run().code(77).stdout_is("").stderr_has("not signed in");
    env.p0(["logout"]).run().success().stderr_is("You are not signed in to example.\n");
    env.p0(["logout", "--all"]).run().success().stderr_is("You are not signed in anywhere.\n");
    // Whoever made a copy cannot renew it.
    fs::write(&secrets, kept).unwrap();
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&record, kept_record).unwrap();
    let_expire(&env);
    let output = env.p0(["request", "gcloud", "role", "viewer"]).run().code(77).stdout_is("");
    output.stderr_has("Error: Your session with example has ended.\n  Sign in again with: p0 login example\n");
    assert!(!secrets.try_exists().unwrap());
}

#[test]
fn every_session_is_forgotten_at_once() {
    let (mut env, _service) = env_with_service();
    let _browser = login(&mut env);
    env.p0(["logout", "--all"]).run().success().stderr_is("Signed out of example.\n");
    env.p0(["status"]).run().code(77).ignore_stdout().ignore_stderr();
}

#[test]
fn each_environment_has_a_session_of_its_own() {
    let (mut env, _service) = env_with_service();
    let _browser = login(&mut env);
    env.p0(["status"]).env("P0_ENV", "staging").run().code(77).ignore_stdout().ignore_stderr();
    let output = env.p0(["status"]).env("P0_ENV", "../x").run().code(64).stdout_is("");
    output.stderr_has("P0_ENV may contain only letters");
}

#[test]
fn many_processes_share_one_renewal() {
    let (mut env, _service) = env_with_service();
    let browser = login(&mut env);
    let before = session(&env);
    let_expire(&env);
    let all: Vec<_> = (0..20).map(|_| env.p0(["print-bearer-token"]).spawn()).collect();
    let tokens: BTreeSet<String> =
        all.into_iter().map(|one| one.finish().success().stdout().trim().to_owned()).collect();
    // A second renewal would have issued a second token.
    assert_eq!(tokens.len(), 1);
    let after = session(&env);
    assert_eq!(tokens.first(), Some(&text(&after, "/accessToken")));
    assert_ne!(text(&before, "/accessToken"), text(&after, "/accessToken"));
    assert_ne!(text(&before, "/renewal/refreshToken"), text(&after, "/renewal/refreshToken"));
    assert_eq!(browser.addresses().len(), 1, "nobody had to sign in again");
}

#[test]
fn a_renewal_dies_with_its_process_and_the_next_one_takes_over() {
    let (mut env, mut service) = env_with_service();
    let _browser = login(&mut env);
    let_expire(&env);
    service.stop().success();
    // It holds the lock, and tries in vain.
    let holder = env.p0(["print-bearer-token", "--debug"]).spawn();
    let lock = env.state_dir().join("p0/sessions/example.lock");
    crate::scene::eventually("the lock is held", || {
        let file = fs::File::open(&lock).unwrap();
        matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)) || !holder.is_running()
    });
    holder.kill_9().ignore_stderr().ignore_stdout().status();
    service.restart();
    // The store is in memory: the service has forgotten the session, and says so at once.
    let output = env.p0(["print-bearer-token"]).run().code(77).stdout_is("");
    output.stderr_has("Your session with example has ended.");
}

#[test]
fn a_token_that_the_service_refuses_is_renewed_on_the_way() {
    let (mut env, _service) = env_with_service();
    let browser = login(&mut env);
    tamper(&env, |session| {
        let mut token = text(session, "/accessToken");
        let last = if token.ends_with('A') { "B" } else { "A" };
        token.replace_range(token.len() - 1.., last);
        token.replace_range(
            token.len() - 9..token.len() - 8,
            if &token[token.len() - 9..token.len() - 8] == "x" { "y" } else { "x" },
        );
        session["accessToken"] = token.into();
    });
    let output = env.p0(["request", "gcloud", "role", "viewer", "--wait"]).run().success().ignore_stdout();
    output.stderr_has("Your request was approved\n");
    assert_eq!(browser.addresses().len(), 1);
}

#[test]
fn a_session_that_has_ended_says_so() {
    let (mut env, _service) = env_with_service();
    let _browser = login(&mut env);
    let_expire(&env);
    tamper(&env, |session| session["renewal"]["refreshToken"] = "altered".into());
    let output = env.p0(["request", "gcloud", "role", "viewer", "--json"]).run().code(77);
    let document = output.json();
    assert_eq!((&document["kind"], &document["exitCode"]), (&"not-signed-in".into(), &77.into()));
    assert_eq!(document["error"], "Your session with example has ended.");
    env.p0(["status"]).run().code(77).ignore_stdout().stderr_has("You are not signed in to example.");
}

#[test]
fn nobody_is_asked_to_sign_in_where_that_is_not_wanted() {
    let (mut env, _service) = env_with_service();
    let browser = env.browse_as(ASKER, PASSWORD);
    let refused = |env: &TestEnv, words: &[&str]| {
        let output = env.p0(["login", "--no-input"]).args(words).run().code(77).stdout_is("");
        output.stderr_is(
            "Error: Somebody has to sign in to example, and --no-input says that nobody does.\n  \
             Sign in without --no-input: p0 login example\n  \
             Where nobody can sign in, set P0_API_TOKEN to a token.\n",
        );
    };
    for words in [&[][..], &["--device"], &["--no-browser"]] {
        refused(&env, words);
    }
    assert!(browser.addresses().is_empty());

    // A session is renewed as long as that takes nobody.
    env.p0(["login"]).run().success().ignore_stderr();
    let token = text(&session(&env), "/accessToken");
    let_expire(&env);
    let output = env.p0(["login", "--no-input"]).run().success();
    output.stderr_is("You are signed in to example as asker@example.com.\n");
    assert_ne!(text(&session(&env), "/accessToken"), token);
    let_expire(&env);
    tamper(&env, |session| session["renewal"]["refreshToken"] = "altered".into());
    refused(&env, &[]);
    assert_eq!(browser.addresses().len(), 1);
}

#[test]
fn a_bad_token_in_the_environment_is_told() {
    let (env, service) = env_with_service();
    let good = service.access_token(REVIEWER, PASSWORD);
    for token in ["nonsense", &good[..good.len() - 4], "a b\n"] {
        let output = env.p0(["requests"]).env("P0_API_TOKEN", token).run().ignore_stderr().lacks(token).stdout_is("");
        assert_ne!(output.status().code(), Some(0));
    }
    let output = env.p0(["requests"]).env("P0_API_TOKEN", &good[..good.len() - 4]).run().code(77);
    output.stderr_has("P0_API_TOKEN").stderr_has("p0 login");
}

#[test]
fn a_session_is_somebodys_own() {
    let (mut env, _service) = env_with_service();
    let browser = env.browse_as(OUTSIDER, PASSWORD);
    env.p0(["login"]).run().success().stderr_has("Signed in to example as outsider@example.com.\n");
    browser.wait_for_page();
    let output = env.p0(["request", "gcloud", "role", "viewer"]).run().code(1).stdout_is("");
    output.stderr_has("No access policy lets outsider@example.com request gcloud role viewer");
}

#[test]
fn no_token_is_anywhere_but_in_its_store() {
    let (mut env, service) = env_with_service();
    let browser = env.browse_as(ASKER, PASSWORD);
    let mut outputs = vec![env.p0(["login", "--debug"]).run().success()];
    let first = session(&env);
    let all = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; cat /proc/$$/environ /proc/$PPID/environ 2>/dev/null; true";
    let request = ["--debug", "request", "gcloud", "role", "viewer", "--wait", "--relinquish", "--", "sh", "-c", all];
    outputs.push(env.p0(request).run().success());
    let_expire(&env);
    outputs.push(env.p0(request).run().success());
    outputs.push(env.p0(["--debug", "status"]).run().success());
    outputs.push(env.p0(["--debug", "ls", "gcloud", "role", "names", "--json"]).run().success());
    let second = session(&env);
    let log = service.log();
    for session in [&first, &second] {
        for pointer in ["/accessToken", "/renewal/refreshToken"] {
            let token = text(session, pointer);
            for output in &outputs {
                assert!(!output.stdout().contains(&token) && !output.stderr().contains(&token), "{pointer}\n{output}");
            }
            assert!(!log.contains(&token), "{pointer} in the service's log");
            assert!(browser.addresses().iter().all(|address| !address.contains(&token)), "{pointer}");
            let files = env.files_with(token.as_bytes());
            let current = std::ptr::eq(session, &second);
            assert_eq!(
                files,
                if current {
                    vec![Path::new("state/p0/secrets").join(secrets(&env).file_name().unwrap())]
                } else {
                    vec![]
                },
                "{pointer}"
            );
        }
    }
    assert_ne!(text(&first, "/accessToken"), text(&second, "/accessToken"));
    assert_eq!(secrets(&env).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    outputs.push(env.p0(["--debug", "logout"]).run().success().stderr_has("Signed out"));
    assert!(env.files_with(text(&second, "/accessToken").as_bytes()).is_empty());
    outputs.into_iter().for_each(|output| drop(output.ignore_stdout().ignore_stderr()));
}

#[test]
fn without_an_organisation_there_is_nothing_to_sign_in_to() {
    let output = env().p0(["login"]).run().code(64).stdout_is("");
    output.stderr_has("No organisation is chosen.").stderr_has("p0 login <org>");
}
