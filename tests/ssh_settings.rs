//! The user's own settings of `ssh`, under `Host *`, and the machines of p0: sessions work as if they were not there.

use crate::plain_ssh::Plain;
use std::fs;

/// Each would keep a session from beginning, change how the machine is trusted, or ask a question.
const SETTINGS: [&str; 26] = [
    "PubkeyAuthentication no",
    "PubkeyAcceptedAlgorithms ssh-rsa",
    "HostKeyAlgorithms ssh-rsa",
    "KexAlgorithms diffie-hellman-group1-sha1",
    "Ciphers aes128-cbc",
    "MACs hmac-md5",
    "IdentitiesOnly no",
    "IdentityAgent none",
    "IdentityFile /nowhere/id",
    "CertificateFile /nowhere/id-cert.pub",
    "PreferredAuthentications password",
    "PKCS11Provider /nowhere/pkcs11.so",
    "NumberOfPasswordPrompts 3",
    "StrictHostKeyChecking no",
    "UserKnownHostsFile /nowhere/known_hosts",
    "GlobalKnownHostsFile /nowhere/known_hosts",
    "KnownHostsCommand /bin/false",
    "HostKeyAlias elsewhere",
    "VerifyHostKeyDNS yes",
    "NoHostAuthenticationForLocalhost yes",
    "UpdateHostKeys yes",
    "HashKnownHosts yes",
    "ProxyUseFdpass yes",
    "AddressFamily inet6",
    "CanonicalizeHostname always",
    "ConnectionAttempts 50",
];

#[test]
fn no_setting_for_every_host_keeps_a_session_from_beginning() {
    let Some(plain) = Plain::new() else { return };
    plain.ssh_reads_home();
    let ours = fs::read_to_string(plain.config()).unwrap();
    // One after the other, and all at once.
    let all = SETTINGS.join("\n  ");
    for settings in ["PubkeyAuthentication no", "PubkeyAcceptedAlgorithms ssh-rsa", "HostKeyAlgorithms ssh-rsa", &all] {
        fs::write(plain.config(), format!("{ours}\nHost *\n  {settings}\n")).unwrap();
        plain.0.ssh(["box", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
        plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
    }
    plain.0.scene.env.write("a file", "content");
    let there = plain.0.scene.file("there");
    plain.0.scp(["a file", &format!("box:{}", there.display())]).run().success().ignore_stderr();
    assert_eq!(fs::read_to_string(there).unwrap(), "content");
}

#[test]
fn what_is_run_for_every_host_does_not_stand_in_for_a_command() {
    let Some(plain) = Plain::new() else { return };
    plain.ssh_reads_home();
    plain.0.sshd.sudo(true);
    let ours = fs::read_to_string(plain.config()).unwrap();
    for settings in ["RemoteCommand echo other", "RequestTTY force", "ForkAfterAuthentication yes", "SessionType none"]
    {
        fs::write(plain.config(), format!("{ours}\nHost *\n  {settings}\n")).unwrap();
        let ran = plain.0.ssh(["box", "--sudo", "cat; exit 7"]).stdin("\u{4}bytes\n").run().code(7).ignore_stderr();
        ran.stdout_is("\u{4}bytes\n");
    }
}

#[test]
fn an_option_on_the_command_line_still_counts() {
    let Some(host) = crate::ssh::Host::new() else { return };
    let ran = host.ssh(["box", "--", "-o", "Ciphers=aes128-cbc", "true"]).run().code(255);
    ran.stderr_has("no matching cipher found");
}

#[test]
fn a_runtime_directory_with_a_long_path_is_not_used_for_sockets() {
    let Some(plain) = Plain::new() else { return };
    let long = plain.0.scene.env.work_dir().join("x".repeat(120));
    fs::create_dir(&long).unwrap();
    let with = |run: p0_testkit::Invocation| {
        ["XDG_RUNTIME_DIR", "TMPDIR", "XDG_STATE_HOME"].into_iter().fold(run, |run, name| run.env(name, &long))
    };
    with(plain.0.ssh(["box", "echo in"])).run().success().stdout_is("in\n").ignore_stderr();
    with(plain.p0(["ssh-config", "install"])).run().success().ignore_stderr();
    with(plain.run("ssh", ["box", "echo in"])).run().success().stdout_is("in\n");
    let generated = fs::read_to_string(long.join("p0/ssh-generated/box.conf")).unwrap();
    let agent = generated.lines().find_map(|line| line.trim().strip_prefix("IdentityAgent ")).unwrap();
    let directory = std::path::Path::new(agent.trim_matches('"')).parent().unwrap().to_owned();
    assert!(directory.starts_with("/tmp"), "{generated}");
    crate::scene::eventually("the agent ends", || !directory.join("agent").try_exists().unwrap());
    fs::remove_dir_all(directory.parent().unwrap()).unwrap();
}
