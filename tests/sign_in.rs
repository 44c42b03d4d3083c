//! `p0 login` by each method, against stand-ins for the identity providers and for Firebase.

use crate::idp::{
    ADA, ENTRA, GOOGLE, Idp, cloudflare, entra, google, okta, organisation, password, ping, registered_ports,
    unexchanged,
};
use p0_testkit::{FakeBrowser, Key, Output};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};

const WITH_IDP: &str = "/identitytoolkit.googleapis.com/v1/accounts:signInWithIdp";
const WITH_PASSWORD: &str = "/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword";
const RENEW: &str = "/securetoken.googleapis.com/v1/token";

const SIGNED_IN: &str = "Signed in to example as ada@example.com.\n";

/// What nobody gets to see, not even with `--debug`.
const SECRETS: [&str; 5] = ["provider-1", "provider-refresh-1", "firebase-1", "firebase-refresh-1", "e30."];

/// Signs in, and shows no secret.
#[track_caller]
fn sign_in(idp: &Idp) -> Output {
    let output = idp.env.p0(["login", "--debug"]).run().success().stdout_is("").stderr_has(SIGNED_IN);
    SECRETS.into_iter().fold(output, Output::lacks)
}

/// Signs in, in the browser that opens.
#[track_caller]
fn login(idp: &mut Idp) -> FakeBrowser {
    let browser = idp.browser();
    sign_in(idp);
    assert!(browser.wait_for_page().text().contains("You are signed in."));
    browser
}

/// Signs in, by a code that is as good as entered.
#[track_caller]
fn login_by_code(idp: &Idp) {
    sign_in(idp).stderr_has("and enter the code:  ABCD-EFGH\n");
}

/// What Firebase was given for its token.
#[track_caller]
fn exchanged(idp: &Idp) -> BTreeMap<String, String> {
    let call = idp.recorded(WITH_IDP);
    assert_eq!(call.target, format!("{WITH_IDP}?key=key-1"));
    let body = call.json();
    assert_eq!((&body["requestUri"], &body["tenantId"]), (&json!("http://localhost"), &json!("tenant-1")));
    assert_eq!((&body["returnIdpCredential"], &body["returnSecureToken"]), (&json!(true), &json!(true)));
    form_urlencoded::parse(body["postBody"].as_str().unwrap().as_bytes()).into_owned().collect()
}

/// The session is Firebase's: its token is the bearer, and it is Firebase that renews it.
#[track_caller]
fn is_firebase_s(idp: &Idp) {
    assert_eq!(idp.recorded("/o/example/account").header("authorization"), Some("Bearer firebase-1"));
    assert_eq!(idp.token(), "firebase-1");
    idp.let_expire();
    assert_eq!(idp.token(), "firebase-2");
    let renewal = idp.call(RENEW);
    assert_eq!((renewal["grant_type"].as_str(), renewal["key"].as_str()), ("refresh_token", "key-1"));
    assert_eq!(renewal["refresh_token"], "firebase-refresh-1");
    let mut kept = idp.session();
    // Okta exchanges its own tokens for those of the apps behind it; no other provider's are kept.
    let own = kept.as_object_mut().unwrap().remove("provider");
    assert_eq!(own.is_some(), !idp.calls("/oauth2/v1/token").is_empty(), "{kept}");
    let kept = kept.to_string();
    assert!(kept.contains("firebase-refresh-2") && !kept.contains("provider-"), "{kept}");
}

/// The session is the provider's, and it is the provider that renews it.
#[track_caller]
fn is_the_provider_s(idp: &Idp, token_endpoint: &str) {
    assert_eq!(idp.recorded("/o/example/account").header("authorization"), Some("Bearer provider-1"));
    assert!(idp.calls(WITH_IDP).is_empty());
    idp.let_expire();
    assert_eq!(idp.token(), "provider-2");
    let renewal = idp.calls(token_endpoint).pop().unwrap();
    assert_eq!(
        (renewal["grant_type"].as_str(), renewal["refresh_token"].as_str()),
        ("refresh_token", "provider-refresh-1")
    );
}

#[test]
fn google_in_the_browser() {
    let _ports = registered_ports();
    for (kind, firebase) in [("google", "google.com"), ("google-oidc", "oidc.google-oidc")] {
        let mut organisation = google();
        organisation["auth"]["provider"]["ssoProvider"] = kind.into();
        let mut idp = Idp::new(organisation);
        let _browser = login(&mut idp);
        let page = idp.call("/o/oauth2/v2/auth");
        let expected = [
            ("client_id", "client-1"),
            ("redirect_uri", GOOGLE),
            ("scope", "openid email"),
            ("prompt", "select_account"),
            ("response_type", "code"),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in expected {
            assert_eq!(page[name], value, "{name}");
        }
        assert!(!page.contains_key("nonce"), "Firebase would refuse a token with it");
        let call = idp.call("/token");
        for (name, value) in [
            ("grant_type", "authorization_code"),
            ("client_id", "client-1"),
            ("client_secret", "public-1"),
            ("redirect_uri", GOOGLE),
        ] {
            assert_eq!(call[name], value, "{name}");
        }
        assert!(call["code_verifier"].len() >= 43);
        let proof = exchanged(&idp);
        assert_eq!((proof["providerId"].as_str(), proof["access_token"].as_str()), (firebase, "provider-1"));
        assert!(proof["id_token"].starts_with("e30."));
        is_firebase_s(&idp);
    }
}

#[test]
fn entra_id_in_the_browser() {
    let _ports = registered_ports();
    const TOKEN: &str = "/corp.example.com/oauth2/v2.0/token";
    for kind in ["microsoft", "azure-oidc"] {
        let mut organisation = entra();
        organisation["auth"]["provider"]["ssoProvider"] = kind.into();
        let mut idp = Idp::new(organisation.clone());
        let _browser = login(&mut idp);
        let page = idp.call("/corp.example.com/oauth2/v2.0/authorize");
        assert_eq!(
            (page["redirect_uri"].as_str(), page["scope"].as_str()),
            (ENTRA, "openid profile email offline_access")
        );
        assert_eq!(idp.recorded(TOKEN).header("origin"), Some(ENTRA));
        assert_eq!(idp.call(TOKEN)["redirect_uri"], ENTRA);
        assert_eq!(exchanged(&idp)["providerId"], "microsoft.com");
        is_firebase_s(&idp);

        let mut idp = Idp::new(unexchanged(organisation));
        let _browser = login(&mut idp);
        assert!(!idp.call("/corp.example.com/oauth2/v2.0/authorize")["nonce"].is_empty());
        is_the_provider_s(&idp, TOKEN);
        let requests = idp.server.requests();
        let renewal = requests.iter().rfind(|request| request.target == TOKEN).unwrap();
        assert_eq!(renewal.header("origin"), Some(ENTRA), "it takes p0 for a page there too");
    }
}

#[test]
fn pingone_by_code() {
    let idp = Idp::new(ping());
    login_by_code(&idp);
    let asked = idp.call("/env-1/as/device_authorization");
    assert_eq!((asked["client_id"].as_str(), asked["scope"].as_str()), ("client-1", "openid email profile"));
    let call = idp.call("/env-1/as/token");
    assert_eq!(call["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(exchanged(&idp)["providerId"], "oidc.ping-1");
    is_firebase_s(&idp);

    let idp = Idp::new(unexchanged(ping()));
    login_by_code(&idp);
    is_the_provider_s(&idp, "/env-1/as/token");
}

#[test]
fn okta_by_code() {
    let idp = Idp::new(okta());
    login_by_code(&idp);
    let asked = idp.call("/oauth2/v1/device/authorize");
    assert_eq!(asked["scope"], "openid email profile okta.apps.sso offline_access");
    assert_eq!(exchanged(&idp)["providerId"], "oidc.okta-1");
    is_firebase_s(&idp);

    // The legacy kind, where it says enough.
    let mut legacy = unexchanged(okta());
    legacy["auth"]["provider"]["ssoProvider"] = "okta".into();
    let idp = Idp::new(legacy);
    login_by_code(&idp);
    is_the_provider_s(&idp, "/oauth2/v1/token");
}

#[test]
fn a_provider_that_is_discovered() {
    let mut idp = Idp::new(cloudflare());
    let _browser = login(&mut idp);
    assert_eq!(idp.call("/token")["client_secret"], "secret-1");
    assert_eq!(exchanged(&idp)["providerId"], "oidc.cloudflare-1");
    is_firebase_s(&idp);

    let mut idp = Idp::new(unexchanged(cloudflare()));
    let _browser = login(&mut idp);
    is_the_provider_s(&idp, "/token");
}

#[test]
fn a_password_from_the_environment_is_used_and_not_kept() {
    let mut idp = Idp::new(password());
    idp.env.set("P0_EMAIL", ADA).set("P0_PASSWORD", "a secret of ada's");
    let output = idp.env.p0(["login", "--debug"]).run().success().stderr_has(SIGNED_IN);
    output.stderr_has("FIREBASE_AUTH_EMULATOR_HOST is set").lacks("a secret of ada's");
    let body = idp.recorded(WITH_PASSWORD).json();
    let expected =
        json!({"email": ADA, "password": "a secret of ada's", "returnSecureToken": true, "tenantId": "tenant-1"});
    assert_eq!(body, expected);
    is_firebase_s(&idp);
    assert!(idp.env.files_with(b"a secret of ada's").is_empty());
    // Signing in by it asks nobody, so it is done on the way where nobody is there to ask.
    idp.env.p0(["logout"]).run().success().ignore_stderr();
    idp.env.p0(["print-bearer-token"]).run().success().stdout_is("firebase-1\n").stderr_has(SIGNED_IN);
}

#[test]
fn a_password_is_asked_for_at_a_terminal() {
    let idp = Idp::new(password());
    let terminal = idp.env.p0(["login"]).terminal();
    terminal.wait_for("E-mail address at example");
    terminal.type_text(ADA);
    terminal.press(Key::Enter);
    terminal.wait_for("Password of ada@example.com");
    terminal.wait_for_hidden_input();
    terminal.type_text("a secret of ada's");
    terminal.press(Key::Enter);
    terminal.wait_for("Signed in to example as ada@example.com.");
    assert!(!terminal.screen().contains("secret"));
    terminal.finish().success();
    assert_eq!(idp.recorded(WITH_PASSWORD).json()["password"], "a secret of ada's");
}

#[test]
fn an_address_that_is_pasted_back_signs_in_from_a_remote_shell() {
    let _ports = registered_ports();
    let mut idp = Idp::new(google());
    let browser = idp.browser();
    idp.env.set("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
    let terminal = idp.env.p0(["login"]).terminal_of(24, 1000);
    terminal.wait_for("Paste that page's address here:");
    let screen = terminal.screen();
    let page = screen.lines().find_map(|line| line.trim().strip_prefix("http")).unwrap();
    let page = Url::parse(&format!("http{page}")).unwrap();
    let state = page.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    terminal.type_text("http://127.0.0.1:52700/?code=c&state=another");
    terminal.press(Key::Enter);
    terminal.wait_for("That is not where this sign-in ends: the address begins with http://127.0.0.1:52700");
    terminal.type_text(&format!("{GOOGLE}/?code=code.&state={state}"));
    terminal.press(Key::Enter);
    terminal.wait_for("Signed in to example as ada@example.com.");
    terminal.finish().success();
    assert!(browser.addresses().is_empty(), "a browser here is of no use to somebody elsewhere");
    assert_eq!(idp.call("/token")["code"], "code.");

    // Where nobody could paste anything, nobody waits.
    let output = idp.env.p0(["login", "--refresh"]).run();
    output.success().ignore_stderr();
    idp.env.p0(["logout"]).run().success().ignore_stderr();
    let output = idp.env.p0(["login"]).run().code(77).stdout_is("");
    output.stderr_has("Nobody can sign in to example from here").stderr_has("p0 login --no-browser");
}

#[test]
fn a_browser_that_reaches_the_port_ends_the_question() {
    let mut idp = Idp::new(cloudflare());
    idp.env.set("WSL_DISTRO_NAME", "Debian").set("DISPLAY", ":0");
    let terminal = idp.env.p0(["login"]).terminal_of(24, 1000);
    terminal.wait_for("Paste that page's address here:");
    let screen = terminal.screen();
    let page = screen.lines().find_map(|line| line.trim().strip_prefix("http")).unwrap();
    p0_testkit::Browser::new().open(&Url::parse(&format!("http{page}")).unwrap());
    terminal.wait_for("Signed in to example as ada@example.com.");
    terminal.finish().success();
}

#[test]
fn a_way_that_was_chosen_is_remembered() {
    let mut idp = Idp::new(cloudflare());
    let browser = login(&mut idp);
    idp.env.p0(["logout"]).run().success().ignore_stderr();
    let sign_in = |words: &[&str]| {
        let login = idp.env.p0(words).spawn();
        let told = login.wait_for_stderr("Waiting for the sign-in");
        let page = told.lines().find_map(|line| line.trim().strip_prefix("http"));
        let page = Url::parse(&format!("http{}", page.unwrap())).unwrap();
        p0_testkit::Browser::new().open(&page);
        login.finish().success().stderr_has(SIGNED_IN);
        idp.env.p0(["logout"]).run().success().ignore_stderr();
    };
    sign_in(&["login", "--no-browser"]);
    sign_in(&["login"]);
    assert_eq!(browser.addresses().len(), 1);
    idp.env.p0(["login", "--browser"]).run().success().ignore_stderr();
    assert_eq!(browser.addresses().len(), 2);
    idp.env.p0(["logout"]).run().success().ignore_stderr();
    idp.env.p0(["login"]).run().success().ignore_stderr();
    assert_eq!(browser.addresses().len(), 3);
    let output = idp.env.p0(["login", "--browser", "--device"]).run().code(64).stdout_is("");
    output.stderr_has("cannot be used with");
}

#[test]
fn a_page_that_nobody_answered_is_not_opened_again() {
    let mut idp = Idp::with(cloudflare(), |request| {
        request.target.starts_with("/authorize").then(|| p0_testkit::Answer::html(200, "<p>Who are you?"))
    });
    let browser = idp.browser();
    idp.env.set("DISPLAY", ":0");
    let first = idp.env.p0(["print-bearer-token"]).terminal();
    browser.wait_for_address();
    drop(first);
    // A tool tries again.
    for _ in 0..2 {
        let again = idp.env.p0(["print-bearer-token"]).terminal();
        again.wait_for("Sign in with: p0 login example");
        assert!(again.screen().contains("nobody answered the sign-in page"), "{}", again.screen());
        again.finish().code(77);
    }
    assert_eq!(browser.addresses().len(), 1);
    // Whoever asks for it gets it.
    let login = idp.env.p0(["login"]).spawn();
    login.wait_for_stderr("Waiting for the sign-in");
    crate::scene::eventually("a second page", || browser.addresses().len() == 2);
    login.kill_9().killed_by(9).ignore_stderr();
}

#[test]
fn whoever_waits_for_a_sign_in_that_is_killed_takes_it_over() {
    let mut idp = Idp::with(cloudflare(), |request| {
        request.target.starts_with("/authorize").then(|| p0_testkit::Answer::html(200, "<p>Who are you?"))
    });
    let browser = idp.browser();
    idp.env.set("DISPLAY", ":0");
    let leader = idp.env.p0(["print-bearer-token"]).terminal();
    browser.wait_for_address();
    let next = idp.env.p0(["print-bearer-token"]).terminal();
    next.wait_for("which is signing in to example.");
    // Dropping a terminal's program kills it.
    drop(leader);
    next.wait_for("Signing in to example in your browser.");
    crate::scene::eventually("a page of its own", || browser.addresses().len() == 2);
    // A tool that tries again has not waited, so it opens no third one.
    drop(next);
    let again = idp.env.p0(["print-bearer-token"]).terminal();
    again.wait_for("nobody answered the sign-in page");
    again.finish().code(77);
    assert_eq!(browser.addresses().len(), 2);
}

#[test]
fn cloudflare_access_is_a_provider_of_its_own_for_each_client() {
    let mut idp = Idp::with(cloudflare(), |request| {
        let host = request.header("host").unwrap();
        let issuer = format!("http://{host}/cdn-cgi/access/sso/oidc/client-1");
        let (path, params) = crate::idp::of(request);
        match path.strip_prefix("/cdn-cgi/access/sso/oidc/client-1") {
            Some("/.well-known/openid-configuration") => Some(p0_testkit::Answer::json(
                200,
                &json!({
                    "issuer": issuer, "token_endpoint": format!("{issuer}/token"),
                    "authorization_endpoint": format!("http://{host}/authorize"),
                }),
            )),
            Some("/token") => {
                let mut claims = crate::idp::claims(host, &path);
                claims["iss"] = issuer.into();
                claims["nonce"] = params["code"].trim_start_matches("code.").into();
                Some(p0_testkit::Answer::json(200, &crate::idp::tokens(1, &claims)))
            }
            _ => path.contains("openid-configuration").then(|| p0_testkit::Answer::html(404, "not here")),
        }
    });
    let _browser = idp.browser();
    idp.env.p0(["login"]).run().success().stderr_has("Signed in to example as ada@example.com.");
}

/// What another client may have left in `~/.p0`.
fn left_behind(idp: &Idp, place: &str, refresh: bool) -> std::path::PathBuf {
    let host = idp.server.url().authority().to_owned();
    let mut tokens = crate::idp::tokens(1, &crate::idp::claims(&host, "/token"));
    if !refresh {
        tokens.as_object_mut().unwrap().remove("refresh_token");
    }
    let path = idp.env.home_dir().join(place);
    idp.env.write(&path, &json!({"org": {"slug": "example"}, "credential": tokens}).to_string());
    path
}

#[test]
fn another_client_s_session_is_taken_over_on_request() {
    for (place, refresh, token) in
        [(".p0/identity.json", true, "provider-2"), (".p0-example/identity.json", false, "provider-1")]
    {
        let idp = Idp::new(unexchanged(okta()));
        let path = left_behind(&idp, place, refresh);
        let login = idp.env.p0(["login", "--import"]).run().success().stdout_is("");
        login.stderr_has("Signed in to example as ada@example.com.\n").stderr_has(&format!("rm {}", path.display()));
        assert_eq!(idp.token(), token);
        assert!(path.try_exists().unwrap(), "it is the other client's");
    }
    // Firebase takes what the provider granted.
    let idp = Idp::new(okta());
    left_behind(&idp, ".p0/identity-example.json", false);
    idp.env.p0(["login", "--import"]).run().success().ignore_stderr();
    assert_eq!(idp.token(), "firebase-1");
    idp.recorded("/identitytoolkit.googleapis.com/v1/accounts:signInWithIdp");
}

#[test]
fn another_client_s_session_is_offered_where_somebody_can_answer() {
    let idp = Idp::new(unexchanged(okta()));
    left_behind(&idp, ".p0/identity.json", true);
    let login = idp.env.p0(["login"]).terminal();
    login.wait_for("Take it over for example? [Y/n]");
    login.type_text("y");
    login.finish().success();
    assert_eq!(idp.token(), "provider-2");
    // Whoever would rather sign in does.
    idp.env.p0(["logout"]).run().success().ignore_stderr();
    let login = idp.env.p0(["login"]).terminal();
    login.wait_for("Take it over for example? [Y/n]");
    login.type_text("n");
    login.wait_for("enter the code");
    login.finish().success();
    // In a pipe nobody is asked.
    idp.env.p0(["logout"]).run().success().ignore_stderr();
    idp.env.p0(["login"]).run().success().stdout_is("").stderr_has("enter the code");
}

#[test]
fn another_client_s_session_that_is_of_no_use_says_why() {
    let idp = Idp::new(unexchanged(okta()));
    let output = idp.env.p0(["login", "--import"]).run().code(1).stdout_is("");
    output.stderr_has("There is no session of another client with example.").stderr_has(".p0/identity.json");
    let path = idp.env.write(idp.env.home_dir().join(".p0/identity.json"), "{\"access_token\": \"hush");
    let output = idp.env.p0(["login", "--import"]).run().code(1).stdout_is("");
    assert!(!output.stderr().contains("hush"));
    output.stderr_has(&format!("There is no session in {}.", path.display()));

    let over = Idp::with(unexchanged(okta()), |request| {
        let refused = request.text().contains("refresh_token");
        refused.then(|| p0_testkit::Answer::json(400, &json!({"error": "invalid_grant"})))
    });
    left_behind(&over, ".p0/identity.json", true);
    let output = over.env.p0(["login", "--import"]).run().code(1).stdout_is("");
    output.stderr_has("identity.json cannot be taken over: The identity provider refused: invalid_grant.");
    // One that was only offered makes way for a sign-in.
    let login = over.env.p0(["login"]).terminal();
    login.wait_for("Take it over for example? [Y/n]");
    login.type_text("y");
    login.wait_for("cannot be taken over");
    login.wait_for("enter the code");
    login.finish().success();

    let password = Idp::new(password());
    left_behind(&password, ".p0/identity.json", false);
    let output = password.env.p0(["login", "--import"]).run().code(1).stdout_is("");
    output.stderr_has("cannot be taken over: users of this organisation sign in by password.");
}

#[test]
fn what_cannot_be_done_is_said() {
    let mut magic = password();
    magic["auth"] = json!({"type": "magic-link"});
    for (organisation, words) in [
        (magic, "with a link sent by e-mail"),
        (organisation(json!({"ssoProvider": "okta", "providerId": "okta-1"})), "with Okta, by an older configuration"),
        (organisation(json!({"ssoProvider": "saml"})), "with an identity provider of the kind 'saml'"),
    ] {
        let idp = Idp::new(organisation);
        let output = idp.env.p0(["login"]).run().code(1).stdout_is("");
        output.stderr_has(&format!("Error: The users of example sign in {words}")).stderr_has("P0_API_TOKEN");
    }
}

#[test]
fn a_description_that_lacks_something_says_what() {
    let without = |mut organisation: Value, pointer: &str| {
        *organisation.pointer_mut(pointer).unwrap() = Value::Null;
        organisation
    };
    for (organisation, missing) in [
        (without(google(), "/config"), "config.google.clientId"),
        (without(google(), "/config/google"), "config.google.clientId"),
        (without(entra(), "/auth/provider/clientId"), "clientId"),
        (without(entra(), "/auth/provider/microsoftPrimaryDomain"), "microsoftPrimaryDomain"),
        (without(ping(), "/auth/provider/environmentId"), "environmentId"),
        (without(ping(), "/auth/provider/providerDomain"), "providerDomain"),
        (without(password(), "/config"), "config.fs.apiKey"),
    ] {
        let idp = Idp::new(organisation);
        let output = idp.env.p0(["login"]).env("P0_EMAIL", ADA).env("P0_PASSWORD", "x").run().code(1).stdout_is("");
        output.stderr_has(&format!("The organisation's description has no {missing}, so nobody can sign in to it."));
    }
}
