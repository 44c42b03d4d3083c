//! Sign-ins at software of other makes: the npm package `oidc-provider` as an OpenID provider, and the Firebase Auth
//! emulator of `firebase-tools`. test.sh installs both below the target directory.

use crate::harness::env;
use p0_testkit::{
    Answer, Browser, Running, StandIn, TestEnv,
    browser::Page,
    need::{self, Need},
};
use serde_json::{Value, json};
use std::{fs, net::TcpListener, path::PathBuf, time::Duration};
use url::Url;

/// Where test.sh puts npm packages.
const MODULES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../node/node_modules");
const PROVIDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../node/node_modules/oidc-provider/package.json");
const FIREBASE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../node/node_modules/firebase-tools/lib/bin/firebase.js");
/// The OpenID provider, as a program.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node/provider.mjs");

/// The emulator loads a great deal before it starts.
const SLOW: Duration = Duration::from_secs(90);

const ADA: &str = "ada@example.com";
const SIGNED_IN: &str = "Signed in to example as ada@example.com.\n";

fn has_provider() -> bool {
    need::all(&[Need::Program("node"), Need::File(PROVIDER)])
}

fn has_both() -> bool {
    need::all(&[Need::Program("node"), Need::Program("curl"), Need::File(PROVIDER), Need::File(FIREBASE)])
}

/// An OpenID provider, which ends when this is dropped.
struct Provider {
    _running: Running,
    url: Url,
}

impl Provider {
    #[track_caller]
    fn start(env: &TestEnv, settings: &Value) -> Self {
        let running = env.run("node").args([SCRIPT, MODULES, &settings.to_string()]).spawn();
        let told = running.wait_for_stdout("\n");
        let url = Url::parse(told.trim().strip_prefix("Listening at ").unwrap()).unwrap();
        Self { _running: running, url }
    }

    /// An organisation that signs in there.
    fn organisation(&self) -> Value {
        json!({
            "auth": {"type": "sso", "provider": {
                "ssoProvider": "oidc-pkce", "providerType": "cloudflare", "providerId": "oidc.example",
                "providerDomain": self.url.authority(), "clientId": "p0-cli",
            }},
            "useProviderToken": true,
        })
    }
}

/// The Firebase Auth emulator, which ends when this is dropped.
struct Emulator {
    _running: Running,
    host: String,
}

impl Emulator {
    #[track_caller]
    fn start(env: &TestEnv) -> Self {
        // It takes no port of the system's choosing.
        let ports = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [auth, hub, logging] = ports.each_ref().map(|port| port.local_addr().unwrap().port());
        drop(ports);
        let at = |port: u16| json!({"host": "127.0.0.1", "port": port});
        let config =
            json!({"emulators": {"auth": at(auth), "hub": at(hub), "logging": at(logging), "ui": {"enabled": false}}});
        let config = env.write("emulator/firebase.json", &config.to_string());
        let running = env
            .run("node")
            .args([FIREBASE, "emulators:start", "--only", "auth", "--project", "demo-p0"])
            .cwd(config.parent().unwrap())
            .env("CI", "true")
            .limit(SLOW)
            .spawn();
        running.wait_for_stdout("All emulators ready");
        Self { _running: running, host: format!("127.0.0.1:{auth}") }
    }

    /// Calls it as an administrator does.
    #[track_caller]
    fn call(&self, env: &TestEnv, path: &str, body: &Value) -> Value {
        let url = format!("http://{}/identitytoolkit.googleapis.com/{path}", self.host);
        let call = ["--silent", "--fail", "--header", "authorization: Bearer owner", "--json", &body.to_string(), &url];
        env.run("curl").args(call).run().success().json()
    }

    /// A tenant in which passwords are allowed.
    #[track_caller]
    fn tenant(&self, env: &TestEnv) -> String {
        let tenant =
            self.call(env, "v2/projects/demo-p0/tenants", &json!({"displayName": "t", "allowPasswordSignup": true}));
        tenant["tenantId"].as_str().unwrap().to_owned()
    }

    /// Somebody with a password.
    #[track_caller]
    fn user(&self, env: &TestEnv, tenant: &str, password: &str) {
        let user = json!({"email": ADA, "password": password, "tenantId": tenant});
        self.call(env, "v1/accounts:signUp?key=k", &user);
    }
}

/// The service of this organisation, where everybody is welcome.
fn service(env: &mut TestEnv, organisation: Value) -> StandIn {
    let service = StandIn::by_request(move |request| match request.target.as_str() {
        "/orgs/example" => Answer::json(200, &organisation),
        "/o/example/account" => Answer::json(200, &json!({})),
        other => Answer::json(404, &json!({"error": other})),
    });
    env.set("P0_APP_URL", service.url().as_str().trim_end_matches('/')).set("P0_ORG", "example");
    service
}

/// The secrets of the session, changed behind the back of `p0`.
fn session(env: &TestEnv, change: impl FnOnce(&mut Value)) -> Value {
    let path: PathBuf = crate::harness::session_secrets(env);
    let mut session: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut session);
    fs::write(&path, session.to_string()).unwrap();
    session
}

fn expire(session: &mut Value) {
    session["expiresAt"] = "2020-01-01T00:00:00Z".into();
}

#[track_caller]
fn token(env: &TestEnv) -> String {
    env.p0(["print-bearer-token"]).run().success().ignore_stderr().stdout().trim().to_owned()
}

/// An address that is shown.
#[track_caller]
fn address(told: &str) -> Url {
    let rest = told.lines().find_map(|line| line.trim().strip_prefix("http")).unwrap();
    Url::parse(&format!("http{rest}")).unwrap()
}

/// Goes through the provider's pages as Ada.
#[track_caller]
fn as_ada(browser: &mut Browser, page: &Page) -> Page {
    let page = browser.fill(page, &[("login", ADA), ("password", "any")]);
    browser.fill(&page, &[])
}

/// Signs in by the address that is shown.
#[track_caller]
fn login(env: &TestEnv) {
    let login = env.p0(["login", "--no-browser"]).spawn();
    let mut browser = Browser::new();
    let page = browser.open(&address(&login.wait_for_stderr("Waiting for the sign-in")));
    let page = as_ada(&mut browser, &page);
    assert!(page.text().contains("You are signed in."), "{page}");
    login.finish().success().stdout_is("").stderr_has(SIGNED_IN);
}

#[test]
fn a_code_with_pkce_is_renewed_by_a_token_that_rotates_and_revoked_in_the_end() {
    if !has_provider() {
        return;
    }
    let mut env = env();
    let provider = Provider::start(&env, &json!({}));
    let _service = service(&mut env, provider.organisation());
    login(&env);
    let first = session(&env, expire);
    let renewed = token(&env);
    let second = session(&env, expire);
    assert_ne!(first["accessToken"], renewed.as_str());
    assert_ne!(first["renewal"]["refreshToken"], second["renewal"]["refreshToken"]);
    // One who comes back with a used token is not let in, nor is anybody after that.
    session(&env, |session| *session = first);
    let output = env.p0(["print-bearer-token"]).run().code(77).stdout_is("");
    output.stderr_has("Your session with example has ended.");

    login(&env);
    let kept = session(&env, |_| ());
    let output = env.p0(["logout", "--json"]).run().success().ignore_stderr();
    assert_eq!(output.json()["signedOut"][0]["revoked"], true);
    login(&env);
    session(&env, |session| {
        *session = kept;
        expire(session);
    });
    env.p0(["print-bearer-token"]).run().code(77).stdout_is("").stderr_has("Your session with example has ended.");
}

#[test]
fn a_code_is_entered_in_another_browser() {
    if !has_provider() {
        return;
    }
    let mut env = env();
    let provider = Provider::start(&env, &json!({}));
    let _service = service(&mut env, provider.organisation());
    let login = env.p0(["login", "--device"]).spawn();
    let told = login.wait_for_stderr("Waiting for you to enter the code");
    let code = told.lines().find_map(|line| line.strip_prefix("and enter the code:")).unwrap().trim();
    let mut browser = Browser::new();
    let page = browser.open(&address(&told));
    let page = browser.fill(&page, &[("user_code", code)]);
    assert!(page.text().contains(code), "{page}");
    let page = browser.fill(&page, &[]);
    as_ada(&mut browser, &page);
    login.finish().success().stdout_is("").stderr_has(SIGNED_IN);
    session(&env, expire);
    token(&env);
}

#[test]
fn whoever_declines_at_the_provider_is_not_signed_in() {
    if !has_provider() {
        return;
    }
    let mut env = env();
    let provider = Provider::start(&env, &json!({}));
    let _service = service(&mut env, provider.organisation());
    let login = env.p0(["login", "--no-browser"]).spawn();
    let mut browser = Browser::new();
    let page = browser.open(&address(&login.wait_for_stderr("Waiting for the sign-in")));
    let abort = page.body.split('"').find(|text| text.ends_with("/abort")).unwrap();
    let page = browser.open(&page.url.join(abort).unwrap());
    assert!(page.text().contains("The sign-in was refused."), "{page}");
    login.finish().code(1).stdout_is("").stderr_has("Error: The sign-in was refused.\n");
}

#[test]
fn the_provider_s_token_is_exchanged_at_firebase() {
    if !has_both() {
        return;
    }
    let mut env = env();
    let emulator = Emulator::start(&env);
    // Firebase reads the e-mail address from the id_token.
    let provider = Provider::start(&env, &json!({"conformIdTokenClaims": false}));
    let mut organisation = provider.organisation();
    organisation["useProviderToken"] = false.into();
    organisation["tenantId"] = emulator.tenant(&env).into();
    organisation["config"] = json!({"fs": {"apiKey": "k"}});
    let service = service(&mut env, organisation);
    env.set("FIREBASE_AUTH_EMULATOR_HOST", &emulator.host);
    login(&env);
    let first = session(&env, |_| ());
    let bearer = format!("Bearer {}", first["accessToken"].as_str().unwrap());
    let requests = service.requests();
    let account = requests.iter().find(|request| request.target == "/o/example/account").unwrap();
    assert_eq!(account.header("authorization"), Some(bearer.as_str()));
    assert!(first["renewal"]["firebase"]["token"].as_str().unwrap().contains(&emulator.host));
    session(&env, expire);
    token(&env);
    assert_ne!(session(&env, |_| ())["expiresAt"], "2020-01-01T00:00:00Z");
}

#[test]
fn a_password_at_firebase() {
    if !has_both() {
        return;
    }
    let mut env = env();
    let emulator = Emulator::start(&env);
    let tenant = emulator.tenant(&env);
    emulator.user(&env, &tenant, "right and long");
    let organisation = json!({"tenantId": tenant, "auth": {"type": "password"}, "config": {"fs": {"apiKey": "k"}}});
    let _service = service(&mut env, organisation);
    env.set("FIREBASE_AUTH_EMULATOR_HOST", &emulator.host).set("P0_EMAIL", ADA).set("P0_PASSWORD", "wrong and long");
    let output = env.p0(["login"]).run().code(1).stdout_is("");
    output.stderr_has("Error: The e-mail address or the password is wrong.\n");
    env.set("P0_PASSWORD", "right and long");
    env.p0(["login"]).run().success().stderr_has(SIGNED_IN);
    session(&env, expire);
    token(&env);
    assert_ne!(session(&env, |_| ())["expiresAt"], "2020-01-01T00:00:00Z");
    // The session is over when the emulator says so.
    session(&env, |session| {
        expire(session);
        session["renewal"]["refreshToken"] = "altered".into();
    });
    let output = env.p0(["print-bearer-token"]).env_remove("P0_PASSWORD").run().stdout_is("").ignore_stderr();
    assert!(!output.status().success(), "{output}");
}

#[test]
fn an_address_that_has_a_password_already_is_bound_to_it() {
    if !has_both() {
        return;
    }
    let mut env = env();
    let emulator = Emulator::start(&env);
    // The provider does not vouch for the address, so Firebase does not take it for the same person.
    let provider = Provider::start(
        &env,
        &json!({"conformIdTokenClaims": false, "claims": {"openid": ["sub"], "email": ["email"], "profile": ["name"]}}),
    );
    let tenant = emulator.tenant(&env);
    emulator.user(&env, &tenant, "right and long");
    let mut organisation = provider.organisation();
    organisation["useProviderToken"] = false.into();
    organisation["tenantId"] = tenant.into();
    organisation["config"] = json!({"fs": {"apiKey": "k"}});
    let _service = service(&mut env, organisation);
    env.set("FIREBASE_AUTH_EMULATOR_HOST", &emulator.host);
    let login = env.p0(["login", "--no-browser"]).spawn();
    let mut browser = Browser::new();
    let page = browser.open(&address(&login.wait_for_stderr("Waiting for the sign-in")));
    let page = as_ada(&mut browser, &page);
    assert!(page.text().contains("The sign-in could not be completed."), "{page}");
    let output = login.finish().code(1).stdout_is("");
    output.stderr_has("Error: You have signed in before with another identity provider");
}
