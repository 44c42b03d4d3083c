//! Sign-ins that go wrong: what the user reads, the exit code, and that nothing is left half done.

use crate::idp::{
    Idp, claims, cloudflare, entra, from_now, google, of, okta, password, ping, registered_ports, tokens, unexchanged,
};
use p0_testkit::{Answer, Browser, Gate, Invocation, Output, Running, stand_in::Recorded};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use url::Url;

const SIGNED_IN: &str = "Signed in to example as ada@example.com.\n";

/// An answer of the token endpoint's own.
fn at_token(answer: impl Fn(&Recorded) -> Answer + Send + Sync + 'static) -> impl Fn(&Recorded) -> Option<Answer> {
    move |request| of(request).0.ends_with("/token").then(|| answer(request))
}

fn refused(code: &str) -> Answer {
    Answer::json(400, &json!({"error": code}))
}

/// Nothing is kept of a sign-in that failed.
#[track_caller]
fn not_signed_in(idp: &Idp) {
    idp.env.p0(["status"]).run().code(77).ignore_stdout().stderr_has("You are not signed in to example.");
}

/// Signs in, with the browser that opens.
#[track_caller]
fn login(idp: &mut Idp) -> Output {
    let _browser = idp.browser();
    idp.env.p0(["login"]).run().stdout_is("")
}

/// Starts to sign in by an address that is shown, and where that leads back to.
#[track_caller]
fn shown(login: Invocation) -> (Running, Url, BTreeMap<String, String>) {
    let login = login.spawn();
    let told = login.wait_for_stderr("Waiting for the sign-in");
    let address = told.lines().find_map(|line| line.trim().strip_prefix("http")).unwrap();
    let page = Url::parse(&format!("http{address}")).unwrap();
    let params: BTreeMap<_, _> = page.query_pairs().into_owned().collect();
    let back = Url::parse(&params["redirect_uri"]).unwrap();
    (login, back, params)
}

fn with(mut back: Url, params: &[(&str, &str)]) -> Url {
    back.query_pairs_mut().extend_pairs(params);
    back
}

#[test]
fn a_call_with_another_state_neither_ends_nor_spoils_a_sign_in() {
    let idp = Idp::new(unexchanged(cloudflare()));
    let (login, back, params) = shown(idp.env.p0(["login", "--no-browser"]));
    let mut browser = Browser::new();
    for wrong in [&[("code", "stolen"), ("state", "guessed")][..], &[("code", "stolen")], &[]] {
        let page = browser.open(&with(back.clone(), wrong));
        assert_eq!(page.status, 400, "{page}");
        assert!(page.text().contains("This is not the sign-in that p0 is waiting for."), "{page}");
        assert!(!page.body.contains("stolen") && !page.body.contains("guessed"), "{page}");
    }
    let script = "<script>alert(1)</script>";
    let page =
        browser.open(&with(back.clone(), &[("error", script), ("error_description", script), ("state", script)]));
    assert!(!page.body.contains("script") && page.header("content-security-policy").is_some(), "{page}");
    let code = format!("code.{}", params["nonce"]);
    let page = browser.open(&with(back, &[("code", &code), ("state", &params["state"])]));
    assert!(page.text().contains("You are signed in."), "{page}");
    login.finish().success().stderr_has(SIGNED_IN);
    assert_eq!(idp.call("/token")["code"], code);
}

#[test]
fn two_callbacks_are_one_sign_in() {
    let gate = Gate::new();
    let held = gate.clone();
    let idp = Idp::with(
        unexchanged(cloudflare()),
        at_token(move |request| {
            let nonce = of(request).1["code"].trim_start_matches("code.").to_owned();
            let mut claims = claims(request.header("host").unwrap(), "/token");
            claims["nonce"] = nonce.into();
            let body = tokens(1, &claims).to_string();
            let head = Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()));
            head.wait(&held).send(body)
        }),
    );
    let (login, back, params) = shown(idp.env.p0(["login", "--no-browser"]));
    let url = with(back, &[("code", &format!("code.{}", params["nonce"])), ("state", &params["state"])]);
    let tab = std::thread::spawn({
        let url = url.clone();
        move || Browser::new().open(&url)
    });
    // The first one's code is being exchanged; the second finds nobody who needs it any more.
    crate::scene::eventually("the code is exchanged", || !idp.calls("/token").is_empty());
    let second = std::net::TcpStream::connect(url.socket_addrs(|| None).unwrap()[0]);
    gate.open();
    login.finish().success().stderr_has(SIGNED_IN);
    assert!(tab.join().unwrap().text().contains("You are signed in."));
    drop(second);
    assert_eq!(idp.calls("/token").len(), 1);
}

#[test]
fn an_error_in_the_redirect_ends_it() {
    for (error, message) in [
        ("access_denied", "Error: The sign-in was refused.\n  If that was a mistake, try again with: p0 login\n"),
        ("server_error", "Error: The identity provider refused: why (server_error)\n"),
    ] {
        let idp = Idp::new(cloudflare());
        let (login, back, params) = shown(idp.env.p0(["login", "--no-browser"]));
        let parts = [("error", error), ("error_description", "\u{1b}[31mwhy"), ("state", &params["state"])];
        let page = Browser::new().open(&with(back, &parts));
        assert!(page.text().contains("The sign-in was refused."), "{page}");
        login.finish().code(1).stdout_is("").stderr_has(message);
        not_signed_in(&idp);
    }
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let _ports = registered_ports();
    for (organisation, port, provider) in [(google(), 52700, "Google"), (entra(), 52701, "Microsoft")] {
        let mut idp = Idp::new(organisation);
        let _neighbour = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let output = login(&mut idp).code(1);
        output
            .stderr_has(&format!(
                "Error: Port {port} is in use, and {provider} sends the browser back to no other port of this machine.\n"
            ))
            .stderr_has("If another p0 is signing in, finish that sign-in first.")
            .stderr_has(&format!("lsof -i :{port}"));
        not_signed_in(&idp);
    }
}

#[test]
fn a_device_code_that_runs_out_and_one_that_is_refused() {
    for (code, message) in [
        ("expired_token", "Error: Nobody entered the code in time.\n  Get a new one with: p0 login --device\n"),
        ("access_denied", "Error: The sign-in was refused.\n  If that was a mistake, try again with: p0 login\n"),
        ("unauthorized_client", "Error: The identity provider refused: unauthorized_client\n"),
    ] {
        for organisation in [ping(), okta()] {
            let idp = Idp::with(organisation, at_token(move |_| refused(code)));
            idp.env.p0(["login"]).run().code(1).stdout_is("").stderr_has(message);
            not_signed_in(&idp);
        }
    }
    // The provider never says so: p0 keeps the time itself.
    let idp = Idp::with(ping(), |request| match of(request).0.as_str() {
        "/env-1/as/token" => Some(refused("authorization_pending")),
        "/env-1/as/device_authorization" => Some(Answer::json(
            200,
            &json!({"device_code": "d", "user_code": "u", "expires_in": 2, "interval": 1,
                    "verification_uri": "https://id.example.com/activate"}),
        )),
        _ => None,
    });
    let output = idp.env.p0(["login"]).run().code(1);
    output.stderr_has("Error: Nobody entered the code in time.\n");
}

#[test]
fn a_provider_that_is_asked_too_often_is_asked_less_often() {
    let polls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&polls);
    let idp = Idp::with(ping(), move |request| {
        if of(request).0 != "/env-1/as/token" {
            return None;
        }
        let mut seen = seen.lock().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the pause of the binary under test is measured")]
        seen.push(Instant::now());
        (seen.len() == 1).then(|| refused("slow_down"))
    });
    idp.env.p0(["login"]).run().success().stderr_has(SIGNED_IN);
    let polls = polls.lock().unwrap();
    // RFC 8628, section 3.5: the interval of 1 s, and 5 s more.
    assert!(polls[1] - polls[0] >= Duration::from_secs(6), "{polls:?}");
}

#[test]
fn a_provider_that_sends_people_to_no_web_page() {
    let idp = Idp::with(ping(), |request| {
        of(request).0.ends_with("device_authorization").then(|| {
            let device = json!({"device_code": "d", "user_code": "u", "expires_in": 60, "verification_uri": "file:///etc/passwd"});
            Answer::json(200, &device)
        })
    });
    let output = idp.env.p0(["login"]).run().code(1);
    output.stderr_has("Error: The identity provider sends its users to an address that is not a web page.");
}

#[test]
fn a_clock_that_is_an_hour_ahead_is_noticed() {
    let late = |request: &Recorded| {
        let mut claims = claims(request.header("host").unwrap(), "/env-1/as/token");
        claims["exp"] = from_now(-3600).into();
        Answer::json(200, &tokens(1, &claims))
    };
    let idp = Idp::with(ping(), at_token(late));
    let output = idp.env.p0(["login"]).run().code(1);
    output
        .stderr_has("What the identity provider says of who signed in cannot be used: it has expired.\n")
        .stderr_has("Set this machine's clock: it is ahead of the identity provider's.\n");
    not_signed_in(&idp);
}

#[test]
fn tokens_for_somebody_else_are_not_used() {
    for (name, value, doubt) in [
        ("aud", json!("another-client"), "it is for another program"),
        ("iss", json!("https://id.example.com"), "it is from another provider"),
        ("nonce", json!("another"), "it belongs to another sign-in"),
        ("exp", json!("never"), "it is not understood"),
    ] {
        let changed = move |request: &Recorded| {
            let mut claims = claims(request.header("host").unwrap(), "/token");
            claims["nonce"] = of(request).1["code"].trim_start_matches("code.").into();
            claims[name] = value.clone();
            Answer::json(200, &tokens(1, &claims))
        };
        let mut idp = Idp::with(unexchanged(cloudflare()), at_token(changed));
        let browser = idp.browser();
        let output = idp.env.p0(["login"]).run().code(1).stdout_is("");
        output.stderr_has(&format!("cannot be used: {doubt}.\n"));
        assert!(browser.wait_for_page().text().contains("The sign-in could not be completed."));
        assert!(idp.calls("/o/example/account").is_empty());
    }
}

#[test]
fn a_token_without_an_end_is_used_until_it_is_refused() {
    let answer = |request: &Recorded| {
        let renewed = of(request).1["grant_type"] == "refresh_token";
        let mut tokens =
            tokens(if renewed { 2 } else { 1 }, &claims(request.header("host").unwrap(), "/env-1/as/token"));
        tokens.as_object_mut().unwrap().remove("expires_in");
        tokens.as_object_mut().unwrap().remove("token_type");
        tokens
    };
    let idp = Idp::with(unexchanged(ping()), move |request| match of(request).0.as_str() {
        "/env-1/as/token" => Some(Answer::json(200, &answer(request))),
        "/o/example/command" => Some(match request.header("authorization") {
            Some("Bearer provider-2") => {
                Answer::json(200, &json!({"ok": true, "items": [], "term": "", "arg": "names"}))
            }
            _ => Answer::json(401, &json!({"error": "the token has expired"})),
        }),
        _ => None,
    });
    idp.env.p0(["login"]).run().success().stderr_has(SIGNED_IN);
    assert_eq!(idp.session()["expiresAt"], Value::Null);
    assert_eq!(idp.token(), "provider-1");
    idp.env.p0(["ls", "gcloud", "role", "names"]).run().success().ignore_stdout().ignore_stderr();
    assert_eq!(idp.token(), "provider-2");
}

#[test]
fn an_address_that_is_bound_to_another_provider() {
    let idp = Idp::with(ping(), |request| {
        of(request)
            .0
            .ends_with(":signInWithIdp")
            .then(|| Answer::json(200, &json!({"idToken": "f", "expiresIn": "60"})))
    });
    let output = idp.env.p0(["login"]).run().code(1);
    output
        .stderr_has(
            "Error: You have signed in before with another identity provider, to which your e-mail address is bound.\n",
        )
        .stderr_has(
            "  Sign in as you did before, or ask whoever runs the organisation to remove the former sign-in.\n",
        );
    not_signed_in(&idp);
}

#[test]
fn a_refresh_token_that_was_revoked_ends_the_session() {
    for (organisation, code) in [(ping(), "TOKEN_EXPIRED"), (unexchanged(ping()), "invalid_grant")] {
        let idp = Idp::with(organisation, move |request| {
            let (path, params) = of(request);
            let renews =
                path.ends_with("/token") && params.get("grant_type").is_some_and(|grant| grant == "refresh_token");
            let firebase = path.starts_with("/securetoken");
            let body = if firebase { json!({"error": {"message": code}}) } else { json!({"error": code}) };
            renews.then(|| Answer::json(400, &body))
        });
        idp.env.p0(["login"]).run().success().stderr_has(SIGNED_IN);
        idp.let_expire();
        let output = idp.env.p0(["print-bearer-token"]).run().code(77).stdout_is("");
        output.stderr_is("Error: Your session with example has ended.\n  Sign in again with: p0 login example\n");
        not_signed_in(&idp);
    }
}

#[test]
fn a_wrong_password_and_nobody_to_ask() {
    let mut idp = Idp::with(password(), |request| {
        let wrong = json!({"error": {"code": 400, "message": "INVALID_LOGIN_CREDENTIALS"}});
        of(request).0.ends_with(":signInWithPassword").then(|| Answer::json(400, &wrong))
    });
    let output = idp.env.p0(["login"]).run().code(77).stdout_is("");
    output
        .stderr_has("The users of example sign in with a password, and there is nobody to ask.\n")
        .stderr_has("Set P0_EMAIL and P0_PASSWORD, or sign in at a terminal.");
    idp.env.set("P0_EMAIL", "ada@example.com").set("P0_PASSWORD", "wrong and secret");
    let output = idp.env.p0(["login", "--debug"]).run().code(1).stdout_is("").lacks("wrong and secret");
    output.stderr_has("Error: The e-mail address or the password is wrong.\n").stderr_has("P0_PASSWORD");
    not_signed_in(&idp);
}

#[test]
fn an_emulator_elsewhere_is_refused() {
    let mut idp = Idp::new(password());
    idp.env.set("P0_EMAIL", "ada@example.com").set("P0_PASSWORD", "a secret");
    for host in ["emulator.example.com:9099", "192.0.2.1:9099"] {
        let output = idp.env.p0(["login"]).env("FIREBASE_AUTH_EMULATOR_HOST", host).run().code(64).stdout_is("");
        output.stderr_has("Error: FIREBASE_AUTH_EMULATOR_HOST must be a host and a port of this machine");
    }
}

#[test]
fn a_user_whom_the_organisation_does_not_know() {
    let idp = Idp::with(ping(), |request| {
        (of(request).0 == "/o/example/account").then(|| Answer::json(403, &json!({"error": "Not a member"})))
    });
    let output = idp.env.p0(["login"]).run().code(1).stdout_is("");
    output
        .stderr_has("Error: ada@example.com may not use the organisation example.\n")
        .stderr_has("The service says: Not a member");
    not_signed_in(&idp);
}

#[test]
fn a_provider_that_is_down_is_told() {
    let idp = Idp::with(ping(), |request| {
        of(request).0.ends_with("device_authorization").then(|| Answer::html(502, "<h1>Bad gateway</h1>"))
    });
    let output = idp.env.p0(["login"]).limit(Duration::from_secs(20)).run().code(1);
    output.stderr_has("Error: HTTP Error: 502 Bad Gateway\n");
}
