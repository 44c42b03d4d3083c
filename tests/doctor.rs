//! `p0 doctor`: what it finds, and what it advises.

use crate::{
    bad_service::organisation,
    harness::{ASKER, PASSWORD, env, env_with_service},
    scene::Scene,
};
use p0_testkit::{Answer, Output, SecretService, StandIn, TestEnv, need, secret_service::NEEDS};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

/// Every tool, as quick fakes: the real ones take their time, and differ from machine to machine.
fn with_tools(env: &mut TestEnv) {
    for (name, says) in [
        ("ssh", "OpenSSH_10.0p2, OpenSSL 3.5.0"),
        ("aws", "aws-cli/2.27.0 Python/3.13"),
        ("session-manager-plugin", "1.2.707.0"),
        ("gcloud", "Google Cloud SDK 528.0.0"),
        ("az", "2.75.0"),
        ("kubectl", "Client Version: v1.34.0"),
    ] {
        env.tool(name, &format!("#!/bin/sh\necho '{says}'\n"));
    }
    // Only these: no tool of the machine is run.
    env.set("PATH", env.bin_dir());
}

/// A tool's fake, whose interpreter is found although nothing else is.
fn tool(env: &TestEnv, name: &str, script: &str) {
    env.tool(name, &format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n"));
}

#[track_caller]
fn find(document: &Value, check: &str) -> (String, String, String) {
    let findings = document["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("no finding about {check}: {document:#}"));
    let fix: Vec<&str> = found["fix"].as_array().unwrap().iter().map(|fix| fix.as_str().unwrap()).collect();
    let text = |name: &str| found[name].as_str().unwrap().to_owned();
    (text("state"), text("said"), fix.join("\n"))
}

#[track_caller]
fn examine(env: &TestEnv, code: i32) -> Value {
    // The network, the tools and the stores share three seconds; the rest is a busy machine's.
    env.p0(["doctor", "--json"]).limit(Duration::from_secs(15)).run().code(code).json()
}

#[track_caller]
fn wrong(document: &Value, check: &str, said: &str, advised: &str) {
    let (state, found, fix) = find(document, check);
    assert_eq!(state, "wrong", "{check}: {found}");
    assert!(found.contains(said), "{check}: {found}");
    assert!(fix.contains(advised), "{check}: {fix}");
    assert_eq!(document["ok"], false);
}

#[test]
fn a_machine_that_is_well() {
    let (mut env, _service) = env_with_service();
    let _browser = env.browse_as(ASKER, PASSWORD);
    env.p0(["login"]).run().success().ignore_stderr();
    with_tools(&mut env);
    env.set("SHELL", "/bin/bash");
    let script = env.p0(["completions", "bash"]).run().success();
    env.write(env.data_dir().join("bash-completion/completions/p0"), script.stdout());
    let document = examine(&env, 0);
    assert_eq!(document["ok"], true);
    for (check, said) in [
        ("service", "answers, and knows the organisation."),
        ("tls", "Not needed: the service is on this machine."),
        ("clock", "0s apart."),
        ("dns", "Not needed"),
        ("proxy", "No variable names one."),
        ("session", "You are signed in to example as asker@example.com; the session renews itself."),
        ("secrets", "Sign-ins keep them in a file (chosen by P0_SECRET_STORE)."),
        ("browser", "Sign-in pages are opened by "),
        ("ssh", "OpenSSH_10.0p2"),
        ("aws", "aws-cli/2.27.0"),
        ("session-manager-plugin", "1.2.707.0"),
        ("gcloud", "Google Cloud SDK"),
        ("az", "2.75.0"),
        ("kubectl", "Client Version: v1.34.0"),
        ("ssh-directory", "is not there yet; ssh makes it."),
        ("ssh-config", "ssh understands its configuration."),
        ("completions", "is there."),
    ] {
        let (state, found, fix) = find(&document, check);
        assert_eq!((state.as_str(), fix.as_str()), ("ok", ""), "{check}: {found}");
        assert!(found.contains(said), "{check}: {found}");
    }
    let output = env.p0(["doctor"]).run().success().stderr_is("Nothing is wrong.\n");
    assert!(output.stdout().lines().all(|line| line.starts_with("ok\t")), "{output}");
}

#[test]
fn a_missing_tool_is_a_note_and_a_broken_one_is_wrong() {
    let scene = Scene::new();
    let mut env = scene.env;
    env.set("PATH", env.bin_dir());
    let token = scene.service.access_token(ASKER, PASSWORD);
    env.set("P0_API_TOKEN", token);
    let document = examine(&env, 0);
    for check in ["ssh", "aws", "session-manager-plugin", "gcloud", "az", "kubectl"] {
        let (state, said, fix) = find(&document, check);
        assert_eq!(state, "note", "{check}: {said}");
        assert!(said.starts_with("Not installed; needed for ") && fix.starts_with("To install it: "), "{said} {fix}");
    }
    tool(&env, "kubectl", "echo 'cannot load its library' >&2; exit 3");
    tool(&env, "aws", "exec sleep 600");
    tool(&env, "az", "printf '\\033[2Jhostile\\n'");
    fs::set_permissions(env.tool("gcloud", ""), fs::Permissions::from_mode(0o644)).unwrap();
    let document = examine(&env, 1);
    wrong(&document, "kubectl", "fails to tell its version: cannot load its library", "Install it again: ");
    wrong(&document, "gcloud", "cannot be run: ", "Install it again: ");
    assert_eq!(find(&document, "aws").0, "note");
    assert!(find(&document, "aws").1.contains("did not tell its version within 3 seconds"));
    env.p0(["doctor"]).run().code(1).lacks("\u{1b}").stdout_has("ok\taz\thostile\t\n").ignore_stderr();
}

#[test]
fn ssh_s_configuration_is_checked_by_ssh() {
    let scene = Scene::new();
    let mut env = scene.env;
    with_tools(&mut env);
    tool(
        &env,
        "ssh",
        "[ \"$1\" = -G ] || exec echo OpenSSH_10.0p2\necho '~/.ssh/config: line 3: Bad configuration option: foo' >&2; exit 255",
    );
    let directory = env.home_dir().join(".ssh");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    let document = examine(&env, 1);
    wrong(&document, "ssh-config", "line 3: Bad configuration option: foo", "Correct the line");
    wrong(&document, "ssh-directory", "Others can write to ", "chmod 700 ");
}

#[test]
fn without_an_organisation_or_a_session_the_way_to_one_is_told() {
    let mut env = env();
    with_tools(&mut env);
    let document = examine(&env, 1);
    wrong(&document, "session", "No organisation is chosen.", "Sign in to one with: p0 login <org>");
    let (mut env, _service) = env_with_service();
    with_tools(&mut env);
    let document = examine(&env, 1);
    wrong(&document, "session", "You are not signed in to example.", "Sign in with: p0 login example");
    env.set("P0_ORG", "nowhere");
    let document = examine(&env, 1);
    wrong(&document, "service", "Could not find organization nowhere", "P0_ORG");
    let output = env.p0(["doctor", "-q"]).run().code(1);
    output.stdout_has("wrong\tservice\tCould not find organization nowhere\t");
}

#[test]
fn a_service_that_is_not_there_is_told_once() {
    let mut env = env();
    with_tools(&mut env);
    env.set("P0_ORG", "example").set("P0_API_TOKEN", "token");
    let document = examine(&env, 1);
    wrong(&document, "service", "Connection refused (127.0.0.1:9)", "P0_APP_URL");
    for check in ["session", "clock"] {
        assert_eq!(find(&document, check).0, "note", "{check}");
    }
}

#[test]
fn a_service_that_never_answers_is_given_up() {
    let server = StandIn::by_request(|_| Answer::silence());
    let mut env = env();
    with_tools(&mut env);
    env.set("P0_APP_URL", server.url().as_str()).set("P0_ORG", "example").set("P0_API_TOKEN", "token");
    let document = examine(&env, 1);
    wrong(&document, "service", "No answer in time", "Check your network");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_tls_s_matter() {
    let server = StandIn::start_tls([]);
    let mut env = env();
    with_tools(&mut env);
    env.set("P0_APP_URL", server.url().as_str()).set("P0_ORG", "example").set("P0_API_TOKEN", "token");
    let document = examine(&env, 1);
    wrong(&document, "tls", "The certificate is not trusted: ", "set SSL_CERT_FILE");
    assert_eq!(find(&document, "service").0, "note");
    env.set("SSL_CERT_FILE", "/nowhere/ca.pem");
    wrong(
        &examine(&env, 1),
        "tls",
        "SSL_CERT_FILE names /nowhere/ca.pem, which cannot be read",
        "Correct SSL_CERT_FILE",
    );
}

#[test]
fn a_clock_that_is_off_is_told() {
    let server = StandIn::by_request(|request| {
        let old = "Sun, 06 Nov 1994 08:49:37 GMT";
        match request.target.as_str() {
            "/" => Answer::status(200).header("date", old).done(),
            "/orgs/example" => organisation(),
            _ => Answer::json(200, &serde_json::json!({})),
        }
    });
    let mut env = env();
    with_tools(&mut env);
    env.set("P0_APP_URL", server.url().as_str()).set("P0_ORG", "example").set("P0_API_TOKEN", "token");
    let document = examine(&env, 1);
    wrong(&document, "clock", "ahead of the service's.", "Set it by the network");
    assert_eq!(find(&document, "session").0, "ok");
}

#[test]
fn a_store_that_is_not_there_and_a_lost_secret_are_told() {
    let (mut env, _service) = env_with_service();
    let _browser = env.browse_as(ASKER, PASSWORD);
    env.p0(["login"]).run().success().ignore_stderr();
    with_tools(&mut env);
    fs::remove_file(crate::harness::session_secrets(&env)).unwrap();
    let document = examine(&env, 1);
    wrong(&document, "secrets", "example: they are gone", "p0 login");
    env.set("P0_SECRET_STORE", "keyring");
    let document = examine(&env, 1);
    wrong(&document, "secrets", "The keyring (Secret Service) is not there.", "P0_SECRET_STORE=file");
}

#[test]
fn a_keyring_that_never_answers_holds_up_nothing() {
    if !need::all(&NEEDS) {
        return;
    }
    let (mut env, _service) = env_with_service();
    with_tools(&mut env);
    let path = format!("{}:/usr/bin:/bin", env.bin_dir().display());
    env.set("PATH", path).set("P0_SECRET_STORE", "keyring");
    let _silent = SecretService::silent(&mut env);
    let document = examine(&env, 1);
    wrong(&document, "secrets", "did not answer within 3 seconds.", "P0_SECRET_STORE=kernel");
    assert_eq!(find(&document, "service").0, "ok");
}

#[test]
fn a_proxy_is_named_without_its_password() {
    let mut env = env();
    with_tools(&mut env);
    env.set("P0_APP_URL", "https://api.invalid").set("HTTPS_PROXY", "http://user:hidden@127.0.0.1:9");
    let output: Output = env.p0(["doctor", "--json"]).run().code(1).lacks("hidden");
    let document = output.json();
    wrong(&document, "proxy", "HTTPS_PROXY names 127.0.0.1:9, which cannot be reached", "NO_PROXY");
    assert_eq!(find(&document, "dns").0, "note");
}

#[test]
fn a_browser_that_is_not_there_is_told() {
    let (mut env, _service) = env_with_service();
    with_tools(&mut env);
    env.set("BROWSER", "no-such-browser %s");
    wrong(&examine(&env, 1), "browser", "names no-such-browser, which is not there", "unset it");
}
