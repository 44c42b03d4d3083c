//! `p0 org`: several organisations side by side, and the ways to name one.

use crate::harness::{ASKER, ORGANISATION, PASSWORD, env};
use p0_testkit::{Browser, FakeBrowser, Service, TestEnv};
use serde_json::Value;
use std::fs;

/// Two private deployments, each described by a bootstrap file; the user is signed in to both, to `two` last.
struct Two {
    // In the order in which they are to end.
    _browser: FakeBrowser,
    one: Service,
    _two: Service,
    env: TestEnv,
}

fn two() -> Two {
    let mut env = env();
    let [one, two] = ["one", "two"].map(|slug| deployed(&env, slug));
    let browser = env.browse_as(ASKER, PASSWORD);
    for org in ["one", "two"] {
        let signed_in = format!("Signed in to {org} as asker@example.com.\n");
        env.p0(["login", org]).run().success().stderr_has(&signed_in);
    }
    Two { env, one, _two: two, _browser: browser }
}

/// A service of this name, and the file by which `p0` finds it.
fn deployed(env: &TestEnv, slug: &str) -> Service {
    let config = ORGANISATION.replace("slug = \"example\"", &format!("slug = \"{slug}\""));
    let service = env.serve(&config);
    let described = Browser::new().open(&service.url().join(&format!("orgs/{slug}")).unwrap());
    env.write(env.config_dir().join(format!("p0/bootstrap-{slug}.json")), &described.body);
    service
}

/// The lines of a list.
#[track_caller]
fn rows(env: &TestEnv, args: &[&str]) -> Vec<String> {
    let output = env.p0(args).run().success().ignore_stderr();
    output.stdout().lines().map(str::to_owned).collect()
}

#[test]
fn each_organisation_has_a_session_and_one_is_current() {
    let two = two();
    let env = &two.env;
    let listed = rows(env, &["org", "ls"]);
    let columns: Vec<Vec<&str>> = listed.iter().map(|line| line.split('\t').collect()).collect();
    assert_eq!(columns[0][..5], ["", "one", "asker@example.com", "renews", "file"]);
    assert_eq!(columns[1][..5], ["*", "two", "asker@example.com", "renews", "file"]);
    assert_eq!(columns[0][5], two.one.url().as_str().trim_end_matches('/'));

    env.p0(["org", "use", "one"]).run().success().stderr_is("Commands use one from now on, as asker@example.com.\n");
    env.p0(["status"]).run().success().stdout_has("Organisation  one\n");
    let document = env.p0(["org", "list", "--json"]).run().success().json();
    assert_eq!(document["current"], "one");
    let names: Vec<&Value> = document["organisations"].as_array().unwrap().iter().map(|org| &org["org"]).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(document["organisations"][0]["secretStore"], "file");

    // Signing out of one leaves the other.
    env.p0(["logout"]).run().success().stderr_is("Signed out of one.\n");
    assert_eq!(rows(env, &["org", "ls"]).len(), 1);
    env.p0(["--org", "two", "status"]).run().success().stdout_has("Organisation  two\n");
}

#[test]
fn a_request_goes_to_the_organisation_that_is_named() {
    let two = two();
    let env = &two.env;
    let ask = |name: &[&str], env_org: Option<&str>| {
        let invocation = env.p0(name).args(["request", "gcloud", "role", "editor"]);
        let invocation = env_org.into_iter().fold(invocation, |invocation, org| invocation.env("P0_ORG", org));
        invocation.run().success().ignore_stderr().ignore_stdout();
    };
    ask(&[], None);
    ask(&["--org", "one"], None);
    ask(&["--org", "two"], Some("one"));
    let count = |org: &str| rows(env, &["--org", org, "requests"]).len();
    assert_eq!((count("one"), count("two")), (1, 1), "asking twice for the same is one request");
    ask(&[], Some("one"));
    assert_eq!(count("one"), 1);
    // Nobody is signed in there: nothing falls back to another organisation.
    let elsewhere = env.p0(["requests"]).env("P0_ORG", "three").env("P0_APP_URL", two.one.url().as_str());
    elsewhere.run().code(1).stdout_is("").stderr_has("Could not find organization three");
}

#[test]
fn a_choice_that_something_else_goes_before_is_told() {
    let two = two();
    let env = &two.env;
    let output = env.p0(["org", "use", "one"]).env("P0_ORG", "two").run().success();
    output.stderr_has("Warning: P0_ORG is set to two, which goes before it.\n");
    env.write(env.config_dir().join("p0/config.toml"), "org = \"two\"\n");
    let output = env.p0(["org", "use", "one", "--json"]).run().success();
    let output = output.stderr_has("Warning: config.toml names two, which goes before it.\n");
    assert_eq!(output.json()["org"], "one");
    let listed = rows(env, &["org", "ls"]);
    assert!(listed[1].starts_with("*\ttwo\t"), "{listed:?}");
}

#[test]
fn an_organisation_that_nobody_is_signed_in_to_cannot_be_chosen() {
    let env = env();
    let output = env.p0(["org", "use", "nowhere"]).run().code(77).stdout_is("");
    output.stderr_is(
        "Error: You are not signed in to nowhere.\n  Sign in with: p0 login nowhere\n  See where you are signed in with: p0 org ls\n",
    );
    for org in ["../x", "a/b", ".hidden", ""] {
        env.p0(["org", "use", org]).run().code(64).stdout_is("").stderr_has("is not the name of an organisation.");
    }
    env.p0(["org", "use"]).run().code(64).stdout_is("").stderr_has("<ORG>");
    env.p0(["org"]).run().code(64).stdout_is("").stderr_has("Usage: p0 org");
    let said = "You are not signed in anywhere. Sign in with: p0 login <org>\n";
    env.p0(["org", "ls"]).run().success().stdout_is("").stderr_is(said);
    let document = env.p0(["org", "ls", "--json"]).run().success().json();
    assert_eq!(document, serde_json::json!({"current": null, "organisations": []}));
}

#[test]
fn a_damaged_record_hides_nothing_else() {
    let two = two();
    let env = &two.env;
    fs::write(env.state_dir().join("p0/sessions/one.json"), "{").unwrap();
    let output = env.p0(["org", "ls"]).run().success();
    assert_eq!(output.stdout().lines().count(), 1);
    output.stderr_has("one.json is damaged, so you are signed out of one.");
}

#[test]
fn each_environment_has_organisations_of_its_own() {
    let two = two();
    let env = &two.env;
    env.p0(["org", "ls"]).env("P0_ENV", "staging").run().success().stdout_is("").stderr_has("not signed in anywhere");
    env.p0(["org", "use", "one"]).env("P0_ENV", "staging").run().code(77).stdout_is("").ignore_stderr();
}

#[test]
fn a_bootstrap_file_with_a_mistake_is_named() {
    let env = env();
    env.write(env.config_dir().join("p0/bootstrap-one.json"), "{\"auth\": 3}");
    let output = env.p0(["login", "one"]).run().code(1).stdout_is("");
    output.stderr_has("bootstrap-one.json does not describe an organisation").stderr_has("GET /orgs/<org>");
}
