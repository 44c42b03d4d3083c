//! Plain `ssh` with a service that is hostile, silent or in error: nothing that it says becomes a directive of `ssh`'s
//! configuration or a word of a shell, and a host that may be anybody's costs it as few calls as can be.

use crate::bad_service::{env_at, organisation};
use p0_testkit::{
    Answer, Gate, Invocation, StandIn, TestEnv,
    need::{self, Need},
    stand_in::Recorded,
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf, thread};

/// Every directive that `p0` writes, in its order; the last only with a certificate.
/// Those that depend on the machine, or on the version of `ssh`.
const OPTIONAL: [&str; 4] = ["AddressFamily", "CertificateFile", "KnownHostsCommand", "PKCS11Provider"];
const DIRECTIVES: [&str; 34] = [
    "HostName",
    "Port",
    "User",
    "HostKeyAlias",
    "CheckHostIP",
    "StrictHostKeyChecking",
    "UserKnownHostsFile",
    "GlobalKnownHostsFile",
    "IdentityAgent",
    "IdentityFile",
    "PubkeyAuthentication",
    "IdentitiesOnly",
    "PreferredAuthentications",
    "AddKeysToAgent",
    "NumberOfPasswordPrompts",
    "UpdateHostKeys",
    "VerifyHostKeyDNS",
    "NoHostAuthenticationForLocalhost",
    "HashKnownHosts",
    "ProxyUseFdpass",
    "CanonicalizeHostname",
    "AddressFamily",
    "CertificateFile",
    "ProxyJump",
    "KnownHostsCommand",
    "PKCS11Provider",
    "HostKeyAlgorithms",
    "PubkeyAcceptedKeyTypes",
    "KexAlgorithms",
    "Ciphers",
    "MACs",
    "ConnectTimeout",
    "ProxyCommand",
    "ForwardAgent",
];

/// What a field of the service's can hold that means something to `ssh` or a shell.
fn hostile() -> Vec<String> {
    let texts = [
        "web-1\nProxyCommand touch pwned",
        "web-1\r\nMatch exec \"touch pwned\"",
        "web-1\u{2028}Match exec \"touch pwned\"",
        "web-1 ProxyCommand=touch",
        "\"\nProxyCommand touch pwned #",
        "$(touch pwned)",
        "`touch pwned`",
        "${HOME}",
        "%h%r%%",
        "-oProxyCommand=touch pwned",
        "../../../pwned",
        "a'b",
        "a\\",
        "*",
        "!box",
        "\0",
        "",
        "\t",
        "#",
        "=",
    ];
    texts.map(str::to_owned).into_iter().chain(["x".repeat(10_000)]).collect()
}

/// The answer to the question for access: it is there.
fn granted(id: &str, permission: &Value, generated: &Value) -> Answer {
    let request =
        json!({"status": "DONE", "principal": "asker@example.com", "permission": permission, "generated": generated});
    Answer::json(200, &json!({"ok": true, "message": "", "id": id, "isPreexisting": true, "request": request}))
}

fn is_question(request: &Recorded) -> bool {
    request.method == "POST" && request.target.trim_end_matches('/').ends_with("/command")
}

/// A service that answers this to the question, and signs certificates for whoever asks; behind each it says this.
fn service(env: &TestEnv, answer: impl Fn() -> Answer + Send + Sync + 'static, end: &'static str) -> StandIn {
    env.run("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", "authority"]).run().success();
    let directory = env.work_dir();
    StandIn::by_request(move |request| {
        if request.target.starts_with("/orgs/") {
            return organisation();
        }
        if is_question(request) {
            return answer();
        }
        if !request.target.ends_with("/certificates") {
            return Answer::json(
                200,
                &json!({"hostKeys": ["* ssh-ed25519 AAAA\nMatch exec touch", "@cert-authority * x y"]}),
            );
        }
        fs::write(directory.join("mine.pub"), request.json()["publicKey"].as_str().unwrap()).unwrap();
        let args = ["-q", "-s", "authority", "-I", "x", "-n", "ada", "-V", "-5m:+1h", "mine.pub"];
        let signed = std::process::Command::new("ssh-keygen").args(args).current_dir(&directory).status();
        assert!(signed.unwrap().success());
        let certificate = fs::read_to_string(directory.join("mine-cert.pub")).unwrap();
        Answer::json(200, &json!({"signedCertificate": certificate + end}))
    })
}

fn resolve(env: &TestEnv, host: &str) -> Invocation {
    env.p0(["-q", "ssh-resolve", "--", host])
}

fn generated(env: &TestEnv) -> PathBuf {
    env.state_dir().join("p0/ssh-generated")
}

/// Makes sure that what was written for `ssh` says what it is to say, and nothing else.
#[track_caller]
fn is_harmless(env: &TestEnv) {
    let entries = fs::read_dir(generated(env)).unwrap().flatten().map(|entry| entry.path());
    let configurations: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "conf")).collect();
    for path in &configurations {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.split('\n');
        assert_eq!(lines.next(), Some("Host box"));
        let names: Vec<&str> =
            lines.filter(|line| !line.is_empty()).map(|line| line.trim().split(' ').next().unwrap()).collect();
        let expected: Vec<&str> =
            DIRECTIVES.into_iter().filter(|name| names.contains(name) || !OPTIONAL.contains(name)).collect();
        assert_eq!(names, expected, "{text}");
        assert!(!text.contains(['\r', '\0', '`', '$', '\u{2028}']), "{text}");
        let said = env.run("ssh").arg("-F").arg(path).args(["-G", "box"]).run().success().ignore_stderr();
        let program = env.program().display();
        let proxy = format!("proxycommand '{program}' --quiet --no-input --org example ssh-proxy box\n");
        assert!(said.stdout().contains(&proxy), "{said}");
    }
    assert!(env.files().iter().all(|path| !path.ends_with("pwned")), "something was run or written");
    let of_hosts = env.files().into_iter().filter(|path| path.starts_with("state/p0/ssh-hosts"));
    for path in of_hosts {
        let text = fs::read_to_string(env.home_dir().join("..").join(&path)).unwrap();
        assert_eq!(text, "", "{}", path.display());
    }
}

/// What is granted on a machine, and made there.
fn machine() -> (Value, Value) {
    let resource = json!({"hostname": "web-1", "publicIp": "192.0.2.1"});
    let permission = json!({"provider": "self-hosted", "type": "session", "resource": resource});
    (permission, json!({"linuxUserName": "ada", "hostKeys": []}))
}

#[test]
fn what_stands_behind_a_certificate_is_no_directive() {
    if !need::all(&[Need::Program("ssh"), Need::Program("ssh-keygen")]) {
        return;
    }
    for (end, code) in [("", 0), ("\nMatch exec \"touch pwned\"\n", 1), ("\r\nProxyCommand touch pwned", 1)] {
        let ((own, made), places) = (machine(), crate::harness::env());
        let service = service(&places, move || granted("r1", &own, &made), end);
        let env = env_at(&service);
        resolve(&env, "box").run().code(code).ignore_stderr();
        assert_eq!(generated(&env).join("box.conf").try_exists().unwrap(), code == 0, "{end:?}");
    }
}

#[test]
fn what_a_hostile_service_says_is_no_directive() {
    if !need::all(&[Need::Program("ssh"), Need::Program("ssh-keygen")]) {
        return;
    }
    let (own, made) = machine();
    let fields = [
        (&own, "/permission/resource/hostname"),
        (&own, "/permission/resource/publicIp"),
        (&own, "/generated/linuxUserName"),
        (&own, "/generated/hostKeys"),
        (&own, "/id"),
    ];
    let tried = |(permission, field): (&Value, &str)| {
        let (texts, places) = (hostile(), crate::harness::env());
        let answer = std::sync::Arc::new(std::sync::Mutex::new(Value::Null));
        let said = std::sync::Arc::clone(&answer);
        let answered = move || {
            let said = said.lock().unwrap();
            granted(said["id"].as_str().unwrap(), &said["permission"], &said["generated"])
        };
        let service = service(&places, answered, "");
        let mut taken = 0;
        let good = if field == "/id" { "r1" } else { "web-1" };
        for text in std::iter::once(good.to_owned()).chain(texts) {
            let mut document = json!({"id": "r1", "permission": permission, "generated": made});
            let value = if field.ends_with("hostKeys") { json!([text]) } else { json!(text) };
            *document.pointer_mut(field).unwrap() = value;
            *answer.lock().unwrap() = document;
            // Each with nothing kept of the one before.
            let env = env_at(&service);
            let ran = resolve(&env, "box").run().ignore_stderr();
            match ran.status().code() {
                Some(0) => taken += 1,
                Some(1) => assert!(!generated(&env).join("box.conf").try_exists().unwrap()),
                _ => panic!("{field} {text:?}: {ran}"),
            }
            if generated(&env).try_exists().unwrap() {
                is_harmless(&env);
            }
        }
        // A key that is none is left out, and without an address the name counts; else a name is taken and nothing else.
        let expected = match field {
            "/generated/hostKeys" => hostile().len() + 1,
            "/permission/resource/publicIp" => 3,
            _ => 1,
        };
        assert_eq!(taken, expected, "{field}");
    };
    thread::scope(|scope| fields.into_iter().for_each(|field| drop(scope.spawn(move || tried(field)))));
}

/// An environment at a service whose answer to the question is this.
fn asked(answer: impl Fn() -> Answer + Send + Sync + 'static) -> (TestEnv, StandIn) {
    let service = StandIn::by_request(move |request| match is_question(request) {
        true => answer(),
        false => organisation(),
    });
    (env_at(&service), service)
}

fn unknown() -> Answer {
    Answer::json(404, &json!({"error": "Could not find any instances matching elsewhere.example.com"}))
}

#[test]
fn a_host_that_is_known_to_be_somebody_elses_costs_no_call() {
    let (env, service) = asked(unknown);
    resolve(&env, "elsewhere.example.com").run().code(1);
    let calls = service.requests();
    assert_eq!(calls.len(), 2, "how the organisation is reached, and the question: {calls:#?}");
    assert_eq!(
        calls[1].json()["argv"].as_array().unwrap()[..4],
        ["request", "ssh", "session", "elsewhere.example.com"].map(|word| json!(word))
    );
    for _ in 0..3 {
        resolve(&env, "elsewhere.example.com").run().code(1);
    }
    assert_eq!(service.requests().len(), 2);
    // Another one is asked about, once, however many ask at once.
    let running: Vec<_> = (0..20).map(|_| resolve(&env, "other.example.com").spawn()).collect();
    running.into_iter().for_each(|running| drop(running.finish().code(1)));
    assert_eq!(service.requests().len(), 3);
}

#[test]
fn a_service_that_never_answers_is_not_waited_for_and_not_asked_again_at_once() {
    let gate = Gate::default();
    let held = gate.clone();
    let (env, service) = asked(move || unknown().held_by(&held));
    // The gate is opened by nobody, so that this ends at all is the limit's doing; how long it is, a unit test says.
    resolve(&env, "elsewhere.example.com").run().code(1);
    let calls = service.requests().len();
    resolve(&env, "elsewhere.example.com").run().code(1);
    assert_eq!(service.requests().len(), calls);
    gate.open();
}

#[test]
fn answers_that_are_none_keep_ssh_from_nothing() {
    type Make = fn() -> Answer;
    let answers: [Make; 6] = [
        || Answer::status(500).body(""),
        || Answer::html(200, "<html>Sign in to the guest network</html>"),
        || Answer::json(200, &json!([])),
        || Answer::json(200, &json!({"ok": true, "id": "r1", "request": {"status": "DONE"}})),
        || Answer::json(403, &json!({"error": "not for you"})),
        || Answer::raw([]),
    ];
    thread::scope(|scope| {
        for answer in answers {
            scope.spawn(move || {
                let (env, _service) = asked(answer);
                resolve(&env, "elsewhere.example.com").run().code(1);
                assert!(!generated(&env).join("elsewhere.example.com.conf").try_exists().unwrap());
            });
        }
    });
}
