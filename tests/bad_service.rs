//! A service that cannot be reached, or that answers what no service should: each is told, or ridden out, and no request
//! is lost or made twice.

use crate::{harness::env, scene::Scene};
use p0_testkit::{Answer, StandIn, TestEnv, stand_in::Recorded};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
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
    Answer::json(200, &json!({"tenantId": "t", "useProviderToken": true, "auth": {"type": "sso", "provider": provider}}))
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

/// How often access was asked for.
fn asked(server: &StandIn) -> usize {
    server.requests().iter().filter(|request| request.method == "POST").count()
}

#[test]
fn a_port_where_nobody_listens_is_named_and_the_time_limit_holds_there_too() {
    let output = env().p0(["request", "a", "--org", "example", "--timeout", "1s"]).run();
    output
        .code(1)
        .stdout_is("")
        .stderr_has("Error: Connection refused (127.0.0.1:9)\n")
        .stderr_has("Nothing listens there. Check P0_APP_URL, or start the service (`p0 dev`, `p0 serve`).");
}

#[test]
fn a_host_that_does_not_exist_is_named() {
    let env = env();
    let p0 = env.p0(["request", "a", "--org", "example", "--timeout", "1s"]);
    p0.env("P0_APP_URL", "https://p0.invalid")
        .run()
        .code(1)
        .stdout_is("")
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
    running.wait_for_stderr("; trying again in ");
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
    let server = StandIn::start([Answer::raw("HTTP/1.1 400 Bad Request\r\n\r\n").repeated()]);
    let env = env_at(&server);
    let url = server.url().as_str().replace("http:", "https:");
    env.p0(["request", "a", "--timeout", "1s"])
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
        let (server, output) = wait_with([submitted(), answer]);
        // An empty stream is one that ended, and so is a document that ends in the middle: both are asked for again.
        output.ignore_stdout().ignore_stderr().status();
        drop(server);
    }
}

#[test]
fn an_address_of_something_else_says_so() {
    let server = StandIn::start([Answer::html(404, "<h1>Not found</h1>")]);
    env_at(&server).p0(["request", "a"]).run().code(1).stdout_is("").stderr_has("HTTP Error: 404").stderr_has(NOT_THE_SERVICE);
}
