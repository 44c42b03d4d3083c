//! Names and settings that a careless or hostile environment gives: refused before anything is done with them.

use crate::{
    bad_service::{TOKEN, env_at, organisation, submitted},
    harness::env,
    scene::Scene,
};
use p0_testkit::{Answer, Browser, StandIn, sign_in::sign_in};
use serde_json::json;
use url::Url;

#[test]
fn an_organisation_that_does_not_exist_says_where_its_name_comes_from() {
    let scene = Scene::new();
    for line in ["login nowhere", "request a --org nowhere", "ls a --org nowhere", "requests --org nowhere"] {
        let output = scene.line(line).run();
        output
            .code(1)
            .stdout_is("")
            .stderr_has("Error: Could not find organization nowhere\n")
            .stderr_has("Check its name in --org, P0_ORG or `p0 login <org>`.")
            .stderr_has("set P0_APP_URL to that service's address.");
    }
    assert!(scene.env.files().iter().all(|file| !file.to_string_lossy().contains("nowhere.json")));
}

#[test]
fn a_name_that_would_lead_elsewhere_is_never_sent_and_becomes_no_file() {
    let long = "a".repeat(10 * 1024);
    for name in [
        "../../etc/passwd",
        "..",
        ".",
        "a/b",
        "a\\b",
        "a\nb",
        "\u{1b}[31m",
        "a b",
        "\u{202e}",
        "é",
        "a%2fb",
        "-",
        &long,
    ] {
        let plain = name == "-";
        let server =
            StandIn::start(if plain { vec![Answer::json(200, &json!({"error": "Not found"}))] } else { vec![] });
        let mut env = env_at(&server);
        env.set("P0_ORG", name);
        let output = env.p0(["request", "a"]).run().stdout_is("");
        if plain {
            output.code(1).stderr_has("Could not find organization -");
            continue;
        }
        let output = output
            .code(64)
            .stderr_has("is not the name of an organisation.")
            .stderr_has("A name has letters, digits, '.', '_' and '-', and does not begin with a dot.")
            .lacks("\u{1b}")
            .lacks("\u{202e}");
        assert!(output.stderr().len() < 400, "{} bytes", output.stderr().len());
        for args in [["login", "--no-input"], ["logout", "-q"], ["status", "-q"]] {
            env.p0(args).run().code(64).stdout_is("").stderr_has("is not the name of an organisation.");
        }
        assert!(env.files().is_empty(), "{name:?}: {:?}", env.files());
    }
}

#[test]
fn an_empty_name_is_none() {
    let output = env().p0(["request", "a"]).env("P0_ORG", "").run();
    output
        .code(64)
        .stdout_is("")
        .stderr_has("Error: No organisation is chosen.\n")
        .stderr_has("Sign in to one with: p0 login <org>")
        .stderr_has("p0 dev request gcloud role viewer --wait");
}

#[test]
fn an_environment_that_would_lead_elsewhere_is_refused() {
    for name in ["../x", "..", "a/b", ".hidden", "a b", "\u{1b}[2J", &"a".repeat(10_000)] {
        let env = env();
        let output = env.p0(["status"]).env("P0_ENV", name).run();
        output.code(64).stdout_is("").stderr_is("Error: P0_ENV may contain only letters, digits, '.', '_' and '-'.\n");
        assert!(env.files().is_empty(), "{name:?}: {:?}", env.files());
    }
}

#[test]
fn environments_are_kept_apart() {
    let server = StandIn::start([organisation(), submitted()]);
    let env = env_at(&server);
    env.p0(["request", "a", "-q"]).env("P0_ENV", "blue").run().success().stdout_is("r1\n");
    env.p0(["status"])
        .env("P0_ENV", "blue")
        .run()
        .success()
        .stderr_is("")
        .stdout_has("none that this machine knows of");
    let files: Vec<_> = env.files().iter().map(|file| file.display().to_string()).collect();
    assert!(!files.is_empty() && files.iter().all(|file| file.contains("/p0-blue/")), "{files:?}");
}

#[test]
fn a_service_in_clear_on_another_machine_gets_nothing() {
    for url in ["http://example.com", "http://192.0.2.1:8080", "http://localhost.example.com"] {
        let output =
            env().p0(["request", "a", "--org", "example"]).env("P0_APP_URL", url).env("P0_API_TOKEN", TOKEN).run();
        output
            .code(64)
            .stdout_is("")
            .stderr_has("P0_APP_URL must be https: a token must not cross a network in clear.")
            .stderr_has("Plain http is accepted for this machine only (127.0.0.1, [::1], localhost).")
            .lacks(TOKEN);
    }
    for url in ["ftp://127.0.0.1", "file:///etc/passwd", "example.com", "https://", "\u{1b}[31m", "127.0.0.1:80"] {
        let output = env().p0(["request", "a", "--org", "example"]).env("P0_APP_URL", url).run();
        output.code(64).stdout_is("").stderr_is("Error: P0_APP_URL is not an http or https address.\n");
    }
}

#[test]
fn a_token_that_is_none_is_not_sent() {
    for token in ["two words", "a\nauthorization: Bearer b", "t\u{e9}st", "\u{1b}[31m"] {
        let server = StandIn::start([organisation()]);
        let env = env_at(&server);
        let output = env.p0(["request", "a"]).env("P0_API_TOKEN", token).run();
        output
            .code(77)
            .stdout_is("")
            .stderr_has("The token is not one: it is empty or has characters that no token has")
            .stderr_has("If P0_API_TOKEN or --token-file gives a token, it is used instead of a sign-in: replace it, or leave it out.")
            .lacks(token);
    }
}

#[test]
fn certificates_that_are_not_there_are_named() {
    let output = env()
        .p0(["request", "a", "--org", "example", "--timeout", "1s"])
        .env("P0_APP_URL", "https://127.0.0.1:9")
        .env("SSL_CERT_FILE", "/nowhere/ca.pem")
        .run();
    output.code(1).stdout_is("").stderr_has("or set SSL_CERT_FILE to a file with those that you trust.");
}

#[test]
fn a_time_limit_beyond_all_time_is_one() {
    let server = StandIn::start([organisation(), submitted()]);
    let limit = u64::MAX.to_string();
    env_at(&server).p0(["request", "a", "-q", "--timeout", &limit]).run().success().stdout_is("r1\n");
    for limit in ["soon", "-1", "1.5h", "", "10 fortnights", "\u{1b}[31m"] {
        let output = env().p0(["request", "a", &format!("--timeout={limit}")]).run();
        output.code(64).stdout_is("").stderr_has("write it like 90s, 10m or 2h").lacks("\u{1b}");
    }
}

#[test]
fn a_word_that_is_not_text_is_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let word = OsStr::from_bytes(b"rol\xff\x1b[31me");
    let output = env().p0([OsStr::new("request"), word]).run();
    output.code(64).stdout_is("").stderr_has("is not UTF-8 text.").lacks("\u{1b}");
}

#[test]
fn a_browser_that_fails_leaves_the_address_to_the_user() {
    for browser in ["false", "/nowhere/browser", "/no where/browser --new-window", "sh -c 'exit 3'"] {
        let mut scene = Scene::new();
        scene.env.set("BROWSER", browser);
        let login = scene.env.p0(["login"]).spawn();
        let said = login.wait_for_stderr("Open this address yourself: ");
        let said = said.clone() + &login.wait_for_stderr("&nonce=")[said.len()..];
        assert!(said.contains("Warning: The browser cannot be opened: "), "{said}");
        let mut browser = Browser::new();
        let page = browser.open(&address(&said));
        let page = sign_in(&mut browser, page, crate::harness::ASKER, crate::harness::PASSWORD);
        assert!(page.text().contains("You are signed in."), "{page}");
        login.finish().success().stderr_has("Signed in to example as asker@example.com.");
    }
}

#[test]
fn a_browser_is_given_the_address_as_one_word_after_its_own() {
    let mut scene = Scene::new();
    let program = scene.env.tool("my-browser", "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" > \"$HOME/opened\"\nexit 1\n");
    scene.env.set("BROWSER", format!("{}  --new-window --profile=x;id", program.display()));
    let login = scene.env.p0(["login"]).spawn();
    let said = login.wait_for_stderr("Open this address yourself: ");
    drop(login);
    let opened = std::fs::read_to_string(scene.env.home_dir().join("opened")).unwrap();
    let words: Vec<&str> = opened.lines().collect();
    assert_eq!(words[..3], ["3", "--new-window", "--profile=x;id"], "{opened}");
    assert_eq!(words[3], address(&said).as_str());
}

/// The address of the sign-in page that `login` shows.
fn address(said: &str) -> Url {
    let at = said.find("http://127.0.0.1:").unwrap();
    Url::parse(said[at..].split_whitespace().next().unwrap()).unwrap()
}
