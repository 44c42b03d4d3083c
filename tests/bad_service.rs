//! A service that cannot be reached, or that answers what no service should: each is told, or ridden out, and no request
//! is lost or made twice.

use crate::{harness::env, scene::Scene};
use p0_testkit::{Answer, StandIn, TestEnv, stand_in::Recorded};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// What the stand-ins are sent.
pub(crate) const TOKEN: &str = "a-token-of-the-tests";
/// What is said of whatever does not look like the service.
const NOT_THE_SERVICE: &str = "This does not look like the service. Check P0_APP_URL";

/// An environment that knows no service but this stand-in, and has a token for it.
pub(crate) fn env_at(server: &StandIn) -> TestEnv {
    let mut env = env();
    env.set("P0_APP_URL", server.url().as_str().trim_end_matches('/'));
    env.set("P0_ORG", "example").set("P0_API_TOKEN", TOKEN);
    env
}

/// What a stand-in says of the organisation.
pub(crate) fn organisation() -> Answer {
    let provider = json!({"ssoProvider": "oidc-pkce", "providerType": "cloudflare", "clientId": "p0"});
    Answer::json(
        200,
        &json!({"tenantId": "t", "useProviderToken": true, "auth": {"type": "sso", "provider": provider}}),
    )
}

/// What it answers to a request.
pub(crate) fn submitted() -> Answer {
    let request = json!({"status": "PENDING_APPROVAL", "principal": "asker@example.com"});
    Answer::json(200, &json!({"ok": true, "message": "It is on its way.", "id": "r1", "request": request}))
}

/// The status stream, with these lines at its beginning.
pub(crate) fn stream(lines: &[Value]) -> Answer {
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Answer::status(200).header("content-type", "application/x-ndjson").stream().send(lines)
}

pub(crate) fn heartbeat() -> Value {
    json!({"type": "heartbeat"})
}

pub(crate) fn done() -> Value {
    json!({"type": "data", "data": {"request": {"status": "DONE"}}})
}

/// Asks and waits, in front of a service that follows this script once it has said what the organisation is.
fn wait_with(script: impl IntoIterator<Item = Answer>) -> (StandIn, p0_testkit::Output) {
    let server = StandIn::start([organisation()].into_iter().chain(script));
    let env = env_at(&server);
    let output = env.p0(["request", "gcloud", "role", "viewer", "--wait", "--timeout", "20s"]).run();
    (server, output)
}

/// Tries each case in a thread of its own, for each waits before it tries again.
fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || test(case));
        }
    });
}

/// How often access was asked for.
fn asked(server: &StandIn) -> usize {
    server.requests().iter().filter(|request| request.method == "POST").count()
}

#[test]
fn a_port_where_nobody_listens_is_named_and_the_time_limit_holds_there_too() {
    for words in [["request", "a"], ["grant", "a"], ["wait", "r1"]] {
        let output = env().p0(words).args(["--org", "example", "--timeout", "1s"]).run();
        output
            .code(1)
            .stdout_is("")
            .stderr_has("Error: Connection refused (127.0.0.1:9)\n")
            .stderr_has("Nothing listens there. Check P0_APP_URL, or start the service (`p0 dev`, `p0 serve`).");
    }
}

#[test]
fn a_host_that_does_not_exist_is_named() {
    let env = env();
    // Without a limit: it is not tried again.
    let p0 = env.p0(["request", "a", "--org", "example"]);
    p0.env("P0_APP_URL", "https://p0.invalid")
        .run()
        .code(1)
        .stdout_is("")
        .lacks("trying again")
        .stderr_has("Could not find the host (p0.invalid)")
        .stderr_has("Check the name in P0_APP_URL, your network and your proxy (HTTPS_PROXY).");
}

#[test]
fn a_service_that_comes_back_is_waited_for() {
    let mut scene = Scene::lasting();
    let p0 = scene.line("request gcloud role viewer --wait");
    scene.service.kill_9();
    let running = p0.spawn();
    running.wait_for_stderr("Connection refused");
    running.wait_for_stderr("; trying again ");
    scene.service.restart();
    let output = running.finish().success().stderr_has("Your request was approved");
    assert_eq!(scene.requests().len(), 1, "{output}");
    output.ignore_stdout();
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_until_the_user_does() {
    let server = StandIn::start_tls([]);
    let env = env_at(&server);
    let output = env.p0(["request", "a"]).run();
    output
        .code(1)
        .stdout_is("")
        .stderr_has("Error: The certificate is not trusted: ")
        .stderr_has("set SSL_CERT_FILE to a file with its CA certificate.")
        .stderr_has("Check this machine's clock and the host's name.")
        .lacks("trying again");
    assert_eq!(server.requests().len(), 0, "nothing is said to whoever that is");

    let server = StandIn::start_tls([organisation(), submitted()]);
    let env = env_at(&server);
    let certificate = env.write("ca.pem", server.certificate());
    env.p0(["request", "a", "-q"]).env("SSL_CERT_FILE", certificate).run().success().stdout_is("r1\n");
}

#[test]
fn plain_http_in_place_of_tls_is_told_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // What a web server says of a greeting that it does not understand.
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        }
    });
    env()
        .p0(["request", "a", "--org", "example", "--timeout", "1s"])
        .env("P0_APP_URL", url)
        .run()
        .code(1)
        .stdout_is("")
        .stderr_has("TLS failed: ")
        .stderr_has("Check that the address is an https one");
}

#[test]
fn what_is_no_answer_is_described_not_shown_and_never_believed() {
    let page = "<!DOCTYPE html><title>Sign in to the network</title>";
    for (answer, what) in [
        (Answer::html(200, page), "sent an invalid response: it is an HTML page, not JSON"),
        (Answer::status(200).done(), "sent an invalid response: it is empty, not JSON"),
        (Answer::status(200).body("welcome"), "sent an invalid response: it is plain text, not JSON"),
        (Answer::status(200).body("{\"ok\":true,\"id"), "sent an invalid response: it ends in the middle, not JSON"),
        (Answer::status(200).body(b"\xff\xfe\x00".to_vec()), "sent an invalid response: it is binary data, not JSON"),
    ] {
        for before in [vec![], vec![organisation()]] {
            let server = StandIn::start(before.into_iter().chain([answer.clone()]));
            let output = env_at(&server).p0(["request", "gcloud", "role", "viewer"]).run();
            output.code(1).stdout_is("").stderr_has(what).stderr_has(NOT_THE_SERVICE).lacks("Sign in to");
        }
    }
}

#[test]
fn an_address_of_something_else_says_so() {
    let server = StandIn::start([Answer::html(404, "<h1>Not found</h1>")]);
    env_at(&server)
        .p0(["request", "a"])
        .run()
        .code(1)
        .stdout_is("")
        .stderr_has("HTTP Error: 404")
        .stderr_has(NOT_THE_SERVICE);
}

#[test]
fn a_bad_gateway_and_a_busy_service_are_got_over() {
    let cases = [(502, None), (503, None), (504, None), (429, None), (429, Some("0")), (503, Some("0"))];
    at_once(cases, |(status, after)| {
        let head = Answer::status(status).header("content-type", "text/html");
        let busy = after.map_or(head.clone(), |after| head.header("retry-after", after)).body("<h1>Not now</h1>");
        let (server, output) = wait_with([submitted(), busy, stream(&[done()])]);
        output
            .success()
            .stdout_is("r1\n")
            .stderr_has("Connection lost (HTTP Error: ")
            .stderr_has("Your request was approved");
        assert_eq!(asked(&server), 1);
    });
    let server = StandIn::start([
        Answer::html(502, "<h1>Not now</h1>"),
        organisation(),
        Answer::status(429).header("retry-after", "0").done(),
        submitted(),
    ]);
    let output = env_at(&server).p0(["request", "a"]).run();
    output
        .success()
        .stdout_is("r1\n")
        .stderr_has("HTTP Error: 502 Bad Gateway; trying again ")
        .stderr_has("HTTP Error: 429 Too Many Requests; trying again ")
        .stderr_has("It is on its way.");
}

#[test]
fn a_service_that_stays_away_is_told_when_time_is_up() {
    let server = StandIn::start([Answer::html(502, "<h1>Not now</h1>").repeated()]);
    env_at(&server)
        .p0(["request", "a", "--timeout", "2s"])
        .run()
        .code(1)
        .stdout_is("")
        .stderr_has("Error: HTTP Error: 502 Bad Gateway\n")
        .stderr_has("The service has a problem of its own. Try again later.");
}

#[test]
fn a_wait_that_the_service_asks_for_is_waited_or_not_begun() {
    let later = Answer::status(429).header("retry-after", "3600").done();
    let server = StandIn::start([organisation(), later]);
    let output = env_at(&server).p0(["request", "a"]).run();
    output.code(1).stdout_is("").stderr_has("HTTP Error: 429 Too Many Requests").lacks("trying again");
}

#[test]
fn half_a_line_is_heard_again_in_whole() {
    let half = || stream(&[heartbeat()]).send("{\"type\":\"data\",\"data\":{\"requ");
    at_once([half(), half().reset(), Answer::status(200).stream(), Answer::raw("").reset()], |cut| {
        let (server, output) = wait_with([submitted(), cut, stream(&[heartbeat(), done()])]);
        output.success().stdout_is("r1\n").stderr_has("Connection lost (").stderr_has("Your request was approved");
        assert_eq!(asked(&server), 1, "a cut stream is no reason to ask again");
    });
}

#[test]
fn a_line_in_pieces_is_one_line() {
    let (gate, text) = (p0_testkit::Gate::new(), done().to_string());
    let (first, second) = text.split_at(20);
    let in_pieces = stream(&[heartbeat()]).send("\r\n").send(first).wait(&gate).send(format!("{second}\r\n")).hang();
    let server = StandIn::start([organisation(), submitted(), in_pieces]);
    let running = env_at(&server).p0(["request", "a", "--wait"]).spawn();
    server.wait_for_requests(3);
    gate.open();
    running.finish().success().stdout_is("r1\n").stderr_has("Your request was approved");
}

#[test]
fn a_stream_that_stops_talking_ends_with_the_time_limit() {
    let half = stream(&[heartbeat()]).send("{\"type\":\"da").hang();
    at_once([half, stream(&[heartbeat()]).hang(), Answer::silence()], |silent| {
        let server = StandIn::start([organisation(), submitted(), silent]);
        let output = env_at(&server).p0(["request", "a", "--wait", "--timeout", "1s"]).run();
        output
            .code(4)
            .stdout_is("")
            .stderr_has("Error: Your request did not complete in time")
            .stderr_has("It goes on. Wait for it again with: p0 wait r1");
        assert_eq!(asked(&server), 1);
    });
}

#[test]
fn lines_that_are_none_end_the_wait_and_say_what_came() {
    for (line, what) in [
        ("<html>", "it is an HTML page, not a line of a status stream"),
        ("welcome", "it is plain text, not a line of a status stream"),
        ("{\"type\":}", "it has a fault at line 1, column 9, not a line of a status stream"),
        ("[1]", "it is JSON, but not a line of a status stream"),
        ("{\"type\":\"data\",\"data\":{\"request\":7}}", "its data has no request"),
        ("{\"type\":\"data\",\"data\":{\"request\":{\"status\":7}}}", "request.status: invalid type"),
    ] {
        let (server, output) = wait_with([submitted(), stream(&[heartbeat()]).send(format!("{line}\n"))]);
        output.code(1).stdout_is("").stderr_has(what).stderr_has(NOT_THE_SERVICE);
        assert_eq!(asked(&server), 1);
    }
}

#[test]
fn a_line_without_an_end_is_not_kept_in_memory() {
    let (_server, output) = wait_with([submitted(), stream(&[heartbeat()]).send(vec![b'a'; (1 << 20) + 1]).hang()]);
    output.code(1).stdout_is("").stderr_has("sent an answer of more than 1048576 bytes").stderr_has(NOT_THE_SERVICE);
}

#[test]
fn an_error_is_an_error_wherever_it_stands() {
    let failed =
        json!({"type": "data", "data": {"request": {"status": "ERRORED", "error": {"message": "no such role"}}}});
    for (answers, code, text) in [
        (vec![Answer::json(200, &json!({"error": "no such role"}))], 1, "Error: no such role\n"),
        (vec![Answer::json(400, &json!({"error": {"message": "no such role"}}))], 1, "Error: no such role\n"),
        (vec![submitted(), stream(&[json!({"type": "error", "error": "no such role"})])], 1, "Error: no such role\n"),
        (
            vec![submitted(), stream(&[json!({"type": "data", "data": {"error": "no such role"}})])],
            1,
            "Error: no such role\n",
        ),
        (vec![submitted(), Answer::json(200, &json!({"error": "no such role"}))], 1, "Error: no such role\n"),
        (vec![submitted(), stream(&[failed])], 1, "Error: Your request encountered an error: no such role\n"),
        (vec![Answer::json(403, &json!({"error": "not yours"}))], 1, "See who you are signed in as with: p0 status"),
        (vec![Answer::json(401, &json!({"error": "who are you?"}))], 77, "Sign in anew with: p0 login"),
    ] {
        let (_server, output) = wait_with(answers);
        output.code(code).stdout_is("").stderr_has(text);
    }
}

/// What stands before the scene's service and loses its first answers to a request, which it has carried out.
fn losing(scene: &Scene, answers: usize) -> StandIn {
    let url = scene.service.url().clone();
    let lost = AtomicUsize::new(0);
    StandIn::by_request(move |request| {
        if request.target.starts_with("/orgs/") {
            return organisation();
        }
        let answer = forward(&url, request);
        if request.method == "POST" && lost.fetch_add(1, Ordering::SeqCst) < answers {
            return Answer::raw(&answer[..answer.len() / 2]).reset();
        }
        Answer::raw(answer)
    })
}

#[test]
fn a_request_whose_answer_is_lost_is_made_once() {
    let scene = Scene::new();
    let proxy = losing(&scene, 2);
    let p0 = scene.line("request gcloud role viewer --wait").env("P0_APP_URL", proxy.url().as_str());
    let output = p0.run().success();
    assert_eq!(asked(&proxy), 3);
    let made = scene.requests();
    assert_eq!(made.len(), 1, "{made:?}");
    let output = output.stderr_has("The connection was cut before the answer was complete");
    assert_eq!(Some(output.stdout().trim_end()), made[0]["id"].as_str());
}

#[test]
fn access_whose_answer_is_lost_is_known_as_this_runs_own() {
    let scene = Scene::new();
    let (first, second) = (losing(&scene, 1), losing(&scene, 1));
    let p0 = |proxy: &StandIn| {
        let p0 = scene.line("request gcloud role viewer --relinquish -- true");
        p0.env("P0_APP_URL", proxy.url().as_str()).run().success().stdout_is("")
    };
    // The service says that it was there already: it is what the first call asked for.
    p0(&first).stderr_has("Access given back.\n").lacks("Existing access found.");
    assert_eq!((asked(&first), scene.requests().len()), (3, 1));

    // What is remembered from an earlier run is not.
    let before = scene.usable();
    let output = p0(&second).stderr_has("Existing access found.\n");
    output.stderr_has(&format!("Access {before} was there before; it is kept.\n"));
    assert_eq!((asked(&second), scene.status(&before).as_str()), (2, "DONE"));
}

/// Sends a request on, and reads the answer as it comes.
fn forward(service: &url::Url, request: &Recorded) -> Vec<u8> {
    let mut stream = TcpStream::connect(service.socket_addrs(|| None).unwrap()[0]).unwrap();
    let (host, length) = (service.authority(), request.body.len());
    let head = format!("{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", request.method, request.target);
    let token = request.header("authorization").unwrap();
    let rest = format!("authorization: {token}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), rest.as_bytes(), &request.body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn a_decision_whose_answer_is_lost_is_not_made_again() {
    for (command, advice) in [
        (vec!["approve", "r1"], "check with `p0 show r1`\n"),
        (vec!["deny", "r1"], "check with `p0 show r1`\n"),
        (vec!["revoke", "r1"], "check with `p0 show r1`\n"),
        (vec!["relinquish", "r1"], "check with `p0 show r1`\n"),
        (vec!["allow", "a", "--to", "b@example.com"], "to be sure, allow it again: that adds nothing if it was\n"),
    ] {
        let server = StandIn::start([organisation(), Answer::raw("HTTP/1.1 200 OK\r\ncontent-le").reset()]);
        let output = env_at(&server).p0(command).run();
        let message = format!("; it was not repeated, as it may have been carried out: {advice}");
        output.code(1).stdout_is("").stderr_has(&message);
        assert_eq!(asked(&server), 1);
    }
}

#[test]
fn the_token_is_sent_to_no_other_host() {
    let other = StandIn::start([]);
    let elsewhere = |status| Answer::status(status).header("location", other.url().as_str()).done();
    for status in [302, 307, 308] {
        for answers in [vec![elsewhere(status)], vec![organisation(), elsewhere(status)]] {
            let server = StandIn::start(answers);
            let output = env_at(&server).p0(["request", "a"]).run();
            let message = format!("redirects to {}, which is not followed", other.url().as_str().trim_end_matches('/'));
            output.code(1).stdout_is("").stderr_has(&message).stderr_has(NOT_THE_SERVICE).lacks(TOKEN);
        }
        let (_server, output) = wait_with([submitted(), elsewhere(status)]);
        output.code(1).stdout_is("").stderr_has("which is not followed").lacks(TOKEN);
    }
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn an_organisation_that_lives_in_clear_elsewhere_gets_no_token() {
    let mut organisation = json!({"auth": {"type": "password"}, "config": {}});
    for app_url in ["http://api.example.com", "ftp://127.0.0.1", "javascript:alert(1)", "nonsense"] {
        organisation["config"]["appUrl"] = app_url.into();
        let server = StandIn::start([Answer::json(200, &organisation)]);
        let output = env_at(&server).p0(["request", "a"]).run();
        let message = "The organisation names an address for its calls that is not https.";
        output.code(1).stdout_is("").stderr_has(message).stderr_has("Tell whoever runs the service").lacks(TOKEN);
    }
}

#[test]
fn an_answer_that_never_ends_is_not_kept_in_memory() {
    let body = vec![b' '; 17 << 20];
    let server = StandIn::start([organisation(), Answer::status(200).stream().send(body)]);
    let output = env_at(&server).p0(["request", "a"]).run();
    output.code(1).stdout_is("").stderr_has("sent an answer of more than 16777216 bytes");
}
