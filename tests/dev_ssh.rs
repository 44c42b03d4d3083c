//! The machine of `p0 dev`: real sessions of OpenSSH's client, by the service's certificates alone.

use crate::{harness::env, scene::eventually};
use p0_testkit::{
    Invocation, Running, Signal, TestEnv,
    need::{self, Need},
    sshd::{self, Key},
};
use serde_json::{Value, json};
use std::fs;

/// A service that stays, and what a client knows of it.
struct Dev {
    env: TestEnv,
    url: String,
    token: String,
    key: Key,
    /// Ends last.
    running: Option<Running>,
}

impl Dev {
    fn start() -> Option<Self> {
        let needs = [&sshd::NEEDS[..], &[Need::Program("curl")]].concat();
        need::all(&needs).then(|| {
            let mut env = env();
            let key = Key::new(&env, "mine");
            let say = "echo \"$P0_APP_URL $P0_API_TOKEN\"; exec sleep 600";
            let running = env.p0(["dev", "--", "sh", "-c", say]).spawn();
            let said = running.wait_for_stdout("\n");
            let (url, token) = said.trim_end().split_once(' ').unwrap();
            let (url, token) = (url.trim_end_matches('/').to_owned(), token.to_owned());
            env.set("P0_APP_URL", &url).set("P0_ORG", "dev").set("P0_API_TOKEN", &token);
            Self { env, url, token, key, running: Some(running) }
        })
    }

    fn request(&self, words: &str) -> Value {
        self.env.p0(["--json"]).args(words.split(' ')).arg("--wait").run().success().ignore_stderr().json()
    }

    fn call(&self, path: &str, body: Option<Value>) -> Value {
        let curl = self.env.run("curl").args(["-sS", "-H", &format!("authorization: Bearer {}", self.token)]);
        let curl = match body {
            Some(body) => curl.args(["-H", "content-type: application/json", "-d", &body.to_string()]),
            None => curl,
        };
        curl.arg(format!("{}/o/dev/integrations/ssh/{path}", self.url)).run().success().json()
    }

    /// Asks for access, and for the certificate and the host keys that go with it. The machine's port and account.
    fn prepare(&self) -> (String, String, String) {
        let access = self.request("request ssh session localhost");
        let id = access["id"].as_str().unwrap().to_owned();
        self.certify(&id);
        let address = access["request"]["permission"]["resource"]["publicIp"].as_str().unwrap();
        let port = address.strip_prefix("127.0.0.1:").unwrap();
        let keys = self.call(&format!("host-keys?requestId={id}"), None);
        self.env.write("known_hosts", &format!("{}\n", keys["hostKeys"][0].as_str().unwrap()));
        let account = access["request"]["generated"]["linuxUserName"].as_str().unwrap();
        (id, port.to_owned(), account.to_owned())
    }

    fn certify(&self, id: &str) {
        let answer = self.call("certificates", Some(json!({"requestId": id, "publicKey": self.key.public()})));
        self.key.keep_certificate(answer["signedCertificate"].as_str().unwrap());
    }

    /// What the start-up files of the user's own shell have to say comes on its stderr.
    fn ssh(&self, port: &str, account: &str) -> Invocation {
        let key = self.key.path().display();
        let options = ["BatchMode=yes", "IdentitiesOnly=yes", "UserKnownHostsFile=known_hosts", "LogLevel=ERROR"];
        let ssh = self.env.run("ssh").args(["-F", "/dev/null", "-p", port, "-o", &format!("IdentityFile={key}")]);
        ssh.args(options.iter().flat_map(|option| ["-o", option])).arg(format!("{account}@127.0.0.1"))
    }

    /// What there is of directories that are to be gone with it.
    fn left(&self) -> Vec<String> {
        left(&self.env)
    }
}

fn left(env: &TestEnv) -> Vec<String> {
    let directories = [env.tmp_dir().to_owned(), env.runtime_dir().join("p0")];
    let entries = directories.into_iter().filter_map(|directory| fs::read_dir(directory).ok()).flatten();
    let mut left: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    left
}

#[test]
fn a_granted_session_is_real() {
    let Some(mut dev) = Dev::start() else { return };
    let (_, port, account) = dev.prepare();
    let me = dev.env.run("id").arg("-un").run().success().stdout().trim_end().to_owned();
    assert_eq!(account, me);
    let system = dev.env.run("uname").arg("-a").run().success().stdout().to_owned();
    dev.ssh(&port, &account).arg("uname -a").run().ignore_stderr().success().stdout_is(&system);
    dev.ssh(&port, &account).arg("exit 7").run().ignore_stderr().code(7);
    // A terminal, which the certificate allows.
    dev.ssh(&port, &account)
        .args(["-tt", "test -t 0 && echo terminal"])
        .run()
        .ignore_stderr()
        .success()
        .stdout_has("terminal");
    let bytes: String = (0..200_000).map(|n: u32| char::from(b'a' + u8::try_from(n % 26).unwrap())).collect();
    dev.ssh(&port, &account).arg("cat").stdin(bytes.clone()).run().ignore_stderr().success().stdout_is(&bytes);

    let running = dev.running.take().unwrap();
    running.signal(Signal::TERM);
    running.finish().code(143).ignore_stdout();
    assert_eq!(dev.left(), Vec::<String>::new());
    dev.ssh(&port, &account).arg("true").run().code(255).stderr_has("Connection refused");
}

#[test]
fn nobody_else_gets_in() {
    let Some(dev) = Dev::start() else { return };
    let (_, port, account) = dev.prepare();
    // The certificate names one account, and a key by itself is nothing.
    dev.ssh(&port, "nobody").arg("true").run().code(255).stderr_has("Permission denied (publickey)");
    dev.key.forget_certificate();
    dev.ssh(&port, &account).arg("true").run().code(255).stderr_has("Permission denied (publickey)");
    // Another authority's certificate is no better.
    Key::new(&dev.env, "forger").certify(&dev.key, &account, "-5m:+1h");
    dev.ssh(&port, &account).arg("true").run().code(255).stderr_has("Permission denied (publickey)");
}

#[test]
fn other_users_of_the_machine_are_not_heard() {
    if !need::all(&[Need::Root, Need::Program("setpriv"), Need::Program("ssh-keyscan")]) {
        return;
    }
    let Some(dev) = Dev::start() else { return };
    let (_, port, _) = dev.prepare();
    // They could have a certificate, as they can sign in as anybody; but no word with sshd.
    let scan = ["ssh-keyscan", "-t", "ed25519", "-p", &port, "127.0.0.1"];
    dev.env.run("env").args(scan).run().success().ignore_stderr().stdout_has("ssh-ed25519");
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let output = dev.env.run("setpriv").args(nobody).args(scan).run().ignore_stderr().stdout_is("");
    output.status();
}

#[test]
fn a_certificate_ends_with_the_access() {
    let Some(dev) = Dev::start() else { return };
    let access = dev.request("request ssh session localhost --duration 4s");
    let id = access["id"].as_str().unwrap();
    dev.certify(id);
    let address = access["request"]["permission"]["resource"]["publicIp"].as_str().unwrap();
    let port = address.strip_prefix("127.0.0.1:").unwrap();
    let account = access["request"]["generated"]["linuxUserName"].as_str().unwrap();
    dev.env.write("known_hosts", &format!("{}\n", access["request"]["generated"]["hostKeys"][0].as_str().unwrap()));
    dev.ssh(port, account).arg("true").run().ignore_stderr().success();
    eventually("the certificate expires", || {
        dev.ssh(port, account).arg("true").run().ignore_stderr().status().code() == Some(255)
    });
    // A certificate has whole seconds, the access has not.
    let expired = format!("Request {id} cannot be used: it has expired");
    eventually("the access expires", || {
        let answer = dev.call("certificates", Some(json!({"requestId": id, "publicKey": dev.key.public()})));
        answer["error"] == expired
    });
}

#[test]
fn after_a_revocation_there_are_no_more() {
    let Some(dev) = Dev::start() else { return };
    let (id, ..) = dev.prepare();
    dev.env.p0(["relinquish", &id]).run().success().ignore_stderr().ignore_stdout();
    let answer = dev.call("certificates", Some(json!({"requestId": id, "publicKey": dev.key.public()})));
    assert_eq!(answer["error"], format!("Request {id} cannot be used: it has been revoked"));
}

#[test]
fn sessions_end_with_it_however_it_ends() {
    for kill in [true, false] {
        let Some(mut dev) = Dev::start() else { return };
        let (_, port, account) = dev.prepare();
        let session = dev.ssh(&port, &account).args(["-tt", "echo $PPID; exec sleep 600"]).spawn();
        let sshd = session.wait_for_stdout("\n").trim().to_owned();
        assert!(fs::metadata(format!("/proc/{sshd}")).is_ok());
        let running = dev.running.take().unwrap();
        if kill {
            running.kill_9().killed_by(9).ignore_stdout().ignore_stderr();
        } else {
            running.signal(Signal::TERM);
            running.finish().code(143).ignore_stdout();
        }
        session.finish().code(255).ignore_stdout().ignore_stderr();
        let stat = format!("/proc/{sshd}/stat");
        eventually("its sshd ends", || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")));
    }
}

#[test]
fn what_one_that_was_killed_has_left_goes_with_the_next() {
    let Some(mut dev) = Dev::start() else { return };
    dev.running.take().unwrap().kill_9().killed_by(9).ignore_stdout().ignore_stderr();
    let killed = left(&dev.env);
    // Its machine's, with a key in it, and its home.
    assert_eq!(killed.len(), 2, "{killed:?}");
    let running = dev.env.p0(["dev", "--", "sh", "-c", "echo ready; exec sleep 600"]).spawn();
    running.wait_for_stdout("ready");
    let (living, another) = (left(&dev.env), dev.env.p0(["dev", "ls"]));
    assert!(living.len() == 2 && living.iter().all(|path| !killed.contains(path)), "{killed:?} {living:?}");
    another.run().ignore_stdout().ignore_stderr().status();
    assert_eq!(left(&dev.env), living, "another one leaves the living alone");
    running.signal(Signal::TERM);
    running.finish().code(143).ignore_stdout();
    assert_eq!(left(&dev.env), Vec::<String>::new());
}

#[test]
fn many_come_at_once() {
    let Some(dev) = Dev::start() else { return };
    let (_, port, account) = dev.prepare();
    let sessions: Vec<Running> = (0..20).map(|n| dev.ssh(&port, &account).arg(format!("echo {n}")).spawn()).collect();
    for (n, session) in sessions.into_iter().enumerate() {
        session.finish().success().ignore_stderr().stdout_is(&format!("{n}\n"));
    }
}

#[test]
fn without_sshd_it_says_so_to_those_who_ask_for_a_machine() {
    if !need::all(&[Need::Root, Need::Program("unshare")]) {
        return;
    }
    let env = env();
    // Nothing is where systems keep sshd.
    let script = format!("mount -t tmpfs none /usr/sbin && exec {} \"$@\"", env.program().display());
    let p0 = |words: &[&str]| env.run("unshare").args(["-m", "sh", "-c", &script, "p0"]).args(words).run();
    let told = "There is no machine 'localhost' to reach: sshd is not installed. On Debian and Ubuntu: apt install openssh-server\n";
    let output = p0(&["dev", "request", "ssh", "session", "localhost"]).code(1).stdout_is("");
    assert!(output.stderr().starts_with(told), "{output}");
    output.stderr_has("Could not find any instances matching localhost");
    p0(&["dev", "ls", "ssh", "session", "destination"]).success().stdout_has("web-1").stderr_has(told);
    p0(&["dev", "ls", "gcloud", "role", "names"]).success().ignore_stdout().ignore_stderr().lacks("sshd");
    // One that is there and broken is another matter.
    let script = format!("mount --bind /dev/null /usr/sbin/sshd && exec {} \"$@\"", env.program().display());
    let ls = ["dev", "ls", "ssh", "session", "destination"];
    let output = env.run("unshare").args(["-m", "sh", "-c", &script, "p0"]).args(ls).run();
    output.success().ignore_stdout().stderr_has(
        "There is no machine 'localhost' to reach: sshd cannot be set up: /usr/sbin/sshd cannot be run: Permission denied",
    );
    // And so is a program that is wanted besides.
    env.p0(ls)
        .env("PATH", "/nowhere")
        .run()
        .success()
        .ignore_stdout()
        .stderr_has("sshd cannot be set up: id cannot be run: ");
}

/// Every file of the user's, with what is in it.
fn contents(env: &TestEnv) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let root = env.home_dir().parent().unwrap().to_owned();
    env.files().into_iter().map(|path| (path.clone(), fs::read(root.join(path)).unwrap_or_default())).collect()
}

#[test]
fn the_users_own_files_are_as_before() {
    let Some(mut env) = need::all(&sshd::NEEDS).then(env) else { return };
    // Where the user's secrets are kept is not where those of a service for a moment go.
    env.set("P0_SECRET_STORE", "keyring");
    env.write(env.state_dir().join("p0/history.jsonl"), "{}\n");
    env.write(env.config_dir().join("p0/config.toml"), "org = \"example\"\n");
    std::os::unix::fs::symlink(env.program(), env.bin_dir().join("p0")).unwrap();
    env.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    let before = contents(&env);
    let script = "p0 ssh localhost -- echo there && p0 request gcloud role viewer --wait && p0 status && ! p0 ssh-resolve elsewhere";
    let ran = env.p0(["dev", "--", "sh", "-ec", script]).run().success().ignore_stderr();
    assert!(ran.stdout().starts_with("there\n") && ran.stdout().contains("gcloud role viewer"), "{ran}");
    assert_eq!(contents(&env), before);
    // A tool of a command is no different; nor is one that fails.
    let tool =
        ["dev", "request", "gcloud", "role", "viewer", "--wait", "--", "sh", "-c", "p0 ls; p0 requests --mine; exit 7"];
    env.p0(tool).run().code(7).ignore_stdout().ignore_stderr();
    assert_eq!(contents(&env), before);
    // Plain ssh in it, by what was installed for the user's own p0, finds nothing of this service: there is nothing of it
    // where ssh would look. What is installed there is for there.
    let config = env.home_dir().join(".ssh/config");
    let ssh = format!("ssh -F '{}'", config.display());
    let script = format!(
        "{ssh} -G localhost | grep proxycommand && exit 3; p0 ssh-config install; {ssh} localhost 'echo plain'; \
         p0 ssh-config remove"
    );
    let ran = env.p0(["dev", "--", "sh", "-c", &script]).run().success().ignore_stderr();
    assert_eq!(ran.stdout(), "plain\n", "{ran}");
    env.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    eventually("the process that serves the key ends", || contents(&env) == before);
}

#[test]
fn a_directory_of_its_own_is_an_absolute_one() {
    let env = env();
    let wrong = env.p0(["status"]).env("P0_HOME", "here").run().code(64).stdout_is("");
    wrong.stderr_has("Error: P0_HOME is not an absolute path: here\n");
}

#[test]
fn a_machine_can_take_its_own_certificates_alone() {
    // To run a command for another user takes root.
    let needs = [&sshd::NEEDS[..], &[Need::Root]].concat();
    let Some(env) = need::all(&needs).then(env) else { return };
    // As docs/service.md has it.
    let settings = "AuthorizedPrincipalsCommand /bin/echo %u@web-1\nAuthorizedPrincipalsCommandUser nobody";
    let machine = p0_testkit::Sshd::with(&env, settings);
    let (authority, key) = (Key::new(&env, "authority"), Key::new(&env, "mine"));
    machine.trust_authority(authority.public());
    for (name, code) in [("", 255), ("@web-2", 255), ("@web-1", 0)] {
        authority.certify(&key, &format!("{}{name}", machine.user()), "-5m:+1h");
        env.run("ssh").args(machine.ssh_args(&key)).arg("true").run().code(code).ignore_stderr();
    }
}

#[test]
fn a_machine_says_its_keys_when_it_is_asked() {
    let Some(env) = need::all(&sshd::NEEDS).then(env) else { return };
    let machine = p0_testkit::Sshd::start(&env);
    let mut config: toml::Table = crate::harness::ORGANISATION.parse().unwrap();
    let ssh: toml::Table = format!(
        "provisioner = {{ kind = \"ssh\" }}\n[[resources.destination]]\nkey = \"web-1\"\n\
         machine = {{ provider = \"self-hosted\", hostname = \"web-1\", public_ip = \"{}\" }}\n",
        machine.address()
    )
    .parse()
    .unwrap();
    config["integrations"].as_table_mut().unwrap().insert("ssh".into(), ssh.into());
    let service = env.serve(&config.to_string());
    let call = |who: &str, path: &str| {
        let token = service.access_token(who, crate::harness::PASSWORD);
        let curl = env.run("curl").args(["-sS", "-H", &format!("authorization: Bearer {token}")]);
        curl.arg(format!("{}o/{}/{path}", service.url(), service.org())).run().success().json()
    };
    let p0 = |who: &str, words: &[&str]| {
        let p0 = env.p0(words).env("P0_APP_URL", service.url().as_str()).env("P0_ORG", service.org());
        p0.env("P0_API_TOKEN", service.access_token(who, crate::harness::PASSWORD)).run()
    };
    let asker = crate::harness::ASKER;
    let id = crate::scene::id(&p0(asker, &["-q", "request", "ssh", "session", "web-1"]).success());
    p0(crate::scene::REVIEWER, &["-q", "approve", &id]).success().ignore_stdout();
    p0(asker, &["-q", "wait", &id]).success().ignore_stdout();
    let keys = |force: &str| {
        let keys = call(asker, &format!("integrations/ssh/host-keys?requestId={id}{force}"));
        keys["hostKeys"][0].as_str().unwrap_or_else(|| panic!("{keys}")).to_owned()
    };
    let first = machine.known_hosts().trim_end().to_owned();
    assert_eq!(keys(""), first);
    machine.change_host_key();
    assert_eq!(keys(""), first, "what was once known is kept");
    let second = machine.known_hosts().trim_end().to_owned();
    assert_eq!((keys("&force=true"), keys("")), (second.clone(), second));
}
