//! `p0 ssh` when the time is over in which a grant should have reached everything. It is the process's clock that is moved
//! on (libfaketime); nothing here waits for time to pass.

use crate::{
    scene::OWNER,
    ssh::Host,
    ssh_providers::{Clouds, TOKEN},
};
use p0_testkit::{Invocation, Output, TestEnv, cloud, need, sshd::Sshd};
use std::{fs, path::PathBuf};

/// The library that moves a process's clock; `None` where it is not installed.
fn library() -> Option<PathBuf> {
    let places = fs::read_dir("/usr/lib").unwrap().flatten();
    let found =
        places.map(|place| place.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.metadata().is_ok());
    if found.is_none() {
        // It says so, or fails where it must be there.
        need::all(&[need::Need::File("/usr/lib/*/faketime/libfaketimeMT.so.1")]);
    }
    found
}

/// The clock of p0, which the test turns. What p0 starts goes by the system's.
pub(crate) struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// `None` where the library is missing.
    pub(crate) fn in_env(env: &TestEnv) -> Option<Self> {
        let library = library()?;
        env.tool("ssh", "#!/bin/sh\nunset LD_PRELOAD\nexec /usr/bin/ssh \"$@\"\n");
        Some(Self { library, file: env.write("time", "+0\n") })
    }

    /// `p0`, going by this clock.
    pub(crate) fn of(&self, run: Invocation) -> Invocation {
        let run = run.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        run.env("FAKETIME_NO_CACHE", "1")
    }

    /// Sets it this much ahead, in seconds.
    pub(crate) fn turn(&self, seconds: u32) {
        let next = self.file.with_extension("next");
        fs::write(&next, format!("+{seconds}\n")).unwrap();
        fs::rename(next, &self.file).unwrap();
    }
}

/// A clock that goes on by ten minutes when `ssh` has been run for the second time.
struct Time(Clock);

impl Time {
    fn in_env(env: &TestEnv) -> Option<Self> {
        let clock = Clock::in_env(env)?;
        let script = format!(
            "#!/bin/sh
unset LD_PRELOAD
cd '{work}'
echo >> tries
/usr/bin/ssh \"$@\"
code=$?
[ \"$(wc -l < tries)\" -lt 2 ] || {{ echo +600 > time.next; mv time.next time; }}
exit $code
",
            work = env.work_dir().display()
        );
        env.tool("ssh", &script);
        Some(Self(clock))
    }

    /// Runs it until it has run out of time.
    #[track_caller]
    fn runs_out(&self, run: Invocation) -> Output {
        self.0.of(run).run().stdout_is("").code(1)
    }
}

#[track_caller]
fn says(output: &Output, message: &str, hints: &[&str]) {
    let failure = output.stderr().find("Error: ").map(|at| &output.stderr()[at..]);
    let hints: String = hints.iter().map(|hint| format!("  {hint}\n")).collect();
    assert_eq!(failure, Some(format!("Error: {message}\n{hints}").as_str()), "{output}");
}

#[track_caller]
fn key_is_not_taken(host: &Host, output: &Output) {
    let refused = format!("{}@127.0.0.1: Permission denied (publickey).", host.sshd.user());
    says(
        output,
        &format!("Waited 2m for the machine to accept your key, in vain. The last answer was: {refused}"),
        &[AGAIN],
    );
}

const AGAIN: &str = "The access is there: try again in a while.";

#[test]
fn on_a_machine_of_ones_own() {
    let Some(host) = Host::that_trusts_nobody() else { return };
    let Some(time) = Time::in_env(&host.scene.env) else { return };
    let output = time.runs_out(host.ssh(["box", "true"]));
    key_is_not_taken(&host, &output);
    host.nothing_is_left();
}

#[test]
fn on_a_machine_that_closes_every_connection() {
    let Some(host) = Host::new() else { return };
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    let Some(time) = Time::in_env(&host.scene.env) else { return };
    host.sshd.drop_next(2);
    let output = time.runs_out(host.ssh(["box", "true"]));
    let said = output.stderr();
    assert!(said.contains("Error: Waited 2m for the machine to take connections, in vain. The last answer was: "));
    assert!(said.contains("Connection closed by ") || said.contains("Connection reset by "), "{output}");
    host.nothing_is_left();
}

#[test]
fn on_google_cloud_that_does_not_allow_the_tunnel() {
    let tunnel = "(gcloud.compute.start-iap-tunnel)";
    for (said, waited_for) in [
        ("Error while connecting [4033: 'not authorized'].", "Google Cloud to allow the tunnel"),
        ("Error while connecting [4010: 'destination read failed'].", "the instance to take connections"),
        (
            "Could not fetch resource: - Required 'compute.instances.get' permission for 'batch-1'",
            "Google Cloud to let you see the instance",
        ),
    ] {
        let Some((clouds, gcloud, _os_login)) = Clouds::gcloud() else { return };
        let Some(time) = Time::in_env(&clouds.scene.env) else { return };
        (0..2).for_each(|_| gcloud.refuse_next(&format!("ERROR: {tunnel} {said}")));
        let output = time.runs_out(clouds.ssh(["batch-1", "true"]));
        let expected =
            format!("Error: Waited 2m for {waited_for}, in vain. The last answer was: {tunnel} {said}\n  {AGAIN}\n");
        assert!(output.stderr().contains(&expected), "{output}");
        clouds.nothing_is_left();
    }
}

#[test]
fn on_access_that_has_ended_meanwhile() {
    let Some(host) = Host::that_trusts_nobody() else { return };
    let Some(time) = Time::in_env(&host.scene.env) else { return };
    // The second try waits until the access is taken back.
    let gate = host.scene.env.write("wait", "");
    let ssh = host.scene.env.bin_dir().join("ssh");
    let script = fs::read_to_string(&ssh).unwrap();
    let held = "echo >> tries\nwhile [ \"$(wc -l < tries)\" -eq 2 ] && [ -e wait ]; do sleep 0.05; done";
    host.scene.env.tool("ssh", &script.replace("echo >> tries", held));
    let running = time.0.of(host.ssh(["box", "true"])).spawn();
    running.wait_for_stderr("Waiting for the machine to accept your key");
    let id = host.scene.requests()[0]["id"].as_str().unwrap().to_owned();
    host.scene.p0_as(OWNER, ["revoke", &id]).run().success().ignore_stderr();
    fs::remove_file(gate).unwrap();
    let output = running.finish().code(1).stdout_is("");
    says(&output, "Your access was revoked meanwhile.", &["Run the command again to ask for it anew."]);
    host.nothing_is_left();
}

#[test]
fn for_a_copy() {
    let Some(host) = Host::that_trusts_nobody() else { return };
    let Some(time) = Time::in_env(&host.scene.env) else { return };
    // It is `scp` that is run, and `ssh` by it.
    host.scene.env.write("time", "");
    host.scene.env.tool("scp", "#!/bin/sh\nunset LD_PRELOAD\nexec /usr/bin/scp -S \"${0%/*}/ssh\" \"$@\"\n");
    let output = time.runs_out(host.scp(["time", "box:"]));
    key_is_not_taken(&host, &output);
    host.nothing_is_left();
}

#[test]
fn for_sudo() {
    let Some(host) = Host::new() else { return };
    let Some(time) = Time::in_env(&host.scene.env) else { return };
    host.sshd.sudo(false);
    let output = time.runs_out(host.ssh(["--sudo", "box", "true"]));
    let refused = format!("Sorry, user {} may not run sudo on server.", host.sshd.user());
    says(&output, &format!("Waited 2m for sudo to be allowed, in vain. The last answer was: {refused}"), &[AGAIN]);
    host.nothing_is_left();
}

#[test]
fn on_aws() {
    let Some((clouds, aws, _sts)) = Clouds::aws() else { return };
    let Some(time) = Time::in_env(&clouds.scene.env) else { return };
    let denied = "An error occurred (AccessDeniedException) when calling the StartSession operation: User: \
         arn:aws:sts::111122223333:assumed-role/SshAccess/x is not authorized to perform: ssm:StartSession";
    (0..2).for_each(|_| aws.refuse_next(&format!("\n{denied}")));
    let output = time.runs_out(clouds.ssh(["web-1", "true"]));
    let message = format!("Waited 30s for AWS to allow the session, in vain. The last answer was: {denied}");
    let policy = "Ask those who run the account whether a policy denies ssm:StartSession on the instance or on the document \
                  AWS-StartSSHSession.";
    says(&output, &message, &[AGAIN, policy]);
    clouds.nothing_is_left();
}

#[test]
fn on_google_cloud() {
    let mut os_login = None;
    let clouds = Clouds::with(|env: &mut TestEnv, sshd: &Sshd| {
        // It takes the key, and the machine never hears of it.
        let stand_in = cloud::os_login(TOKEN, sshd.user(), None);
        env.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN", stand_in.url().as_str());
        p0_testkit::CloudTool::gcloud(env, sshd, TOKEN);
        os_login = Some(stand_in);
    });
    let Some(clouds) = clouds else { return };
    let Some(time) = Time::in_env(&clouds.scene.env) else { return };
    let output = time.runs_out(clouds.ssh(["batch-1", "true"]));
    let said = output.stderr();
    assert!(said.contains("Error: Waited 2m for OS Login to bring your key to the instance, in vain. "), "{output}");
    assert!(
        said.contains("Permission denied (publickey)") && said.contains(AGAIN) && said.contains("OS Login"),
        "{output}"
    );
    clouds.nothing_is_left();
}

#[test]
fn on_azure() {
    let Some((clouds, _az)) = Clouds::azure() else { return };
    let Some(time) = Time::in_env(&clouds.scene.env) else { return };
    clouds.sshd.trust_nobody();
    let output = time.runs_out(clouds.ssh(["office-1", "true"]));
    let said = output.stderr();
    assert!(said.contains("Error: Waited 3m for "), "{output}");
    assert!(said.contains("Permission denied (publickey)") && said.contains(AGAIN), "{output}");
    clouds.nothing_is_left();
}
