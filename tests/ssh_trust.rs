//! What `p0 ssh` believes of a machine and of a grant: keys of hosts and of users that the service tells, and access that
//! ends before its time.

use crate::{
    scene::{OWNER, eventually},
    ssh::Host,
    ssh_patience::Clock,
    ssh_providers::Clouds,
};
use p0_testkit::{Answer, CloudTool, Front, StandIn, sshd};
use serde_json::json;

const INSTANCE: &str = "i-0aaaaaaaaaaaaaaa1";
const HOST_KEYS: &str = "/ssh/host-keys?";

/// AWS, behind a front, with a machine that already knows the user's key.
fn aws() -> Option<(Clouds, Front, (CloudTool, StandIn))> {
    let (mut clouds, tool, sts) = Clouds::aws()?;
    let front = clouds.scene.put_front();
    let running = clouds.ssh(["web-1", "true"]).spawn();
    clouds.sshd.trust_key(&clouds.asked_key());
    running.finish().success().ignore_stderr();
    Some((clouds, front, (tool, sts)))
}

/// What the service says of the machine's keys.
fn tells(front: &Front, part: &str, keys: &[&str]) {
    let lines: Vec<_> = keys.iter().map(|key| format!("{INSTANCE} {key}")).collect();
    front.answers(part, Answer::json(200, &json!({ "hostKeys": lines })));
}

#[test]
fn keys_of_instances_are_kept_and_changed_when_the_user_says_so() {
    let Some((clouds, front, _aws)) = aws() else { return };
    let kept = clouds.scene.env.state_dir().join("p0/ssh-hosts");
    std::fs::remove_dir_all(&kept).unwrap();
    let (before, asked) = (clouds.sshd.host_key(), front.calls(HOST_KEYS).len());
    tells(&front, HOST_KEYS, &[&before]);
    for _ in 0..2 {
        clouds.ssh(["web-1", "true"]).run().success().ignore_stderr();
    }
    assert_eq!(front.calls(HOST_KEYS).len(), asked + 1, "it is asked for once");
    clouds.sshd.change_host_key();
    // The service still tells the old one.
    let refused = format!("Error: The key of {INSTANCE} is not the one that it had before.\n");
    let ran = clouds.ssh(["web-1", "echo in"]).run().code(1).stdout_is("").stderr_has(&refused);
    assert!(ran.stderr().contains("Ask the machine's owner whether its key was changed."), "{ran}");
    assert_eq!(front.calls("force=true").len(), 1);
    // It knows of the change. Nobody is there to be asked …
    tells(&front, "force=true", &[&clouds.sshd.host_key()]);
    let ran = clouds.ssh(["web-1", "echo in"]).run().code(1).stdout_is("").stderr_has(&refused);
    assert!(ran.stderr().contains("The service now says that it is: SHA256:"), "{ran}");
    let ran = clouds.scene.p0(["--json", "ssh", "web-1", "echo in"]).run().code(1).ignore_stderr();
    assert!(ran.json()["error"].as_str().unwrap().contains(INSTANCE), "{ran}");
    // … or somebody who says no, or nothing …
    for answer in ["n\r", "\r", "yeah\r"] {
        let terminal = clouds.ssh(["web-1", "echo in"]).terminal_of(24, 120);
        // Who is to decide knows what it may mean.
        terminal.wait_for("Somebody may be between you and the machine.");
        terminal.wait_for("Trust the new key? [y/N]");
        terminal.type_text(answer);
        terminal.wait_for("is not trusted, so nothing was sent to it.");
        terminal.finish().code(1);
    }
    assert_eq!(clouds.sshd.log().matches("Accepted publickey").count(), 3);
    // … or yes, and is asked no more.
    let terminal = clouds.ssh(["web-1", "echo inside"]).terminal();
    terminal.wait_for("Trust the new key? [y/N]");
    terminal.type_text("y\r");
    terminal.wait_for("inside");
    terminal.finish().success();
    clouds.ssh(["web-1", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
    clouds.nothing_is_left();
}

#[test]
fn a_machine_that_shows_another_key_than_the_service_tells_is_not_believed() {
    let Some((clouds, front, _aws)) = aws() else { return };
    std::fs::remove_dir_all(clouds.scene.env.state_dir().join("p0/ssh-hosts")).unwrap();
    let another = sshd::Key::new(&clouds.scene.env, "another");
    tells(&front, HOST_KEYS, &[another.public()]);
    let ran = clouds.ssh(["web-1", "echo in"]).run().code(1).stdout_is("");
    ran.stderr_has("Somebody may be between you and the machine. Nothing was sent to it.\n");
    // After the user has agreed to a key, too, it is that one or none.
    let third = sshd::Key::new(&clouds.scene.env, "third");
    tells(&front, "force=true", &[third.public()]);
    let terminal = clouds.ssh(["web-1", "echo in"]).terminal_of(24, 120);
    terminal.wait_for("Trust the new key? [y/N]");
    terminal.type_text("y\r");
    terminal.wait_for("The key of i-0aaaaaaaaaaaaaaa1 is not the one that the service knows.");
    terminal.finish().code(1);
    clouds.nothing_is_left();
}

#[test]
fn no_word_of_the_service_is_no_reason_to_believe_a_machine() {
    let Some((clouds, front, _aws)) = aws() else { return };
    std::fs::remove_dir_all(clouds.scene.env.state_dir().join("p0/ssh-hosts")).unwrap();
    let connections = clouds.sshd.connections();
    for answer in [Answer::html(200, "<html>a page</html>"), Answer::json(200, &json!({"hostKeys": 7}))] {
        front.answers(HOST_KEYS, answer);
        let ran = clouds.ssh(["web-1", "echo in"]).run().code(1).stdout_is("");
        assert!(ran.stderr().contains("Error: "), "{ran}");
    }
    assert_eq!(clouds.sshd.connections(), connections);
    // Lines that are no keys, or speak of other things, are none: then the key that is seen first is kept.
    let line = format!("@cert-authority * {}", clouds.sshd.host_key());
    front.answers(HOST_KEYS, Answer::json(200, &json!({"hostKeys": ["", "x", line, "a\nb c d", "\u{1b}[2J a b"]})));
    clouds.ssh(["web-1", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
    clouds.nothing_is_left();
}

#[test]
fn the_key_is_submitted_where_the_grant_has_none() {
    let Some((mut clouds, _aws, _sts)) = Clouds::aws() else { return };
    let front = clouds.scene.put_front();
    clouds.scene.p0(["request", "ssh", "session", "web-1", "--wait"]).run().success().ignore_stdout().ignore_stderr();
    let key = || clouds.scene.requests()[0]["request"]["generated"]["publicKey"].as_str().map(str::to_owned);
    assert_eq!(key(), None);
    let running = clouds.ssh(["web-1", "echo in"]).spawn();
    eventually("the key is submitted", || key().is_some());
    clouds.sshd.trust_key(&key().unwrap());
    let ran = running.finish().success().stdout_is("in\n");
    assert!(ran.stderr().starts_with("Existing access found.  Connecting to instance.\n"), "{ran}");
    clouds.ssh(["web-1", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
    assert_eq!((clouds.scene.requests().len(), front.calls("/ssh/public-keys").len()), (1, 1));
    clouds.nothing_is_left();
}

#[test]
fn a_service_that_does_not_take_the_key_says_why() {
    let Some((mut clouds, _aws, _sts)) = Clouds::aws() else { return };
    let front = clouds.scene.put_front();
    clouds.scene.p0(["request", "ssh", "session", "web-1", "--wait"]).run().success().ignore_stdout().ignore_stderr();
    front.answers("/ssh/public-keys", Answer::json(400, &json!({"error": "That key is too short"})));
    clouds.ssh(["web-1", "true"]).run().code(1).stderr_has("Error: That key is too short");
    // Another window was quicker, with another key.
    front.answers("/ssh/public-keys", Answer::json(409, &json!({"error": "Request x is for another public key"})));
    clouds.ssh(["web-1", "true"]).run().code(1).stderr_has("Error: Request x is for another public key");
    assert_eq!(clouds.sshd.connections(), 0);
    clouds.nothing_is_left();
}

#[test]
fn access_that_was_granted_for_another_key_is_explained() {
    let Some((clouds, _aws, _sts)) = Clouds::aws() else { return };
    let another = sshd::Key::new(&clouds.scene.env, "another");
    let request = ["request", "ssh", "session", "web-1", "--wait", "--public-key", another.public()];
    clouds.scene.p0(request).run().success().ignore_stdout().ignore_stderr();
    let ran = clouds.ssh(["web-1", "true"]).run().code(1).stdout_is("");
    let id = clouds.scene.requests()[0]["id"].as_str().unwrap().to_owned();
    let expected = format!(
        "Error: This access was granted for another key for SSH: for one of another machine of yours, or an older one.\n  \
         Connect from where you asked for it.\n  Or give it back and ask again from here: p0 relinquish {id}\n"
    );
    assert!(ran.stderr().ends_with(&expected), "{ran}");
    assert_eq!(clouds.sshd.connections(), 0);
    // As it says.
    clouds.scene.p0(["relinquish", &id]).run().success().ignore_stderr();
    let running = clouds.ssh(["web-1", "echo in"]).spawn();
    let key = || {
        clouds.scene.requests().iter().find_map(|request| match request["id"] != *id {
            true => request["request"]["permission"]["publicKey"].as_str().map(str::to_owned),
            false => None,
        })
    };
    eventually("access is asked for", || key().is_some());
    clouds.sshd.trust_key(&key().unwrap());
    running.finish().success().stdout_is("in\n").ignore_stderr();
    clouds.nothing_is_left();
}

#[test]
fn access_that_is_taken_back_before_the_certificate_is_told() {
    let Some(mut host) = Host::new() else { return };
    let front = host.scene.put_front();
    let gate = front.holds("/ssh/certificates");
    let running = host.ssh(["box", "true"]).spawn();
    front.wait_for("/ssh/certificates", 1);
    let id = host.scene.requests()[0]["id"].as_str().unwrap().to_owned();
    host.scene.p0_as(OWNER, ["revoke", &id]).run().success().ignore_stderr();
    gate.open();
    let ran = running.finish().code(1).stdout_is("");
    let expected = format!(
        "Error: Request {id} cannot be used: it has been revoked\n  See how the access stands with: p0 show {id}\n"
    );
    assert!(ran.stderr().ends_with(&expected), "{ran}");
    assert_eq!(host.sshd.connections(), 0);
    host.nothing_is_left();
}

/// Ends the connection from the other side.
const BREAKS: &str = "echo ready; read x; kill -9 $PPID; sleep 600";

#[test]
fn access_that_is_taken_back_in_mid_session_is_told_when_the_machine_ends_it() {
    let Some(host) = Host::new() else { return };
    let mut running = host.ssh(["box", BREAKS]).spawn();
    running.wait_for_stdout("ready");
    let id = host.scene.requests()[0]["id"].as_str().unwrap().to_owned();
    host.scene.p0_as(OWNER, ["revoke", &id]).run().success().ignore_stderr();
    running.write_stdin("\n");
    let ran = running.finish().code(255).ignore_stdout();
    assert!(
        ran.stderr().ends_with("Your access was revoked meanwhile. Run the command again to ask for it anew.\n"),
        "{ran}"
    );
    // A connection that breaks for another reason is nobody's doing.
    let mut running = host.ssh(["box", BREAKS]).spawn();
    running.wait_for_stdout("ready");
    running.write_stdin("\n");
    running.finish().code(255).ignore_stdout().lacks("meanwhile").ignore_stderr();
    host.nothing_is_left();
}

#[test]
fn access_that_expires_in_mid_session_is_told_when_the_machine_ends_it() {
    let Some(host) = Host::new() else { return };
    let Some(clock) = Clock::in_env(&host.scene.env) else { return };
    let mut running = clock.of(host.ssh(["box", BREAKS])).spawn();
    running.wait_for_stdout("ready");
    clock.turn(3 * 3600);
    running.write_stdin("\n");
    let ran = running.finish().code(255).ignore_stdout();
    assert!(
        ran.stderr().ends_with("Your access has expired meanwhile. Run the command again to ask for it anew.\n"),
        "{ran}"
    );
    host.nothing_is_left();
}
