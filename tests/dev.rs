//! `p0 dev`: a service for the time of one command.

use crate::harness::env;
use p0_testkit::{Signal, TestEnv};
use std::net::TcpListener;

const REQUEST: [&str; 6] = ["dev", "request", "gcloud", "role", "viewer", "--wait"];

#[test]
fn the_readmes_first_command_works_and_leaves_nothing() {
    let env = env();
    let script = "echo \"$P0_REQUEST_ID is usable until $P0_EXPIRES_AT\"";
    let words =
        ["dev", "request", "gcloud", "role", "viewer", "--reason", "first request", "--wait", "--", "sh", "-c", script];
    let output = env.p0(words).run().success();
    let (id, until) = output.stdout().trim_end().split_once(" is usable until ").unwrap();
    assert!(id.chars().all(|c| c.is_ascii_alphanumeric()) && !id.is_empty(), "{output}");
    until.parse::<jiff::Timestamp>().unwrap();
    let output = output.stderr_has("Your request was approved\n").stderr_has("Waiting for access to be provisioned\n");
    output.stderr_has("Usable until ");
    assert!(env.files().is_empty(), "{:?}", env.files());
}

#[test]
fn the_exit_code_is_that_of_the_command() {
    let env = env();
    for (tail, code) in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)] {
        env.p0(REQUEST).args(["--", "sh", "-c", tail]).run().code(code).ignore_stderr();
    }
    env.p0(REQUEST).args(["--", "no-such-tool"]).run().code(127).stdout_is("").stderr_has("was not found");
    env.p0(["dev", "request", "gcloud", "role", "owner", "--timeout", "2s", "--wait"])
        .run()
        .code(4)
        .ignore_stderr()
        .stdout_is("");
    env.p0(["dev", "request", "gcloud", "role", "nothing"]).run().code(1).stdout_is("").ignore_stderr();
    env.p0(["dev", "--", "sh", "-c", "exit 5"]).run().code(5);
    env.p0(["dev", "--", "no-such-program"]).run().code(127).stdout_is("").stderr_has("no-such-program");
    assert!(env.files().is_empty(), "{:?}", env.files());
}

#[test]
fn every_integration_has_something_to_ask_for() {
    let env = env();
    // One service for all: a script that calls p0.
    let lists = [
        "aws role role",
        "aws policy arns",
        "gcloud role names",
        "azure role role",
        "k8s resource role",
        "ssh session destination",
        "rdp session destination",
        "file-transfer session destination",
        "postgres role role",
        "mysql role role",
        "snowflake role role",
        "okta group group",
        "azure-ad group group",
        "workspace group group",
        "github team team",
    ];
    let p0 = env.program().display();
    let script: String = lists.iter().map(|list| format!("echo '# {list}'; {p0} -q ls {list} || exit\n")).collect();
    let output = env.p0(["dev", "--", "sh", "-c", &script]).run().success();
    let sections: Vec<&str> = output.stdout().split("# ").skip(1).collect();
    assert_eq!(sections.len(), lists.len(), "{output}");
    assert!(sections.iter().all(|section| section.lines().count() > 1), "{output}");
}

#[test]
fn one_role_needs_an_approver_who_may_be_oneself() {
    let env = env();
    let p0 = env.program().display();
    let script = format!(
        "set -e\nid=$({p0} -q request gcloud role owner --reason x)\n{p0} -q requests --pending | cut -f1,2\n\
         {p0} -q approve \"$id\"\n{p0} -q wait \"$id\"\n"
    );
    let output = env.p0(["dev", "--", "sh", "-c", &script]).run().success();
    let lines: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(lines, [format!("{}\tPENDING_APPROVAL", lines[1]).as_str(), lines[1]], "{output}");
}

#[test]
fn a_program_finds_the_service_in_its_environment() {
    let env = env();
    let output =
        env.p0(["dev", "--", "sh", "-c", "echo $P0_APP_URL $P0_ORG; test -n \"$P0_API_TOKEN\""]).run().success();
    let (url, org) = output.stdout().trim_end().split_once(' ').unwrap();
    assert_eq!(org, "dev");
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
}

#[test]
fn json_is_one_document() {
    let env = env();
    let document = env.p0(["--json"]).args(REQUEST).run().success().ignore_stderr().json();
    assert_eq!(document["request"]["status"], "DONE");
    let document = env.p0(["dev", "ls", "gcloud", "role", "names", "--json"]).run().success().json();
    assert_eq!(document["arg"], "roles");
    // Wherever it stands, it holds for whatever goes wrong.
    for (words, code, kind) in [
        ("dev --json no-such-command", 64, "usage"),
        ("dev no-such-command --json", 64, "usage"),
        ("dev requests --json --pending --active", 64, "usage"),
        ("dev --json requests --pending --active", 64, "usage"),
        ("dev dev --json", 64, "usage"),
        ("dev request gcloud role nothing --json", 1, "error"),
        ("dev request gcloud role viewer --json -- no-such-tool", 127, "tool-not-found"),
    ] {
        let output = env.p0(words.split(' ')).run().code(code).ignore_stderr();
        assert_eq!(output.json()["kind"], kind, "{words}");
    }
}

#[test]
fn wrong_usage_is_64() {
    let env = env();
    env.p0(["dev", "no-such-command"]).run().code(64).stdout_is("").stderr_has("no-such-command");
    env.p0(["dev", "dev"]).run().code(64).stdout_is("").stderr_has("`p0 dev` runs one service at a time.");
    env.p0(["dev", "--"]).run().code(64).stdout_is("").stderr_has("There is no tool behind `--`.");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = env.p0(["dev", "--port", &port, "ls"]).run().code(1).stdout_is("");
    output.stderr_has(&format!("Cannot listen on 127.0.0.1:{port}: ")).stderr_has("Choose another --port.");
}

#[test]
fn alone_it_stays_and_says_how_to_use_it() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut env = env();
        let dev = env.p0(["dev"]).spawn();
        let line = dev.wait_for_stdout("\n");
        let url = line.trim_end().strip_prefix("Serving organisation dev at ").unwrap().to_owned();
        let told = dev.wait_for_stderr("Ctrl-C ends it.");
        assert!(told.contains(&format!("  export P0_APP_URL={url} P0_ORG=dev\n")), "{told}");
        // What it says to do works.
        env.set("P0_APP_URL", &url).set("P0_ORG", "dev");
        let browser = env.browse_as("approver@example.com", "");
        env.p0(["login"]).run().success().stdout_is("").stderr_has("Signed in to dev as approver@example.com.\n");
        browser.wait_for_page();
        env.p0(["request", "gcloud", "role", "owner", "--reason", "x"]).run().success().ignore_stderr().ignore_stdout();
        env.p0(["requests", "--pending"]).run().success().stdout_has("gcloud role owner");
        dev.signal(signal);
        dev.finish().success().ignore_stdout().ignore_stderr();
    }
}

#[test]
fn a_store_in_a_file_outlasts_it() {
    let env = env();
    let request = |env: &TestEnv| {
        let words = ["dev", "--store", "dev.db", "request", "gcloud", "role", "viewer", "--wait"];
        env.p0(words).run().success()
    };
    let first = request(&env).ignore_stderr();
    let again = request(&env).stderr_has("Existing access found.\n");
    assert_eq!(first.stdout(), again.stdout());
}

#[test]
fn it_serves_this_machine_alone() {
    let env = env();
    // ss(8) would say it as well; a socket's address in hexadecimal is enough: 0100007F is 127.0.0.1.
    let script = "port=${P0_APP_URL##*:}; port=${port%/}; grep -h \":$(printf %04X \"$port\") 0*:0000 0A\" /proc/net/tcp /proc/net/tcp6";
    let output = env.p0(["dev", "--", "sh", "-c", script]).run().success();
    assert!(output.stdout().lines().all(|line| line.contains(" 0100007F:")), "{output}");
    assert_eq!(output.stdout().lines().count(), 1, "{output}");
}
