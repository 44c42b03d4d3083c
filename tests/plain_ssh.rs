//! Plain `ssh` and what runs it (scp, rsync, git), by `p0 ssh-config`.

use crate::{
    harness::ASKER,
    scene::{REVIEWER, eventually},
    ssh::Host,
};
use p0_testkit::{
    Invocation,
    need::{self, Need},
};
use serde_json::json;
use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
};

/// The host, with plain `ssh` going through p0.
pub(crate) struct Plain(pub(crate) Host);

impl Plain {
    #[track_caller]
    pub(crate) fn new() -> Option<Self> {
        let plain = Self(Host::new()?);
        plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
        Some(plain)
    }

    /// Has `ssh` read its configuration in the test's home, as it does where that is the account's.
    pub(crate) fn ssh_reads_home(&self) {
        let script = "#!/bin/sh\nexec /usr/bin/ssh -F \"$HOME/.ssh/config\" \"$@\"\n";
        self.0.scene.env.tool("ssh", script);
    }

    pub(crate) fn p0(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.0.scene.p0(args)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.0.scene.env.home_dir().join(".ssh/config")
    }

    /// A program that reads this configuration of `ssh` by `-F`; `ssh` itself looks for a home in /etc/passwd.
    pub(crate) fn run(&self, program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        let run = self.0.scene.env.run(program).env("P0_API_TOKEN", self.0.scene.token(ASKER));
        run.arg("-F").arg(self.config()).args(args)
    }

    /// A program that is told of `ssh` by a variable or an option.
    pub(crate) fn with_ssh(&self, program: &str, name: &str) -> Invocation {
        let run = self.0.scene.env.run(program).env("P0_API_TOKEN", self.0.scene.token(ASKER));
        run.env(name, format!("ssh -F {}", self.config().display()))
    }

    pub(crate) fn resolve(&self, host: &str) -> Invocation {
        self.p0(["-q", "ssh-resolve", "--", host])
    }

    pub(crate) fn generated(&self) -> PathBuf {
        self.0.scene.env.state_dir().join("p0/ssh-generated")
    }
}

#[test]
fn what_is_added_is_taken_out_again() {
    let Some(host) = Host::new() else { return };
    let plain = Plain(host);
    plain.ssh_reads_home();
    let path = plain.config();
    let status = |code, text: &str| {
        plain.p0(["ssh-config", "status"]).run().code(code).stdout_has(text);
    };
    status(1, "Plain ssh does not go through p0.");
    plain.p0(["ssh-config", "remove"]).run().success().stderr_has("There is nothing of p0 in");
    plain.p0(["ssh-config", "install"]).run().success().stderr_has("Added to");
    plain.p0(["ssh-config", "remove"]).run().success().stderr_has("the rest is as it was");
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    for (command, state) in [("install", "installed"), ("remove", "absent")] {
        for changed in [true, false] {
            let document = plain.p0(["ssh-config", command, "--json"]).run().success().ignore_stderr().json();
            assert_eq!(document, json!({ "state": state, "file": path, "changed": changed }));
        }
    }

    // A file with comments and a mode of its own, which is a link to one that is kept elsewhere.
    let own = "# mine\nHost *.example.com\n\tUser ada   # here\n\n\nHost *\n  ServerAliveInterval 30";
    let real = plain.0.scene.env.write("dotfiles/config", own);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::remove_file(&path).unwrap();
    symlink(&real, &path).unwrap();
    plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    let installed = fs::read_to_string(&real).unwrap();
    assert!(installed.ends_with(own) && installed.starts_with("# >>> p0"), "{installed}");
    plain.p0(["ssh-config", "install"]).run().success().stderr_has("has it already");
    assert_eq!(fs::read_to_string(&real).unwrap(), installed);
    status(0, "Plain ssh goes through p0");
    assert_eq!(plain.p0(["ssh-config", "status", "--json"]).run().success().json()["state"], "installed");
    plain.p0(["ssh-config", "remove"]).run().success().ignore_stderr();
    assert_eq!(fs::read_to_string(&real).unwrap(), own);
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(path.symlink_metadata().unwrap().is_symlink());

    fs::write(&real, format!("# >>> p0: added by `p0 ssh-config install`, taken out by `p0 ssh-config remove`\n{own}"))
        .unwrap();
    for command in ["install", "remove"] {
        plain.p0(["ssh-config", command]).run().code(1).stderr_has("are not whole");
    }
    status(1, "are not whole");
}

#[test]
fn the_path_that_is_written_outlives_an_upgrade() {
    let Some(host) = Host::new() else { return };
    let plain = Plain(host);
    // Where `PATH` finds p0, as after an installation.
    let env = &plain.0.scene.env;
    let installed = env.bin_dir().join("p0");
    symlink(env.program(), &installed).unwrap();
    plain.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    let config = fs::read_to_string(plain.config()).unwrap();
    assert!(config.contains(&format!("exec \"'{}' ", installed.display())), "{config}");
    plain.run("ssh", ["box", "exit 7"]).run().code(7).ignore_stderr();
}

#[test]
fn machines_that_are_granted_are_reached() {
    let Some(plain) = Plain::new() else { return };
    plain.run("ssh", ["box", "echo out; exit 7"]).run().code(7).stdout_is("out\n");
    let work = plain.0.scene.env.work_dir();
    plain.0.scene.env.write("a file", "content");
    let there = work.join("there");
    plain.run("scp", ["-q", "a file", &format!("box:{}", there.display())]).run().success();
    assert_eq!(fs::read_to_string(&there).unwrap(), "content");
    let host_key = plain.0.scene.env.state_dir().join("p0/ssh-hosts");
    assert!(host_key.try_exists().unwrap());
    if need::all(&[Need::Program("rsync"), Need::Program("git")]) {
        plain.0.scene.env.write("site/index.html", "hello");
        let rsync = plain.with_ssh("rsync", "RSYNC_RSH");
        rsync.args(["-a", "site/", &format!("box:{}/site2/", work.display())]).run().success();
        assert_eq!(fs::read_to_string(work.join("site2/index.html")).unwrap(), "hello");
        plain.0.scene.env.run("git").args(["init", "-q", "--bare", "r.git"]).run().success();
        let git = plain.with_ssh("git", "GIT_SSH_COMMAND");
        git.args(["clone", "-q", &format!("box:{}/r.git", work.display()), "clone"]).run().success().ignore_stderr();
        assert!(work.join("clone/.git").try_exists().unwrap());
    }
    // With no connection left the process that serves the key ends.
    let sockets = || plain.0.scene.env.files().into_iter().filter(|path| path.ends_with("agent")).count();
    eventually("the agent ends", || sockets() == 0);
    plain.0.sshd.wait_until_idle();
}

#[test]
fn many_connections_begin_at_once() {
    let Some(plain) = Plain::new() else { return };
    let running: Vec<_> = (0..50).map(|n| plain.run("ssh", ["box", &format!("echo {n}; cat")]).spawn()).collect();
    for (n, running) in running.into_iter().enumerate() {
        running.finish().success().stdout_is(&format!("{n}\n")).ignore_stderr();
    }
    assert_eq!(plain.0.scene.requests().len(), 1);
}

#[test]
fn a_shared_connection_and_a_large_environment_are_fine() {
    let Some(plain) = Plain::new() else { return };
    let path = plain.0.scene.env.runtime_dir().join("cm");
    let control = format!("ControlPath={}", path.display());
    let shared = ["-o", "ControlMaster=auto", "-o", &control, "-o", "ControlPersist=20"];
    let large = "x".repeat(100_000);
    plain.run("ssh", shared).args(["box", "true"]).env("LARGE", large).run().success().ignore_stderr().left_running();
    plain.run("ssh", ["-f", "-N", "-o", "ControlMaster=yes", "-o", &control, "box"]).run().success().left_running();
}

#[test]
fn nothing_is_asked_for_that_needs_an_approval() {
    let Some(plain) = Plain::new() else { return };
    plain.resolve("guarded").run().code(1);
    assert!(plain.0.scene.requests().is_empty());
    // Once it is granted, it is reached; once it is taken back, no more.
    let asked = plain.p0(["request", "ssh", "session", "guarded"]).run().success().ignore_stderr();
    let id = asked.stdout().trim().to_owned();
    plain.resolve("guarded").run().code(1);
    plain.0.scene.p0_as(REVIEWER, ["approve", &id]).run().success().ignore_stderr();
    // That it was not theirs a moment ago is no matter once they have waited for it.
    plain.p0(["wait", &id]).run().success().ignore_stderr().ignore_stdout();
    plain.run("ssh", ["guarded", "echo there"]).run().success().stdout_is("there\n");
}

#[test]
fn hosts_of_others_are_let_alone() {
    let Some(mut plain) = Plain::new() else { return };
    plain.resolve("github.example.com").run().code(1);
    let known = plain.run("ssh", ["-G", "github.example.com"]).run().success().ignore_stderr();
    assert!(!known.stdout().contains("proxycommand"), "{known}");
    // What is remembered is said to those who wonder.
    plain.p0(["--debug", "ssh-resolve", "github.example.com"]).run().code(1).stderr_has("was asked about before");
    // Known hosts, those that are no names, and the one of `p0 doctor` cost no call: there is nobody to call.
    plain.0.scene.service.stop().success();
    for host in
        ["github.example.com", "p0-doctor.invalid", "", "-x", "$(touch pwned)", "a b", "../x", &"x".repeat(10_000)]
    {
        plain.resolve(host).run().code(1);
    }
    plain.resolve("another.example.com").run().code(1);
    let settings = plain.0.scene.env.config_dir().join("p0/config.toml");
    plain.0.scene.env.write(settings, "ssh_hosts = ['web-*']\n");
    let cached = || plain.0.scene.env.files_with(b"unwanted").len();
    plain.p0(["--debug", "ssh-resolve", "unwanted"]).run().code(1).stderr_has("is_in_ssh_hosts=false");
    assert_eq!(cached(), 0, "a host that is not asked about is not remembered either");
}

#[test]
fn who_is_not_signed_in_is_not_asked_to() {
    let Some(plain) = Plain::new() else { return };
    let before = plain.0.scene.env.files();
    plain.0.scene.env.p0(["-q", "ssh-resolve", "box"]).run().code(1);
    assert_eq!(plain.0.scene.env.files(), before);
    plain.0.scene.env.p0(["ssh-proxy", "box"]).run().code(1).stderr_has("Nothing is known of how box is reached.");
}

#[test]
fn a_hostile_name_runs_nothing() {
    let Some(plain) = Plain::new() else { return };
    let names = [
        "x';touch pwned;'",
        "x$(touch pwned)",
        "x`touch pwned`",
        "x\\",
        "x';touch pwned #",
        "x;touch pwned",
        "x|touch pwned",
        "x\ntouch pwned",
    ];
    for name in names {
        // Which names `ssh` itself refuses depends on its version; none runs anything in any of them.
        plain.run("ssh", ["-G", "--", name]).run().ignore_stdout().ignore_stderr().status();
    }
    // The line as a shell gets it, for every name that may get there.
    let config = fs::read_to_string(plain.config()).unwrap();
    let line = config.split("exec \"").nth(1).unwrap().split('"').next().unwrap();
    for name in names.into_iter().filter(|name| !name.contains(['\'', '\\'])) {
        plain.p0(["--version"]).run().success().ignore_stdout();
        let shell = plain.0.scene.env.run("sh").arg("-c").arg(line.replace("%n", name));
        shell.run().code(1);
    }
    assert!(!plain.0.scene.file("pwned").try_exists().unwrap());
    assert!(config.contains("Match originalhost \"!*'*,!*\\**,*\" exec "), "a name with a quote is not asked about");
}

#[test]
fn what_is_older_than_a_day_goes() {
    let Some(plain) = Plain::new() else { return };
    let directory = plain.generated();
    fs::create_dir_all(directory.join("machines/old")).unwrap();
    for name in ["old.conf", "machines/old/id.pub"] {
        fs::write(directory.join(name), "").unwrap();
    }
    let old = ["old.conf", "machines/old"].map(|name| directory.join(name));
    plain.0.scene.env.run("touch").args(["-d", "2 days ago"]).args(&old).run().success();
    plain.resolve("box").run().success();
    assert!(old.iter().all(|path| !path.try_exists().unwrap()));
    assert!(directory.join("box.conf").try_exists().unwrap());
}

#[test]
fn access_that_is_given_on_the_way_is_waited_for() {
    let Some(plain) = Plain::new() else { return };
    plain.0.sshd.trust_nobody();
    let running = plain.run("ssh", ["box", "echo in"]).spawn();
    eventually("the machine is tried", || plain.0.sshd.connections() >= 4);
    plain.0.trust();
    running.finish().success().stdout_is("in\n");
}
