use super::*;
use crate::{Output, need};

fn scene() -> Option<(TestEnv, Key, Sshd)> {
    need::all(&NEEDS).then(|| {
        let env = TestEnv::new("p0");
        let (key, server) = (Key::new(&env, "mine"), Sshd::start(&env));
        (env, key, server)
    })
}

fn ssh(env: &TestEnv, server: &Sshd, key: &Key, command: &str) -> Output {
    env.run("ssh").args(server.ssh_args(key)).arg(command).run()
}

#[test]
fn it_trusts_whom_it_is_told_to_and_when() {
    let Some((env, key, server)) = scene() else { return };
    ssh(&env, &server, &key, "true").code(255).stderr_has("Permission denied (publickey)");
    server.trust_key(key.public());
    ssh(&env, &server, &key, "id -un").success().stdout_is(&format!("{}\n", server.user()));
    server.wait_for_log(&format!("Accepted publickey for {}", server.user()));
    server.trust_nobody();
    ssh(&env, &server, &key, "true").code(255).stderr_has("Permission denied (publickey)");
    assert_eq!(server.connections(), 3);
}

#[test]
fn an_authority_lets_in_whom_it_names() {
    let Some((env, key, server)) = scene() else { return };
    let authority = Key::new(&env, "authority");
    server.trust_authority(authority.public());
    authority.certify(&key, "somebody-else", "-1m:+1h");
    ssh(&env, &server, &key, "true").code(255).ignore_stderr();
    authority.certify(&key, server.user(), "-2h:-1h");
    ssh(&env, &server, &key, "true").code(255).ignore_stderr();
    server.wait_for_log("Certificate invalid: expired");
    authority.certify(&key, server.user(), "-1m:+1h");
    ssh(&env, &server, &key, "echo in").success().stdout_is("in\n");
    key.forget_certificate();
    ssh(&env, &server, &key, "true").code(255).ignore_stderr();
}

#[test]
fn a_changed_host_key_is_noticed() {
    let Some((env, key, server)) = scene() else { return };
    server.trust_key(key.public());
    let args = server.ssh_args(&key);
    server.change_host_key();
    let output = env.run("ssh").args(&args).arg("true").run().code(255);
    output.stderr_has("REMOTE HOST IDENTIFICATION HAS CHANGED");
    ssh(&env, &server, &key, "true").success();
}

#[test]
fn it_can_be_deaf_for_a_while() {
    let Some((env, key, server)) = scene() else { return };
    server.trust_key(key.public());
    server.drop_next(2);
    for _ in 0..2 {
        ssh(&env, &server, &key, "true").code(255).ignore_stderr();
    }
    ssh(&env, &server, &key, "true").success();
}

#[test]
fn it_can_stand_behind_another() {
    let Some((env, key, server)) = scene() else { return };
    let jump = Sshd::start(&env);
    for server in [&server, &jump] {
        server.trust_key(key.public());
    }
    server.only_through(&jump);
    ssh(&env, &server, &key, "true").code(255).ignore_stderr();
    let proxy = jump.ssh_args(&key).join(" ");
    let through = ["-o".to_owned(), format!("ProxyCommand=ssh -W %h:%p {proxy}")];
    env.run("ssh").args(through).args(server.ssh_args(&key)).arg("echo behind").run().success().stdout_is("behind\n");
}

#[test]
fn files_go_both_ways() {
    let Some((env, key, server)) = scene() else { return };
    server.trust_key(key.public());
    let mut args = server.ssh_args(&key);
    let target = args.pop().expect("the user and the host");
    let remote = env.work_dir().join("there");
    let port = args.iter().position(|arg| arg == "-p").expect("a port");
    args[port] = "-P".into();
    let file = env.write("here", "bytes");
    env.run("scp").args(&args).arg(&file).arg(format!("{target}:{}", remote.display())).run().success();
    assert_eq!(fs::read_to_string(&remote).expect("a copy"), "bytes");
}

#[test]
fn sudo_is_allowed_when_it_says_so() {
    let Some((env, key, server)) = scene() else { return };
    server.trust_key(key.public());
    server.sudo(false);
    ssh(&env, &server, &key, "sudo -v").code(1).stderr_has("may not run sudo");
    server.sudo(true);
    ssh(&env, &server, &key, "sudo -v && sudo -n echo as root").success().stdout_is("as root\n");
}

#[test]
fn nothing_outlives_it() {
    let Some((env, key, server)) = scene() else { return };
    server.trust_key(key.public());
    let running = env.run("ssh").args(server.ssh_args(&key)).arg("sleep 600 & echo $!; wait").spawn();
    let pid = running.wait_for_stdout("\n");
    drop(server);
    let stat = format!("/proc/{}/stat", pid.trim());
    let gone = |_| fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    assert!((0..20_000).any(gone), "a command of the connection survives");
    running.finish().code(255).ignore_stdout().ignore_stderr();
}

#[test]
#[should_panic(expected = "sshd refuses its settings")]
fn a_mistake_in_its_settings_is_told() {
    if !need::all(&NEEDS) {
        panic!("sshd refuses its settings");
    }
    Sshd::with(&TestEnv::new("p0"), "NoSuchSetting yes");
}
