//! Text from the service that is made for the terminal rather than for the reader: none of it does anything there.

use crate::bad_service::{env_at, heartbeat, organisation, stream};
use p0_testkit::{Answer, Invocation, StandIn};
use serde_json::{Value, json};

/// Retitles the window, clears the screen, writes the clipboard, hides and reverses what follows: by the sequences of
/// seven bits, by those of eight, and by what Unicode has for it.
const ATTACK: &str =
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}]52;c;b3duZWQ=\u{1b}\\\u{9b}8m\u{9d}\u{9c}\u{8}\u{7f}\u{202e}\u{2066}\r";
/// What no output may contain, at a terminal or elsewhere.
const HARM: [&str; 9] =
    ["\u{1b}]", "\u{1b}[2J", "\u{7}", "\u{9b}", "\u{9d}", "\u{8}", "\u{7f}", "\u{202e}", "\u{2066}"];

/// A text that attacks at its head, in its middle and at its end.
fn hostile(text: &str) -> String {
    let (head, tail) = text.split_at(text.len() / 2);
    format!("{ATTACK}{head}{ATTACK}{tail}{ATTACK}")
}

fn request(status: &str) -> Value {
    json!({"status": status, "principal": hostile("somebody@example.com"), "reason": hostile("because"),
           "error": {"message": hostile("no such role")}})
}

/// Runs the same in a pipe, with `--debug`, with `--json`, and both in a terminal; each must show these texts, in the
/// order of the commands, and do no harm.
#[track_caller]
fn harmless(code: i32, args: &[&str], script: impl Fn() -> Vec<Answer>, texts: &[&str]) {
    let check = |bytes: &[u8], how: &str, texts: &[&str]| {
        let shown = str::from_utf8(bytes).unwrap();
        for harm in HARM {
            assert!(!shown.contains(harm), "{args:?} {how}: {harm:?} came through\n{shown:?}");
        }
        for text in texts {
            assert!(shown.contains(text), "{args:?} {how}: {text:?} is missing\n{shown}");
        }
    };
    let prepared = |more: &[&str], run: &mut dyn FnMut(Invocation)| {
        let server = StandIn::start([organisation()].into_iter().chain(script()));
        let env = env_at(&server);
        run(env.p0(args).args(more).env("NO_COLOR", "1"));
    };
    for more in [&[][..], &["--debug"]] {
        prepared(more, &mut |p0| {
            let output = p0.run().code(code);
            let both = [output.stdout_bytes(), output.stderr().as_bytes()].concat();
            assert!(!both.contains(&0x1b), "no sequence at all belongs in a pipe\n{output}");
            check(&both, "in a pipe", texts);
        });
        prepared(more, &mut |p0| {
            let terminal = p0.terminal_of(50, 200);
            let output = terminal.finish().code(code);
            check(output.stderr().as_bytes(), "at a terminal", texts);
        });
    }
    prepared(&["--json"], &mut |p0| {
        let output = p0.run().code(code).ignore_stderr();
        let document = output.json().to_string();
        check(output.stdout_bytes(), "as JSON", &[]);
        assert!(document.contains('\u{9b}') || document.contains("\u{202e}"), "data is kept as it came\n{document}");
    });
    prepared(&["--json"], &mut |p0| {
        let output = p0.terminal_of(50, 200).finish().code(code);
        check(output.stderr().as_bytes(), "as JSON at a terminal", &[]);
    });
}

fn submitted(request: Value) -> Answer {
    Answer::json(200, &json!({"ok": true, "message": hostile("it is on its way"), "id": "r1", "request": request}))
}

#[test]
fn in_the_answer_to_a_request() {
    harmless(0, &["request", "a"], || vec![submitted(request("NEW"))], &["it is on its way", "r1"]);
}

#[test]
fn in_an_error() {
    let error = || vec![Answer::json(200, &json!({"error": hostile("no such role")}))];
    harmless(1, &["request", "a"], error, &["Error: no such role"]);
    let help = || vec![Answer::json(200, &json!({"error": hostile("p0 request\n\nCommands:")}))];
    harmless(1, &["request", "a"], help, &["Commands:"]);
}

#[test]
fn in_the_outcome() {
    let poll = |line: Value| move || vec![submitted(request("PENDING_APPROVAL")), stream(&[heartbeat(), line.clone()])];
    let data = |status: &str| json!({"type": "data", "data": {"request": request(status)}});
    let wait = ["request", "a", "--wait"];
    harmless(1, &wait, poll(data("ERRORED")), &["Your request encountered an error: no such role"]);
    harmless(2, &wait, poll(data("DENIED")), &["Your request was denied: no such role"]);
    harmless(1, &wait, poll(json!({"type": "error", "error": hostile("it broke")})), &["Error: it broke"]);
    harmless(1, &wait, poll(json!({"type": "data", "data": {"error": hostile("it broke")}})), &["Error: it broke"]);
}

#[test]
fn in_the_names_of_approvers_and_in_unknown_words() {
    let beat = json!({"type": "heartbeat", "status": "PENDING_APPROVAL", "approvers": [hostile("boss@example.com")]});
    let odd = json!({"type": "heartbeat", "status": hostile("ON_HOLD")});
    let lines = move || {
        let done = json!({"type": "data", "data": {"request": request("DONE")}});
        vec![submitted(request("PENDING_APPROVAL")), stream(&[beat.clone(), odd.clone(), done])]
    };
    harmless(0, &["request", "a", "--wait"], lines, &["Your request was approved"]);
}

#[test]
fn in_lists() {
    let item = json!({"key": hostile("roles/viewer"), "value": hostile("Viewer"), "group": hostile("Basic"), "isPreexisting": true});
    let listing = move || {
        vec![Answer::json(200, &json!({"ok": true, "items": [item], "term": hostile("view"), "arg": hostile("roles")}))]
    };
    harmless(0, &["ls", "gcloud", "role", "names"], listing, &["roles/viewer", "Viewer", "Basic", "matching 'view'"]);
    let nothing =
        || vec![Answer::json(200, &json!({"ok": true, "items": [], "term": hostile("view"), "arg": hostile("roles")}))];
    harmless(0, &["ls", "gcloud", "role", "names"], nothing, &["No roles match 'view'."]);
}

#[test]
fn in_requests() {
    let summary = || {
        json!({"id": "r1", "title": hostile("gcloud role viewer"), "requestor": hostile("asker@example.com"),
               "requestedTimestamp": 0, "request": request("ON\u{1b}[2JHOLD")})
    };
    let list = move || vec![Answer::json(200, &json!({"requests": [summary()]}))];
    harmless(0, &["requests"], list, &["gcloud role viewer", "somebody@example.com"]);
    let detail = move || {
        let mut detail = summary();
        detail["approvers"] = json!([hostile("boss@example.com")]);
        detail["history"] = json!([{"timestamp": 0, "status": "NEW", "by": hostile("p0"), "note": hostile("policy")}]);
        vec![Answer::json(200, &detail)]
    };
    harmless(0, &["show", "r1"], detail, &["gcloud role viewer", "because", "boss@example.com", "by p0 (policy)"]);
}

#[test]
fn in_what_is_wrong_with_an_answer() {
    let odd = || vec![Answer::json(200, &json!({"items": [{"key": {hostile("k"): 1}}]}))];
    let server = StandIn::start([organisation()].into_iter().chain(odd()));
    let output = env_at(&server).p0(["ls", "a"]).run().code(1).stdout_is("");
    for harm in HARM {
        assert!(!output.stderr().contains(harm), "{output}");
    }
}

#[test]
fn where_an_organisation_says_how_its_users_sign_in() {
    let provider = json!({"ssoProvider": hostile("saml")});
    let document = json!({"auth": {"type": "sso", "provider": provider}, "useProviderToken": true});
    for document in [document, json!({"error": hostile("out of order")})] {
        let server = StandIn::start([Answer::json(200, &document)]);
        let mut env = env_at(&server);
        env.unset("P0_API_TOKEN");
        let terminal = env.p0(["login", "--no-browser"]).env("NO_COLOR", "1").terminal_of(50, 200);
        let output = terminal.finish().code(1);
        for harm in HARM {
            assert!(!output.stderr().contains(harm), "{output}");
        }
    }
}

#[test]
fn in_what_an_identity_provider_says() {
    let server = StandIn::by_request(|request| {
        let at = |path: &str| format!("http://{}/{path}", request.header("host").unwrap());
        match request.target.as_str() {
            "/orgs/example" => {
                let domain = at("").replace("http://", "");
                let provider = json!({"ssoProvider": "oidc-pkce", "clientId": "p0", "providerDomain": domain.trim_end_matches('/')});
                Answer::json(200, &json!({"auth": {"type": "sso", "provider": provider}, "useProviderToken": true}))
            }
            "/.well-known/openid-configuration" => Answer::json(
                200,
                &json!({"issuer": at("").trim_end_matches('/'), "token_endpoint": at("token"), "device_authorization_endpoint": at("device")}),
            ),
            "/device" => Answer::json(
                200,
                &json!({"device_code": "d", "user_code": hostile("ABCD"), "verification_uri": at("page"), "expires_in": 60, "interval": 1}),
            ),
            _ => Answer::json(400, &json!({"error": "server_error", "error_description": hostile("no more today")})),
        }
    });
    let mut env = env_at(&server);
    env.unset("P0_API_TOKEN");
    let terminal = env.p0(["login", "--device"]).env("NO_COLOR", "1").terminal_of(50, 200);
    let output = terminal.finish().code(1).stderr_has("The identity provider refused: no more today");
    let output = output.stderr_has("and enter the code:  ABCD");
    for harm in HARM {
        assert!(!output.stderr().contains(harm), "{output}");
    }
}
