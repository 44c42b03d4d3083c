//! What a service may answer when a session is made ready: grants, keys of machines and certificates that are odd, of
//! somebody else, or hostile. Each has its words, and no machine is reached.

use crate::bad_service::{env_at, organisation};
use p0_testkit::{
    Answer, Output, StandIn,
    need::{self, Need},
};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Command};

/// What the service answers where it matters.
struct Answers {
    permission: Value,
    generated: Value,
    host_keys: Value,
    /// Makes a certificate for this public key.
    certificate: Box<dyn Fn(&str) -> String + Send + Sync>,
}

impl Default for Answers {
    /// A machine where nobody listens.
    fn default() -> Self {
        Self {
            permission: json!({"provider": "self-hosted", "resource": {"hostname": "box", "publicIp": "127.0.0.1:9"}}),
            generated: json!({"linuxUserName": "ada"}),
            host_keys: json!({"hostKeys": []}),
            certificate: Box::new(|_| String::new()),
        }
    }
}

/// `p0 ssh box true` in front of a service that answers so.
#[track_caller]
fn ssh(answers: Answers) -> Output {
    let server = StandIn::by_request(move |request| {
        let (path, _) = request.target.split_once('?').unwrap_or((&request.target, ""));
        match path.trim_end_matches('/').strip_prefix("/o/example/") {
            None => organisation(),
            Some("integrations/ssh/config") => {
                Answer::json(200, &json!({"config": {"iam-write": {"self-hosted": {"state": "installed"}}}}))
            }
            Some("command") => {
                let request = json!({"status": "DONE", "principal": "ada@example.com", "delegation": [],
                    "permission": answers.permission, "generated": answers.generated});
                Answer::json(
                    200,
                    &json!({"ok": true, "message": "", "id": "r1", "request": request, "isPreexisting": true}),
                )
            }
            Some("integrations/ssh/host-keys") => Answer::json(200, &answers.host_keys),
            Some("integrations/ssh/certificates") => {
                let asked = request.json();
                let signed = (answers.certificate)(asked["publicKey"].as_str().unwrap());
                Answer::json(200, &json!({"signedCertificate": signed}))
            }
            Some(_) => Answer::json(404, &json!({"error": "Not found"})),
        }
    });
    let env = env_at(&server);
    let output = env.p0(["ssh", "box", "true"]).run().stdout_is("");
    assert!(output.stderr().len() < 2_000, "{} bytes", output.stderr().len());
    assert!(!output.stderr().chars().any(|c| c.is_control() && c != '\n'), "{:?}", output.stderr());
    output
}

/// A certificate of an authority in this directory for this key, with these words of `ssh-keygen`'s.
fn signed(directory: &Path, public: &str, words: &[&str]) -> String {
    let keygen = |args: &[&str]| {
        let done = Command::new("ssh-keygen").arg("-q").args(args).current_dir(directory).status().unwrap();
        assert!(done.success(), "{args:?}");
    };
    if fs::create_dir(directory.join("made")).is_ok() {
        keygen(&["-t", "ed25519", "-N", "", "-f", "authority"]);
    }
    fs::write(directory.join("id.pub"), format!("{public}\n")).unwrap();
    keygen(&[&["-s", "authority", "-I", "r1", "-n", "ada"], words, &["id.pub"]].concat());
    fs::read_to_string(directory.join("id-cert.pub")).unwrap()
}

#[test]
fn a_certificate_that_is_of_no_use_is_told() {
    if !need::all(&[Need::Program("ssh"), Need::Program("ssh-keygen")]) {
        return;
    }
    const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    let with = |certificate: fn(&Path, &str) -> String| {
        let directory = tempfile::tempdir().unwrap();
        let certificate = Box::new(move |public: &str| certificate(directory.path(), public));
        ssh(Answers { certificate, ..Answers::default() }).code(1)
    };
    with(|directory, public| signed(directory, public, &["-V", "20200101000000Z:20200102000000Z"]))
        .stderr_has("Error: The service's certificate was good until 2020-01-02T00:00:00Z, which is over.\n")
        .stderr_has("Check this machine's date and time, then try again.");
    with(|directory, public| signed(directory, public, &["-h", "-V", "-5m:+1h"]))
        .stderr_has("Error: The service's certificate is one for a machine, not for a user.\n")
        .stderr_has("Nothing was sent to the machine. Tell those who run the service.");
    with(|directory, public| signed(directory, public, &["-V", "-5m:forever"]))
        .stderr_has("Error: The service's certificate never ends.\n")
        .stderr_has("Nothing was sent to the machine. Tell those who run the service.");
    with(|directory, _| signed(directory, OTHER, &["-V", "-5m:+1h"]))
        .stderr_has("Error: The service's certificate is not one for your key.\n");
    for none in [
        |_: &Path, _: &str| String::new(),
        |_: &Path, public: &str| public.to_owned(),
        |directory: &Path, public: &str| signed(directory, public, &["-V", "-5m:+1h"]) + "\nssh-ed25519 x\n",
        |_: &Path, _: &str| "\u{1b}[2J".repeat(1 << 18),
    ] {
        with(none).stderr_has("Error: The service's certificate cannot be read.\n");
    }
    // A good one gets as far as the machine.
    with(|directory, public| signed(directory, public, &["-V", "-5m:+1h"])).stderr_has("The machine does not answer: ");
}

#[test]
fn a_grant_that_names_no_machine_is_told() {
    if !need::all(&[Need::Program("ssh")]) {
        return;
    }
    let own = |hostname: &str, address: &str| json!({"provider": "self-hosted", "resource": {"hostname": hostname, "publicIp": address}});
    let unclear = "Error: The grant does not say how the machine is reached: ";
    let named = "Error: This machine cannot be reached: the grant names a host that is none: '";
    for (permission, expected) in [
        (json!({}), unclear),
        (json!(null), unclear),
        (json!("\u{1b}[2J".repeat(100_000)), unclear),
        (json!({"provider": "\u{1b}]0;moon\u{7}".repeat(100_000)}), unclear),
        (json!({"provider": "self-hosted"}), unclear),
        (own("-oProxyCommand=touch pwned", "127.0.0.1:9"), named),
        (own("box\n  ProxyCommand id", "127.0.0.1:9"), named),
        (own("box", "127.0.0.1 -oProxyCommand=id"), named),
        (own(&"x".repeat(100_000), "127.0.0.1:9"), named),
        (
            json!({"provider": "aws", "region": "us-east-1", "resource": {"instanceId": "--version"}}),
            "Error: This machine cannot be reached: the grant names an instance that is none: '--version'.",
        ),
        (
            json!({"provider": "gcloud", "zone": "file:///etc/passwd", "resource": {"instanceName": "a", "projectId": "b"}}),
            "Error: This machine cannot be reached: the grant names a zone that is none: 'file:///etc/passwd'.",
        ),
    ] {
        let generated = json!({"linuxUserName": "ada", "resource": {"name": "x"}});
        ssh(Answers { permission, generated, ..Answers::default() }).code(1).stderr_has(expected);
    }
    for (generated, expected) in [
        (json!({}), "the grant does not say how the machine is reached: it names no user on it."),
        (
            json!({"linuxUserName": "ada -oProxyCommand=id"}),
            "the grant names a user that is none: 'ada -oProxyCommand=id'.",
        ),
        (json!({"linuxUserName": 7}), unclear),
        (json!({"hostKeys": "x"}), unclear),
    ] {
        ssh(Answers { generated, ..Answers::default() }).code(1).stderr_has(expected);
    }
}

#[test]
fn keys_of_machines_that_are_none_are_not_believed() {
    if !need::all(&[Need::Program("ssh"), Need::Program("ssh-keygen")]) {
        return;
    }
    let certificate = || {
        let directory = tempfile::tempdir().unwrap();
        Box::new(move |public: &str| signed(directory.path(), public, &["-V", "-5m:+1h"]))
    };
    for host_keys in [
        json!({"hostKeys": ["@cert-authority * ssh-ed25519 AAAA", "\u{1b}[2J", "x\ny\nz"]}),
        json!({"hostKeys": ["x ".repeat(1 << 19)]}),
        json!({"hostKeys": null}),
    ] {
        let answers = Answers { host_keys, certificate: certificate(), ..Answers::default() };
        ssh(answers).code(1).stderr_has("The machine does not answer: ");
    }
    let odd = Answers { host_keys: json!({"hostKeys": "x"}), certificate: certificate(), ..Answers::default() };
    ssh(odd).code(1).stderr_has("Error: ");
}
