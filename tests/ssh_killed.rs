//! A `p0 ssh` that is killed in mid-session and cannot tidy up, and several at once.

use crate::{scene::eventually, ssh::Host, ssh_providers::Clouds};
use p0_testkit::{Running, Signal};
use std::{collections::BTreeSet, fs, net::TcpStream, path::PathBuf};

/// Kills p0 and nothing else, waits until what it has started has gone, and looks at how it ended.
#[track_caller]
fn kill(running: Running, nothing_runs: impl FnOnce()) {
    running.signal(Signal::KILL);
    nothing_runs();
    running.finish().killed_by(9).ignore_stdout().ignore_stderr();
}

/// The private directories of sessions.
fn directories(host: &Host) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(host.scene.env.runtime_dir().join("p0")).unwrap().flatten();
    entries.map(|entry| entry.path()).collect()
}

#[test]
fn its_session_ends_and_the_next_one_tidies_up() {
    let Some(host) = Host::new() else { return };
    let killed = host.ssh(["box", "echo ready; sleep 600"]).spawn();
    killed.wait_for_stdout("ready");
    kill(killed, || host.nothing_runs());
    host.sshd.wait_until_idle();
    let left = directories(&host);
    assert_eq!(left.len(), 1, "{left:?}");
    // What belongs to one that lives is not touched.
    let mut living = host.ssh(["box", "echo ready; read x; echo got $x"]).spawn();
    living.wait_for_stdout("ready");
    let its_own: Vec<PathBuf> = directories(&host).into_iter().collect();
    assert!(its_own.len() == 1 && !left.contains(&its_own[0]), "{left:?} {its_own:?}");
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    assert!(its_own[0].join("agent").try_exists().unwrap(), "{:?}", directories(&host));
    living.write_stdin("it\n");
    living.finish().success().stdout_is("ready\ngot it\n").ignore_stderr();
    host.nothing_is_left();
}

#[test]
fn its_copy_ends() {
    let Some(host) = Host::new() else { return };
    host.scene.env.run("sh").args(["-c", "head -c 5000000 /dev/zero > big"]).run().success();
    let there = host.scene.file("there");
    // At a kilobit a second it is never done.
    let killed = host.scp(["big", &format!("box:{}", there.display()), "--", "-l", "1"]).spawn();
    eventually("the copy has begun", || there.try_exists().unwrap());
    kill(killed, || host.nothing_runs());
    host.sshd.wait_until_idle();
}

#[test]
fn while_it_waits_for_the_machine_nothing_stays_either() {
    let Some(host) = Host::that_trusts_nobody() else { return };
    let killed = host.ssh(["box", "true"]).spawn();
    killed.wait_for_stderr("Waiting for the machine to accept your key");
    kill(killed, || host.nothing_runs());
    host.trust();
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.nothing_is_left();
}

#[test]
fn the_program_in_front_of_ssh_ends_with_all_that_it_has_started() {
    let Some((clouds, _aws, _sts)) = Clouds::aws() else { return };
    let port = clouds.sshd.port();
    // Its child does not notice that nobody is there any more.
    let script = format!("#!/bin/sh\ntail -f \"$0\" > /dev/null &\nsocat - TCP:127.0.0.1:{port}\n");
    clouds.scene.env.tool("aws", &script);
    let killed = clouds.ssh(["web-1", "echo ready; sleep 600"]).spawn();
    clouds.sshd.trust_key(&clouds.asked_key());
    killed.wait_for_stdout("ready");
    kill(killed, || clouds.nothing_runs());
    clouds.ssh(["web-1", "true"]).run().success().ignore_stderr();
    clouds.nothing_is_left();
}

#[test]
fn its_tunnel_is_closed() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    let killed = clouds.ssh(["office-1", "echo ready; sleep 600"]).spawn();
    killed.wait_for_stdout("ready");
    kill(killed, || clouds.nothing_runs());
    assert!(TcpStream::connect(("127.0.0.1", az.tunnel_port())).is_err(), "the tunnel is still open");
    az.never_opens();
    let calls = az.calls().len();
    let killed = clouds.ssh(["office-1", "true"]).spawn();
    eventually("a tunnel is being opened", || {
        az.calls().iter().skip(calls).any(|call| call.contains("bastion tunnel"))
    });
    kill(killed, || clouds.nothing_runs());
}

#[test]
fn a_session_that_was_sent_into_the_background_stays() {
    let Some(host) = Host::new() else { return };
    let (go, done) = (host.scene.file("go"), host.scene.file("done"));
    let command = format!("while [ ! -e '{}' ]; do sleep 0.1; done; touch '{}'", go.display(), done.display());
    let first = host.ssh(["box", "--", "-f", &command]).spawn();
    eventually("p0 has ended", || !first.is_running());
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.scene.env.write("go", "");
    eventually("the session has ended", || done.try_exists().unwrap());
    first.finish().success().ignore_stderr();
    host.nothing_is_left();
}

#[test]
fn several_at_once_have_nothing_in_common_that_one_could_break() {
    let Some(host) = Host::new() else { return };
    // The first ones ever, so that the key and the file of the machine's keys are made by one of them.
    let session = |n: usize| host.ssh(["box", &format!("echo ready; read x; echo {n} $x; exit {n}")]).spawn();
    let mut running: Vec<_> = (1..=5).map(session).collect();
    for session in &running {
        session.wait_for_stdout("ready");
    }
    assert_eq!(host.scene.requests().len(), 1, "they share the access");
    assert_eq!(directories(&host).len(), 5, "and no directory");
    // One ends, one is killed, one is interrupted; the others do not notice.
    let mut ended = running.remove(0);
    ended.write_stdin("well\n");
    ended.finish().code(1).stdout_is("ready\n1 well\n").ignore_stderr();
    let killed = running.remove(0);
    killed.signal(Signal::KILL);
    let interrupted = running.remove(0);
    interrupted.signal(Signal::TERM);
    interrupted.finish().code(255).ignore_stdout().ignore_stderr();
    // Nor that another one comes and sweeps.
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    for (mut session, n) in running.into_iter().zip([4, 5]) {
        session.write_stdin("too\n");
        session.finish().code(n).stdout_is(&format!("ready\n{n} too\n")).ignore_stderr();
    }
    host.nothing_runs();
    killed.finish().killed_by(9).ignore_stdout().ignore_stderr();
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.nothing_is_left();
}

#[test]
fn several_at_once_through_programs_of_their_own() {
    let Some((clouds, _aws, sts)) = Clouds::aws() else { return };
    let session = |n: usize| clouds.ssh(["web-1", &format!("echo ready; read x; exit {n}")]).spawn();
    let mut running: Vec<_> = (1..=3).map(session).collect();
    clouds.sshd.trust_key(&clouds.asked_key());
    for session in &running {
        session.wait_for_stdout("ready");
    }
    assert_eq!(sts.requests().len(), 1, "they share the credentials");
    let killed = running.remove(0);
    killed.signal(Signal::KILL);
    for (mut session, n) in running.into_iter().zip([2, 3]) {
        session.write_stdin("\n");
        session.finish().code(n).stdout_is("ready\n").ignore_stderr();
    }
    clouds.nothing_runs();
    killed.finish().killed_by(9).ignore_stdout().ignore_stderr();
}
