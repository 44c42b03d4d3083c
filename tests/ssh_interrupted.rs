//! Whoever loses patience with `p0 ssh` or `p0 scp`: at every stage on the way to a session there is one calm word, exit code
//! 130, a way to go on where something goes on, and nothing left behind.

use crate::{
    scene::{REVIEWER, eventually},
    ssh::Host,
    ssh_providers::{Clouds, USUAL, with_only},
};
use p0_testkit::{Answer, Invocation, Key, Output, SecretService, Signal, StandIn, need, secret_service};
use std::{cell::Cell, fs};

const NOTHING: &str = "Error: Interrupted before anything was requested.\n";
const UNANSWERED: &str = "Error: Interrupted before the service answered.\n  Whether the request was made, you see with: p0 \
    requests --mine\n";
/// What is said once there is access, but for its id.
const STAYS: &str = "Error: Interrupted; the access stays.\n  Connect by running the same command again.\n  Give it back with: p0 relinquish ";

/// Interrupts it by each signal, and by the key at a terminal, at a stage where `said` is to come.
#[track_caller]
fn is_interrupted(said: &str, mut run: impl FnMut() -> Invocation, mut reached: impl FnMut(), left: impl Fn()) {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let running = run().spawn();
        reached();
        running.signal(signal);
        let output = running.finish().code(130).stdout_is("");
        let at = output.stderr().find("Error: ").unwrap_or_else(|| output.fail("no failure is told"));
        assert!(output.stderr()[at..].starts_with(said), "{output}");
        left();
    }
    let terminal = run().terminal_of(24, 120);
    reached();
    terminal.press(Key::CtrlC);
    let line = said.lines().next().unwrap();
    terminal.wait_for(line);
    let ended = terminal.finish().code(130);
    assert_eq!(ended.stdout(), "");
    left();
}

#[test]
fn while_the_service_is_spoken_to() {
    let Some((host, front)) = Host::behind_front() else { return };
    host.scene.env.write("any", "");
    for (part, said) in [
        ("GET /orgs/example", NOTHING),
        ("/integrations/ssh/config", NOTHING),
        ("POST /o/example/command ", UNANSWERED),
        ("/integrations/ssh/certificates", STAYS),
        ("/integrations/ssh/host-keys", STAYS),
    ] {
        let _gate = front.holds(part);
        for copies in [false, true] {
            let mut calls = front.calls(part).len();
            is_interrupted(
                said,
                || match copies {
                    false => host.ssh(["box", "true"]),
                    true => host.scp(["any", "box:"]),
                },
                || {
                    calls += 1;
                    front.wait_for(part, calls);
                },
                || host.nothing_is_left(),
            );
        }
        front.lets_through();
    }
    assert_eq!(host.sshd.connections(), 0);
    host.ssh(["box", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
}

#[test]
fn while_somebody_is_to_approve() {
    let Some(host) = Host::new() else { return };
    let ssh = || host.ssh(["guarded", "echo in"]);
    let said = "Error: Interrupted; the request goes on.\n  Wait for it again with: p0 wait ";
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let running = ssh().spawn();
        running.wait_for_stderr("Waiting for approval");
        running.signal(signal);
        running.finish().code(130).stderr_has(said);
        host.nothing_is_left();
    }
    let terminal = ssh().terminal();
    terminal.wait_for("Waiting for approval");
    terminal.press(Key::CtrlC);
    terminal.wait_for("Interrupted; the request goes on.");
    terminal.finish().code(130);
    host.nothing_is_left();
    // It is the same request all the time, and its approval is what the next run finds.
    let requests = host.scene.requests();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    let running = ssh().spawn();
    running.wait_for_stderr("Waiting for approval");
    host.scene.p0_as(REVIEWER, ["approve", requests[0]["id"].as_str().unwrap()]).run().success().ignore_stderr();
    running.finish().success().stdout_is("in\n").ignore_stderr();
}

#[test]
fn while_the_access_is_provisioned() {
    let Some(host) = Host::with(|config| {
        let simulated = toml::toml! { kind = "simulated" delay_ms = 600000 };
        config["integrations"]["ssh"].as_table_mut().unwrap().insert("provisioner".into(), simulated.into());
    }) else {
        return;
    };
    let said = "Error: Interrupted; the request goes on.\n  Wait for it again with: p0 wait ";
    for signal in [Signal::INT, Signal::TERM] {
        let running = host.ssh(["box", "true"]).spawn();
        running.wait_for_stderr("Waiting for access to be provisioned");
        running.signal(signal);
        running.finish().code(130).stderr_has(said);
        host.nothing_is_left();
    }
}

#[test]
fn while_another_one_makes_the_key() {
    let Some(host) = Host::new() else { return };
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    // As one that has begun, and is not done.
    let state = host.scene.env.state_dir().join("p0");
    let entries = |path: &str| fs::read_dir(state.join(path)).unwrap().flatten().map(|entry| entry.path());
    entries("secrets").for_each(|secret| fs::remove_file(secret).unwrap());
    let locks = entries("vault/example").filter(|path| path.extension().is_some_and(|extension| extension == "lock"));
    let held: Vec<_> = locks.map(|lock| fs::File::open(lock).unwrap()).collect();
    assert!(!held.is_empty());
    held.iter().for_each(|lock| lock.lock().unwrap());
    for signal in [Signal::INT, Signal::TERM] {
        let running = host.ssh(["box", "true"]).spawn();
        running.wait_for_stderr("Waiting for another p0 to make a key for SSH.\n");
        running.signal(signal);
        running.finish().code(130).stderr_has(NOTHING);
        host.nothing_is_left();
    }
}

#[test]
fn while_the_keyring_does_not_answer() {
    if !need::all(&secret_service::NEEDS) {
        return;
    }
    let Some((mut host, front)) = Host::behind_front() else { return };
    host.scene.env.set("P0_SECRET_STORE", "keyring");
    let open = SecretService::unlocked(&mut host.scene.env);
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    drop(open);
    let _silent = SecretService::silent(&mut host.scene.env);
    let config = "/integrations/ssh/config";
    let mut calls = front.calls(config).len();
    is_interrupted(
        NOTHING,
        || host.ssh(["box", "true"]),
        || {
            // It is asked for together with the key.
            calls += 1;
            front.wait_for(config, calls);
        },
        // The bus is still there; what p0 has started is in its group.
        || (),
    );
    let ran = host.ssh(["box", "true"]).run().code(1);
    ran.stderr_has("Error: The keyring (Secret Service) did not answer within 3 seconds.\n");
}

#[test]
fn at_the_question_about_a_changed_key() {
    let Some((host, front)) = Host::behind_front() else { return };
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.sshd.change_host_key();
    // While the service is asked again …
    let _gate = front.holds("force=true");
    let mut calls = 0;
    is_interrupted(
        STAYS,
        || host.ssh(["box", "true"]),
        || {
            calls += 1;
            front.wait_for("force=true", calls);
        },
        || host.nothing_is_left(),
    );
    front.lets_through();
    // … and while the user is.
    for end in [Some(Key::CtrlC), None] {
        let terminal = host.ssh(["box", "echo in"]).terminal_of(24, 120);
        terminal.wait_for("Trust the new key?");
        match end {
            Some(key) => {
                terminal.press(key);
                terminal.wait_for("Interrupted; the access stays.");
                terminal.finish().code(130);
            }
            None => {
                terminal.press(Key::Enter);
                terminal.finish().code(1);
            }
        }
        host.nothing_is_left();
    }
    host.ssh(["box", "true"]).run().code(1).stderr_has("The key of box is not the one that it had before.");
}

#[test]
fn by_a_signal_at_a_question() {
    let Some(host) = Host::new() else { return };
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.sshd.change_host_key();
    // As when the window is closed.
    for signal in ["-HUP", "-TERM"] {
        let terminal = host.ssh(["box", "true"]).terminal_of(24, 120);
        terminal.wait_for("Trust the new key?");
        host.scene.env.run("kill").args([signal, &terminal.id().to_string()]).run().success();
        terminal.wait_for("Interrupted; the access stays.");
        terminal.finish().code(130);
        host.nothing_is_left();
    }
}

#[test]
fn while_the_machine_is_waited_for() {
    let Some(host) = Host::that_trusts_nobody() else { return };
    host.scene.env.write("any", "");
    let before = Cell::new(0);
    is_interrupted(
        STAYS,
        || {
            before.set(host.sshd.connections());
            host.scp(["any", "box:"])
        },
        // It is in the middle of a try, or between two.
        || eventually("a second try", || host.sshd.connections() >= before.get() + 2),
        || host.nothing_is_left(),
    );
}

#[test]
fn while_a_tunnel_opens() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    az.never_opens();
    let tunnels = || az.calls().iter().filter(|call| call.contains("bastion tunnel")).count();
    let mut opened = 0;
    is_interrupted(
        STAYS,
        || clouds.ssh(["office-1", "true"]),
        || {
            opened += 1;
            eventually("a tunnel is being opened", || tunnels() >= opened);
        },
        || clouds.nothing_is_left(),
    );
}

#[test]
fn while_the_end_is_reported_the_session_keeps_its_own() {
    let Some((host, front)) = Host::behind_front() else { return };
    front.answers("/integrations/ssh/audit", Answer::silence());
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let calls = front.calls("/ssh/audit").len();
        let running = host.ssh(["box", "exit 3"]).spawn();
        front.wait_for("/ssh/audit", calls + 2);
        running.signal(signal);
        running.finish().code(3).ignore_stderr();
        host.nothing_is_left();
    }
}

#[test]
fn at_the_offer_to_install_a_program() {
    let Some(clouds) = Clouds::with(|env, _| with_only(env, &USUAL)) else { return };
    let terminal = clouds.ssh(["office-1", "true"]).terminal_of(24, 120);
    terminal.wait_for("Run these lines now? [y/N]");
    terminal.press(Key::CtrlC);
    terminal.wait_for("Error: Interrupted; the access stays.");
    terminal.finish().code(130);
    // While it is installed: it is told as well, and tidies up.
    clouds.scene.env.tool("sudo", "#!/bin/sh\nexec \"$@\"\n");
    clouds.scene.env.tool("apt-get", "#!/bin/sh\ntrap 'echo tidied up; exit 1' INT\necho begun; sleep 600 & wait\n");
    let terminal = clouds.ssh(["office-1", "true"]).terminal_of(24, 120);
    terminal.wait_for("Run these lines now? [y/N]");
    terminal.type_text("y\r");
    terminal.wait_for("begun");
    terminal.press(Key::CtrlC);
    terminal.wait_for("tidied up");
    terminal.wait_for("Error: Interrupted; the access stays.");
    let ended: Output = terminal.finish().code(130);
    // The tool's own child is in the terminal's foreground, where Ctrl-C ends it.
    let _ = ended.left_running();
    clouds.nothing_is_left();
}

#[test]
fn while_os_login_is_asked() {
    let Some((mut clouds, _gcloud, _os_login)) = Clouds::gcloud() else { return };
    let silent = StandIn::by_request(|_| Answer::silence());
    clouds.scene.env.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN", silent.url().as_str());
    let mut calls = 0;
    is_interrupted(
        STAYS,
        || clouds.ssh(["batch-1", "true"]),
        || {
            calls += 1;
            silent.wait_for_requests(calls);
        },
        || clouds.nothing_is_left(),
    );
}

#[test]
fn while_a_clouds_own_program_hangs() {
    let Some((clouds, _az)) = Clouds::azure() else { return };
    let begun = clouds.scene.file("begun");
    // Such programs are scripts around another one, which hears nothing of the script's end.
    let script = format!("#!/bin/sh\ntail -f \"$0\" &\ntouch '{}'\nwait\n", begun.display());
    clouds.scene.env.tool("az", &script);
    is_interrupted(
        STAYS,
        || clouds.ssh(["office-1", "true"]),
        || {
            eventually("az runs", || begun.try_exists().unwrap());
            fs::remove_file(&begun).unwrap();
        },
        || clouds.nothing_is_left(),
    );
}

#[test]
fn while_credentials_for_aws_are_fetched() {
    let Some((mut clouds, _aws, _sts)) = Clouds::aws() else { return };
    let silent = StandIn::by_request(|_| Answer::silence());
    clouds.scene.env.set("AWS_ENDPOINT_URL_STS", silent.url().as_str().trim_end_matches('/'));
    let mut calls = 0;
    is_interrupted(
        STAYS,
        || clouds.ssh(["web-1", "true"]),
        || {
            calls += 1;
            silent.wait_for_requests(calls);
        },
        || clouds.nothing_is_left(),
    );
}
