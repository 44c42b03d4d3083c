//! `p0 ssh` and `p0 scp` on a machine of one's own: the real `ssh` and a real sshd, which trusts the service's authority.

use crate::{
    harness::env,
    scene::{OWNER, Scene, eventually},
};
use p0_testkit::{
    Invocation, Key, Signal,
    need::{self, Need},
    sshd::Sshd,
};
use std::{ffi::OsStr, fs};

/// What the tests need of the machine.
const NEEDS: [Need; 3] = [Need::Program("sshd"), Need::Program("ssh"), Need::Program("curl")];

/// A machine, and the service that grants sessions on it.
struct Host {
    scene: Scene,
    sshd: Sshd,
}

impl Host {
    /// One that trusts the service's authority; `None` where a program is missing.
    #[track_caller]
    fn new() -> Option<Self> {
        let host = Self::that_trusts_nobody()?;
        host.trust();
        Some(host)
    }

    #[track_caller]
    fn that_trusts_nobody() -> Option<Self> {
        Self::with(|_| ())
    }

    #[track_caller]
    fn with(change: impl FnOnce(&mut toml::Table)) -> Option<Self> {
        if !need::all(&NEEDS) {
            return None;
        }
        let env = env();
        let sshd = Sshd::start(&env);
        let machine = format!(
            "[integrations.ssh]\nprovisioner = {{ kind = \"ssh\" }}\n\
             [integrations.ssh.installed]\n\"self-hosted\" = {{}}\n\
             [[integrations.ssh.resources.destination]]\nkey = \"box\"\n\
             machine = {{ provider = \"self-hosted\", hostname = \"box\", public_ip = \"127.0.0.1:{}\", user_name = \"{}\" }}\n\
             [[integrations.ssh.resources.destination]]\nkey = \"off\"\n\
             machine = {{ provider = \"self-hosted\", hostname = \"off\", public_ip = \"127.0.0.1:9\", user_name = \"{1}\" }}\n",
            sshd.port(),
            sshd.user(),
        );
        let machine: toml::Table = machine.parse().unwrap();
        let policy = toml::toml! {
            name = "machines"
            requestor = { type = "group", groups = [{ id = "everybody" }] }
            resource = { type = "integration", service = "ssh", filters = { destination = { key = "name", pattern = "^(box|off)$" } } }
            approval = [{ type = "auto", services = ["web"] }]
        };
        let scene = Scene::within(env, |config| {
            let integrations = config["integrations"].as_table_mut().unwrap();
            integrations.extend(machine["integrations"].as_table().unwrap().clone());
            config["policies"].as_array_mut().unwrap().insert(0, policy.into());
            change(config);
        });
        Some(Self { scene, sshd })
    }

    /// Trusts the service's authority from now on.
    fn trust(&self) {
        let url = format!("{}orgs/example/ssh-authority", self.scene.service.url());
        let authority = self.scene.env.run("curl").args(["-sf", &url]).run().success();
        self.sshd.trust_authority(authority.stdout().trim());
    }

    fn ssh(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.scene.p0(["ssh"]).args(args)
    }

    fn scp(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.scene.p0(["scp"]).args(args)
    }

    /// Makes sure that a run has left nothing behind: no socket, no directory, no key in clear.
    #[track_caller]
    fn nothing_is_left(&self) {
        let left = |path: &std::path::PathBuf| path.starts_with("run") || path.starts_with("tmp");
        let files: Vec<_> = self.scene.env.files().into_iter().filter(left).collect();
        assert!(files.is_empty(), "{files:?}");
        for directory in [self.scene.env.runtime_dir(), self.scene.env.tmp_dir()] {
            let left: Vec<_> = fs::read_dir(directory).unwrap().flatten().map(|entry| entry.path()).collect();
            assert!(left.iter().all(|path| path.ends_with("p0") && fs::read_dir(path).unwrap().next().is_none()), "{left:?}");
        }
    }
}

#[test]
fn a_command_runs_there_and_its_exit_code_comes_back() {
    let Some(host) = Host::new() else { return };
    let ran = host.ssh(["box", "sh", "-c", "'echo out; echo err >&2; exit 7'"]).run().code(7).stdout_is("out\n");
    assert!(ran.stderr().contains("err\n"), "{ran}");
    host.nothing_is_left();
    let again = host.ssh(["box", "echo again"]).run().success().stdout_is("again\n");
    assert!(again.stderr().starts_with("Existing access found.  Connecting to instance.\n"), "{again}");
    host.nothing_is_left();
    host.sshd.wait_until_idle();
}
