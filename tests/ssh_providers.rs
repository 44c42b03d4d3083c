//! `p0 ssh` on machines of AWS, Google Cloud and Azure: the real `ssh` and a real sshd, with stand-ins for the clouds'
//! command lines between them.

use crate::{
    aws_scene,
    harness::{ASKER, env},
    scene::{Scene, eventually},
};
use p0_testkit::{
    Answer, CloudTool, Invocation, Key, Signal, StandIn, TestEnv,
    cloud::{self, subscription},
    need,
    sshd::{self, Sshd},
};
use serde_json::json;
use std::{ffi::OsStr, fs, net::TcpStream};

pub(crate) const TOKEN: &str = "ya29.a-token-that-nobody-may-see";
pub(crate) const SUBSCRIPTION: &str = "00000000-0000-4000-8000-000000000001";
pub(crate) const DIRECTORY: &str = "00000000-0000-4000-8000-000000000002";
const OTHER: &str = "00000000-0000-4000-8000-000000000009";

/// What the Security Token Service answers.
const CREDENTIALS: &str = "<AssumeRoleWithSAMLResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <AssumeRoleWithSAMLResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>aws-hush-1\
    </SecretAccessKey><SessionToken>aws-hush-2</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
    </AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>";

/// The machines, and a policy that grants sessions on them at once.
const MACHINES: &str = r#"
[integrations.ssh]
# Grants nothing, and names no account: the clouds say who somebody is on a machine.
provisioner = { kind = "command", command = ["sh", "-c", "cat > /dev/null"] }

[integrations.ssh.installed]
"azure:00000000-0000-4000-8000-000000000001" = {}
"gcloud:example-dev" = {}
"aws:111122223333" = {}

[[integrations.ssh.resources.parent]]
key = "111122223333"
value = "development"
properties = { provider = "aws" }

[[integrations.ssh.resources.destination]]
key = "i-0aaaaaaaaaaaaaaa1"
value = "web-1"
parent = "111122223333"
machine = { provider = "aws", region = "us-east-1", role = "SshAccess", user_name = "@USER@" }

[[integrations.ssh.resources.parent]]
key = "example-dev"
properties = { provider = "gcloud" }

[[integrations.ssh.resources.parent]]
key = "00000000-0000-4000-8000-000000000001"
value = "Office"
properties = { provider = "azure" }

[[integrations.ssh.resources.destination]]
key = "4000000000000000001"
value = "batch-1"
parent = "example-dev"
machine = { provider = "gcloud", zone = "us-central1-a" }

[[integrations.ssh.resources.destination]]
key = "00000000-0000-4000-8000-000000000201"
value = "office-1"
parent = "00000000-0000-4000-8000-000000000001"

[integrations.ssh.resources.destination.machine]
provider = "azure"
region = "eastus"
resource_group = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/office"
directory = "00000000-0000-4000-8000-000000000002"
network_interface = { id = "office-1-nic", subnet = "office" }
gateway = { kind = "bastion-host", id = "office-bastion", role = "r" }

[[integrations.ssh.resources.destination]]
key = "00000000-0000-4000-8000-000000000202"
value = "mail-1"
parent = "00000000-0000-4000-8000-000000000001"

[integrations.ssh.resources.destination.machine]
provider = "azure"
region = "eastus"
resource_group = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/mail"
directory = "00000000-0000-4000-8000-000000000002"
network_interface = { id = "mail-1-nic", subnet = "mail", private_ip = "192.0.2.21" }
gateway = { kind = "jump-host", id = "mail-jump", role = "r", public_ip = "203.0.113.10" }

[[policies]]
name = "machines"
requestor = { type = "group", groups = [{ id = "everybody" }] }
resource = { type = "integration", service = "ssh" }
approval = [{ type = "auto", services = ["web"] }]
"#;

/// A service with machines in clouds, and one sshd that stands for all of them.
pub(crate) struct Clouds {
    pub(crate) scene: Scene,
    pub(crate) sshd: Sshd,
}

impl Clouds {
    /// `None` where a program is missing. `prepare` changes the environment, before the service knows it.
    #[track_caller]
    pub(crate) fn with(prepare: impl FnOnce(&mut TestEnv, &Sshd)) -> Option<Self> {
        if !need::all(&cloud::NEEDS) {
            return None;
        }
        let mut env = env();
        let sshd = Sshd::with(&env, "AcceptEnv AWS_*");
        prepare(&mut env, &sshd);
        let machines: toml::Table = MACHINES.replace("@USER@", sshd.user()).parse().unwrap();
        let scene = Scene::within(env, |config| {
            aws_scene::add_aws(config);
            let integrations = config["integrations"].as_table_mut().unwrap();
            integrations.extend(machines["integrations"].as_table().unwrap().clone());
            config["policies"].as_array_mut().unwrap().splice(0..0, machines["policies"].as_array().unwrap().clone());
        });
        Some(Self { scene, sshd })
    }

    /// With AWS: the account's role is assumed at this stand-in for its Security Token Service.
    #[track_caller]
    pub(crate) fn aws() -> Option<(Self, CloudTool, StandIn)> {
        let mut parts = None;
        let clouds = Self::with(|env, sshd| {
            let sts = StandIn::by_request(|_| Answer::status(200).header("content-type", "text/xml").body(CREDENTIALS));
            env.set("AWS_ENDPOINT_URL_STS", sts.url().as_str().trim_end_matches('/'));
            parts = Some((CloudTool::aws(env, sshd), sts));
        })?;
        let (tool, sts) = parts.unwrap();
        Some((clouds, tool, sts))
    }

    /// The key that access was asked for with.
    #[track_caller]
    pub(crate) fn asked_key(&self) -> String {
        let key = || self.scene.requests().first()?["request"]["permission"]["publicKey"].as_str().map(str::to_owned);
        eventually("access is asked for", || key().is_some());
        key().unwrap()
    }

    /// With Google Cloud: OS Login brings keys to the machine at once.
    #[track_caller]
    pub(crate) fn gcloud() -> Option<(Self, CloudTool, StandIn)> {
        let mut parts = None;
        let clouds = Self::with(|env, sshd| {
            let os_login = cloud::os_login(TOKEN, sshd.user(), Some(sshd));
            env.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN", os_login.url().as_str());
            parts = Some((CloudTool::gcloud(env, sshd, TOKEN), os_login));
        })?;
        let (tool, os_login) = parts.unwrap();
        Some((clouds, tool, os_login))
    }

    /// With Azure: signed in to the machines' subscription, with an authority that the machine trusts.
    #[track_caller]
    pub(crate) fn azure() -> Option<(Self, CloudTool)> {
        let mut tool = None;
        let clouds = Self::with(|env, sshd| {
            let authority = sshd::Key::new(env, "entra");
            sshd.trust_authority(authority.public());
            let listed = json!([subscription(SUBSCRIPTION, DIRECTORY, ASKER, true)]);
            tool = Some(CloudTool::az(env, sshd, &authority, &listed));
        })?;
        Some((clouds, tool.unwrap()))
    }

    pub(crate) fn ssh(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.scene.p0(["ssh"]).args(args)
    }

    /// Makes sure that a run has left nothing behind: no process, no socket, no directory.
    #[track_caller]
    pub(crate) fn nothing_is_left(&self) {
        self.nothing_runs();
        let left = |path: &std::path::PathBuf| path.starts_with("run") || path.starts_with("tmp");
        let files: Vec<_> = self.scene.env.files().into_iter().filter(left).collect();
        assert!(files.is_empty(), "{files:?}");
    }

    #[track_caller]
    pub(crate) fn nothing_runs(&self) {
        self.sshd.wait_until_idle();
        let is_ours = |line: &String| !line.contains("sshd") && !line.contains(" serve ");
        eventually("every process has ended", || !cloud::left_behind(&self.scene.env).iter().any(is_ours));
    }
}

#[test]
fn a_machine_of_aws_is_reached_through_systems_manager() {
    let Some((mut clouds, aws, sts)) = Clouds::aws() else { return };
    // What the user has set for AWS is not what counts here.
    clouds.scene.env.set("AWS_PROFILE", "nowhere");
    let running = clouds.ssh(["web-1", "env; exit 3"]).spawn();
    let key = clouds.asked_key();
    running.wait_for_stderr("Waiting for the instance to accept your key");
    clouds.sshd.trust_key(&key);
    let ran = running.finish().code(3).ignore_stderr();
    assert!(ran.stdout().contains("SSH_CONNECTION=") && !ran.stdout().contains("AWS_"), "{ran}");
    let session = "ssm start-session --region us-east-1 --target i-0aaaaaaaaaaaaaaa1 \
        --document-name AWS-StartSSHSession --parameters portNumber=22";
    assert!(aws.calls().iter().all(|call| call == &format!("aws {session}")), "{:#?}", aws.calls());
    let environment = aws.environment();
    assert!(environment.contains("AWS_SESSION_TOKEN=aws-hush-2") && !environment.contains("PROFILE"), "{environment}");
    // The role of the grant was assumed, once, and its credentials are kept for the next session.
    clouds.ssh(["web-1", "echo again"]).run().success().stdout_is("again\n").ignore_stderr();
    let assumed = sts.requests();
    assert_eq!(assumed.len(), 1);
    assert!(assumed[0].text().contains("role%2FSshAccess"), "{assumed:?}");
    // They are in the store of secrets that tests choose, and in what the stand-in noted.
    let files = clouds.scene.env.files_with(b"aws-hush");
    let is_expected =
        |file: &std::path::PathBuf| file.starts_with("state/p0/secrets") || file.ends_with("stand-in-aws/environment");
    assert!(files.iter().all(is_expected), "{files:?}");
    clouds.nothing_is_left();
}

#[test]
fn a_proxy_of_the_users_own_is_rejected_where_a_cloud_carries_the_connection() {
    let Some((clouds, aws, _sts)) = Clouds::aws() else { return };
    for own in [&["-J", "bastion"][..], &["-o", "ProxyCommand=false"]] {
        let ran = clouds.ssh(["web-1", "--"]).args(own).arg("true").run().code(64);
        ran.stderr_has("Error: Cannot use -J or ProxyCommand: ").stderr_has(" carries the connection to ");
    }
    assert!(aws.calls().is_empty(), "{:#?}", aws.calls());
    clouds.nothing_is_left();
}

/// The command lines of a test's processes in whose environment this is.
fn processes_with(env: &TestEnv, secret: &str) -> Vec<String> {
    let home = env.home_dir().display().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|process| process.path());
    let has = |path: &std::path::PathBuf| {
        let text = fs::read(path.join("environ")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        text.contains(&home) && text.contains(secret)
    };
    let line = |path: std::path::PathBuf| Some(fs::read_to_string(path.join("cmdline")).ok()?.replace('\0', " "));
    processes.filter(has).filter_map(line).collect()
}

#[test]
fn ssh_has_no_credentials_to_send() {
    let Some((mut clouds, _aws, _sts)) = Clouds::aws() else { return };
    clouds.scene.env.set("AWS_PROFILE", "of-the-user");
    clouds.scene.env.write("home/.ssh/config", "SendEnv AWS_*\n");
    let config = clouds.scene.file("home/.ssh/config").display().to_string();
    let mut running = clouds.ssh(["web-1", "env; read x", "--", "-F", &config]).spawn();
    clouds.sshd.trust_key(&clouds.asked_key());
    running.wait_for_stdout("SSH_CONNECTION=");
    running.wait_for_stdout("AWS_PROFILE=of-the-user");
    let holders = processes_with(&clouds.scene.env, "aws-hush-2");
    let is_proxy = |line: &String| {
        line.contains("session-manager-plugin") || line.contains("start-session") || line.starts_with("socat ")
    };
    assert!(!holders.is_empty() && holders.iter().all(is_proxy), "{holders:#?}");
    running.write_stdin("\n");
    let ran = running.finish().ignore_stderr();
    assert!(!ran.stdout().contains("hush"), "{ran}");
    clouds.nothing_is_left();
}

#[test]
fn ctrl_c_ends_the_program_in_front_of_ssh() {
    let Some((clouds, _aws, _sts)) = Clouds::aws() else { return };
    // It says nothing, and would live on without its connection.
    let begun = clouds.scene.file("begun");
    let script = format!("#!/bin/sh\ntrap '' HUP\ntouch '{}'\ntail -f \"$0\"\n", begun.display());
    clouds.scene.env.tool("aws", &script);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let running = clouds.ssh(["web-1", "true"]).spawn();
        eventually("the program runs", || begun.try_exists().unwrap());
        running.signal(signal);
        running.finish().code(130).stderr_has("Interrupted; the access stays.");
        clouds.nothing_is_left();
        fs::remove_file(&begun).unwrap();
    }
}

#[test]
fn the_program_in_front_of_ssh_goes_with_it() {
    let Some((clouds, _aws, _sts)) = Clouds::aws() else { return };
    let port = clouds.sshd.port();
    // Its child does not notice that nobody is there any more.
    let script = format!("#!/bin/sh\ntail -f \"$0\" > /dev/null &\nexec socat - TCP:127.0.0.1:{port}\n");
    clouds.scene.env.tool("aws", &script);
    let running = clouds.ssh(["web-1", "exit 3"]).spawn();
    clouds.sshd.trust_key(&clouds.asked_key());
    running.finish().code(3).ignore_stderr();
    clouds.nothing_is_left();
    // An `ssh` that has gone into the background is still there, and takes its connection along.
    let done = clouds.scene.file("done");
    let command = format!("sleep 1; touch '{}'", done.display());
    clouds.ssh(["web-1", "--", "-f", &command]).run().success().ignore_stderr();
    eventually("the session has ended", || done.try_exists().unwrap());
}

#[test]
fn plain_ssh_reaches_aws_and_has_no_credentials_either() {
    let Some((clouds, aws, _sts)) = Clouds::aws() else { return };
    clouds.scene.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    let config = clouds.scene.env.home_dir().join(".ssh/config");
    let ssh = |command: &str| {
        let run = clouds.scene.env.run("ssh").env("P0_API_TOKEN", clouds.scene.token(ASKER));
        run.arg("-F").arg(&config).args(["-o", "SendEnv=AWS_*", "web-1", command])
    };
    // The first connection asks for the access, and waits until the machine knows the key.
    let running = ssh("env").spawn();
    clouds.sshd.trust_key(&clouds.asked_key());
    let ran = running.finish().success().ignore_stderr();
    assert!(ran.stdout().contains("SSH_CONNECTION=") && !ran.stdout().contains("hush"), "{ran}");
    assert!(aws.environment().contains("AWS_SESSION_TOKEN=aws-hush-2"), "{}", aws.environment());
    // What is kept between connections has none either.
    let files = clouds.scene.env.files_with(b"aws-hush");
    assert!(files.iter().all(|file| !file.starts_with("state/p0/ssh-generated")), "{files:?}");
    // The program's child does not notice by itself that nobody is there any more.
    let port = clouds.sshd.port();
    let script = format!("#!/bin/sh\ntail -f \"$0\" > /dev/null &\nsocat - TCP:127.0.0.1:{port}\n");
    clouds.scene.env.tool("aws", &script);
    ssh("exit 3").run().code(3).ignore_stderr();
    // But for the process that serves the key a little longer.
    clouds.nothing_runs();
}

#[test]
fn the_real_aws_cli_takes_the_command_line() {
    if !need::all(&[aws_scene::PACKAGES]) {
        return;
    }
    let Some((mut clouds, _stand_in, _sts)) = Clouds::aws() else { return };
    let answer = json!({"SessionId": "x-1", "TokenValue": "t", "StreamUrl": "wss://ssmmessages.example.com/x-1"});
    let ssm = StandIn::by_request(move |_| Answer::json(200, &answer));
    let env = &mut clouds.scene.env;
    env.set("AWS_ENDPOINT_URL_SSM", ssm.url().as_str().trim_end_matches('/'));
    let aws = aws_scene::PYTHON;
    env.tool("aws", &format!("#!/bin/sh\nexec '{aws}/bin/aws' \"$@\"\n"));
    // The plugin is asked for its version first, and is then handed the session.
    let port = clouds.sshd.port();
    let plugin = format!("#!/bin/sh\n[ $# -gt 1 ] || exec echo 1.2.707.0\nexec socat - TCP:127.0.0.1:{port}\n");
    clouds.scene.env.tool("session-manager-plugin", &plugin);
    let running = clouds.ssh(["web-1", "echo hello"]).spawn();
    clouds.sshd.trust_key(&clouds.asked_key());
    running.finish().success().stdout_is("hello\n").ignore_stderr();
    let asked = ssm.requests()[0].json();
    let parameters = json!({"portNumber": ["22"]});
    let expected = ("i-0aaaaaaaaaaaaaaa1", "AWS-StartSSHSession", &parameters);
    assert_eq!(
        (asked["Target"].as_str().unwrap(), asked["DocumentName"].as_str().unwrap(), &asked["Parameters"]),
        expected
    );
    clouds.nothing_is_left();
}

#[test]
fn aws_may_take_its_time() {
    let Some((clouds, aws, _sts)) = Clouds::aws() else { return };
    aws.refuse_next(
        "\nAn error occurred (AccessDeniedException) when calling the StartSession operation: User: \
         arn:aws:sts::111122223333:assumed-role/SshAccess/x is not authorized to perform: ssm:StartSession",
    );
    let mut running = clouds.ssh(["web-1", "cat"]).spawn();
    clouds.sshd.trust_key(&clouds.asked_key());
    running.wait_for_stderr("Waiting for AWS to allow the session");
    running.write_stdin("kept\n");
    running.close_stdin();
    running.finish().success().stdout_is("kept\n").ignore_stderr();
    aws.refuse_next(
        "\nAn error occurred (TargetNotConnected) when calling the StartSession operation: i-0aaaaaaaaaaaaaaa1 is not \
         connected.",
    );
    let ran = clouds.ssh(["web-1", "true"]).run().code(1);
    ran.stderr_has("Error: The instance i-0aaaaaaaaaaaaaaa1 is not connected to AWS Systems Manager.\n");
    clouds.nothing_is_left();
}

#[test]
fn the_session_manager_plugin_is_missed_by_its_name() {
    let Some((clouds, _aws, _sts)) = Clouds::aws() else { return };
    fs::remove_file(clouds.scene.env.bin_dir().join("session-manager-plugin")).unwrap();
    let ran = clouds.ssh(["web-1", "true"]).run().code(127);
    let ran = ran.stderr_has("Error: The program 'session-manager-plugin' is not installed; ");
    assert!(ran.stderr().contains("dpkg -i session-manager-plugin.deb"), "{ran}");
    clouds.nothing_is_left();
}

#[test]
fn a_machine_of_google_cloud_is_reached_through_iap() {
    let Some((clouds, gcloud, os_login)) = Clouds::gcloud() else { return };
    clouds.ssh(["batch-1", "echo hello; exit 3"]).run().code(3).stdout_is("hello\n").ignore_stderr();
    let imports = os_login.requests();
    let target = format!("/v1/users/{ASKER}:importSshPublicKey?projectId=example-dev");
    assert_eq!((imports.len(), imports[0].target.as_str()), (1, target.as_str()));
    let imported = imports[0].json();
    assert!(imported["key"].as_str().unwrap().starts_with("ssh-ed25519 "), "{imported}");
    assert!(imported["expirationTimeUsec"].is_string(), "the key ends with the access: {imported}");
    let calls = gcloud.calls();
    let quiet = "--quiet --verbosity error";
    let tunnel = "compute start-iap-tunnel batch-1 22 --listen-on-stdin --zone us-central1-a --project example-dev";
    assert_eq!(
        calls,
        [
            format!("gcloud auth print-access-token --account {ASKER} {quiet}"),
            format!("gcloud {tunnel} --account {ASKER} {quiet}"),
        ]
    );
    // The token is where it must be and nowhere else.
    let files = clouds.scene.env.files_with(TOKEN.as_bytes());
    assert_eq!(files, [std::path::Path::new("work/stand-in-gcloud/token")]);
    clouds.nothing_is_left();
}

#[test]
fn google_cloud_may_take_its_time() {
    let Some((clouds, gcloud, _os_login)) = Clouds::gcloud() else { return };
    let failed = "ERROR: [0] Error during local connection to [stdin]: Error while connecting";
    gcloud.refuse_next(&format!("{failed} [4033: 'not authorized']."));
    // As versions say it that look the instance up first.
    let tunnel = "ERROR: (gcloud.compute.start-iap-tunnel)";
    gcloud.refuse_next(&format!("{tunnel} Could not fetch resource:\n - Required 'compute.instances.get' permission"));
    gcloud.refuse_next(&format!("{failed} [4010: 'destination read failed']."));
    let ran = clouds.ssh(["batch-1", "cat"]).stdin("what was typed meanwhile\n").run();
    let ran = ran.success().stdout_is("what was typed meanwhile\n");
    let waited =
        ["Google Cloud to allow the tunnel", "Google Cloud to let you see the instance", "the instance to take"];
    for what in waited {
        assert!(ran.stderr().contains(&format!("Waiting for {what}")), "{ran}");
    }
    assert!(!ran.stderr().contains("4033"), "a try that failed is nobody's news: {ran}");
    clouds.nothing_is_left();
}

#[test]
fn a_machine_that_is_gone_is_not_waited_for() {
    let Some((clouds, gcloud, _os_login)) = Clouds::gcloud() else { return };
    gcloud.refuse_next(
        "ERROR: [0] Error during local connection to [stdin]: Error while connecting [4047: 'Failed to lookup instance'].",
    );
    let ran = clouds.ssh(["batch-1", "true"]).run().code(1).stdout_is("");
    let ran = ran.stderr_has("Error: There is no instance batch-1 in us-central1-a of the project example-dev.\n");
    assert!(!ran.stderr().contains("Waiting for the instance"), "{ran}");
    clouds.nothing_is_left();
}

#[test]
fn whoever_is_not_signed_in_with_gcloud_is_told_how() {
    let Some((clouds, gcloud, _os_login)) = Clouds::gcloud() else { return };
    gcloud.sign_out();
    let ran = clouds.ssh(["batch-1", "true"]).run().code(1).stdout_is("");
    let expected = format!("Error: You are not signed in with gcloud as {ASKER}.\n  Run: gcloud auth login {ASKER}\n");
    assert!(ran.stderr().ends_with(&expected), "{ran}");
    // At a terminal, they are asked; no is an answer.
    let terminal = clouds.ssh(["batch-1", "true"]).terminal();
    terminal.wait_for("[y/N]");
    terminal.type_text("\r");
    terminal.wait_for("Run: gcloud auth login");
    terminal.finish().code(1);
    // So is yes: the session follows.
    let terminal = clouds.ssh(["batch-1", "echo arrived"]).terminal();
    terminal.wait_for(&format!("Run `gcloud auth login {ASKER}` now? [y/N]"));
    terminal.type_text("yes\r");
    terminal.wait_for("You are now logged in as");
    terminal.wait_for("arrived");
    terminal.finish().success();
    // And they are asked nothing, where they said so.
    gcloud.sign_out();
    let terminal = clouds.scene.p0(["--no-input", "ssh", "batch-1", "true"]).terminal();
    let screen = terminal.wait_for("Run: gcloud auth login");
    assert!(!screen.contains("[y/N]"), "{screen}");
    terminal.finish().code(1);
    clouds.nothing_is_left();
}

#[test]
fn ctrl_c_at_the_question_ends_it() {
    let Some((clouds, gcloud, _os_login)) = Clouds::gcloud() else { return };
    gcloud.sign_out();
    let terminal = clouds.ssh(["batch-1", "true"]).terminal();
    terminal.wait_for("[y/N]");
    terminal.press(Key::CtrlC);
    terminal.wait_for("Interrupted");
    terminal.finish().code(130);
    assert!(!gcloud.calls().iter().any(|call| call.contains("auth login")), "{:?}", gcloud.calls());
    clouds.nothing_is_left();
}

#[test]
fn os_login_that_refuses_is_explained() {
    let clouds = Clouds::with(|env, sshd| {
        CloudTool::gcloud(env, sshd, "another-token");
    });
    let Some(mut clouds) = clouds else { return };
    let os_login = cloud::os_login(TOKEN, clouds.sshd.user(), None);
    clouds.scene.env.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN", os_login.url().as_str());
    // A token that is not taken: signing in again brings another.
    let ran = clouds.ssh(["batch-1", "true"]).run().code(1);
    assert!(ran.stderr().contains(&format!("  Run: gcloud auth login --force {ASKER}\n")), "{ran}");
    drop(os_login);
    clouds.scene.env.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN", "http://127.0.0.1:9");
    let ran = clouds.ssh(["batch-1", "true"]).run().code(1);
    ran.stderr_has("Error: OS Login cannot be reached: ").stderr_has("  Check your network and your proxy");
    clouds.scene.env.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN", "http://oslogin.example.com");
    let ran = clouds.ssh(["batch-1", "true"]).run().code(64);
    assert!(ran.stderr().contains("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN"), "no token goes anywhere in clear: {ran}");
}

#[test]
fn a_machine_with_another_key_than_before_is_refused() {
    let Some((clouds, _gcloud, _os_login)) = Clouds::gcloud() else { return };
    clouds.ssh(["batch-1", "true"]).run().success().ignore_stderr();
    clouds.sshd.change_host_key();
    let ran = clouds.ssh(["batch-1", "echo in"]).run().stdout_is("").code(1);
    let alias = "batch-1.us-central1-a.example-dev";
    let ran = ran.stderr_has(&format!("Error: The key of {alias} is not the one that it had before.\n"));
    let hint = ran.stderr().lines().find_map(|line| line.trim().strip_prefix("If so, forget the old one with: rm "));
    fs::remove_file(hint.unwrap_or_else(|| panic!("{ran}"))).unwrap();
    clouds.ssh(["batch-1", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
    clouds.nothing_is_left();
}

#[test]
fn a_machine_of_azure_is_reached_through_bastion() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    clouds.ssh(["office-1", "cat; exit 5"]).stdin("through\n").run().code(5).stdout_is("through\n").ignore_stderr();
    let calls = az.calls();
    assert_eq!(calls[0], "az account list --output json");
    assert!(calls[1].starts_with("az ssh cert --public-key-file /"), "{calls:#?}");
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/office");
    let tunnel = format!(
        "az network bastion tunnel --name office-bastion --resource-group office --subscription {SUBSCRIPTION} \
         --target-resource-id {group}/providers/Microsoft.Compute/virtualMachines/office-1 --resource-port 22 --port "
    );
    assert!(calls[2].starts_with(&tunnel) && calls.len() == 3, "{calls:#?}");
    assert!(TcpStream::connect(("127.0.0.1", az.tunnel_port())).is_err(), "the tunnel is still open");
    clouds.nothing_is_left();
}

#[test]
fn azure_may_take_its_time() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    az.refuse_next("ERROR: AADSTS50000: There was an error issuing a token. Try az login.");
    let ran = clouds.ssh(["office-1", "true"]).run().code(1);
    assert!(ran.stderr().contains(&format!("  Run: az login --tenant {DIRECTORY}\n")), "{ran}");
    az.lists(&json!([]));
    az.lists_when_refreshed(&json!([subscription(SUBSCRIPTION, DIRECTORY, ASKER, true)]));
    let ran = clouds.ssh(["office-1", "true"]).run().code(1);
    assert!(ran.stderr().contains("You are not signed in with az"), "nothing is listed: {ran}");
    // Signed in to the directory, and the subscription is new to it: it is asked to look again.
    az.lists(&json!([subscription(OTHER, DIRECTORY, ASKER, true)]));
    clouds.sshd.drop_next(1);
    let ran = clouds.ssh(["office-1", "echo in"]).run().success().stdout_is("in\n");
    assert!(ran.stderr().contains("Waiting for the machine to take connections"), "{ran}");
    assert!(az.calls().contains(&"az account list --refresh --output json".to_owned()), "{:#?}", az.calls());
    clouds.nothing_is_left();
}

#[test]
fn a_tunnel_that_breaks_says_why() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    // The real one opens its port first, and asks whether it may when a connection comes.
    az.breaks(
        "Exception in thread Thread-1 (_start_tunnel):\nTraceback (most recent call last):\nKeyError: 'authToken'",
    );
    let ran = clouds.ssh(["office-1", "echo in"]).run().success().stdout_is("in\n");
    assert!(ran.stderr().contains("Waiting for Azure to allow the tunnel"), "{ran}");
    // Another process was quicker to take the port that was free.
    az.port_is_taken();
    clouds.ssh(["office-1", "echo in"]).run().success().stdout_is("in\n").ignore_stderr();
    clouds.nothing_is_left();
}

#[test]
fn another_subscription_is_chosen_by_the_user() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    let ours = |default| subscription(SUBSCRIPTION, DIRECTORY, ASKER, default);
    let other = |default| subscription(OTHER, OTHER, "admin@example.com", default);
    az.lists(&json!([other(true), ours(false)]));
    az.will_list(&json!([other(false), ours(true)]));
    let ran = clouds.ssh(["office-1", "true"]).run().code(1).stderr_has(&format!(
        "Error: az is set to Subscription {OTHER} of admin@example.com, as whom the machine is not reached.\n"
    ));
    assert!(ran.stderr().ends_with(&format!("  Run: az account set --subscription {SUBSCRIPTION}\n")), "{ran}");
    let terminal = clouds.ssh(["office-1", "echo in"]).terminal();
    terminal.wait_for("[y/N]");
    terminal.type_text("y\r");
    terminal.wait_for("in");
    terminal.finish().success();
    clouds.nothing_is_left();
}

#[test]
fn a_missing_extension_is_explained_and_offered() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    az.lacks("ssh");
    let ran = clouds.ssh(["office-1", "true"]).run().code(1);
    let ran = ran.stderr_has("Error: az lacks its extension 'ssh', which signing in needs.\n");
    assert!(ran.stderr().ends_with("  Run: az extension add --name ssh\n"), "{ran}");
    let terminal = clouds.ssh(["office-1", "echo in"]).terminal();
    terminal.wait_for("[y/N]");
    terminal.type_text("y\r");
    terminal.wait_for("in");
    terminal.finish().success();
    az.lacks("bastion");
    let ran = clouds.ssh(["office-1", "true"]).run().code(1).stderr_has("Error: az lacks its extension 'bastion'.\n");
    assert!(ran.stderr().contains("az extension add --name bastion"), "{ran}");
    clouds.nothing_is_left();
}

#[test]
fn azure_has_no_other_port() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    for port in [&["-p", "2222"][..], &["-o", "Port=2222"]] {
        let ran = clouds.ssh(["office-1", "--"]).args(port).run().code(1);
        ran.stderr_has("Error: Machines on Azure are reached at port 22 alone, and not at 2222.\n");
    }
    clouds.ssh(["office-1", "--", "-p", "0"]).run().code(64).stderr_has("Error: '0' is no port");
    assert!(az.calls().is_empty(), "{:?}", az.calls());
    clouds.ssh(["office-1", "--", "-p", "22", "true"]).run().success().ignore_stderr();
}

#[test]
fn ctrl_c_while_a_tunnel_opens_leaves_nothing_behind() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    az.never_opens();
    let terminal = clouds.ssh(["office-1", "true"]).terminal();
    eventually("the tunnel is being opened", || az.calls().iter().any(|call| call.contains("bastion tunnel")));
    terminal.press(Key::CtrlC);
    terminal.wait_for("Interrupted; the access stays.");
    terminal.finish().code(130);
    clouds.nothing_is_left();
}

#[test]
fn ctrl_c_in_a_session_through_a_tunnel_is_the_session_s() {
    let Some((clouds, az)) = Clouds::azure() else { return };
    let terminal =
        clouds.ssh(["office-1", "--", "-t", "trap 'echo heard; exit 9' INT; echo waiting; sleep 600"]).terminal();
    terminal.wait_for("waiting");
    terminal.press(Key::CtrlC);
    terminal.wait_for("heard");
    terminal.finish().code(9);
    assert!(TcpStream::connect(("127.0.0.1", az.tunnel_port())).is_err(), "the tunnel is still open");
    clouds.nothing_is_left();
}

/// A stand-in for the network: the addresses of the jump host and of the machine behind it lead to these servers.
pub(crate) fn network(env: &TestEnv, jump: &Sshd, machine: &Sshd) {
    let script = format!(
        r#"#!/bin/sh
for word; do
  shift
  case $word in
    192.0.2.21:22) set -- "$@" 127.0.0.1:{machine} ;;
    203.0.113.10) set -- -o HostName=127.0.0.1 -o Port={jump} "$@" "$word" ;;
    *) set -- "$@" "$word" ;;
  esac
done
exec /usr/bin/ssh "$@"
"#,
        machine = machine.port(),
        jump = jump.port()
    );
    env.tool("ssh", &script);
}

#[test]
fn a_machine_of_azure_is_reached_through_a_jump_host() {
    let Some((clouds, _az)) = Clouds::azure() else { return };
    let jump = Sshd::start(&clouds.scene.env);
    clouds.sshd.only_through(&jump);
    network(&clouds.scene.env, &jump, &clouds.sshd);
    // The jump host does not trust the authority yet.
    let running = clouds.ssh(["mail-1", "cat"]).spawn();
    running.wait_for_stderr("Waiting for Azure to let you sign in to the machine");
    jump.trust_authority(&fs::read_to_string(clouds.scene.file("entra.key.pub")).unwrap());
    running.finish().success().stdout_is("").ignore_stderr();
    clouds.ssh(["mail-1", "cat"]).stdin("through\n").run().success().stdout_is("through\n").ignore_stderr();
    // What the user has set for machines is not for the jump host, whose key is kept all the same.
    jump.change_host_key();
    let ran = clouds.ssh(["mail-1", "true"]).run().code(1);
    let ran = ran.stderr_has("Error: The key of the jump host 203.0.113.10 is not the one that it had before.\n");
    let hint = ran.stderr().lines().find_map(|line| line.trim().strip_prefix("If so, forget the old one with: rm "));
    fs::remove_file(hint.unwrap_or_else(|| panic!("{ran}"))).unwrap();
    clouds.ssh(["mail-1", "true"]).run().success().ignore_stderr();
    clouds.nothing_is_left();
}

#[test]
fn a_jump_host_that_does_not_carry_on_is_named() {
    let Some((clouds, _az)) = Clouds::azure() else { return };
    let jump = Sshd::with(&clouds.scene.env, "AllowTcpForwarding no");
    jump.trust_authority(&fs::read_to_string(clouds.scene.file("entra.key.pub")).unwrap());
    network(&clouds.scene.env, &jump, &clouds.sshd);
    let ran = clouds.ssh(["mail-1", "true"]).run().code(1).stdout_is("");
    ran.stderr_has("Error: The jump host 203.0.113.10 carries no connections on.\n")
        .stderr_has("  Ask those who run it");
    clouds.nothing_is_left();
}

#[test]
fn azure_is_asked_for_sudo_without_a_question() {
    let Some((clouds, _az)) = Clouds::azure() else { return };
    let noted = clouds.scene.file("noted");
    clouds.sshd.tool("sudo", &format!("#!/bin/sh\necho \"$*\" >> '{}'\n", noted.display()));
    clouds.ssh(["--sudo", "office-1", "true"]).run().success().ignore_stderr();
    assert_eq!(fs::read_to_string(noted).unwrap(), "-nv\n");
    clouds.nothing_is_left();
}

/// An environment in which only these programs of the machine are found, beside the stand-ins.
pub(crate) fn with_only(env: &mut TestEnv, programs: &[&str]) {
    for program in programs {
        let found = ["/usr/bin", "/bin", "/usr/sbin"].map(|place| std::path::Path::new(place).join(program));
        let found = found.iter().find(|path| path.metadata().is_ok()).unwrap_or_else(|| panic!("no {program}"));
        std::os::unix::fs::symlink(found, env.bin_dir().join(program)).unwrap();
    }
    let path = env.bin_dir();
    env.set("PATH", path);
}

/// What the stand-ins and the kit run.
pub(crate) const USUAL: [&str; 14] =
    ["cat", "cp", "env", "grep", "id", "mv", "rm", "sh", "sleep", "socat", "sort", "ssh", "ssh-keygen", "touch"];

#[test]
fn a_missing_program_is_named_with_how_to_install_it() {
    let clouds = Clouds::with(|env, _| with_only(env, &USUAL));
    let Some(clouds) = clouds else { return };
    let ran = clouds.ssh(["office-1", "true"]).run().code(127).stdout_is("");
    let ran = ran.stderr_has("Error: The program 'az' is not installed; sessions on Azure machines need it.\n");
    assert!(ran.stderr().contains("apt-get install -y azure-cli\n"), "{ran}");
    let document = clouds.scene.p0(["--json", "ssh", "batch-1", "true"]).run().code(127).ignore_stderr().json();
    assert_eq!(document["kind"], "tool-not-found", "{document}");
    // Installing it is offered, and not done when nobody wants it.
    let terminal = clouds.ssh(["office-1", "true"]).terminal_of(24, 120);
    terminal.wait_for("Run these lines now? [y/N]");
    terminal.type_text("n\r");
    terminal.wait_for("Error: The program 'az' is not installed");
    terminal.finish().code(127);
    // A way of installing that fails.
    let sudo = "#!/bin/sh\nexec \"$@\"\n";
    clouds.scene.env.tool("sudo", sudo);
    clouds.scene.env.tool("apt-get", "#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n");
    let terminal = clouds.ssh(["office-1", "true"]).terminal_of(24, 120);
    terminal.wait_for("[y/N]");
    terminal.type_text("y\r");
    terminal.wait_for("Error: The program 'az' could not be installed.");
    terminal.finish().code(127);
    // And one that succeeds: the session follows, and stdout is the session's alone.
    let env = &clouds.scene.env;
    let authority = sshd::Key::new(env, "entra");
    clouds.sshd.trust_authority(authority.public());
    CloudTool::az(env, &clouds.sshd, &authority, &json!([subscription(SUBSCRIPTION, DIRECTORY, ASKER, true)]));
    fs::rename(env.bin_dir().join("az"), clouds.scene.file("az")).unwrap();
    let install = format!(
        "#!/bin/sh\necho installing\n[ \"$1\" = update ] || mv '{}' '{}'\n",
        clouds.scene.file("az").display(),
        env.bin_dir().join("az").display()
    );
    clouds.scene.env.tool("apt-get", &install);
    let terminal = clouds.ssh(["office-1", "echo in"]).terminal_of(24, 120);
    terminal.wait_for("[y/N]");
    terminal.type_text("y\r");
    terminal.wait_for("in");
    terminal.finish().success();
    clouds.nothing_is_left();
}
