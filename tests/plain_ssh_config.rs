//! `p0 ssh-config`, and the configurations of `ssh` that users have of their own.

use crate::{harness::ASKER, plain_ssh::Plain, scene::eventually};
use p0_testkit::need::{self, Need};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
};

/// The machine's port, for what would lead elsewhere.
const BOX: [&str; 2] = ["box", "echo in"];

impl Plain {
    /// The user's own lines behind ours, from the beginning.
    #[track_caller]
    fn with_config(text: &str) -> Option<Self> {
        let plain = Self::new()?;
        plain.p0(["ssh-config", "remove"]).run().success().ignore_stderr();
        fs::write(plain.config(), text).unwrap();
        plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
        Some(plain)
    }

    #[track_caller]
    fn is_reached(&self) {
        self.run("ssh", BOX).run().success().stdout_is("in\n");
    }

    fn text(&self) -> String {
        fs::read_to_string(self.config()).unwrap()
    }
}

#[test]
fn what_users_set_for_every_host_is_not_for_ours() {
    let own = "Host *\n  User nobody\n  IdentitiesOnly yes\n  IdentityFile /nowhere/id\n  IdentityAgent none\n  \
        ProxyJump jump.example.com\n  HostName elsewhere.example.com\n  Port 9\n  PreferredAuthentications password\n  \
        StrictHostKeyChecking yes\n  UserKnownHostsFile /nowhere/known_hosts\n  CertificateFile /nowhere/cert\n";
    let Some(plain) = Plain::with_config(own) else { return };
    plain.is_reached();
    // For others it is.
    let other = plain.run("ssh", ["-G", "other.example.com"]).run().success().ignore_stderr();
    assert!(
        other.stdout().contains("user nobody\n") && other.stdout().contains("proxyjump jump.example.com\n"),
        "{other}"
    );
    for own in [
        "Host *\n  ProxyCommand false\n",
        "ProxyCommand false\nUser nobody\n",
        "Host box\n  HostName elsewhere.example.com\n  ProxyCommand false\n",
        "CanonicalizeHostname always\nCanonicalDomains example.com\nCanonicalizeMaxDots 2\n",
        "Match final all\n  User nobody\n",
        "Host *\n  SendEnv *\n  ForwardAgent yes\n  ServerAliveInterval 5\n",
    ] {
        fs::write(plain.config(), own).unwrap();
        plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
        plain.is_reached();
    }
}

#[test]
fn a_shared_connection_of_the_users_own_is_shared() {
    let Some(plain) = Plain::new() else { return };
    let path = plain.0.scene.env.runtime_dir().join("cm-%C");
    let own = format!("Host *\n  ControlMaster auto\n  ControlPath {}\n  ControlPersist 20\n", path.display());
    let text = format!("{}\n{own}", plain.text());
    fs::write(plain.config(), text).unwrap();
    plain.run("ssh", ["-o", "ControlPath=none", "-o", "ControlMaster=no", "box", "true"]).run().success();
    let before = plain.0.sshd.connections();
    // The first goes to the background, and tells its proxy that it has gone.
    let script = "for n in 0 1 2 3; do ssh -F \"$0\" box echo $n || exit; done; exec ssh -F \"$0\" -O exit box";
    let all = plain.0.scene.env.run("sh").env("P0_API_TOKEN", plain.0.scene.token(ASKER)).args(["-c", script]);
    let ran = all.arg(plain.config()).run().success().stdout_is("0\n1\n2\n3\n").stderr_has("Exit request sent.");
    ran.left_running();
    assert_eq!(plain.0.sshd.connections(), before + 1);
}

#[test]
fn what_ssh_will_do_can_be_asked() {
    let Some(plain) = Plain::new() else { return };
    plain.run("ssh", ["box", "true"]).run().success();
    let said = plain.run("ssh", ["-G", "box"]).run().success().ignore_stderr();
    let proxy = said.stdout().lines().find(|line| line.starts_with("proxycommand ")).unwrap_or_default();
    assert!(proxy.ends_with("--quiet --no-input --org example ssh-proxy box"), "{said}");
    assert!(said.stdout().contains("port ") && said.stdout().contains("hostkeyalias "), "{said}");
}

#[test]
fn it_is_the_name_that_was_typed_which_counts() {
    let Some(plain) = Plain::new() else { return };
    plain.run("ssh", ["-o", "HostName=elsewhere.example.com", "box", "echo in"]).run().success().stdout_is("in\n");
    let asked = plain.0.scene.env.files_with(b"elsewhere");
    assert!(asked.is_empty(), "what it stands for is nobody's to ask about: {asked:?}");
    plain.run("ssh", ["ssh://box", "echo in"]).run().success().stdout_is("in\n");
    // Nobody comes in as another user than the grant's.
    let ran = plain.run("ssh", ["somebody@box", "echo in"]).run().code(255).stdout_is("");
    ran.stderr_has("Permission denied (publickey)");
    // Nor is the machine's address, on the way of `p0 ssh` to it.
    let file = plain
        .0
        .scene
        .env
        .write("ssh", &format!("#!/bin/sh\nexec /usr/bin/ssh -F '{}' \"$@\"\n", plain.config().display()));
    plain.0.scene.env.tool("ssh", &fs::read_to_string(file).unwrap());
    plain.p0(["ssh", "box", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
    assert!(!plain.generated().join("machines/127.0.0.1").try_exists().unwrap());
}

#[test]
fn doctor_is_not_remembered_and_asks_nobody() {
    let Some(mut plain) = Plain::new() else { return };
    plain.resolve("elsewhere.example.com").run().code(1);
    let ssh = format!("#!/bin/sh\nexec /usr/bin/ssh -F '{}' \"$@\"\n", plain.config().display());
    plain.0.scene.env.tool("ssh", &ssh);
    plain.0.scene.service.stop().success();
    let before = plain.0.scene.env.files_with(b"doctor");
    let said = plain.p0(["doctor"]).run().ignore_stderr();
    assert!(said.stdout().contains("ssh understands its configuration."), "{said}");
    said.status();
    plain.run("ssh", ["-G", "p0-doctor.invalid"]).run().success().ignore_stdout().ignore_stderr();
    assert_eq!(plain.0.scene.env.files_with(b"doctor"), before);
}

#[test]
fn line_ends_of_others_stay_as_they_are() {
    let own = "# mine\r\nHost other\r\n\tUser ada\r\n";
    let Some(plain) = Plain::with_config(own) else { return };
    plain.ssh_reads_home();
    plain.is_reached();
    // An editor that knows one kind of line end saves it in its own way.
    let saved = plain.text().replace("\r\n", "\n").replace('\n', "\r\n");
    fs::write(plain.config(), &saved).unwrap();
    plain.is_reached();
    plain.p0(["ssh-config", "status"]).run().code(1).stdout_has("names another p0, or was changed");
    plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    plain.p0(["ssh-config", "status"]).run().success().ignore_stdout();
    plain.p0(["ssh-config", "remove"]).run().success().ignore_stderr();
    assert_eq!(plain.text(), own);
}

#[test]
fn lines_that_users_put_between_ours_are_not_lost_silently() {
    let Some(plain) = Plain::with_config("Host other\n  User ada\n") else { return };
    let edited = plain.text().replace("Match all\n", "  ServerAliveInterval 9\nMatch all\n");
    for command in ["remove", "install"] {
        fs::write(plain.config(), &edited).unwrap();
        let ran = plain.p0(["ssh-config", command]).run().success();
        let told = "Warning: These lines stood between those of p0, and are gone with them:\n  ServerAliveInterval 9\n";
        ran.stderr_has(told);
        assert!(!plain.text().contains("ServerAliveInterval") && plain.text().ends_with("Host other\n  User ada\n"));
    }
}

#[test]
fn files_that_cannot_be_changed_are_named() {
    let Some(plain) = Plain::new() else { return };
    plain.p0(["ssh-config", "remove"]).run().success().ignore_stderr();
    plain.p0(["ssh-config", "remove"]).run().success().stderr_has("There is nothing of p0 in");
    // What may only be read stays so: it is the directory that is written.
    fs::set_permissions(plain.config(), fs::Permissions::from_mode(0o400)).unwrap();
    plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    assert_eq!(fs::metadata(plain.config()).unwrap().permissions().mode() & 0o777, 0o400);
    plain.is_reached();
    // A link that leads nowhere would become a file in its place.
    fs::remove_file(plain.config()).unwrap();
    symlink("../dotfiles/ssh-config", plain.config()).unwrap();
    for command in ["install", "remove", "status"] {
        let ran = plain.p0(["ssh-config", command]).run().code(1).stdout_is("");
        ran.stderr_has("config is a link that leads nowhere: ").stderr_has("Make the file that it leads to");
    }
    assert!(plain.config().symlink_metadata().unwrap().is_symlink());
    let dotfiles = plain.0.scene.env.home_dir().join("dotfiles");
    fs::create_dir(&dotfiles).unwrap();
    fs::write(dotfiles.join("ssh-config"), "Host a\n").unwrap();
    plain.p0(["ssh-config", "install"]).run().success().stderr_has("dotfiles/ssh-config");
    assert!(fs::read_to_string(dotfiles.join("ssh-config")).unwrap().ends_with("Host a\n"));
    // A directory that is none.
    let ssh = plain.config().parent().unwrap().to_owned();
    fs::remove_dir_all(&ssh).unwrap();
    fs::write(&ssh, "").unwrap();
    plain.p0(["ssh-config", "install"]).run().code(1).stderr_has("config: Not a directory");
}

#[test]
fn a_configuration_of_another_user_is_not_changed() {
    if !need::all(&[Need::Root]) {
        return;
    }
    let Some(plain) = Plain::new() else { return };
    plain.p0(["ssh-config", "remove"]).run().success().ignore_stderr();
    let ssh = plain.config().parent().unwrap().to_owned();
    let refused = |of: &Path| {
        chown(of, Some(65534), None).unwrap();
        let ran = plain.p0(["ssh-config", "install"]).run().code(1).stdout_is("");
        ran.stderr_has("config is another user's.\n  Run p0 as that user, without sudo.\n");
        assert_eq!(of.metadata().unwrap().uid(), 65534);
    };
    refused(&plain.config());
    assert_eq!(plain.text(), "");
    // Nor is one made in a directory of theirs.
    fs::remove_file(plain.config()).unwrap();
    refused(&ssh);
    assert!(!plain.config().try_exists().unwrap());
}

#[test]
fn a_home_may_have_a_name_of_several_words() {
    let Some(mut plain) = Plain::new() else { return };
    plain.p0(["ssh-config", "remove"]).run().success().ignore_stderr();
    let at = |name: &str| plain.0.scene.env.work_dir().join(name);
    let places = [at("Ada's home"), at("100%"), at("a\"b"), at("a*")];
    let good = at("Ada Lovelace, née Byron");
    for place in places {
        plain.0.scene.env.set("XDG_STATE_HOME", &place);
        let ran = plain.p0(["ssh-config", "install"]).run().code(1).stdout_is("");
        ran.stderr_has("Error: ssh cannot be told of the path").stderr_has("XDG_STATE_HOME");
        assert_eq!(plain.text(), "");
    }
    plain.0.scene.env.set("XDG_STATE_HOME", &good);
    plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    plain.is_reached();
}

#[test]
fn a_p0_at_another_path_takes_over() {
    let Some(mut plain) = Plain::with_config("Host other\n") else { return };
    let old = plain.text();
    let elsewhere = plain.0.scene.file("elsewhere/p0");
    fs::create_dir(elsewhere.parent().unwrap()).unwrap();
    fs::copy(plain.0.scene.env.program(), &elsewhere).unwrap();
    plain.0.scene.env.set_program(&elsewhere);
    plain.p0(["ssh-config", "status"]).run().code(1).stdout_has("To correct it: p0 ssh-config install");
    plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    assert!(plain.text().contains(elsewhere.to_str().unwrap()) && plain.text().ends_with("\nHost other\n"));
    assert_eq!(plain.text().lines().count(), old.lines().count());
    plain.is_reached();
    // One that is gone without having been asked to is no hindrance for ssh.
    fs::remove_file(&elsewhere).unwrap();
    let other = plain.run("ssh", ["-G", "box"]).run().success().ignore_stderr();
    assert!(!other.stdout().contains("proxycommand"), "{other}");
}

#[test]
fn an_editor_s_way_works() {
    let Some(plain) = Plain::new() else { return };
    // As VS Code connects: a shell without a terminal that is fed its script, with a proxy for what it forwards.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let args = ["-v", "-T", "-D", &port, "-o", "ConnectTimeout=15", "box", "bash", "--login"];
    let mut running = plain.run("ssh", args).spawn();
    running.write_stdin("echo ready\n");
    running.wait_for_stdout("ready");
    let through = plain.0.scene.env.run("curl").args(["-sS", "--socks5-hostname", &format!("127.0.0.1:{port}")]);
    let url = plain.0.scene.service.url().join("orgs/example").unwrap();
    through.arg(url.as_str()).run().success().stdout_has("tenantId");
    running.write_stdin("exit 3\n");
    running.finish().code(3).ignore_stdout().ignore_stderr();
    // Its server is started and spoken to by connections of their own.
    for n in 0..3 {
        plain
            .run("ssh", ["-T", "-o", "ConnectTimeout=15", "box", &format!("echo {n}")])
            .run()
            .success()
            .stdout_is(&format!("{n}\n"));
    }
}

#[test]
fn sftp_and_forwarding_work() {
    let Some(plain) = Plain::new() else { return };
    plain.0.scene.env.write("from", "content");
    let work = plain.0.scene.env.work_dir();
    plain.0.scene.env.write("batch", &format!("put from {}/to\n", work.display()));
    plain.run("sftp", ["-q", "-b", "batch", "box"]).run().success().ignore_stdout();
    assert_eq!(fs::read_to_string(work.join("to")).unwrap(), "content");
    // The machine is a way to others, as to any.
    let jump = plain.0.sshd.port().to_string();
    let inner = [
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-W",
        &format!("127.0.0.1:{jump}"),
        "box",
    ];
    let said = plain.run("ssh", inner).stdin("\n").run().ignore_stderr();
    assert!(said.stdout().starts_with("SSH-2.0-"), "{said}");
    said.status();
    eventually("all connections have ended", || plain.0.scene.env.files().iter().all(|path| !path.ends_with("agent")));
}

#[test]
fn configuration_that_is_not_utf_8_keeps_every_byte() {
    let env = crate::harness::env();
    let config = env.write(env.home_dir().join(".ssh/config"), "");
    let own = b"# caf\xe9 \xf4\x8f\xbc\x80\r\nHost web-1\n  User ann\xff".as_slice();
    fs::write(&config, own).unwrap();
    env.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    let installed = fs::read(&config).unwrap();
    assert!(installed.ends_with(own) && installed.len() > own.len(), "{installed:?}");
    env.p0(["ssh-config", "remove"]).run().success().ignore_stderr();
    assert_eq!(fs::read(&config).unwrap(), own);
}

#[test]
fn configuration_that_is_not_a_regular_file_is_refused_at_once() {
    let env = crate::harness::env();
    let config = env.write(env.home_dir().join(".ssh/config"), "");
    fs::remove_file(&config).unwrap();
    env.run("mkfifo").arg(&config).run().success();
    let output = env.p0(["ssh-config", "install"]).run().code(1).stdout_is("");
    output.stderr_is(&format!("Error: Cannot read {}: it is not a regular file\n", config.display()));
}
