//! Sessions by Secure Shell: certificates as real `ssh-keygen` reads them, host keys, and reports.

use crate::support::{HOUR, ORGANISATION, START, Server, User};
use p0_server::clock::Clock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{io::Write, process::Command, time::Duration};

/// A key of nobody.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const OTHER_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4g";
const HOST_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4h";

/// Everybody may reach every machine at once; `pinned` says its keys itself, `locked` nobody may reach, and `guarded`
/// waits for a manager.
fn organisation() -> String {
    let policies = r#"
  { name = "ssh", requestor = { type = "any" }, resource = { type = "integration", service = "ssh", filters = { destination = { key = "name", pattern = "^(pinned|closed|own)$" } } }, approval = [{ type = "auto" }, { type = "p0" }] },
  { name = "guarded", requestor = { type = "any" }, resource = { type = "integration", service = "ssh", filters = { destination = { key = "name", pattern = "guarded" } } }, approval = [{ type = "p0" }] },
  { name = "locked", requestor = { type = "any" }, resource = { type = "integration", service = "ssh", filters = { destination = { key = "name", pattern = "locked" } } }, approval = [{ type = "deny" }] },
]
"#;
    let users = "email = \"other@example.com\"\non_call = [\"web\"]";
    let organisation = ORGANISATION.replacen("\n]\n", policies, 1).replacen("email = \"other@example.com\"", users, 1);
    let machine = |name: &str, more: &str| {
        format!(
            "[[integrations.ssh.resources.destination]]\nkey = \"{name}\"\n\
             machine = {{ provider = \"self-hosted\", hostname = \"{name}\", {more} }}\n"
        )
    };
    let pinned = format!("public_ip = \"192.0.2.1:2222\", user_name = \"deploy\", host_keys = [\"{HOST_KEY}\"]");
    // Nothing listens at the discard port, and the address is the machine's own.
    let closed = "public_ip = \"127.0.0.1:9\"";
    [
        &organisation,
        "[integrations.ssh]\nprovisioner = { kind = \"ssh\" }\n",
        &machine("pinned", &pinned),
        &machine("closed", closed),
        &machine("own", "public_ip = \"127.0.0.1:9\", own_certificates = true"),
        &machine("locked", closed),
        &machine("guarded", closed),
    ]
    .concat()
}

async fn start() -> Server {
    Server::with(&organisation(), Clock::manual(START)).await
}

async fn usable(user: &User<'_>, words: &str) -> String {
    let id = user.request(words).await;
    assert_eq!(user.outcome(&id).await["status"], "DONE", "{words}");
    id
}

async fn certificate(user: &User<'_>, id: &str, key: &str) -> crate::support::Answer {
    user.post("/integrations/ssh/certificates", json!({"requestId": id, "publicKey": key})).await
}

/// What `ssh-keygen -L` says of a certificate, in UTC.
fn read(certificate: &Value) -> String {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    writeln!(file, "{}", certificate["signedCertificate"].as_str().expect("a certificate")).expect("written");
    let output = Command::new("ssh-keygen").env("TZ", "UTC").arg("-L").arg("-f").arg(file.path()).output();
    let output = output.expect("ssh-keygen");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// OpenSSH's client is part of every system that the service is tested on; elsewhere test.sh installs it.
fn is_there() -> bool {
    p0_testkit::need::all(&[p0_testkit::need::Need::Program("ssh-keygen")])
}

#[tokio::test]
async fn a_certificate_says_what_the_grant_does_and_ends_with_it() {
    if !is_there() {
        return;
    }
    let server = start().await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session closed --requested-duration 30m").await;
    let answer = certificate(&dev, &id, &format!("{KEY} dev@laptop")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let text = read(&answer.body);
    // The clock stands at 2027-01-15T08:00:00Z.
    for expected in [
        "Type: ssh-ed25519-cert-v01@openssh.com user certificate",
        &format!("Key ID: \"{id} dev@example.com\""),
        "Valid: from 2027-01-15T07:55:00 to 2027-01-15T08:30:00",
        "Principals: \n                dev\n        Critical Options: (none)\n",
        "Extensions: \n                permit-agent-forwarding\n                permit-port-forwarding\n                permit-pty\n                permit-user-rc\n",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    assert!(!text.contains("sudo") && !text.contains("Serial: 0\n"), "{text}");
    // Its authority is the one that anybody can ask for.
    let lines = server.http.get(server.url("/orgs/test/ssh-authority")).send().await.expect("an answer");
    let lines = lines.text().await.expect("a body");
    assert_eq!(Some(lines.clone()), server.service.ssh_authority());
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    write!(file, "{lines}").expect("written");
    let output = Command::new("ssh-keygen").arg("-l").arg("-f").arg(file.path()).output().expect("ssh-keygen");
    let listed = String::from_utf8(output.stdout).expect("text");
    let fingerprint = listed.split(' ').nth(1).expect("a fingerprint");
    assert!(text.contains(&format!("Signing CA: ED25519 {fingerprint}")), "{listed}\n{text}");
    server.stop().await;
}

#[tokio::test]
async fn it_follows_an_extension_and_sudo_and_the_machines_account() {
    if !is_there() {
        return;
    }
    let server = start().await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session pinned --sudo --requested-duration 30m").await;
    let text = read(&certificate(&dev, &id, KEY).await.body);
    assert!(text.contains("Principals: \n                deploy\n") && text.contains("sudo@p0.dev"), "{text}");
    // One for this machine alone.
    let own = usable(&dev, "ssh session own").await;
    let named = read(&certificate(&dev, &own, KEY).await.body);
    assert!(named.contains("Principals: \n                dev@own\n        Critical"), "{named}");
    server.clock.advance(Duration::from_secs(600));
    assert_eq!(dev.decide(&id, "extend", json!({"expirationLength": "2h"})).await.brief(), (200, ""));
    let text = read(&certificate(&dev, &id, KEY).await.body);
    assert!(text.contains("Valid: from 2027-01-15T08:05:00 to 2027-01-15T10:10:00"), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn without_usable_access_of_ones_own_there_is_none() {
    let server = start().await;
    let (dev, other, manager) = (server.user("dev"), server.user("other"), server.user("manager"));
    let id = usable(&dev, "ssh session closed --requested-duration 30m").await;
    // Somebody who may not see it, and somebody who may.
    let unknown = format!("Could not find request {id}");
    assert_eq!(certificate(&other, &id, KEY).await.brief(), (404, unknown.as_str()));
    let forbidden = (403, "Only its principal can use this access");
    assert_eq!(certificate(&manager, &id, KEY).await.brief(), forbidden);
    for path in ["/integrations/ssh/public-keys", "/integrations/ssh/certificates"] {
        assert_eq!(manager.post(path, json!({"requestId": id, "publicKey": KEY})).await.brief(), forbidden);
    }
    assert_eq!(manager.get(&format!("/integrations/ssh/host-keys?requestId={id}")).await.brief(), forbidden);
    let body = json!({"requestId": id, "action": "ssh.session.start", "sshSessionId": "s"});
    assert_eq!(manager.post("/integrations/ssh/audit", body).await.brief(), forbidden);
    assert_eq!(certificate(&dev, "r1", KEY).await.brief(), (404, "Could not find request r1"));
    let path = "/o/test/integrations/ssh/certificates";
    assert_eq!(server.call(Method::POST, path, None, Some(json!({}))).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(dev.post("/integrations/ssh/certificates", json!({"requestId": id})).await.status, 400);

    dev.decide(&id, "revoke", json!({})).await;
    let refused = format!("Request {id} cannot be used: it has been revoked");
    assert_eq!(certificate(&dev, &id, KEY).await.brief(), (400, refused.as_str()));
    let id = usable(&dev, "ssh session closed --requested-duration 30m").await;
    server.clock.advance(HOUR / 2);
    let refused = format!("Request {id} cannot be used: it has expired");
    assert_eq!(certificate(&dev, &id, KEY).await.brief(), (400, refused.as_str()));
    let id = dev.request("ssh session guarded").await;
    let refused = format!("Request {id} cannot be used: it waits for approval");
    assert_eq!(certificate(&dev, &id, KEY).await.brief(), (400, refused.as_str()));
    let id = usable(&dev, "gcloud role viewer").await;
    let refused = format!("Request {id} is for gcloud, not for ssh");
    assert_eq!(certificate(&dev, &id, KEY).await.brief(), (400, refused.as_str()));
    server.stop().await;
}

#[tokio::test]
async fn a_key_is_one_sound_line() {
    let server = start().await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session closed").await;
    let form = "Invalid public key: send one line, with its type and the key in base64, such as id_ed25519.pub has";
    for bad in ["", "ssh-ed25519", "x y", &format!("{KEY}\n{KEY}"), &format!("no-pty {KEY}"), &"a".repeat(100_000)] {
        assert_eq!(certificate(&dev, &id, bad).await.brief(), (400, form), "{bad:?}");
        let answer = dev.post("/integrations/ssh/public-keys", json!({"requestId": id, "publicKey": bad})).await;
        assert_eq!(answer.brief(), (400, form), "{bad:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_submitted_key_is_noted_once() {
    let server = start().await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session closed").await;
    let submit =
        async |key: &str| dev.post("/integrations/ssh/public-keys", json!({"requestId": id, "publicKey": key})).await;
    for _ in 0..2 {
        let answer = submit(&format!("{KEY} dev@laptop")).await;
        assert_eq!((answer.status, answer.body), (StatusCode::OK, json!({})));
    }
    let shown = dev.show(&id).await;
    assert_eq!(shown["request"]["generated"]["publicKey"], KEY);
    let notes: Vec<&Value> = shown["history"].as_array().expect("steps").iter().map(|step| &step["note"]).collect();
    assert_eq!(
        notes.iter().filter(|note| note.as_str().is_some_and(|n| n.starts_with("SHA256:"))).count(),
        1,
        "{shown}"
    );
    let answer = submit(OTHER_KEY).await;
    let (status, error) = answer.brief();
    assert_eq!(status, 409);
    assert!(error.starts_with(&format!("Request {id} is for another public key, SHA256:")), "{error}");
    // One that came with the request counts as well.
    let words = ["request", "ssh", "session", "pinned", "--public-key", KEY];
    let body = dev.post("/command/", json!({"argv": words, "scriptName": "p0"})).await.body;
    let id = body["id"].as_str().expect("a request");
    dev.outcome(id).await;
    let answer = dev.post("/integrations/ssh/public-keys", json!({"requestId": id, "publicKey": OTHER_KEY})).await;
    assert_eq!(answer.status, 409);
    server.stop().await;
}

#[tokio::test]
async fn host_keys_are_the_configurations() {
    let server = start().await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session pinned").await;
    let line = format!("[192.0.2.1]:2222 {HOST_KEY}");
    assert_eq!(dev.show(&id).await["request"]["generated"]["hostKeys"], json!([line]));
    for force in ["", "&force=true", "&force=false"] {
        let answer = dev.get(&format!("/integrations/ssh/host-keys?requestId={id}{force}")).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({"hostKeys": [line]})), "{force}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_silent_machine_is_told() {
    if !is_there() {
        return;
    }
    let server = start().await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session closed").await;
    let answer = dev.get(&format!("/integrations/ssh/host-keys?requestId={id}")).await;
    assert_eq!(answer.brief(), (424, "[127.0.0.1]:9 did not say which host keys it has"));
    assert_eq!(dev.get("/integrations/ssh/host-keys").await.status, 400);
    server.stop().await;
}

#[tokio::test]
async fn sessions_are_reported_even_after_the_access_has_ended() {
    let server = start().await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session closed").await;
    let report = async |action: &str, session: &str| {
        dev.post("/integrations/ssh/audit", json!({"requestId": id, "action": action, "sshSessionId": session})).await
    };
    assert_eq!(report("ssh.session.start", "s-1").await.body, json!({}));
    dev.decide(&id, "relinquish", json!({})).await;
    assert_eq!(report("ssh.session.end", "s-1").await.body, json!({}));
    assert_eq!(report("ssh.session.end", &"\u{1b}".repeat(10_000)).await.status, 200);
    assert_eq!(report("reboot", "s-1").await.status, 400);
    server.stop().await;
}

#[tokio::test]
async fn approved_asks_without_leaving_a_trace() {
    let server = start().await;
    let dev = server.user("dev");
    for (machine, why) in [
        ("guarded", "ssh session guarded needs an approval, and --approved asks only for what needs none"),
        ("locked", "Access policy locked denies it"),
    ] {
        let body = dev.command(&format!("request ssh session {machine} --approved")).await;
        assert_eq!(body["error"], why);
    }
    assert_eq!(dev.get("/permission-requests?mine").await.body["requests"], json!([]));
    // A request that waits is no answer to who wants what is there already.
    dev.request("ssh session guarded").await;
    let body = dev.command("request ssh session guarded --approved").await;
    assert!(body["error"].as_str().expect("an error").contains("needs an approval"), "{body}");
    let id = usable(&dev, "ssh session closed --approved").await;
    let body = dev.command("request ssh session closed --approved").await;
    assert_eq!((&body["id"], &body["isPreexisting"]), (&json!(id), &json!(true)));
    server.stop().await;
}

#[tokio::test]
async fn where_sessions_are_not_granted_by_certificates_there_are_none() {
    let simulated = organisation().replace("kind = \"ssh\"", "kind = \"simulated\", delay_ms = 0");
    let server = Server::with(&simulated, Clock::manual(START)).await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session closed").await;
    let none = "This organisation signs no SSH certificates: its service has no provisioner of the kind ssh";
    assert_eq!(certificate(&dev, &id, KEY).await.brief(), (400, none));
    assert_eq!(server.service.ssh_authority(), None);
    let answer = server.call(Method::GET, "/orgs/test/ssh-authority", None, None).await;
    assert_eq!(answer.brief(), (404, "Not found: this organisation has no SSH authority"));
    let answer = server.call(Method::GET, "/orgs/elsewhere/ssh-authority", None, None).await;
    assert_eq!(answer.brief(), (404, "Not found: no such organisation"));
    server.stop().await;
}

#[tokio::test]
async fn what_was_signed_and_reported_is_on_record() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("p0.db");
    let lasting =
        organisation().replace("kind = \"memory\"", &format!("kind = \"file\"\npath = \"{}\"", path.display()));
    let server = Server::with(&lasting, Clock::manual(START)).await;
    let dev = server.user("dev");
    let id = usable(&dev, "ssh session closed --requested-duration 30m").await;
    certificate(&dev, &id, KEY).await;
    for action in ["ssh.session.start", "ssh.session.end"] {
        let long = format!("s-1\u{1b}[2J{}", "x".repeat(200));
        dev.post("/integrations/ssh/audit", json!({"requestId": id, "action": action, "sshSessionId": long})).await;
    }
    server.stop().await;
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.expect("the store");
    let query = "SELECT document FROM events WHERE action LIKE 'ssh.%' ORDER BY id";
    let events: Vec<String> = sqlx::query_scalar(query).fetch_all(&pool).await.expect("events");
    let events: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).expect("json")).collect();
    let actions: Vec<&str> = events.iter().filter_map(|event| event["action"].as_str()).collect();
    assert_eq!(actions, ["ssh.certificate", "ssh.session.start", "ssh.session.end"]);
    assert!(
        events.iter().all(|e| e["user"]["email"] == "dev@example.com" && e["data"]["requestId"] == id),
        "{events:?}"
    );
    let signed = &events[0]["data"];
    assert_eq!((&signed["principal"], &signed["validBefore"]), (&json!("dev"), &json!("2027-01-15T08:30:00Z")));
    let session = events[1]["data"]["sshSessionId"].as_str().expect("an identifier");
    assert!(session.len() == 128 && session.starts_with("s-1[2J"), "{session}");
}

#[tokio::test]
async fn the_authority_outlasts_the_service() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("p0.db");
    let lasting =
        organisation().replace("kind = \"memory\"", &format!("kind = \"file\"\npath = \"{}\"", path.display()));
    let first = Server::with(&lasting, Clock::manual(START)).await;
    let lines = first.service.ssh_authority();
    first.stop().await;
    let again = Server::with(&lasting, Clock::manual(START)).await;
    assert_eq!(again.service.ssh_authority(), lines);
    again.stop().await;
    let fresh = start().await;
    assert_ne!(fresh.service.ssh_authority(), lines);
    fresh.stop().await;
}

#[tokio::test]
async fn a_machine_that_cannot_be_reached_safely_is_refused_at_once() {
    for (bad, why) in [
        (
            "public_ip = \"-oProxyCommand=x\"",
            "closed has a public_ip that is neither an address nor a host name, with a port or without",
        ),
        ("public_ip = \"a\", user_name = \"a,root\"", "closed has a user_name that cannot be that of an account"),
        ("public_ip = \"a\", host_keys = [\"x\"]", "closed has host_keys of which one is not a type and base64"),
    ] {
        let text = organisation().replacen("public_ip = \"127.0.0.1:9\"", bad, 1);
        let error = p0_server::settings::Settings::parse(&text, "x").expect_err("refused").to_string();
        assert_eq!(error, format!("x: integrations.ssh: resources.destination: {why}"));
    }
    let text = organisation().replacen("kind = \"simulated\", delay_ms = 0", "kind = \"ssh\"", 1);
    let error = p0_server::settings::Settings::parse(&text, "x").expect_err("refused").to_string();
    assert_eq!(error, "x: integrations.gcloud: provisioner: the kind ssh is for the integration ssh alone");
}
