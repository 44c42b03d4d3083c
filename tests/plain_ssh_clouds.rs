//! Plain `ssh`, scp and git to machines of Google Cloud and Azure: what leads there is opened by `p0 ssh-proxy`, and gone with
//! the connection, however that ends. AWS is in `ssh_providers`.

use crate::{
    harness::ASKER,
    scene::eventually,
    ssh_providers::{Clouds, network},
};
use p0_testkit::{
    Invocation, Running, Sshd,
    need::{self, Need},
};
use std::{ffi::OsStr, fs, net::TcpStream};

impl Clouds {
    fn install(&self) {
        self.scene.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    }

    /// A program that reads the user's configuration of `ssh`; the system's own, whatever a stand-in is called.
    fn plain(&self, program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        let run = self.scene.env.run(format!("/usr/bin/{program}")).env("P0_API_TOKEN", self.scene.token(ASKER));
        run.arg("-F").arg(self.scene.env.home_dir().join(".ssh/config")).args(args)
    }
}

/// Kills `ssh` alone, which then tells its proxy nothing.
#[track_caller]
fn kill(clouds: &Clouds, ssh: Running) {
    clouds.scene.env.run("kill").args(["-9", &ssh.id().to_string()]).run().success();
    ssh.finish().killed_by(9).ignore_stdout().ignore_stderr().left_running();
}

#[test]
fn a_bastion_carries_ssh_scp_and_git() {
    let Some((mut clouds, az)) = Clouds::azure() else { return };
    // The word that the tunnel is open is a warning: what p0 sets for az counts, here as in `p0 ssh`.
    clouds.scene.env.set("AZURE_CORE_ONLY_SHOW_ERRORS", "true");
    clouds.install();
    clouds.plain("ssh", ["office-1", "cat; exit 5"]).stdin("through\n").run().code(5).stdout_is("through\n");
    let closed = || TcpStream::connect(("127.0.0.1", az.tunnel_port())).is_err();
    eventually("the tunnel is closed", closed);
    let work = clouds.scene.env.work_dir();
    clouds.scene.env.write("a file", "content");
    let there = work.join("there");
    clouds.plain("scp", ["-q", "a file", &format!("office-1:{}", there.display())]).run().success();
    assert_eq!(fs::read_to_string(&there).unwrap(), "content");
    if need::all(&[Need::Program("git")]) {
        let env = &clouds.scene.env;
        env.run("git").args(["init", "-q", "--bare", "r.git"]).run().success();
        let ssh = format!("ssh -F {}", env.home_dir().join(".ssh/config").display());
        let git = env.run("git").env("P0_API_TOKEN", clouds.scene.token(ASKER)).env("GIT_SSH_COMMAND", ssh);
        let repository = format!("office-1:{}/r.git", work.display());
        git.args(["clone", "-q", &repository, "clone"]).run().success().ignore_stderr();
        assert!(work.join("clone/.git").try_exists().unwrap());
    }
    clouds.nothing_runs();
    assert!(closed());
}

#[test]
fn a_tunnel_goes_with_an_ssh_that_is_killed() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    clouds.install();
    let running = clouds.plain("ssh", ["office-1", "echo in; cat"]).spawn();
    running.wait_for_stdout("in");
    kill(&clouds, running);
    eventually("the tunnel is closed", || TcpStream::connect(("127.0.0.1", az.tunnel_port())).is_err());
    clouds.nothing_runs();
    // One that is not open yet as well.
    az.never_opens();
    let tunnels = || az.calls().iter().filter(|call| call.contains("bastion tunnel")).count();
    let before = tunnels();
    let running = clouds.plain("ssh", ["office-1", "true"]).spawn();
    eventually("the tunnel is being opened", || tunnels() > before);
    kill(&clouds, running);
    clouds.nothing_runs();
}

#[test]
fn a_tunnel_goes_with_an_ssh_that_is_killed_together_with_its_proxy() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    clouds.install();
    let running = clouds.plain("ssh", ["office-1", "echo in; cat"]).spawn();
    running.wait_for_stdout("in");
    let id = running.id();
    let proxy = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let proxy = proxy.split_whitespace().collect::<Vec<_>>();
    assert_eq!(proxy.len(), 1, "{proxy:?}");
    clouds.scene.env.run("kill").args(["-9", &id.to_string(), proxy[0]]).run().success();
    running.finish().killed_by(9).ignore_stdout().ignore_stderr().left_running();
    eventually("the tunnel is closed", || TcpStream::connect(("127.0.0.1", az.tunnel_port())).is_err());
    clouds.nothing_runs();
}

#[test]
fn a_tunnel_that_does_not_open_says_why() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    clouds.install();
    clouds.plain("ssh", ["office-1", "true"]).run().success();
    az.refuse_next("ERROR: (ResourceNotFound) The Bastion office-bastion was not found.");
    let ran = clouds.plain("ssh", ["office-1", "true"]).run().code(255).stdout_is("");
    let told =
        "The tunnel ended before it was open.\nERROR: (ResourceNotFound) The Bastion office-bastion was not found.\n";
    assert!(ran.stderr().starts_with(told), "{ran}");
    clouds.nothing_runs();
}

#[test]
fn a_jump_host_carries_plain_ssh() {
    let Some((clouds, _az)) = Clouds::azure() else { return };
    let jump = Sshd::start(&clouds.scene.env);
    jump.trust_authority(&fs::read_to_string(clouds.scene.file("entra.key.pub")).unwrap());
    clouds.sshd.only_through(&jump);
    network(&clouds.scene.env, &jump, &clouds.sshd);
    clouds.install();
    clouds.plain("ssh", ["mail-1", "cat; exit 5"]).stdin("through\n").run().code(5).stdout_is("through\n");
    let running = clouds.plain("ssh", ["mail-1", "echo in; cat"]).spawn();
    running.wait_for_stdout("in");
    kill(&clouds, running);
    jump.wait_until_idle();
    clouds.nothing_runs();
}

#[test]
fn a_tunnel_of_google_carries_plain_ssh() {
    let Some((clouds, gcloud, _os_login)) = Clouds::gcloud() else { return };
    clouds.install();
    clouds.plain("ssh", ["batch-1", "cat; exit 5"]).stdin("through\n").run().code(5).stdout_is("through\n");
    let opened = |call: &String| call.contains("start-iap-tunnel batch-1 22") && call.contains("--listen-on-stdin");
    assert!(gcloud.calls().iter().any(opened), "{:#?}", gcloud.calls());
    let running = clouds.plain("ssh", ["batch-1", "echo in; cat"]).spawn();
    running.wait_for_stdout("in");
    kill(&clouds, running);
    clouds.nothing_runs();
    // Whoever is signed out of gcloud is told by `p0 ssh`; here there is no machine then.
    gcloud.sign_out();
    fs::remove_dir_all(clouds.scene.env.state_dir().join("p0/ssh-generated/machines/batch-1")).unwrap();
    clouds.plain("ssh", ["batch-1", "true"]).run().code(255).stdout_is("").stderr_has("batch-1");
}
