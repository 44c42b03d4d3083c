//! `p0 ssh` with the real `gcloud` and `az`, as far as they go without an account: they read our command lines, and we read
//! what they say.

use crate::{
    harness::ASKER,
    ssh_providers::{Clouds, DIRECTORY, SUBSCRIPTION, TOKEN},
};
use p0_testkit::{
    Output, Sshd, TestEnv,
    cloud::{self, az_extension, iap, iap::Iap, subscription},
    need::{self, Need},
    sshd,
};

const GCLOUD: Need = Need::Program("gcloud");
const AZ: Need = Need::Program("az");
const OTHER: &str = "00000000-0000-4000-8000-000000000009";
/// Where nobody is: nothing leaves this machine.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A command line that p0 tells the user to run, run in this environment by the real program, without any network.
#[track_caller]
fn advice(clouds: &Clouds, ran: &Output, before: &str) -> Output {
    let line = ran.stderr().lines().find_map(|line| line.trim().strip_prefix(before));
    run(&clouds.scene.env, line.unwrap_or_else(|| panic!("no {before:?} is advised\n{ran}")))
}

#[track_caller]
fn run(env: &TestEnv, line: &str) -> Output {
    let mut words = line.split(' ');
    let tool = env.run(words.next().unwrap()).args(words);
    tool.env("HTTPS_PROXY", NOWHERE).env("https_proxy", NOWHERE).stdin("").run()
}

/// Makes sure that a program has understood its command line, whatever became of it.
#[track_caller]
fn understood(ran: Output) {
    const WORDS: [&str; 5] = [
        "unrecognized arguments",
        "Invalid choice",
        "misspelled or not recognized",
        "expected one argument",
        "must be specified",
    ];
    let refused = WORDS.iter().find(|words| ran.stderr().contains(**words));
    assert!(refused.is_none() && matches!(ran.status().code(), Some(0 | 1)), "{ran}");
    drop(ran.ignore_stdout().ignore_stderr());
}

/// With the real `gcloud`, and nothing that leads it anywhere.
#[track_caller]
fn gcloud(prepare: impl FnOnce(&mut TestEnv, &Sshd)) -> Option<Clouds> {
    need::all(&[GCLOUD]).then(|| Clouds::with(prepare)).flatten()
}

#[test]
fn gcloud_takes_every_command_line_that_is_advised() {
    let Some(clouds) = gcloud(|_, _| ()) else { return };
    for line in [
        "gcloud auth print-access-token",
        "gcloud compute os-login ssh-keys list",
        "gcloud compute os-login ssh-keys remove --key x",
        "gcloud compute os-login describe-profile",
        "gcloud services enable oslogin.googleapis.com --project example-dev",
        "gcloud auth login --force asker@example.com",
    ] {
        let ran = run(&clouds.scene.env, line);
        understood(ran);
    }
    let wrong = run(&clouds.scene.env, "gcloud compute start-iap-tunnel batch-1 22 --listen-on-stdio");
    wrong.code(2).stderr_has("unrecognized arguments");
}

#[test]
fn gcloud_without_an_account_is_explained() {
    let Some(clouds) = gcloud(|_, _| ()) else { return };
    let ran = clouds.ssh(["batch-1", "true"]).run().code(1).stdout_is("");
    let expected = format!("Error: You are not signed in with gcloud as {ASKER}.\n  Run: gcloud auth login {ASKER}\n");
    assert!(ran.stderr().ends_with(&expected), "{ran}");
    understood(advice(&clouds, &ran, "Run: "));
    // At a terminal it is offered.
    let terminal = clouds.ssh(["batch-1", "true"]).terminal_of(24, 120);
    terminal.wait_for(&format!("Run `gcloud auth login {ASKER}` now? [y/N]"));
    terminal.type_text("n\r");
    terminal.wait_for("Run: gcloud auth login");
    terminal.finish().code(1);
    clouds.nothing_is_left();
}

#[test]
fn gcloud_carries_a_session_and_says_why_it_does_not() {
    if !need::all(&iap::NEEDS) {
        return;
    }
    let mut parts = None;
    let clouds = gcloud(|env, sshd| {
        let os_login = cloud::os_login(TOKEN, sshd.user(), Some(sshd));
        env.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN", os_login.url().as_str());
        parts = Some((Iap::start(env, sshd, TOKEN), os_login));
    });
    let (Some(clouds), Some((iap, os_login))) = (clouds, parts) else { return };
    let flood = "head -c 1000000 /dev/zero | tr '\\0' x; exit 3";
    let ran = clouds.ssh(["batch-1", flood]).run().code(3).ignore_stderr();
    assert_eq!(ran.stdout().len(), 1_000_000);
    let imported = os_login.requests();
    assert_eq!(imported[0].header("authorization"), Some(&*format!("Bearer {TOKEN}")), "{imported:?}");
    let calls = iap.calls();
    let asked = "/v4/connect?project=example-dev&port=22&newWebsocket=True&zone=us-central1-a&instance=batch-1";
    assert!(calls.len() == 1 && calls[0].contains(asked) && calls[0].ends_with(TOKEN), "{calls:#?}");

    // In the real one's words around the relay's.
    iap.refuse_next(4033, "not authorized");
    iap.refuse_next(4010, "destination read failed");
    let ran = clouds.ssh(["batch-1", "cat"]).stdin("kept\n").run().success().stdout_is("kept\n");
    for what in ["Google Cloud to allow the tunnel", "the instance to take connections"] {
        assert!(ran.stderr().contains(&format!("Waiting for {what}")), "{ran}");
    }
    assert!(!ran.stderr().contains("Traceback"), "{ran}");
    for (code, reason, expected) in [
        (4003, "failed to connect to backend", "Error: Identity-Aware Proxy does not reach port 22 of batch-1.\n"),
        (
            4047,
            "Failed to lookup instance",
            "Error: There is no instance batch-1 in us-central1-a of the project example-dev.\n",
        ),
    ] {
        iap.refuse_next(code, reason);
        clouds.ssh(["batch-1", "true"]).run().code(1).stdout_is("").stderr_has(expected);
    }
    drop(iap);
    let ran = clouds.ssh(["batch-1", "true"]).run().code(1).stdout_is("");
    ran.stderr_has("Error: gcloud does not reach Google.\n").stderr_has("  Check your network and your proxy");
    clouds.nothing_is_left();
}

/// With the real `az`, for which there is no network.
#[track_caller]
fn az(prepare: impl FnOnce(&mut TestEnv, &Sshd)) -> Option<Clouds> {
    let within = |env: &mut TestEnv, sshd: &Sshd| {
        env.set("HTTPS_PROXY", NOWHERE).set("https_proxy", NOWHERE).set("AZURE_CORE_COLLECT_TELEMETRY", "false");
        prepare(env, sshd);
    };
    need::all(&[AZ]).then(|| Clouds::with(within)).flatten()
}

#[test]
fn az_that_is_somebody_else_is_explained() {
    let Some(clouds) = az(|_, _| ()) else { return };
    let ssh = || clouds.ssh(["office-1", "true"]).run().code(1).stdout_is("");
    let ran = ssh().stderr_has("Error: You are not signed in with az to the machine's directory.\n");
    assert!(ran.stderr().ends_with(&format!("  Run: az login --tenant {DIRECTORY}\n")), "{ran}");
    understood(advice(&clouds, &ran, "Run: "));
    let scope = "https://pas.windows.net/CheckMyAccess/Linux/.default";
    understood(run(&clouds.scene.env, &format!("az login --tenant {DIRECTORY} --scope {scope}")));
    let other = subscription(OTHER, OTHER, "admin@example.com", true);
    az_extension::signed_in(&clouds.scene.env, &[other, subscription(SUBSCRIPTION, DIRECTORY, ASKER, false)]);
    let ran = ssh().stderr_has("of admin@example.com, as whom the machine is not reached.\n");
    understood(advice(&clouds, &ran, "Run: "));
    // It is done: the next is what is in the way.
    ssh().stderr_has("Error: az lacks its extension 'ssh', which signing in needs.\n");
    clouds.nothing_is_left();
}

#[test]
fn az_without_its_extension_is_explained() {
    let Some(clouds) = az(|env, _| az_extension::signed_in(env, &[subscription(SUBSCRIPTION, DIRECTORY, ASKER, true)]))
    else {
        return;
    };
    let ssh = || clouds.ssh(["office-1", "true"]).run().code(1).stdout_is("");
    // It is not installed behind the user's back.
    let terminal = clouds.ssh(["office-1", "true"]).terminal_of(24, 120);
    terminal.wait_for("Run `az extension add --name ssh` now? [y/N]");
    terminal.type_text("n\r");
    terminal.wait_for("Run: az extension add");
    terminal.finish().code(1);
    understood(run(&clouds.scene.env, "az extension add --name ssh"));
    az_extension::install(&clouds.scene.env, "ssh", "import no_such_module\n");
    let ran = ssh().stderr_has("Error: The extension 'ssh' of az is broken.\n");
    understood(advice(&clouds, &ran, "Remove it with: "));
    understood(advice(&clouds, &ran, "Install it again with: "));
    // It works, and az wants to hear of Entra ID who is signed in.
    az_extension::ssh(&clouds.scene.env, &clouds.sshd, None);
    ssh().stderr_has("Error: az does not reach Azure.\n").stderr_has("  Check your network and your proxy");
    clouds.nothing_is_left();
}

#[test]
fn az_takes_the_command_lines_of_a_session() {
    let clouds = az(|env, sshd| {
        let authority = sshd::Key::new(env, "entra");
        sshd.trust_authority(authority.public());
        az_extension::ssh(env, sshd, Some(&authority));
        az_extension::signed_in(env, &[subscription(SUBSCRIPTION, DIRECTORY, ASKER, true)]);
    });
    let Some(clouds) = clouds else { return };
    let ran = clouds.ssh(["office-1", "true"]).run().code(1);
    ran.stderr_has("Error: az lacks its extension 'bastion'.\n")
        .stderr_has("  Install it with: az extension add --name bastion");
    az_extension::bastion(&clouds.scene.env, &clouds.sshd);
    // What the user has set for az does not hide that the tunnel is ready.
    clouds.scene.env.write(
        clouds.scene.env.home_dir().join(".azure/config"),
        "[core]\nonly_show_errors = yes\noutput = table\n[extension]\nuse_dynamic_install = yes_without_prompt\n",
    );
    let ran = clouds.ssh(["office-1", "cat; exit 5"]).stdin("through\n").run();
    ran.code(5).stdout_is("through\n").ignore_stderr();
    clouds.nothing_is_left();
}
