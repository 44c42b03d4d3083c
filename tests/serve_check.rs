//! `p0 serve --check`: the same judgement as that of a start, which leaves nothing behind; and what is said of
//! certificates.

use crate::harness::{ORGANISATION, env};
use p0_testkit::{
    Output, TestEnv,
    need::{self, Need},
};
use std::{collections::BTreeMap, fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path, process::Command};

const STORE: &str = "[store]\nkind = \"memory\"\n";

/// A configuration: what stands above the tables, the store, and more tables.
fn config(top: &str, store: &str, tables: &str) -> String {
    let owner = "[[users]]\nemail = \"owner@example.com\"\nroles = [\"owner\"]\n";
    format!("{top}\n[organisation]\nslug = \"example\"\n{store}\n{owner}{tables}\n")
}

/// Every file below the test's directory, with its content.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => drop(found.insert(entry.path().display().to_string(), fs::read(entry.path()).unwrap())),
        }
    }
    found
}

fn check(env: &TestEnv) -> Output {
    env.p0(["serve", "--config", "p0.toml", "--check"]).run()
}

/// Makes a certificate with OpenSSL, as people do.
fn certificate(env: &TestEnv, options: &[&str]) {
    let mut openssl = Command::new("openssl");
    openssl.args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem".split(' '));
    openssl.args(["-out", "cert.pem", "-subj", "/CN=p0.example.com"]).args(options);
    let output = openssl.current_dir(env.work_dir()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const GOOD: &[&str] = &[
    "-days",
    "825",
    "-addext",
    "subjectAltName=DNS:p0.example.com",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-addext",
    "extendedKeyUsage=serverAuth",
];
const TLS: &str = "[tls]\ncert = \"cert.pem\"\nkey = \"key.pem\"\n";

#[test]
fn check_rejects_what_a_start_rejects_with_the_same_words() {
    let env = env();
    if !need::all(&[Need::Program("openssl")]) {
        return;
    }
    certificate(&env, GOOD);
    env.write("other.pem", "no key");
    env.write("broken.db", &"this is not a database, and it is longer than a header of SQLite would be: ".repeat(9));
    let loopback = "listen = \"127.0.0.1:0\"";
    let cases = [
        (config("listen = \"0.0.0.0:0\"", STORE, ""), "add [tls] with cert and key"),
        (config("listen = \"0.0.0.0:0\"", STORE, TLS), "add public_url"),
        (config(&format!("{loopback}\npublic_url = \"http://p0.example.com\""), STORE, ""), "it must be https"),
        (
            config(
                &format!("{loopback}\npublic_url = \"https://p0.example.com\""),
                STORE,
                "[sign_in]\nmode = \"choose\"",
            ),
            "https://p0.example.com",
        ),
        (config(loopback, "[store]\nkind = \"file\"\npath = \"absent/p0.db\"\n", ""), "cannot open the database"),
        (config(loopback, "[store]\nkind = \"file\"\npath = \"broken.db\"\n", ""), "is not a database"),
        (config(loopback, STORE, "[tls]\ncert = \"absent.pem\"\nkey = \"key.pem\""), "cannot read a certificate"),
        (config(loopback, STORE, "[tls]\ncert = \"cert.pem\"\nkey = \"other.pem\""), "cannot read a private key"),
        (config("listen = \"192.0.2.1:0\"\npublic_url = \"https://p0.example.com\"", STORE, TLS), "Cannot listen on"),
        (config(loopback, STORE, "[[policies]]\nname = \"x\""), "missing field"),
        (config(loopback, STORE, "[integrations.nonsense]\nprovisioner = { kind = \"magic\" }"), "magic"),
    ];
    for (text, words) in cases {
        env.write("p0.toml", &text);
        let before = files(&env.work_dir());
        let checked = check(&env);
        assert_eq!(files(&env.work_dir()), before, "{text}");
        let started = env.p0(["serve", "--config", "p0.toml"]).run();
        checked.code(1).stdout_is("").stderr_has(words).lacks("well formed").lacks("panicked");
        started.code(1).stdout_is("").stderr_has(words);
    }
}

#[test]
fn check_of_a_new_store_creates_nothing() {
    let env = env();
    env.write("p0.toml", &config("listen = \"127.0.0.1:0\"", "[store]\nkind = \"file\"\npath = \"p0.db\"\n", ""));
    let before = files(&env.work_dir());
    check(&env).success().stdout_is("").stderr_is("p0.toml is well formed.\n");
    assert_eq!(files(&env.work_dir()), before);
}

#[test]
fn check_of_a_directory_that_cannot_be_written_fails() {
    let env = env();
    let folder = env.write("store/readme", "").parent().unwrap().to_owned();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    // Whoever runs the tests as root may write everywhere.
    if fs::write(folder.join("probe"), "").is_ok() {
        return;
    }
    env.write("p0.toml", &config("listen = \"127.0.0.1:0\"", "[store]\nkind = \"file\"\npath = \"store/p0.db\"\n", ""));
    check(&env).code(1).stdout_is("").stderr_has("cannot open the database").stderr_has("Permission denied");
}

#[test]
fn check_beside_the_running_service_succeeds_and_says_that_the_address_is_used() {
    let env = env();
    let text = ORGANISATION.replace("kind = \"memory\"", "kind = \"file\"\npath = \"p0.db\"");
    let mut service = env.serve(&text);
    let address = format!("127.0.0.1:{}", service.url().port().unwrap());
    env.write("p0.toml", &text.replacen("[organisation]", &format!("listen = \"{address}\"\n[organisation]"), 1));
    let output = check(&env).success().stdout_is("");
    output.stderr_has("p0.toml is well formed.\n").stderr_has(&format!("Another process listens on {address}"));
    service.stop().success();
    check(&env).success().stdout_is("").stderr_is("p0.toml is well formed.\n");
}

#[test]
fn check_of_a_port_that_another_program_uses_is_no_failure_and_says_so() {
    let env = env();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    env.write("p0.toml", &config(&format!("listen = \"{address}\""), STORE, ""));
    check(&env).success().stdout_is("").stderr_has(&format!("Another process listens on {address}"));
}

#[test]
fn a_provisioning_program_that_is_not_installed_is_a_warning() {
    let env = env();
    let command = |program: &str| {
        let provisioner = format!("provisioner = {{ kind = \"command\", command = [\"{program}\"] }}");
        config("listen = \"127.0.0.1:0\"", STORE, &format!("[integrations.gcloud]\n{provisioner}"))
    };
    for absent in ["no-such-program", "./no-such-program"] {
        env.write("p0.toml", &command(absent));
        let output = check(&env).success().stdout_is("");
        output.stderr_has("integrations.gcloud: there is no program '").stderr_has("p0.toml is well formed.\n");
    }
    for present in ["sh", "/bin/sh"] {
        env.write("p0.toml", &command(present));
        check(&env).success().stdout_is("").stderr_is("p0.toml is well formed.\n");
    }
}

#[test]
fn certificates_that_clients_reject_are_named_with_a_command_that_makes_a_better_one() {
    if !need::all(&[Need::Program("openssl")]) {
        return;
    }
    let extended = |name: &str, more: &[&str]| {
        let mut options = vec!["-addext".to_owned(), format!("subjectAltName={name}")];
        options.extend(more.iter().map(ToString::to_string));
        options
    };
    let host = "DNS:p0.example.com";
    let server = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"];
    let client = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=clientAuth"];
    for (options, words) in [
        // What `openssl req -x509` makes by default.
        (extended(host, &["-days", "365"]), "p0 on Linux, and other clients that use rustls, reject the certificate"),
        (extended(host, &["-days", "365"]), "it has no extended key usage (serverAuth)"),
        (extended(host, &[&server[..], &["-days", "3650"]].concat()), "it is valid for 3650 days, and they allow 825"),
        (extended(host, &[&server[..], &["-days", "3"]].concat()), "The certificate expires on "),
        (
            extended(host, &[&client[..], &["-days", "365"]].concat()),
            "Clients reject the certificate: it may not be used",
        ),
        (
            extended("DNS:other.example.com", &[&server[..], &["-days", "365"]].concat()),
            "Clients reject the certificate: it is not for p0.example.com, but for other.example.com.",
        ),
        (
            [&server[..], &["-days", "365"]].concat().iter().map(ToString::to_string).collect(),
            "p0, browsers and Go programs reject the certificate: it has no subjectAltName.",
        ),
    ] {
        let env = env();
        certificate(&env, &options.iter().map(String::as_str).collect::<Vec<_>>());
        env.write("p0.toml", &config("listen = \"127.0.0.1:0\"\npublic_url = \"https://p0.example.com\"", STORE, TLS));
        let output = check(&env).success().stdout_is("");
        output.stderr_has(words).stderr_has("openssl req -x509 -newkey ec ").stderr_has("p0.toml is well formed.\n");

        let serve = env.p0(["serve", "--config", "p0.toml"]).spawn();
        serve.wait_for_stderr(words);
        serve.signal(p0_testkit::Signal::TERM);
        serve.finish().success().ignore_stdout().ignore_stderr();
    }
}

/// The command that the warning shows makes one that nothing is said of, and that p0 accepts.
#[test]
fn the_command_in_the_hint_makes_a_certificate_that_p0_accepts() {
    if !need::all(&[Need::Program("openssl")]) {
        return;
    }
    let mut env = env();
    certificate(&env, &["-days", "365"]);
    let text = ORGANISATION.replacen("[organisation]", "listen = \"127.0.0.1:0\"\n[organisation]", 1) + TLS;
    env.write("p0.toml", &text);
    let output = check(&env).success().stdout_is("");
    let command = output
        .stderr()
        .lines()
        .find_map(|line| Some(line[line.find("openssl req -x509 -newkey")?..].to_owned()))
        .unwrap();
    let made = Command::new("sh").args(["-c", &command]).current_dir(env.work_dir()).output().unwrap();
    assert!(made.status.success(), "{command}: {}", String::from_utf8_lossy(&made.stderr));
    check(&env).success().stdout_is("").stderr_is("p0.toml is well formed.\n");

    let serve = env.p0(["serve", "--config", "p0.toml"]).spawn();
    let said = serve.wait_for_stdout("Serving organisation example at https://127.0.0.1:");
    let url = said.lines().find_map(|line| line.split(" at ").nth(1)).unwrap();
    env.set("P0_APP_URL", url).set("P0_ORG", "example").set("P0_API_TOKEN", "nonsense");
    let output = env.p0(["ls", "gcloud", "role"]).env("SSL_CERT_FILE", env.work_dir().join("cert.pem")).run().code(77);
    output.stdout_is("").stderr_has("does not accept the token");
    serve.signal(p0_testkit::Signal::TERM);
    serve.finish().success().ignore_stdout().ignore_stderr();
}

/// What `openssl req -x509` makes by default, trusted by the client.
#[test]
fn an_authority_used_as_the_service_s_certificate_is_explained_to_the_client() {
    if !need::all(&[Need::Program("openssl")]) {
        return;
    }
    let mut env = env();
    certificate(&env, &["-days", "365", "-addext", "subjectAltName=IP:127.0.0.1"]);
    env.write(
        "p0.toml",
        &(ORGANISATION.replacen("[organisation]", "listen = \"127.0.0.1:0\"\n[organisation]", 1) + TLS),
    );
    let serve = env.p0(["serve", "--config", "p0.toml"]).spawn();
    let said = serve.wait_for_stdout("Serving organisation example at https://127.0.0.1:");
    let url = said.lines().find_map(|line| line.split(" at ").nth(1)).unwrap();
    env.set("P0_APP_URL", url).set("P0_ORG", "example").set("P0_API_TOKEN", "nonsense");
    let output = env.p0(["ls", "gcloud", "role"]).env("SSL_CERT_FILE", env.work_dir().join("cert.pem")).run().code(1);
    output
        .stdout_is("")
        .stderr_has("Error: The certificate is not trusted: it is a certificate authority's (CA:TRUE)")
        .stderr_has("The service needs another certificate")
        .lacks("CaUsedAsEndEntity")
        .lacks("trying again");
    serve.signal(p0_testkit::Signal::TERM);
    serve.finish().success().ignore_stdout().ignore_stderr();
}
