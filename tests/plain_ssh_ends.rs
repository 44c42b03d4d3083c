//! Plain `ssh` when the access, the session or the service behind it ends.

use crate::{
    harness::{ASKER, PASSWORD},
    plain_ssh::Plain,
    scene::{OUTSIDER, OWNER, REVIEWER, eventually},
};
use p0_testkit::{Invocation, TestEnv};
use std::{fs, path::PathBuf};

impl Plain {
    /// Access to the machine that takes a reviewer, and that plain `ssh` has used.
    #[track_caller]
    fn used(&self, approve: &[&str]) -> String {
        let asked = self.p0(["request", "ssh", "session", "guarded"]).run().success().ignore_stderr();
        let id = asked.stdout().trim().to_owned();
        self.0.scene.p0_as(REVIEWER, ["approve", &id]).args(approve).run().success().ignore_stderr();
        self.p0(["wait", &id]).run().success().ignore_stderr().ignore_stdout();
        self.run("ssh", ["guarded", "echo there"]).run().success().stdout_is("there\n");
        id
    }

    fn proxy(&self, host: &str) -> Invocation {
        self.p0(["--quiet", "--no-input", "ssh-proxy", host])
    }

    /// What is kept of machines.
    fn kept(&self) -> Vec<PathBuf> {
        let all = self.0.scene.env.files().into_iter();
        all.filter(|path| path.starts_with("state/p0/ssh-generated")).collect()
    }
}

fn sockets(env: &TestEnv) -> usize {
    env.files().into_iter().filter(|path| path.ends_with("agent")).count()
}

#[test]
fn access_that_was_revoked_is_over_at_once() {
    let Some(plain) = Plain::new() else { return };
    let id = plain.used(&[]);
    plain.0.scene.p0_as(OWNER, ["revoke", &id]).run().success().ignore_stderr();
    // What was found a moment ago is not asked for again; the connection is.
    let told = "Error: Your access to guarded was revoked.\n  Ask for it again with: p0 ssh guarded\n";
    plain.run("ssh", ["guarded", "echo there"]).run().code(255).stdout_is("").stderr_has(told);
    plain.proxy("guarded").run().code(1).stdout_is("").stderr_is(told);
    // From then on it is no machine of the user's, and who tries it all the same hears why.
    let told = "Warning: Your access to guarded was revoked. Ask for it again with: p0 ssh guarded\n";
    for _ in 0..2 {
        plain.resolve("guarded").run().code(1).stderr_is(told);
    }
    assert!(!plain.generated().join("guarded.conf").try_exists().unwrap());
    // Asked for again, it is there again.
    plain.used(&[]);
}

#[test]
fn access_that_has_expired_is_over_at_once() {
    let Some(plain) = Plain::new() else { return };
    let id = plain.used(&["--duration", "5s"]);
    eventually("the access expires", || plain.0.scene.status(&id) == "EXPIRED");
    let told = "Error: Your access to guarded has expired.\n  Ask for it again with: p0 ssh guarded\n";
    plain.proxy("guarded").run().code(1).stdout_is("").stderr_is(told);
    let told = "Warning: Your access to guarded has expired. Ask for it again with: p0 ssh guarded\n";
    plain.resolve("guarded").run().code(1).stderr_is(told);
    // A connection says no less.
    let ssh = plain.run("ssh", ["-o", "ProxyCommand=false", "guarded", "true"]).run().code(255);
    assert!(ssh.stderr().starts_with(told), "{ssh}");
}

#[test]
fn access_that_is_given_back_is_forgotten() {
    let Some(plain) = Plain::new() else { return };
    plain.run("ssh", ["box", "true"]).run().success();
    let id = plain.used(&[]);
    plain.p0(["relinquish", &id]).run().success().ignore_stderr();
    let kept = plain.kept();
    assert!(!kept.is_empty() && kept.iter().all(|path| !path.to_string_lossy().contains("guarded")), "{kept:?}");
    plain.proxy("guarded").run().code(1).stderr_has("Nothing is known of how guarded is reached.");
    // Whoever has given it back need not be told.
    plain.resolve("guarded").run().code(1);
}

#[test]
fn signing_out_forgets_machines_and_ends_the_agent() {
    let Some(mut plain) = Plain::new() else { return };
    let _browser = plain.0.scene.env.browse_as(ASKER, PASSWORD);
    let env = &plain.0.scene.env;
    env.p0(["login"]).run().success().ignore_stderr();
    let ssh = |command: &str| env.run("ssh").arg("-F").arg(plain.config()).args(["box", command]);
    let mut running = ssh("echo in; cat; echo out").spawn();
    running.wait_for_stdout("in");
    plain.resolve("elsewhere.example.com").run().code(1);
    assert_eq!((sockets(env), plain.kept().is_empty()), (1, false));
    env.p0(["logout"]).run().success().ignore_stderr();
    assert_eq!(plain.kept(), Vec::<PathBuf>::new());
    assert_eq!(env.files_with(b"elsewhere.example.com"), Vec::<PathBuf>::new());
    assert_eq!(sockets(env), 0, "the key is served no more");
    // A session that is there is the machine's to end.
    running.write_stdin("still here\n");
    running.wait_for_stdout("still here");
    running.close_stdin();
    running.finish().success().ignore_stdout();
    env.p0(["-q", "ssh-resolve", "--", "box"]).run().code(1);
    // Signed in again there is a new key, which an agent of before would not have.
    env.p0(["login"]).run().success().ignore_stderr();
    let running = ssh("echo in; cat").spawn();
    running.wait_for_stdout("in");
    ssh("echo again").run().success().stdout_is("again\n");
    env.p0(["logout", "--all"]).run().success().ignore_stderr();
    assert_eq!((sockets(env), plain.kept()), (0, Vec::new()));
    running.finish().success().ignore_stdout();
}

#[test]
fn a_key_that_cannot_be_served_is_told_at_once() {
    let Some(plain) = Plain::new() else { return };
    plain.run("ssh", ["box", "true"]).run().success();
    let runtime = plain.0.scene.env.runtime_dir().join("p0");
    let named = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("key-");
    let mut directories = fs::read_dir(&runtime).unwrap().flatten().filter(named).map(|entry| entry.path());
    let directory = directories.next().unwrap();
    eventually("the process that serves the key ends", || !directory.join("agent").try_exists().unwrap());
    // No process can hold a directory's lock.
    fs::remove_file(directory.join("lock")).unwrap();
    fs::create_dir(directory.join("lock")).unwrap();
    let ran = plain.run("ssh", ["box", "true"]).run().code(255).stdout_is("");
    // Not that it takes too long, which would be said after it was begun again and again.
    ran.stderr_has("The process that serves your key to ssh ended at once.");
}

#[test]
fn what_one_user_holds_is_not_for_another() {
    let Some(plain) = Plain::new() else { return };
    plain.run("ssh", ["box", "true"]).run().success();
    plain.resolve("elsewhere.example.com").run().code(1);
    let as_outsider = |words: &[&str]| plain.0.scene.p0_as(OUTSIDER, words).run();
    let unknown =
        "Error: Nothing is known of how box is reached.\n  Connect with plain ssh, which asks first, or with: p0 ssh\n";
    as_outsider(&["ssh-proxy", "box"]).code(1).stderr_is(unknown);
    as_outsider(&["-q", "ssh-resolve", "--", "box"]).code(1);
    assert!(!plain.generated().join("box.conf").try_exists().unwrap());
    plain.run("ssh", ["box", "true"]).run().success();

    // The same for sessions: signed in as somebody else without signing out in between.
    let mut plain = plain;
    let browser = plain.0.scene.env.browse_as(ASKER, PASSWORD);
    plain.0.scene.env.p0(["login"]).run().success().ignore_stderr();
    let ssh = |plain: &Plain| plain.0.scene.env.run("ssh").arg("-F").arg(plain.config()).args(["box", "true"]);
    ssh(&plain).run().success();
    drop(browser);
    // A session that cannot be renewed.
    let secrets = crate::harness::session_secrets(&plain.0.scene.env);
    let mut session: serde_json::Value = serde_json::from_str(&fs::read_to_string(&secrets).unwrap()).unwrap();
    session["expiresAt"] = "2020-01-01T00:00:00Z".into();
    session["renewal"]["refreshToken"] = "worn".into();
    fs::write(&secrets, session.to_string()).unwrap();
    assert!(!plain.kept().is_empty());
    let _browser = plain.0.scene.env.browse_as(REVIEWER, PASSWORD);
    plain.0.scene.env.p0(["login"]).run().success().stderr_has("Signed in to example as reviewer@example.com.");
    assert_eq!(plain.kept(), Vec::<PathBuf>::new());
    plain.0.scene.env.p0(["ssh-proxy", "box"]).run().code(1).stderr_is(unknown);
}

#[test]
fn a_service_that_is_gone_ends_no_access() {
    let Some(mut plain) = Plain::new() else { return };
    plain.run("ssh", ["box", "true"]).run().success();
    plain.0.scene.service.stop().success();
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n").left_running();
    // Later it is asked, and once more when that was in vain.
    let file = plain.generated().join("machines/box/machine.json");
    let mut machine: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    machine["found"] = "2020-01-01T00:00:00Z".into();
    fs::write(&file, machine.to_string()).unwrap();
    let asking: Vec<_> = (0..5).map(|_| plain.resolve("box").spawn()).collect();
    asking.into_iter().for_each(|asking| drop(asking.finish().success().stderr_is("")));
    plain.run("ssh", ["box", "echo in"]).run().success().stdout_is("in\n").left_running();
    // Nobody knows better than the grant when it ends.
    machine["request"]["expiryTimestamp"] = 1_577_836_800_000_u64.into();
    fs::write(&file, machine.to_string()).unwrap();
    plain.resolve("box").run().code(1).stderr_has("Your access to box has expired.");
}
