//! What plain `ssh` requests, and when: nothing where it makes no connection, and never more than is held.

use crate::{harness::ASKER, plain_ssh::Plain};
use p0_testkit::Invocation;
use std::ffi::OsStr;

impl Plain {
    /// What the machine's requests ask for: whether each is to become root.
    fn sudo_of_requests(&self) -> Vec<bool> {
        let requests = self.0.scene.requests();
        requests.iter().map(|request| request["request"]["permission"]["sudo"] == true).collect()
    }

    fn request(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.p0(["request", "ssh", "session", "box"]).args(args)
    }
}

#[test]
fn ssh_that_makes_no_connection_requests_nothing() {
    let Some(plain) = Plain::new() else { return };
    for args in [&["-G", "box"][..], &["box", "-G"], &["-vG", "box"], &["-T", "-o", "Port=22", "-G", "box"]] {
        let said = plain.run("ssh", args).run().success().ignore_stderr();
        assert!(!said.stdout().contains("proxycommand"), "{said}");
    }
    plain.run("ssh", ["-O", "check", "-o", "ControlPath=/nowhere/cm", "box"]).run().code(255).ignore_stderr();
    assert!(plain.sudo_of_requests().is_empty());
    // What reads the configuration by itself makes no connection that p0 could know of.
    let into = plain.generated();
    let asked = plain.p0(["-q", "ssh-resolve", "--into"]).arg(&into).args(["--", "box"]);
    asked.run().code(1);
    assert!(plain.sudo_of_requests().is_empty());
    // That nothing was found then is not remembered against a connection.
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
    assert_eq!(plain.sudo_of_requests(), [false]);
    let said = plain.run("ssh", ["-G", "box"]).run().success().ignore_stderr();
    assert!(said.stdout().contains("ssh-proxy box\n"), "{said}");
    assert_eq!(plain.sudo_of_requests(), [false]);
}

#[test]
fn ssh_g_shows_access_that_is_held_without_a_request() {
    let Some(plain) = Plain::new() else { return };
    plain.request(["--wait"]).run().success().ignore_stderr().ignore_stdout();
    let said = plain.run("ssh", ["-G", "box"]).run().success().ignore_stderr();
    assert!(said.stdout().contains("ssh-proxy box\n"), "{said}");
    assert_eq!(plain.sudo_of_requests().len(), 1);
}

#[test]
fn access_that_is_held_without_sudo_is_used_as_it_is() {
    let Some(plain) = Plain::new() else { return };
    plain.request(["--wait"]).run().success().ignore_stderr().ignore_stdout();
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
    assert_eq!(plain.sudo_of_requests(), [false]);
}

#[test]
fn access_that_is_held_with_sudo_is_used_as_it_is() {
    let Some(plain) = Plain::new() else { return };
    plain.request(["--sudo", "--wait"]).run().success().ignore_stderr().ignore_stdout();
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
    assert_eq!(plain.sudo_of_requests(), [true]);
}

#[test]
fn sudo_is_requested_only_where_the_variable_says_so() {
    let Some(plain) = Plain::new() else { return };
    plain.run("ssh", ["box", "true"]).env("P0_SSH_SUDO", "0").run().success();
    assert_eq!(plain.sudo_of_requests(), [false]);
    plain.run("ssh", ["box", "true"]).env("P0_SSH_SUDO", "1").run().success();
    let mut requests = plain.sudo_of_requests();
    requests.sort_unstable();
    assert_eq!(requests, [false, true]);
}

#[test]
fn a_machine_reached_by_the_users_own_proxy_gets_the_key() {
    let Some(plain) = Plain::new() else { return };
    let port = plain.0.sshd.port();
    let proxy = format!("ProxyCommand=bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & cat >&3'");
    plain.run("ssh", ["-o", &proxy, "box", "echo in"]).run().success().stdout_is("in\n");
    // The process that serves the key goes with the ssh that it stayed for.
    let sockets = || plain.0.scene.env.files().into_iter().filter(|path| path.ends_with("agent")).count();
    crate::scene::eventually("the agent ends", || sockets() == 0);
    let key = p0_testkit::sshd::Key::new(&plain.0.scene.env, "bastion-key");
    plain.0.sshd.trust_key(key.public());
    let bastion = format!(
        "Host bastion\n  HostName 127.0.0.1\n  Port {port}\n  User {}\n  IdentityFile {}\n  \
         StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n",
        plain.0.sshd.user(),
        key.path().display()
    );
    let config = std::fs::read_to_string(plain.config()).unwrap();
    std::fs::write(plain.config(), config + "\n" + &bastion).unwrap();
    plain.run("ssh", ["-J", "bastion", "box", "echo in"]).run().success().stdout_is("in\n");
    crate::scene::eventually("the agent ends", || sockets() == 0);
    // The same by p0 itself, for a copy and for sudo as well.
    plain.ssh_reads_home();
    plain.0.ssh(["box", "--", "-J", "bastion", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
    let failed = plain.0.ssh(["box", "--", "-J", "nowhere.invalid", "echo in"]).run().code(255);
    failed.lacks("Waiting for the machine").stderr_has("nowhere.invalid");
    plain.0.ssh(["box", "--", "-o", "ProxyJump=bastion", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
    plain.0.scene.env.write("a file", "content");
    let there = format!("box:{}/there", plain.0.scene.env.work_dir().display());
    // `scp` runs the ssh that it was built with.
    let ssh = plain.0.scene.env.bin_dir().join("ssh");
    plain.0.scp(["a file", &there, "--", "-S", ssh.to_str().unwrap(), "-J", "bastion"]).run().success().ignore_stderr();
    assert_eq!(std::fs::read_to_string(plain.0.scene.file("there")).unwrap(), "content");
}

#[test]
fn the_users_own_agent_is_forwarded_and_not_the_one_with_the_key() {
    let Some(plain) = Plain::new() else { return };
    if !p0_testkit::need::all(&[p0_testkit::need::Need::Program("ssh-agent")]) {
        return;
    }
    plain.ssh_reads_home();
    let env = &plain.0.scene.env;
    let socket = env.runtime_dir().join("own-agent");
    let agent = env.run("ssh-agent").arg("-D").arg("-a").arg(&socket).spawn();
    crate::scene::eventually("the agent listens", || socket.try_exists().unwrap());
    let key = p0_testkit::sshd::Key::new(env, "own-key");
    env.run("ssh-add").arg("-q").arg(key.path()).env("SSH_AUTH_SOCK", &socket).run().success().ignore_stderr();
    let blob = key.public().split(' ').nth(1).unwrap();
    let with = |run: Invocation| run.env("SSH_AUTH_SOCK", &socket);
    with(plain.run("ssh", ["-A", "box", "ssh-add", "-L"])).run().success().stdout_has(blob);
    with(plain.0.ssh(["box", "--", "-A", "ssh-add", "-L"])).run().success().stdout_has(blob).ignore_stderr();
    // Nothing is forwarded unasked, whatever `Host *` says.
    let config = std::fs::read_to_string(plain.config()).unwrap();
    std::fs::write(plain.config(), config + "\nHost *\n  ForwardAgent yes\n").unwrap();
    for run in [plain.run("ssh", ["box", "ssh-add", "-L"]), plain.0.ssh(["box", "ssh-add", "-L"])] {
        with(run).run().code(2).ignore_stderr();
    }
    let told = plain.0.scene.requests();
    assert!(told.iter().all(|request| request["request"]["principal"] == ASKER));
    agent.signal(p0_testkit::Signal::TERM);
    agent.finish().ignore_stdout().ignore_stderr().status();
}
