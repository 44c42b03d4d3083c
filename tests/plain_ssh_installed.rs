//! What `p0 ssh-config install` has written, after an upgrade, and where it has no effect.

use crate::plain_ssh::Plain;
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// A version of p0 as a package manager installs it: in a directory of its own, behind a link that stays.
struct Cellar {
    directory: PathBuf,
    link: PathBuf,
}

impl Cellar {
    fn new(directory: PathBuf, program: &Path) -> Self {
        let cellar = Self { link: directory.join("bin/p0"), directory };
        fs::create_dir_all(cellar.link.parent().unwrap()).unwrap();
        let file = cellar.program("0.1.0");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::copy(program, &file).unwrap();
        symlink("../Cellar/p0/0.1.0/bin/p0", &cellar.link).unwrap();
        cellar
    }

    fn program(&self, version: &str) -> PathBuf {
        self.directory.join(format!("Cellar/p0/{version}/bin/p0"))
    }

    fn upgrade(&self) {
        let versions = self.directory.join("Cellar/p0");
        fs::rename(versions.join("0.1.0"), versions.join("0.2.0")).unwrap();
        fs::remove_file(&self.link).unwrap();
        symlink("../Cellar/p0/0.2.0/bin/p0", &self.link).unwrap();
    }
}

#[test]
fn an_upgrade_behind_a_link_changes_nothing() {
    let Some(host) = crate::ssh::Host::new() else { return };
    let mut plain = Plain(host);
    plain.ssh_reads_home();
    let cellar = Cellar::new(plain.0.scene.file("opt"), plain.0.scene.env.program());
    plain.0.scene.env.set_program(&cellar.link);
    plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
    // Nobody is signed in, so no account is looked up.
    plain.0.scene.env.p0(["--org", "example", "aws", "configure", "role", "Developer"]).run().success().ignore_stderr();
    for file in [plain.config(), plain.generated().join("box.conf"), plain.0.scene.env.home_dir().join(".aws/config")] {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(cellar.link.to_str().unwrap()) && !text.contains("Cellar"), "{}: {text}", file.display());
    }
    cellar.upgrade();
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
    plain.p0(["ssh-config", "status"]).run().success().stdout_has("Plain ssh goes through p0");
}

#[test]
fn a_machine_that_was_reached_by_another_p0_is_reached_by_this_one() {
    let Some(plain) = Plain::new() else { return };
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
    // As an older version has left it.
    let file = plain.generated().join("box.conf");
    let text = fs::read_to_string(&file).unwrap();
    let program = plain.0.scene.env.program().to_str().unwrap();
    fs::write(&file, text.replace(program, "/nowhere/0.0.9/p0")).unwrap();
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
}

#[test]
fn a_p0_that_has_gone_is_reported_by_status_and_doctor() {
    let Some(mut plain) = Plain::new() else { return };
    plain.ssh_reads_home();
    let gone = plain.0.scene.file("gone/p0");
    fs::create_dir_all(gone.parent().unwrap()).unwrap();
    fs::copy(plain.0.scene.env.program(), &gone).unwrap();
    let here = plain.0.scene.env.program().to_owned();
    plain.0.scene.env.set_program(&gone);
    plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    plain.p0(["ssh-config", "status"]).run().success().stdout_has("Plain ssh goes through p0");
    fs::remove_file(&gone).unwrap();
    plain.0.scene.env.set_program(here);
    let aws = "[profile old]\ncredential_process = /nowhere/p0 --org example aws credential-process role Old\n";
    let kube = "apiVersion: v1\nkind: Config\nusers:\n- name: old\n  user:\n    exec:\n      \
                apiVersion: client.authentication.k8s.io/v1\n      command: /nowhere/older/p0\n      \
                args: [--org, example, kubeconfig, credential, --cluster, dev]\n";
    let home = plain.0.scene.env.home_dir();
    plain.0.scene.env.write(home.join(".aws/config"), aws);
    plain.0.scene.env.write(home.join(".kube/config"), kube);
    // With the same path as this p0's, as where the versioned directory has gone.
    let with_path = |command: &[&str]| plain.p0(command).env("P0_APP_PATH", &gone);
    let status = with_path(&["ssh-config", "status", "--json"]).run().code(1).json();
    assert_eq!(status["state"], "ineffective", "{status}");
    assert!(status["problem"].as_str().unwrap().contains("does not answer"), "{status}");
    let said = with_path(&["doctor", "--json"]).run().code(1);
    let findings = said.json()["findings"].as_array().unwrap().clone();
    for (check, program) in
        [("plain-ssh", gone.to_str().unwrap()), ("aws-profiles", "/nowhere/p0"), ("kubeconfig", "/nowhere/older/p0")]
    {
        let finding = findings.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{check}"));
        let expected = format!("Cannot run '{program}', which is installed as p0: it is not there any more.");
        assert!(finding["state"] == "wrong" && finding["said"].as_str().unwrap().contains(&expected), "{finding}");
    }
}

#[test]
fn the_path_of_p0_may_be_named() {
    let Some(host) = crate::ssh::Host::new() else { return };
    let plain = Plain(host);
    let install = || plain.p0(["ssh-config", "install"]);
    install().env("P0_APP_PATH", "/opt/named/p0").run().success().ignore_stderr();
    let config = fs::read_to_string(plain.config()).unwrap();
    assert!(config.contains("exec \"'/opt/named/p0' "), "{config}");
    let wrong = install().env("P0_APP_PATH", "named/p0").run().code(64);
    wrong.stderr_has("P0_APP_PATH is not an absolute path: named/p0");
}

#[test]
fn lines_of_the_users_above_ours_are_reported_and_install_moves_ours() {
    let Some(plain) = Plain::new() else { return };
    plain.ssh_reads_home();
    let ours = fs::read_to_string(plain.config()).unwrap();
    for own in ["Host *\n  User nobody\n", "IdentityFile /nowhere/id\nPort 9\n", "Match all\n  ProxyJump bastion\n"] {
        fs::write(plain.config(), format!("{own}\n{ours}")).unwrap();
        let status = plain.p0(["ssh-config", "status", "--json"]).run().code(1).json();
        assert_eq!(status["state"], "ineffective", "{own}: {status}");
        let option = own.split_whitespace().rev().nth(1).unwrap().to_ascii_lowercase();
        assert!(status["problem"].as_str().unwrap().contains(&option), "{own}: {status}");
        plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
        plain.p0(["ssh-config", "status"]).run().success().ignore_stdout();
        assert!(fs::read_to_string(plain.config()).unwrap().starts_with(&ours));
    }
    // Lines that change nothing for our machines may stay above.
    let own = format!("Host other\n  User nobody\n\n{ours}");
    fs::write(plain.config(), &own).unwrap();
    plain.p0(["ssh-config", "install"]).run().success().stderr_has("has it already");
    plain.p0(["ssh-config", "status"]).run().success().ignore_stdout();
    assert_eq!(fs::read_to_string(plain.config()).unwrap(), own);
}

#[test]
fn a_home_that_is_not_the_accounts_is_reported() {
    let Some(host) = crate::ssh::Host::new() else { return };
    let plain = Plain(host);
    let said = plain.p0(["ssh-config", "install"]).run().success();
    said.stderr_has(&format!("ssh does not read {}, as HOME is not the home", plain.config().display()));
    let said = plain.p0(["ssh-config", "status"]).run().code(1).stdout_has("ssh does not read");
    said.stderr_has("Include");
}

#[test]
fn hosts_that_are_named_are_the_only_ones_asked_about() {
    let Some(host) = crate::ssh::Host::new() else { return };
    let plain = Plain(host);
    plain.ssh_reads_home();
    let settings = plain.0.scene.env.config_dir().join("p0/config.toml");
    plain.0.scene.env.write(&settings, "ssh_hosts = [\"bo?\", \"*.internal.example.com\"]\n");
    plain.p0(["ssh-config", "install"]).run().success().lacks("paramiko").ignore_stderr();
    let config = fs::read_to_string(plain.config()).unwrap();
    assert!(config.contains(",bo?,*.internal.example.com\" exec \""), "{config}");
    plain.p0(["ssh-config", "status"]).run().success().ignore_stdout();
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n");
    let other = plain.run("ssh", ["-v", "-G", "other.example.com"]).run().success().ignore_stdout();
    assert!(!other.stderr().contains("executed"), "{other}");
    plain.0.scene.env.write(&settings, "ssh_hosts = [\"a b\"]\n");
    plain.p0(["ssh-config", "install"]).run().code(64).stderr_has("'a b' in ssh_hosts is not a pattern of host names.");
    fs::remove_file(settings).unwrap();
    plain.p0(["ssh-config", "install"]).run().success().stderr_has("Name your machines in ssh_hosts");
}
