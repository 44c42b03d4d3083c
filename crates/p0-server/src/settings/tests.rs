//! Parsing of configurations, and the errors for wrong ones.

use super::{Limits, Settings, SignInMode};
use crate::{provision::config::ProvisionerConfig, store::Location};
use base64::{Engine, engine::general_purpose::STANDARD};
use p0_wire::{
    policy::Rule,
    role::Role,
    settings::{Length, Settings as OrgSettings, Unit},
};
use std::path::Path;

const LEAST: &str = "[organisation]\nslug = \"test\"\n[store]\nkind = \"memory\"\n";

fn error(more: &str) -> String {
    Settings::parse(&format!("{LEAST}{more}"), "p0.toml").map(drop).expect_err("is refused").to_string()
}

#[test]
fn little_has_to_be_said() {
    let settings = Settings::parse(LEAST, "p0.toml").expect("is read");
    assert_eq!(settings.listen, "127.0.0.1:8484".parse().expect("an address"));
    assert_eq!(settings.name(), "test");
    assert_eq!(settings.sign_in.mode, SignInMode::Password);
    assert_eq!(settings.limits, Limits::default());
    assert_eq!(settings.seed().settings, OrgSettings::default());
    assert_eq!(settings.seed().rules, None);
}

#[test]
fn everything_can_be_said() {
    let text = r#"
        listen = "0.0.0.0:443"
        public_url = "https://p0.example.com"
        policies = [{ name = "all", requestor = { type = "any" }, resource = { type = "any" }, approval = [{ type = "p0" }] }]
        [organisation]
        slug = "test"
        name = "Test"
        [tls]
        cert = "cert.pem"
        key = "tls/key.pem"
        [store]
        kind = "file"
        path = "p0.db"
        [sign_in]
        mode = "password"
        advertise = "okta"
        [[users]]
        email = "Owner@Example.com"
        groups = ["g"]
        roles = ["owner"]
        [[groups]]
        id = "g"
        label = "Group"
        directory = "okta"
        roles = ["viewer"]
        [settings]
        expiry_options = ["5 minutes", "1 hour"]
        max_access_duration = "8 hours"
        allow_one_party = true
        [limits]
        body_bytes = 2048
        waiting_clients = 10
        waiting_per_person = 5
        requests_per_person = 3
        [integrations.gcloud]
        provisioner = { kind = "command", command = ["./bin/grant", "./as-it-is"], directory = "work" }
        [integrations.okta]
        provisioner = { kind = "command", command = ["grant"] }
    "#;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("p0.toml");
    std::fs::write(&path, text).expect("writes");
    std::fs::create_dir(directory.path().join("tls")).expect("a directory");
    let (cert, key) = (directory.path().join("cert.pem"), directory.path().join("tls/key.pem"));
    write_certificate(&cert, &key);
    let settings = Settings::load(&path).expect("is read");
    assert_eq!(settings.location(), Location::File(directory.path().join("p0.db")));
    let tls = settings.tls.as_ref().expect("a certificate");
    assert_eq!((&tls.cert, &tls.key), (&cert, &key));
    assert_eq!(
        settings.integrations["gcloud"].provisioner,
        ProvisionerConfig::Command {
            command: vec![directory.path().join("./bin/grant").display().to_string(), "./as-it-is".into()],
            directory: Some(directory.path().join("work")),
            timeout_s: 60,
        }
    );
    let named = ProvisionerConfig::Command { command: vec!["grant".into()], directory: None, timeout_s: 60 };
    assert_eq!(settings.integrations["okta"].provisioner, named);
    assert!(settings.directory().get("owner@example.com").is_some());
    let limits = Limits { body_bytes: 2048, waiting_clients: 10, waiting_per_person: Some(5), requests_per_person: 3 };
    assert_eq!(settings.limits, limits);
    let seed = settings.seed();
    assert_eq!(seed.roles[&Role::Owner].users, ["owner@example.com"]);
    assert_eq!(seed.roles[&Role::Viewer].groups, ["g"]);
    assert_eq!(seed.settings.max_access_duration, Length::new(8, Unit::Hour));
    assert_eq!(seed.settings.expiry_options, [Length::new(5, Unit::Minute), Length::new(1, Unit::Hour)]);
    assert_eq!(seed.settings.default_approvals.allow_one_party, Some(true));
}

/// A certificate for the loopback, and its key.
fn write_certificate(cert: &Path, key: &Path) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let pem =
        |kind: &str, der: &[u8]| format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der));
    std::fs::write(cert, pem("CERTIFICATE", made.cert.der())).expect("writes");
    std::fs::write(key, pem("PRIVATE KEY", &made.signing_key.serialize_der())).expect("writes");
}

#[test]
fn a_certificate_that_cannot_be_used_is_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path();
    let path = folder.join("p0.toml");
    std::fs::write(&path, format!("{LEAST}[tls]\ncert = \"cert.pem\"\nkey = \"key.pem\"\n")).expect("writes");
    let error = || Settings::load(&path).map(drop).expect_err("is refused").to_string();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let absent = error();
    let start = format!("{}: tls: cannot read a certificate in {}: ", path.display(), cert.display());
    assert!(absent.starts_with(&start), "{absent}");
    write_certificate(&cert, &key);
    std::fs::write(&key, "no key").expect("writes");
    let no_key = error();
    let start = format!("{}: tls: cannot read a private key in {}: ", path.display(), key.display());
    assert!(no_key.starts_with(&start), "{no_key}");
    write_certificate(&folder.join("other.pem"), &key);
    let strangers = error();
    let start = format!("{}: tls: the certificate and the key cannot be used: ", path.display());
    assert!(strangers.starts_with(&start), "{strangers}");
    write_certificate(&cert, &key);
    assert!(Settings::load(&path).is_ok());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let unknown = error("[limits]\nbody_bites = 1\n");
    assert!(unknown.starts_with("p0.toml: TOML parse error at line 6, column 1\n"), "{unknown}");
    assert!(
        unknown.contains("unknown field `body_bites`, expected one of `body_bytes`, `waiting_clients`, "),
        "{unknown}"
    );
    let length = error("[settings]\nmax_access_duration = \"a while\"\n");
    assert!(length.contains("at line 6, column 23"), "{length}");
    assert!(length.contains("\"a while\" is not a duration such as 30 minutes or 8 hours"), "{length}");
    let kind = Settings::parse("[organisation]\nslug = \"a\"\n[store]\nkind = \"cloud\"\n", "p0.toml");
    let kind = kind.map(drop).expect_err("is refused").to_string();
    assert!(kind.contains("unknown variant `cloud`, expected `memory` or `file`"), "{kind}");
    let absent = Settings::load(Path::new("/nonexistent/p0.toml")).map(drop).expect_err("is refused");
    assert_eq!(
        absent.to_string(),
        "cannot read the configuration /nonexistent/p0.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn contradictions_are_said_with_their_key() {
    let user = |email: &str, groups: &str| format!("[[users]]\nemail = \"{email}\"\ngroups = [{groups}]\n");
    let rule = |name: &str, more: &str| {
        format!(
            "[[policies]]\nname = \"{name}\"\nrequestor = {{ type = \"any\" }}\nresource = {{ type = \"any\" }}\n\
             approval = []\n{more}\n"
        )
    };
    let least = "limits: waiting_clients, waiting_per_person and requests_per_person are at least 1";
    let table = [
        (user("nobody", ""), "users: \"nobody\" is not an e-mail address"),
        (user("a b@example.com", ""), "users: \"a b@example.com\" is not an e-mail address"),
        (user("a@example.com", "") + &user("A@example.com", ""), "users: a@example.com is there twice"),
        (user("a@example.com", "\"ghosts\""), "users: a@example.com is in the group ghosts, which is not in groups"),
        (
            user("a@example.com", "") + "password_hash = \"secret\"\n",
            "users: the password hash of a@example.com cannot be read: make one with `p0 serve --hash-password`",
        ),
        ("[[groups]]\nid = \"g\"\n[[groups]]\nid = \"g\"\n".into(), "groups: the id \"g\" is empty or there twice"),
        (rule("r", "") + &rule("r", ""), "policies: There are several rules with the name r"),
        (rule("r", "disbaled = true"), "policies: rule r: unknown key disbaled"),
        (
            rule("r", "").replace("approval = []", "approval = [{ type = \"p0\", options = { requireReson = true } }]"),
            "policies: rule r: unknown key approval[0].options.requireReson",
        ),
        (
            rule("r", "").replace("{ type = \"any\" }", "{ type = \"any\", groups = [] }"),
            "policies: rule r: unknown key requestor.groups",
        ),
        ("[limits]\nbody_bytes = 1\n".into(), "limits: body_bytes is at least 1024"),
        ("[limits]\nwaiting_clients = 0\n".into(), least),
        ("[limits]\nwaiting_per_person = 0\n".into(), least),
        ("[limits]\nrequests_per_person = 0\n".into(), least),
    ];
    for (more, expected) in table {
        assert_eq!(error(&more), format!("p0.toml: {expected}"));
    }
    let whole = |text: &str| Settings::parse(text, "p0.toml").map(drop).expect_err("is refused").to_string();
    assert_eq!(
        whole("[organisation]\nslug = \"../x\"\n[store]\nkind = \"memory\"\n"),
        "p0.toml: organisation.slug: \"../x\" is not lower-case letters, digits and hyphens"
    );
    assert_eq!(
        whole(&format!("public_url = \"https://p0.example.com/path\"\n{LEAST}")),
        "p0.toml: public_url: https://p0.example.com/path has more, or less, than a scheme and a host"
    );
    assert_eq!(
        whole(&format!("public_url = \"ftp://p0.example.com\"\n{LEAST}")),
        "p0.toml: public_url: ftp://p0.example.com/ does not begin with https:// or http://"
    );
}

#[test]
fn the_organisation_of_dev_is_sound() {
    let settings = Settings::dev().expect("is read");
    assert_eq!(settings.organisation.slug, "dev");
    assert_eq!(settings.listen.port(), 0);
    assert!(settings.directory().get(Settings::DEV_USER).is_some());
    let catalog = settings.catalog().expect("a catalogue");
    assert!(catalog.integrations().count() > 10);
    // Every integration has its policy, so that nothing that is listed is out of reach.
    let rules = settings.policies.expect("policies");
    for integration in catalog.integrations() {
        let speaks_of = |rule: &Rule| matches!(&rule.resource, p0_wire::policy::Resource::Integration { service, .. } if service == integration);
        assert!(rules.iter().any(speaks_of), "{integration}");
    }
}
