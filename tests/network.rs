//! The way to a service: proxies, certificates that the user names, and what is retried.

use crate::{
    bad_service::{TOKEN, env_at, heartbeat, organisation, stream, submitted},
    harness::env,
};
use p0_testkit::{Answer, StandIn, TestEnv};
use serde_json::json;

/// A proxy that answers so, and its host and port.
fn proxy(answer: Answer) -> (StandIn, String) {
    let proxy = StandIn::by_request(move |_| answer.clone());
    let address = format!("127.0.0.1:{}", proxy.url().port().unwrap());
    (proxy, address)
}

/// An environment with a token for a service at this address.
fn env_for(service: &str) -> TestEnv {
    let mut env = env();
    env.set("P0_APP_URL", service).set("P0_ORG", "example").set("P0_API_TOKEN", TOKEN);
    env
}

#[test]
fn a_proxy_that_refuses_is_blamed_at_once() {
    for (status, user, words, hint) in [
        (403, "", "refuses the connection", "Ask the proxy's operator to allow connections to p0.invalid:443."),
        (502, "", "refuses the connection", "Ask the proxy's operator to allow connections to p0.invalid:443."),
        (407, "", "requires a user name and password", "Add them: HTTPS_PROXY=http://USER:PASSWORD@127.0.0.1:"),
        (
            407,
            "user:hidden@",
            "rejects the user name or password",
            "Correct the user name and password in HTTPS_PROXY.",
        ),
    ] {
        let (server, address) = proxy(Answer::status(status).done());
        let output = env_for("https://p0.invalid")
            .p0(["request", "a", "--wait"])
            .env("HTTPS_PROXY", format!("http://{user}{address}"))
            .run();
        output
            .code(1)
            .stdout_is("")
            .stderr_has(&format!(
                "Error: Cannot connect to p0.invalid:443: the proxy {address} (HTTPS_PROXY) {words}\n"
            ))
            .stderr_has(hint)
            .stderr_has("export NO_PROXY=p0.invalid")
            .lacks("trying again")
            .lacks("hidden");
        assert_eq!(server.requests().len(), 1);
        assert_eq!(server.requests()[0].method, "CONNECT");
    }
}

#[test]
fn a_proxy_that_does_not_exist_is_blamed() {
    for (variable, value, words) in [
        ("https_proxy", "http://proxy.invalid:3128", "proxy.invalid:3128 (https_proxy): could not find the host"),
        ("ALL_PROXY", "proxy.invalid:3128", "proxy.invalid:3128 (ALL_PROXY): could not find the host"),
    ] {
        let output = env_for("https://p0.invalid").p0(["request", "a"]).env(variable, value).run();
        output
            .code(1)
            .stdout_is("")
            .stderr_has(&format!("Error: Cannot connect to the proxy {words}\n"))
            .stderr_has(&format!("Correct {variable}, or unset it"))
            .lacks("trying again");
    }
    let env = env_for("https://p0.invalid");
    let output = env.p0(["request", "a", "--timeout", "1s"]).env("HTTPS_PROXY", "127.0.0.1:9").run().code(1);
    output.stdout_is("").stderr_has("to the proxy 127.0.0.1:9 (HTTPS_PROXY): connection refused\n");
}

#[test]
fn a_proxy_variable_that_p0_cannot_use_stops_before_any_connection() {
    let server = StandIn::start([]);
    for service in ["https://p0.invalid", server.url().as_str().trim_end_matches('/')] {
        for (variable, value, words) in [
            ("HTTPS_PROXY", "http://user:hidden@", "it has no host"),
            ("https_proxy", "http://user:hid/den@127.0.0.1:9", "its port is not a number"),
            ("ALL_PROXY", "http://127.0.0.1:999999", "its port is not a number"),
            ("all_proxy", "a hidden b", "it is not the address of a proxy"),
            ("HTTP_PROXY", "http://[::1", "it is not the address of a proxy"),
        ] {
            let output = env_for(service).p0(["request", "a"]).env(variable, value).run();
            output
                .code(1)
                .stdout_is("")
                .stderr_has(&format!("Error: Cannot use {variable}: {words}"))
                .stderr_has(&format!("Correct {variable}, or unset it."))
                .lacks("hid");
        }
    }
    for value in ["socks5://user:hidden@127.0.0.1:9", "ftp://user:hidden@127.0.0.1:9"] {
        let output = env_for("https://p0.invalid").p0(["request", "a"]).env("HTTPS_PROXY", value).run();
        output.code(1).stdout_is("").stderr_has("Error: Cannot use HTTPS_PROXY: p0 does not support ").lacks("hidden");
    }
    let env = env_for("https://p0.invalid");
    let p0 = env.p0(["request", "a"]).env("HTTPS_PROXY", "127.0.0.1:9");
    let output = p0.env("NO_PROXY", "localhost,10.0.0.0/99").run().code(1).stdout_is("");
    output.stderr_has("Error: Cannot use NO_PROXY: '10.0.0.0/99' is not a host, an address or a network.\n");
}

/// On Linux, 0.0.0.0 is this machine, but no address of the loopback, so that proxies are for it too.
#[test]
fn no_proxy_takes_a_host_with_its_port() {
    let (server, address) = proxy(Answer::status(403).done());
    let service = StandIn::start_tls([]);
    let port = service.url().port().unwrap();
    let request = |exceptions: &str| {
        let env = env_for(&format!("https://0.0.0.0:{port}"));
        env.p0(["request", "a"]).env("HTTPS_PROXY", &address).env("NO_PROXY", exceptions).run().code(1).stdout_is("")
    };
    for other in ["", "0.0.0.0:1", "*.example.com", "10.0.0.0/8"] {
        request(other).stderr_has("refuses the connection");
    }
    let before = server.requests().len();
    assert_eq!(before, 4);
    for own in [format!("0.0.0.0:{port}"), "0.0.0.0".into(), "localhost, 0.0.0.0/8".into(), "*".into()] {
        request(&own).stderr_has("The certificate is not trusted: ");
    }
    assert_eq!(server.requests().len(), before);
}

#[test]
fn certificates_that_are_not_there_are_named_with_their_variable() {
    let service = StandIn::start_tls([]);
    let env = env_for(service.url().as_str().trim_end_matches('/'));
    let (empty, folder) = (env.write("empty.pem", ""), env.write("certs/readme", "none").parent().unwrap().to_owned());
    for (variable, path, words) in [
        ("SSL_CERT_FILE", "/nonexistent/ca.pem".into(), "No such file or directory (os error 2)"),
        ("SSL_CERT_FILE", empty, "there is no certificate in PEM format in it"),
        ("SSL_CERT_DIR", "/nonexistent/certs".into(), "No such file or directory (os error 2)"),
        ("SSL_CERT_DIR", folder, "there is no certificate in PEM format in it"),
    ] {
        let output = env.p0(["request", "a"]).env(variable, &path).run();
        let message = format!("Error: Cannot read certificates for {variable} from {}: {words}.\n", path.display());
        output.code(1).stdout_is("").stderr_has(&message).stderr_has(&format!("Unset {variable} to trust"));
    }
    assert!(service.requests().is_empty());
    // Without TLS they are not read.
    let clear = StandIn::start([organisation(), submitted()]);
    let env = env_at(&clear);
    env.p0(["request", "a", "-q"]).env("SSL_CERT_FILE", "/nonexistent/ca.pem").run().success().stdout_is("r1\n");
}

/// What a service sends as data is an outcome, also if the access is not provisioned yet.
#[test]
fn approved_in_the_first_data_ends_the_wait_and_starts_the_tool() {
    for status in ["APPROVED", "APPROVED_NOTIFIED", "DONE_NOTIFIED"] {
        let data = json!({"type": "data", "data": {"request": {"status": status}}});
        let outcome = || stream(&[heartbeat(), data.clone()]);
        let server = StandIn::start([organisation(), submitted(), outcome()]);
        let output = env_at(&server).p0(["request", "a", "--wait"]).run().success();
        output.stdout_is("r1\n").stderr_has("Your request was approved\n");

        let server = StandIn::start([organisation(), submitted(), outcome()]);
        let output = env_at(&server).p0(["request", "a", "--", "sh", "-c", "echo started"]).run().success();
        output.stdout_is("started\n").stderr_has("Your request was approved\n");

        let server = StandIn::start([organisation(), outcome()]);
        env_at(&server).p0(["wait", "r1"]).run().success().stdout_is("r1\n").ignore_stderr();
    }
}
