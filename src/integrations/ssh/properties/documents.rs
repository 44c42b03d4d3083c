//! What a service answers: grants, keys of machines, certificates. Whatever stands in them, there is a designed error, or
//! what comes of it can be used as it is.

use crate::integrations::ssh::{
    certificate::{self, BadCertificate},
    key::{KeyType, UserKey},
    known_hosts,
    names::Host,
    provider::{self, Grant, SshSettings},
};
use jiff::Timestamp;
use p0_testkit::{
    hostile,
    need::{self, Need},
};
use p0_wire::{
    request::Request,
    ssh::{Generated, Permission},
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Command};

/// A request as the service shows it, for a machine of each provider.
fn documents() -> Vec<Value> {
    let group = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/mail";
    let azure = |way: &str, host: Value| {
        let mut permission = json!({"provider": "azure", "resource": {"instanceId": "vm-1", "instanceName": "mail-1",
            "subscriptionId": "00000000-0000-4000-8000-000000000001", "resourceGroupId": group, "region": "eastus",
            "networkInterface": {"id": "n", "subnetId": "s", "privateIp": "192.0.2.1"}}});
        permission[way] = host;
        permission
    };
    let permissions = [
        json!({"provider": "self-hosted", "resource": {"hostname": "web-1", "publicIp": "192.0.2.1:2222"}}),
        json!({"provider": "aws", "region": "us-east-1", "alias": "web-1", "publicKey": "ssh-ed25519 AAAA", "sudo": true,
            "resource": {"instanceId": "i-0123456789abcdef0", "userName": "ada", "accountId": "111122223333",
                "idcId": "d-1234567890", "idcRegion": "us-east-1"}}),
        json!({"provider": "gcloud", "zone": "us-central1-a", "resource": {"instanceName": "batch-1", "projectId": "example"}}),
        azure("bastionHost", json!({"id": "office"})),
        azure("jumpHost", json!({"id": "jump", "roleId": "r", "publicIp": "203.0.113.10"})),
    ];
    let generated = json!({"linuxUserName": "ada", "publicKey": "ssh-ed25519 AAAA", "hostKeys": ["* ssh-ed25519 AAAA"],
        "resource": {"name": "SshAccess"}, "directoryId": "00000000-0000-4000-8000-000000000002"});
    let delegation = json!([{"key": "aws", "request": {"permission": {"account": "dev", "accountId": "111122223333"},
        "generated": {"name": "SshAccess"}}}]);
    let request = |permission: Value| {
        json!({"status": "DONE", "principal": "ada@example.com", "permission": permission, "generated": generated,
            "delegation": delegation, "expiryTimestamp": 1_900_000_000_000_i64})
    };
    permissions.map(request).into()
}

/// The pointers (RFC 6901) of every value in a document.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| pointers(value, &format!("{at}/{n}"), found));
        }
        _ => {}
    }
}

fn odd() -> impl Strategy<Value = Value> {
    let fixed =
        select(vec![json!(null), json!(true), json!(-1), json!(1e300), json!([]), json!({}), json!([[]]), json!("")]);
    prop_oneof![
        1 => fixed,
        1 => hostile::text().prop_map(Value::from),
        1 => (hostile::text(), hostile::text()).prop_map(|(name, value)| json!({name: value})),
    ]
}

/// What `access/ssh` makes of a request.
fn grant(document: &Value) -> Result<Grant, serde_json::Error> {
    let request: Request = serde_json::from_value(document.clone())?;
    Ok(Grant {
        request_id: "r1".into(),
        principal: request.principal.clone().unwrap_or_default(),
        permission: Permission::from_request(&request)?,
        generated: Generated::from_request(&request)?,
        request,
    })
}

#[test]
fn a_grant_with_odd_fields_names_a_machine_or_an_error() {
    let (documents, settings) = (documents(), SshSettings::default());
    for document in &documents {
        provider::for_grant(&grant(document).expect("a grant"), &settings).expect("a machine");
    }
    let change = (any::<prop::sample::Index>(), prop_oneof![3 => odd().prop_map(Some), 1 => Just(None)]);
    proptest!(hostile::config(2_000), |(document in select(documents), changes in vec(change, 1..4))| {
        let mut document = document;
        for (which, value) in changes {
            let mut found = Vec::new();
            pointers(&document, "", &mut found);
            let at = which.get(&found);
            match value {
                Some(value) => *document.pointer_mut(at).expect("found") = value,
                None => {
                    let (parent, name) = at.rsplit_once('/').unwrap_or_default();
                    if let Some(Value::Object(fields)) = document.pointer_mut(parent) {
                        fields.remove(name);
                    }
                }
            }
        }
        let Ok(grant) = grant(&document) else { return Ok(()) };
        match provider::for_grant(&grant, &settings) {
            // What it is made of, but for whom it is at AWS, has only names that were looked at.
            Ok(machine) => {
                let shown = format!("{machine:?}");
                let shown = shown.split("access:").next().unwrap_or_default();
                prop_assert!(!shown.contains(['\\', '$', '`', ';', '|', '\'', '%', '*', '~', '<', '\n']), "{}", shown);
                prop_assert!(!shown.contains("\"-") && !shown.contains("\"@") && !shown.contains("\"file:"), "{}", shown);
            }
            Err(error) => {
                let shown = error.to_string();
                prop_assert!(shown.len() < 1_000 && !shown.chars().any(char::is_control), "{}", shown);
            }
        }
    });
}

/// A key of a machine, and lines that are nearly one.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

#[test]
fn keys_of_machines_are_known_under_one_name() {
    if !need::all(&[Need::Program("ssh-keygen")]) {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("known_hosts");
    let host =
        select(vec!["*", "web-2", "a,b", "!web-1", "[web-2]:7", "@revoked *", "@cert-authority *", "#", "|1|a|b", ""]);
    let line = prop_oneof![
        3 => (host, hostile::text()).prop_map(|(host, comment)| format!("{host} {KEY} {comment}")),
        1 => hostile::text(),
        1 => (hostile::text(), hostile::text()).prop_map(|(before, after)| format!("{before}{KEY}{after}")),
        1 => Just(format!("* {}{}", KEY, "A".repeat(1 << 20))),
    ];
    let alias = Host::parse("web-1").expect("a host");
    proptest!(hostile::config(48), |(lines in vec(line, 0..40))| {
        let text = known_hosts::under(&alias, &lines);
        for line in text.lines() {
            prop_assert!(line.len() < 20_000 && line.starts_with("web-1 ssh-ed25519 AAAA"), "{}", line);
        }
        fs::write(&file, &text).expect("written");
        prop_assert_eq!(names(&file, "web-1"), text.lines().count());
        for other in ["web-2", "a", "other.example.com", "[web-2]:7"] {
            prop_assert_eq!(names(&file, other), 0, "{}", other);
        }
        prop_assert_eq!(known_hosts::fingerprints(&text).len(), text.lines().count());
    });
}

/// How many keys `ssh` finds under this name.
fn names(file: &Path, host: &str) -> usize {
    let output = Command::new("ssh-keygen").args(["-F", host, "-f"]).arg(file).output().expect("ssh-keygen");
    output.stdout.split(|byte| *byte == b'\n').filter(|line| line.starts_with(host.as_bytes())).count()
}

/// A certificate for this key, signed with these words of `ssh-keygen`'s.
fn certificate(directory: &Path, key: &UserKey, words: &[&str]) -> String {
    let keygen = || {
        let mut keygen = Command::new("ssh-keygen");
        keygen.arg("-q").current_dir(directory);
        keygen
    };
    if !directory.join("ca").try_exists().expect("looked") {
        assert!(keygen().args(["-t", "ed25519", "-N", "", "-f", "ca"]).status().expect("ssh-keygen").success());
    }
    fs::write(directory.join("id.pub"), format!("{} a comment\n", key.line())).expect("written");
    let signed = keygen().args(["-s", "ca", "-I", "r1"]).args(words).arg("id.pub").status();
    assert!(signed.expect("ssh-keygen").success());
    fs::read_to_string(directory.join("id-cert.pub")).expect("a certificate")
}

#[test]
fn a_certificate_is_for_this_key_and_for_now() {
    if !need::all(&[Need::Program("ssh-keygen")]) {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let key = |kind| UserKey::generate(kind).expect("a key");
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
    for kind in [KeyType::Ed25519, KeyType::Rsa] {
        let key = key(kind);
        let of = |words: &[&str]| certificate(directory.path(), &key, words);
        let good = of(&["-n", "ada", "-V", "20260101000000Z:20260103000000Z"]);
        let line = certificate::line(&good, &key, now).expect("a certificate");
        assert!(good.starts_with(&line) && line.split(' ').count() == 2, "{line}");
        let over = certificate::line(&of(&["-n", "ada", "-V", "20250101000000Z:20260102000000Z"]), &key, now);
        let over = over.expect_err("it is over");
        assert_eq!(over.to_string(), "The service's certificate was good until 2026-01-02T00:00:00Z, which is over.");
        for endless in [&["-n", "ada"][..], &["-n", "ada", "-V", "20260101000000Z:0x7fffffffffffffff"]] {
            assert_eq!(certificate::line(&of(endless), &key, now), Err(BadCertificate::Endless));
        }
        let machine = of(&["-h", "-n", "ada", "-V", "20260101000000Z:20260103000000Z"]);
        assert_eq!(certificate::line(&machine, &key, now), Err(BadCertificate::ForMachines));
        assert_eq!(certificate::line(&good, &self::key(kind), now), Err(BadCertificate::AnotherKey));
        for none in [
            String::new(),
            key.line().to_owned(),
            format!("{good}{good}"),
            format!("{}\nProxyCommand id", good.trim()),
            format!("{} \u{1b}[2J", good.trim()),
            good.replacen("cert", "cert ", 1),
            good.repeat(1 << 10),
            "x".repeat(1 << 20),
            format!("cert-authority {good}"),
        ] {
            assert_eq!(
                certificate::line(&none, &key, now),
                Err(BadCertificate::None),
                "{}",
                &none[..none.len().min(80)]
            );
        }
    }
}

fn key(kind: KeyType) -> UserKey {
    UserKey::generate(kind).expect("a key")
}

#[test]
fn a_certificate_that_is_damaged_is_none_or_the_same() {
    if !need::all(&[Need::Program("ssh-keygen")]) {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let key = key(KeyType::Ed25519);
    let good = certificate(directory.path(), &key, &["-n", "ada", "-V", "20260101000000Z:20260103000000Z"]);
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
    let damage = (any::<prop::sample::Index>(), any::<char>());
    proptest!(hostile::config(1_000), |(damages in vec(damage, 0..4), cut in any::<prop::sample::Index>(), whole: bool)| {
        let mut text: Vec<char> = good.trim().chars().collect();
        for (at, character) in damages {
            let at = at.index(text.len());
            text[at] = character;
        }
        if !whole {
            text.truncate(cut.index(text.len()));
        }
        let text: String = text.into_iter().collect();
        if let Ok(line) = certificate::line(&text, &key, now) {
            prop_assert!(text.starts_with(&line) && line.split(' ').count() == 2 && !line.contains('\n'), "{}", line);
        }
    });
}
