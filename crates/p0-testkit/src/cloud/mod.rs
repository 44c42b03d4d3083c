//! Stand-ins for the clouds' command lines, for want of accounts: each does what a session by SSH asks of it, refuses in
//! the real one's words where the test wants it to, and carries bytes to an [`Sshd`].
//!
//! They come first in the `PATH` of the environment, under the real ones' names.

pub mod az_extension;
pub mod iap;

use crate::{
    Answer, Sshd, StandIn, TestEnv,
    need::Need,
    sshd::{self, Key},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the stand-ins need of the machine, with the [`Sshd`] behind them.
pub const NEEDS: [Need; 4] = [sshd::NEEDS[0], sshd::NEEDS[1], sshd::NEEDS[2], Need::Program("socat")];

/// A stand-in for a cloud's command line.
#[derive(Debug)]
pub struct CloudTool {
    state: PathBuf,
}

impl CloudTool {
    /// `aws` and `session-manager-plugin`, which lead to this server.
    pub fn aws(env: &TestEnv, sshd: &Sshd) -> Self {
        let tool = Self::new(env, "aws");
        tool.install(env, sshd, "aws", include_str!("aws.sh"), &[]);
        tool.install(env, sshd, "session-manager-plugin", include_str!("session-manager-plugin.sh"), &[]);
        tool
    }

    /// `gcloud`, whose tunnel leads to this server. It is signed in, and has this token.
    pub fn gcloud(env: &TestEnv, sshd: &Sshd, token: &str) -> Self {
        let tool = Self::new(env, "gcloud");
        tool.write("token", &format!("{token}\n"));
        tool.install(env, sshd, "gcloud", include_str!("gcloud.sh"), &[]);
        tool
    }

    /// `az`, whose tunnel leads to this server, and whose certificates are signed with this key for the server's user. It
    /// has its extensions, and is signed in to these subscriptions: what `az account list` shows.
    pub fn az(env: &TestEnv, sshd: &Sshd, authority: &Key, subscriptions: &Value) -> Self {
        let tool = Self::new(env, "az");
        fs::create_dir(tool.state.join("extensions")).expect("a directory for the stand-in");
        for extension in ["ssh", "bastion"] {
            tool.write(&format!("extensions/{extension}"), "");
        }
        tool.lists(subscriptions);
        let authority = authority.path().to_str().expect("a path of the test");
        tool.install(env, sshd, "az", include_str!("az.sh"), &[("@AUTHORITY@", authority), ("@USER@", sshd.user())]);
        tool
    }

    fn new(env: &TestEnv, name: &str) -> Self {
        let state = env.work_dir().join(format!("stand-in-{name}"));
        fs::create_dir_all(state.join("refusals")).expect("a directory for the stand-in");
        Self { state }
    }

    fn install(&self, env: &TestEnv, sshd: &Sshd, name: &str, script: &str, more: &[(&str, &str)]) {
        let mut text = script
            .replace("@REFUSE@\n", include_str!("refuse.sh"))
            .replace("@STATE@", self.state.to_str().expect("a path of the test"))
            .replace("@PORT@", &sshd.port().to_string());
        for (name, value) in more {
            text = text.replace(name, value);
        }
        env.tool(name, &text);
    }

    /// Refuses the next session, tunnel or certificate with this text, after those that are refused already.
    pub fn refuse_next(&self, text: &str) {
        let refusals = self.state.join("refusals");
        let count = fs::read_dir(&refusals).expect("a directory of the stand-in").count();
        fs::write(refusals.join(format!("{count:03}")), format!("{text}\n")).expect("a file of the stand-in");
    }

    /// Every call so far, with its arguments, one a line.
    pub fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.state.join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// The variables beginning with `AWS_` of the last call of `aws`, one a line.
    pub fn environment(&self) -> String {
        fs::read_to_string(self.state.join("environment")).unwrap_or_default()
    }

    /// Is signed out of `gcloud`, until somebody signs in.
    pub fn sign_out(&self) {
        self.write("signed-out", "");
    }

    /// Has lost this extension of `az`.
    pub fn lacks(&self, extension: &str) {
        fs::remove_file(self.state.join("extensions").join(extension)).expect("an extension of the stand-in");
    }

    /// Is signed in to these subscriptions with `az`.
    pub fn lists(&self, subscriptions: &Value) {
        self.write("accounts", &subscriptions.to_string());
    }

    /// Will be signed in to these with `az` after `az login` or `az account set`.
    pub fn will_list(&self, subscriptions: &Value) {
        self.write("signed-in", &subscriptions.to_string());
    }

    /// Will list these with `az account list --refresh`.
    pub fn lists_when_refreshed(&self, subscriptions: &Value) {
        self.write("refreshed", &subscriptions.to_string());
    }

    /// The tunnel of `az` never says that it is ready.
    pub fn never_opens(&self) {
        self.write("silent", "");
    }

    /// The next tunnel of `az` opens, fails when it is to carry a connection, and says this.
    pub fn breaks(&self, text: &str) {
        self.write("breaks", &format!("{text}\n"));
    }

    /// The next tunnel of `az` finds its port taken.
    pub fn port_is_taken(&self) {
        self.write("taken", "");
    }

    /// The port on this machine that the last tunnel of `az` was asked for.
    #[track_caller]
    pub fn tunnel_port(&self) -> u16 {
        let calls = self.calls();
        let port = calls.iter().rev().find_map(|call| call.rsplit_once("--port ").map(|(_, port)| port.trim().parse()));
        port.and_then(Result::ok).unwrap_or_else(|| panic!("no tunnel was asked for: {calls:#?}"))
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.state.join(name), text).expect("a file of the stand-in");
    }
}

/// A subscription as `az account list` shows it.
pub fn subscription(id: &str, directory: &str, user: &str, is_default: bool) -> Value {
    json!({"id": id, "name": format!("Subscription {id}"), "tenantId": directory, "isDefault": is_default,
        "state": "Enabled", "cloudName": "AzureCloud", "user": {"name": user, "type": "user"}})
}

/// A stand-in for OS Login, which takes keys from whoever comes with this token: [`StandIn::requests`] are the imports. The
/// account on machines is `account`. `trusts`: it brings keys to this server at once.
pub fn os_login(token: &str, account: &str, trusts: Option<&Sshd>) -> StandIn {
    let (bearer, account) = (format!("Bearer {token}"), account.to_owned());
    let trust = trusts.map(Sshd::truster);
    StandIn::by_request(move |request| {
        let refused = |status, message: &str| {
            Answer::json(status, &json!({"error": {"code": status, "message": message, "status": "X"}}))
        };
        if request.header("authorization") != Some(&bearer) {
            return refused(401, "Request had invalid authentication credentials.");
        }
        if request.method != "POST" || !request.target.contains(":importSshPublicKey?projectId=") {
            return refused(404, "Not found.");
        }
        let body = request.json();
        if let (Some(trust), Some(key)) = (&trust, body["key"].as_str()) {
            trust(key);
        }
        Answer::json(
            200,
            &json!({"loginProfile": {"name": "1", "posixAccounts": [{"primary": true, "username": account,
                "uid": "1", "operatingSystemType": "LINUX"}]}}),
        )
    })
}

/// Processes of this machine whose command line names the environment's directories: what a run has left behind.
pub fn left_behind(env: &TestEnv) -> Vec<String> {
    let root = env.work_dir();
    let root = root.parent().and_then(Path::to_str).expect("a path of the test").to_owned();
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    let line = |process: fs::DirEntry| {
        let bytes = fs::read(process.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
    };
    processes.filter_map(line).filter(|line| line.contains(&root)).collect()
}
