//! `p0 serve`: the service as a process.

use crate::{
    harness::{ASKER, ORGANISATION, PASSWORD, env, env_with_service},
    scene::{OWNER, REVIEWER, Scene},
};
use p0_testkit::Signal;
use std::net::TcpListener;

#[test]
fn a_person_signs_in_and_the_service_knows_them() {
    let (env, service) = env_with_service();
    let token = service.access_token(ASKER, PASSWORD);
    let output = env.p0(["request", "gcloud", "role", "viewer", "--wait"]).env("P0_API_TOKEN", &token).run();
    output.success().stderr_has("Your request was approved").lacks(&token).ignore_stdout();
}

#[test]
fn it_comes_back_after_a_crash() {
    let (_env, mut service) = env_with_service();
    service.kill_9();
    service.restart();
    service.access_token(ASKER, PASSWORD);
    service.stop().success();
}

#[test]
fn nothing_is_lost_in_a_crash() {
    let mut scene = Scene::lasting();
    let (usable, pending) = (scene.usable(), scene.pending());
    let before = scene.requests();
    scene.service.kill_9();
    scene.service.restart();
    // Tokens, requests and their history are what they were.
    assert_eq!(scene.requests(), before);
    scene.p0_as(REVIEWER, ["approve", &pending]).run().success().ignore_stderr();
    scene.p0(["wait", &pending]).run().success().ignore_stdout().ignore_stderr();
    assert_eq!(scene.status(&usable), "DONE");
    scene.line("request gcloud role viewer").run().success().ignore_stdout().stderr_is("Existing access found.\n");
}

#[test]
fn access_that_ended_while_it_was_away_has_ended_when_it_is_back() {
    let mut scene = Scene::lasting();
    let output = scene.line("request gcloud role viewer --wait --duration 3s").run().success().ignore_stderr();
    let id = output.stdout().trim().to_owned();
    scene.service.kill_9();
    scene.service.restart();
    crate::scene::eventually("the access ends", || scene.status(&id) == "EXPIRED");
    scene.p0(["wait", &id]).run().code(1).stdout_is("").stderr_has("Your access has expired");
}

#[test]
fn signals_end_it_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let env = env();
        env.write("p0.toml", &ORGANISATION.replacen("[organisation]", "listen = \"127.0.0.1:0\"\n[organisation]", 1));
        let serve = env.p0(["serve", "--config", "p0.toml"]).spawn();
        serve.wait_for_stdout("Serving organisation example at http://127.0.0.1:");
        serve.signal(signal);
        serve.finish().success().ignore_stdout().ignore_stderr();
    }
}

#[test]
fn the_example_configuration_is_one() {
    let env = env();
    let example = env.p0(["serve", "--example-config"]).run().success();
    env.write("p0.toml", example.stdout());
    let output = env.p0(["serve", "--config", "p0.toml", "--check"]).run().success().stdout_is("");
    output.stderr_is("p0.toml is well formed.\n");
}

#[test]
fn mistakes_are_named_with_their_place() {
    let env = env();
    let organisation = "[organisation]\nslug = \"example\"\n[store]\nkind = \"memory\"\n";
    for (text, words) in [
        (String::new(), "organisation"),
        (format!("{organisation}kind = \"disk\"\n"), "line 5"),
        (format!("colour = \"red\"\n{organisation}"), "colour"),
        (organisation.replace("example", "Not A Slug"), "organisation.slug"),
        (format!("{organisation}[[users]]\nemail = \"nobody\"\n"), "is not an e-mail address"),
    ] {
        env.write("p0.toml", &text);
        for extra in [&["--check"][..], &[]] {
            let output = env.p0(["serve", "--config", "p0.toml"]).args(extra).run().stdout_is("");
            assert_ne!(output.status().code(), Some(0), "{text}");
            output.stderr_has("p0.toml").stderr_has(words);
        }
    }
    let output = env.p0(["serve", "--config", "absent.toml"]).run().code(1).stdout_is("");
    output.stderr_has("cannot read the configuration absent.toml").lacks("panicked");
    env.p0(["serve"]).run().code(64).stdout_is("").stderr_has("--config");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let env = env();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    env.write(
        "p0.toml",
        &ORGANISATION.replacen("[organisation]", &format!("listen = \"{address}\"\n[organisation]"), 1),
    );
    let output = env.p0(["serve", "--config", "p0.toml"]).run().code(1).stdout_is("");
    output.stderr_has(&format!("Cannot listen on {address}: ")).stderr_has("`listen` in the configuration");
}

#[test]
fn it_does_not_listen_to_a_network_in_clear() {
    let env = env();
    env.write("p0.toml", &ORGANISATION.replacen("[organisation]", "listen = \"0.0.0.0:0\"\n[organisation]", 1));
    let output = env.p0(["serve", "--config", "p0.toml"]).run().stdout_is("");
    assert_ne!(output.status().code(), Some(0));
    assert!(output.stderr().to_lowercase().contains("tls"), "{output}");
}

#[test]
fn a_store_has_one_service() {
    let scene = Scene::lasting();
    let config = std::fs::read_to_string(scene.file("service-1.toml")).unwrap();
    let port = format!(":{}\"", scene.service.url().port().unwrap());
    scene.env.write("second.toml", &config.replace(&port, ":0\""));
    let output = scene.env.p0(["serve", "--config", "second.toml"]).run().stdout_is("");
    assert_ne!(output.status().code(), Some(0));
    output.stderr_has("p0.db").lacks("panicked");
    scene.usable();
}

#[test]
fn a_password_becomes_a_hash_that_signs_in() {
    let mut env = env();
    let password = "a new one, with spaces";
    let output = env.p0(["serve", "--hash-password"]).stdin(format!("{password}\n")).run().success().lacks(password);
    let hash = output.stdout().trim_end();
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    let mut config: toml::Table = ORGANISATION.parse().unwrap();
    config["users"][0]["password_hash"] = hash.into();
    let service = env.serve(&config.to_string());
    env.use_service(&service);
    let token = service.access_token(ASKER, password);
    env.p0(["requests"]).env("P0_API_TOKEN", token).run().success().stderr_is("No requests.\n");
    env.p0(["serve", "--hash-password"]).stdin("\n").run().code(64).stdout_is("").stderr_has("The password is empty.");
    env.p0(["serve", "--hash-password", "--check"]).run().code(64).stdout_is("").ignore_stderr();
}

#[test]
fn an_altered_token_is_refused() {
    let (env, service) = env_with_service();
    let token = service.access_token(OWNER, PASSWORD);
    // The payload of somebody else under the same signature, and no signature at all.
    let other = service.access_token(ASKER, PASSWORD);
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (mine, theirs) = (parts(&token), parts(&other));
    for altered in [
        format!("{}.{}.{}", theirs[0], mine[1], theirs[2]),
        format!("{}.{}.", mine[0], mine[1]),
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{}.", mine[1]),
    ] {
        let output = env.p0(["requests"]).env("P0_API_TOKEN", altered).run().code(77).stdout_is("");
        output.stderr_has("The service does not accept the token.");
    }
    env.p0(["requests"]).env("P0_API_TOKEN", token).run().success().stderr_is("No requests.\n");
}
