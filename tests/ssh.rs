//! `p0 ssh` and `p0 scp` on a machine of one's own: the real `ssh` and a real sshd, which trusts the service's authority.

use crate::{
    harness::{ASKER, env},
    scene::{OWNER, Scene, eventually},
};
use p0_testkit::{
    Disk, Front, Invocation, Key, Signal, cloud,
    need::{self, Need},
    sshd::Sshd,
};
use std::{ffi::OsStr, fs, time::Duration};

/// What the tests need of the machine.
const NEEDS: [Need; 3] = [Need::Program("sshd"), Need::Program("ssh"), Need::Program("curl")];

/// How long a gigabyte may take where everything else takes its time as well.
const LONG: Duration = Duration::from_secs(90);

/// A machine, and the service that grants sessions on it.
pub(crate) struct Host {
    pub(crate) scene: Scene,
    pub(crate) sshd: Sshd,
}

impl Host {
    /// One that trusts the service's authority; `None` where a program is missing.
    #[track_caller]
    pub(crate) fn new() -> Option<Self> {
        let host = Self::that_trusts_nobody()?;
        host.trust();
        Some(host)
    }

    /// The same, behind a front of its service.
    #[track_caller]
    pub(crate) fn behind_front() -> Option<(Self, Front)> {
        let mut host = Self::new()?;
        let front = host.scene.put_front();
        Some((host, front))
    }

    /// Makes sure that nothing runs any more, or soon, but the service and the machine.
    #[track_caller]
    pub(crate) fn nothing_runs(&self) {
        let is_ours = |line: &String| !line.contains("sshd") && !line.contains(" serve ");
        eventually("every process has ended", || !cloud::left_behind(&self.scene.env).iter().any(is_ours));
    }

    #[track_caller]
    pub(crate) fn that_trusts_nobody() -> Option<Self> {
        Self::with(|_| ())
    }

    #[track_caller]
    pub(crate) fn with(change: impl FnOnce(&mut toml::Table)) -> Option<Self> {
        Self::with_server("", change)
    }

    /// The same with more settings of the server, as for [`Sshd::with`].
    #[track_caller]
    pub(crate) fn with_server(settings: &str, change: impl FnOnce(&mut toml::Table)) -> Option<Self> {
        if !need::all(&NEEDS) {
            return None;
        }
        let env = env();
        let sshd = Sshd::with(&env, settings);
        let machine = format!(
            "[integrations.ssh]\nprovisioner = {{ kind = \"ssh\" }}\n\
             [integrations.ssh.installed]\n\"self-hosted\" = {{}}\n\
             [[integrations.ssh.resources.destination]]\nkey = \"box\"\n\
             machine = {{ provider = \"self-hosted\", hostname = \"box\", public_ip = \"127.0.0.1:{}\", user_name = \"{}\" }}\n\
             [[integrations.ssh.resources.destination]]\nkey = \"off\"\n\
             machine = {{ provider = \"self-hosted\", hostname = \"off\", public_ip = \"127.0.0.1:9\", user_name = \"{1}\" }}\n\
             [[integrations.ssh.resources.destination]]\nkey = \"guarded\"\n\
             machine = {{ provider = \"self-hosted\", hostname = \"guarded\", public_ip = \"127.0.0.1:{0}\", user_name = \"{1}\" }}\n",
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
    pub(crate) fn trust(&self) {
        let url = format!("{}orgs/example/ssh-authority", self.scene.service.url());
        let authority = self.scene.env.run("curl").args(["-sf", &url]).run().success();
        self.sshd.trust_authority(authority.stdout().trim());
    }

    pub(crate) fn ssh(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.scene.p0(["ssh"]).args(args)
    }

    pub(crate) fn scp(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.scene.p0(["scp"]).args(args)
    }

    /// Makes sure that a run has left nothing behind: no process, no socket, no directory, no key in clear.
    #[track_caller]
    pub(crate) fn nothing_is_left(&self) {
        self.nothing_runs();
        let left = |path: &std::path::PathBuf| path.starts_with("run") || path.starts_with("tmp");
        let files: Vec<_> = self.scene.env.files().into_iter().filter(left).collect();
        assert!(files.is_empty(), "{files:?}");
        for directory in [self.scene.env.runtime_dir(), self.scene.env.tmp_dir()] {
            let left: Vec<_> = fs::read_dir(directory).unwrap().flatten().map(|entry| entry.path()).collect();
            assert!(
                left.iter().all(|path| path.ends_with("p0") && fs::read_dir(path).unwrap().next().is_none()),
                "{left:?}"
            );
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

#[test]
fn words_arrive_as_they_were_typed() {
    let Some(host) = Host::new() else { return };
    let command = "printf '[%s]' \"a  b\" '*' \"x\ny\" '$HOME' 'it'\\''s'";
    host.ssh(["box", command]).run().success().ignore_stderr().stdout_is("[a  b][*][x\ny][$HOME][it's]");
    host.ssh(["box", "--", "printf", "'%s'", "'-v  --sudo'"]).run().success().ignore_stderr().stdout_is("-v  --sudo");
    host.ssh(["box", "echo", "--sudo", "-v"]).run().success().ignore_stderr().stdout_is("--sudo -v\n");
}

#[test]
fn sshs_own_options_stand_behind_two_dashes() {
    let Some(host) = Host::new() else { return };
    let ran = host.ssh(["box", "--", "-v", "echo", "there"]).run().success().stdout_is("there\n");
    assert!(ran.stderr().contains("debug1: "), "{ran}");
    host.ssh(["box", "exit 4", "--", "-q", "-T"]).run().code(4).ignore_stderr();
    // The user's own agent is not this one, and this one is not for other machines.
    let forwarded = host.ssh(["box", "--", "-A", "ssh-add -l"]).run().code(1);
    assert_eq!(forwarded.ignore_stderr().stdout(), "The agent has no identities.\n");
    host.ssh(["box", "--", "-Z"]).run().code(255).stderr_has("unknown option");
    // Of the words behind it, which are p0's, it makes no value.
    let nothing = "Error: '-i' wants a value, and nothing stands behind it.\n";
    host.ssh(["box", "--", "-i"]).run().code(64).stdout_is("").stderr_is(nothing);
    host.scp(["a", "box:", "--", "-i"]).run().code(64).stdout_is("").stderr_is(nothing);
    host.nothing_is_left();
}

#[test]
fn input_waits_for_the_machine_that_does_not_let_in_yet() {
    let Some(host) = Host::new() else { return };
    // So that its key is known.
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.sshd.trust_nobody();
    host.sshd.drop_next(1);
    let mut input: Vec<u8> = (0..=255_u8).cycle().take(3_000_000).collect();
    input.extend(b"\n~.\n\xff\0");
    let mut running = host.ssh(["box", "cat"]).spawn();
    running.wait_for_stderr("Waiting for the machine to take connections\n");
    let said = running.wait_for_stderr("Waiting for the machine to accept your key\n");
    assert!(!said.contains("Permission denied"), "{said}");
    host.trust();
    running.feed(input.clone());
    let output = running.finish().success();
    assert!(output.stdout_bytes() == input, "{} bytes of {}", output.stdout_bytes().len(), input.len());
    let said = output.stderr();
    assert_eq!(said.matches("Waiting for the machine to accept your key").count(), 1, "{said}");
    host.nothing_is_left();
}

#[test]
fn files_are_copied_both_ways_byte_for_byte() {
    let Some(host) = Host::new() else { return };
    let work = host.scene.env.work_dir();
    let there = work.join("there");
    fs::create_dir(&there).unwrap();
    host.scene.env.write("tree/a b", "one");
    host.scene.env.write("tree/deep/it's", "two");
    host.scp(["-rp", "tree", &format!("box:{}/", there.display())]).run().success().ignore_stderr();
    assert_eq!(fs::read_to_string(there.join("tree/deep/it's")).unwrap(), "two");
    host.scp(["box:/no/such/file", "."]).run().code(1).stderr_has("/no/such/file");
    host.nothing_is_left();
}

#[test]
fn copy_that_scp_would_refuse_here_requests_nothing() {
    let Some(host) = Host::new() else { return };
    let env = &host.scene.env;
    env.write("tree/file", "one");
    env.write("-x", "dash");
    env.run("mkfifo").arg("pipe").run().success();
    let _listener = std::os::unix::net::UnixListener::bind(host.scene.file("socket")).unwrap();
    let refused = |words: &[&str], message: &str| {
        let output = host.scp(words).run().code(1).stdout_is("");
        output.stderr_has(&format!("Error: {message}"));
    };
    refused(&["missing", "box:"], "Cannot copy 'missing': No such file or directory");
    refused(&["missing/", "box:", "--", "-r"], "Cannot copy 'missing/': No such file or directory");
    refused(&["tree/file/x", "box:"], "Cannot copy 'tree/file/x': Not a directory");
    refused(&["tree", "box:"], "Cannot copy 'tree': it is a directory");
    refused(&["tree", "box:", "--", "-P", "22", "-o", "Compression=no"], "Cannot copy 'tree': it is a directory");
    for special in ["pipe", "socket"] {
        refused(&[special, "box:"], &format!("Cannot copy '{special}': it is not a regular file"));
        refused(&["box:x", special], &format!("Cannot copy to '{special}': it is not a regular file"));
    }
    refused(&["/dev/null", "box:"], "Cannot copy '/dev/null': it is not a regular file");
    refused(&["box:x", "no/such/file"], "Cannot copy to 'no/such/file': No such file or directory");
    refused(&["box:x", "no-such-directory/"], "Cannot copy to 'no-such-directory/': No such file or directory");
    refused(&["box:x", "tree/file/x"], "Cannot copy to 'tree/file/x': Not a directory");
    assert!(host.scene.requests().is_empty());
    assert_eq!(host.sshd.connections(), 0);
    let there = env.work_dir().join("there");
    fs::create_dir(&there).unwrap();
    for (words, made) in [(vec!["tree", "--", "-rq"], "tree/file"), (vec!["./-x"], "-x")] {
        let (source, rest) = words.split_first().unwrap();
        let target = format!("box:{}/", there.display());
        host.scp([&[*source, target.as_str()][..], rest].concat()).run().success().ignore_stderr();
        assert!(there.join(made).try_exists().unwrap(), "{words:?}");
    }
    host.nothing_is_left();
}

#[test]
fn copy_to_a_read_only_disk_requests_nothing() {
    if !need::all(&[Need::Root, Need::Program("mount")]) {
        return;
    }
    let Some(host) = Host::new() else { return };
    let disk = Disk::small(host.scene.env.tmp_dir());
    fs::write(disk.path().join("file"), "").unwrap();
    disk.make_read_only();
    for target in [disk.path().to_owned(), disk.path().join("file"), disk.path().join("new")] {
        let target = target.display().to_string();
        let output = host.scp(["box:x", &target]).run().code(1).stdout_is("");
        output.stderr_has(&format!("Error: Cannot copy to '{target}': Read-only file system"));
    }
    assert!(host.scene.requests().is_empty());
}

/// Makes a file of so many bytes, of which no part is like another, in a fraction of the time that /dev/urandom takes.
pub(crate) fn make_file(host: &Host, name: &str, length: usize) {
    let stream = "openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2>&-";
    host.scene.env.run("sh").args(["-c", &format!("{stream} | head -c {length} > {name}")]).run().success();
    assert_eq!(fs::metadata(host.scene.file(name)).unwrap().len(), u64::try_from(length).unwrap());
}

#[test]
fn a_gigabyte_is_copied_both_ways_byte_for_byte() {
    if !need::all(&[Need::Program("openssl")]) {
        return;
    }
    let Some(host) = Host::new() else { return };
    make_file(&host, "big", 1 << 30);
    // There are never more than two of it.
    host.scp(["big", &format!("box:{}", host.scene.file("there").display())])
        .limit(LONG)
        .run()
        .success()
        .ignore_stderr();
    let same = |a: &str, b: &str| drop(host.scene.env.run("cmp").args([a, b]).limit(LONG).run().success());
    same("big", "there");
    fs::remove_file(host.scene.file("big")).unwrap();
    host.scp([&format!("box:{}", host.scene.file("there").display()), "back"])
        .limit(LONG)
        .run()
        .success()
        .ignore_stderr();
    same("there", "back");
    host.nothing_is_left();
}

#[test]
fn a_copy_has_one_side_there() {
    let Some(host) = Host::new() else { return };
    host.scp(["a", "b"]).run().code(64).stderr_has("Neither side of the copy is a machine's.");
    host.scp(["box:a", "off:b"]).run().code(64).stderr_has("Both sides of the copy are machines'.");
    host.scp(["a", "box:b", "--", "-l", "8000", "--", "other:x"])
        .run()
        .code(64)
        .stdout_is("")
        .stderr_has("'other:x' behind '--' is no option of scp's.");
    host.scp(["root@box:a", "b"]).run().code(64).stderr_has("Leave 'root@' out: box");
    assert_eq!(host.sshd.connections(), 0);
}

#[test]
fn a_destination_that_is_none_is_told() {
    let Some(host) = Host::new() else { return };
    host.ssh(["root@box"]).run().code(64).stderr_is(
        "Error: 'root@box' names a user, and the grant says as whom you sign in.\n  Leave 'root@' out: box\n",
    );
    host.ssh([""]).run().code(64).stderr_has("The destination is empty.");
    host.ssh(["a\u{1b}[2J"]).run().code(64).stderr_has("control characters");
    host.ssh(["x".repeat(10_240)]).run().code(64).stderr_has("too long to be a name");
    host.scp(["-oProxyCommand=touch pwned:x", "."]).run().code(64).ignore_stderr();
    for hostile in ["$(touch pwned)", "`touch pwned`", "a b", "it's \"x\"", "../x", "a%h", "*", "a;touch pwned", "é"] {
        let said = host.ssh([hostile, "true"]).run().code(1);
        assert!(said.stderr().starts_with("Error: Could not find any instances matching"), "{said}");
        assert!(said.stderr().contains("p0 ls ssh session destination"), "{said}");
    }
    let said = host.ssh(["it's; id", "true"]).run().code(1);
    said.stderr_has("Look for it with: p0 ls ssh session destination --like 'it'\\''s; id'\n");
    assert!(!host.scene.file("pwned").try_exists().unwrap());
    host.ssh(["--provider", "aws", "box"])
        .run()
        .code(1)
        .stderr_has("SSH is not installed for example with machines of aws.");
    host.ssh(["--provider", "moon", "box"]).run().code(64).stderr_has("self-hosted");
    assert_eq!(host.sshd.connections(), 0);
    host.nothing_is_left();
}

#[test]
fn a_machine_that_does_not_answer_is_told() {
    let Some(host) = Host::new() else { return };
    host.ssh(["off", "true"]).run().code(1).stderr_has("The machine does not answer: ").stderr_has("port 9");
    host.nothing_is_left();
}

#[test]
fn ssh_that_is_not_installed_is_told() {
    let Some(host) = Host::with(|config| {
        config["integrations"]["ssh"].as_table_mut().unwrap().remove("installed");
    }) else {
        return;
    };
    host.ssh(["box"]).run().code(1).stderr_has("SSH is not installed for example.");
    let Some(host) = Host::new() else { return };
    let missing = host.ssh(["box"]).env("PATH", host.scene.env.bin_dir()).run().code(127);
    assert!(missing.stderr().contains("'ssh' is not installed"), "{missing}");
    host.nothing_is_left();
}

#[test]
fn the_key_of_a_machine_may_change_when_the_user_says_so() {
    let Some(host) = Host::new() else { return };
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.sshd.change_host_key();
    let refused = host.ssh(["box", "true"]).run().code(1);
    assert!(refused.stderr().contains("Error: The key of box is not the one that it had before.\n"), "{refused}");
    assert!(refused.stderr().contains("The service now says that it is: SHA256:"), "{refused}");
    let terminal = host.ssh(["box", "echo", "done"]).terminal();
    terminal.wait_for("Trust the new key?");
    terminal.type_text("no");
    terminal.press(Key::Enter);
    terminal.finish().code(1);
    let terminal = host.ssh(["box", "echo", "done"]).terminal();
    terminal.wait_for("Trust the new key?");
    terminal.type_text("yes");
    terminal.press(Key::Enter);
    terminal.wait_for("done");
    terminal.finish().success();
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.nothing_is_left();
}

#[test]
fn a_terminal_is_handed_over() {
    let Some(host) = Host::new() else { return };
    let terminal = host.ssh(["box"]).terminal();
    terminal.type_text("stty size; tty; echo sum$((40 + 2)); exit 3");
    terminal.press(Key::Enter);
    terminal.wait_for("sum42");
    assert!(terminal.screen().contains("24 80") && terminal.screen().contains("/dev/pts/"), "{}", terminal.screen());
    terminal.finish().code(3);
    // Ctrl-C is the program's there, not ours.
    let terminal = host
        .ssh(["box", "--", "-t", "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.1; done"])
        .terminal();
    terminal.wait_for("ready");
    terminal.press(Key::CtrlC);
    terminal.wait_for("caught");
    terminal.finish().code(5);
    host.nothing_is_left();
}

#[test]
fn whoever_loses_patience_leaves_nothing_behind() {
    let Some(host) = Host::that_trusts_nobody() else { return };
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let running = host.ssh(["box", "true"]).spawn();
        running.wait_for_stderr("Waiting for the machine to accept your key\n");
        running.signal(signal);
        running.finish().code(130).stderr_has("Interrupted; the access stays.");
        host.nothing_is_left();
    }
    let terminal = host.ssh(["box", "true"]).terminal();
    terminal.wait_for("Waiting for the machine to accept your key");
    terminal.press(Key::CtrlC);
    terminal.finish().code(130);
    host.nothing_is_left();
    host.trust();
    // In the session the signal is `ssh`'s, and its end is told.
    let running = host.ssh(["box", "echo ready; sleep 60"]).spawn();
    running.wait_for_stdout("ready");
    running.signal(Signal::TERM);
    running.finish().code(255).stdout_is("ready\n").ignore_stderr();
    host.nothing_is_left();
    host.sshd.wait_until_idle();
}

#[test]
fn the_private_key_is_where_secrets_are_and_nowhere_else() {
    let Some(host) = Host::new() else { return };
    let running = host.ssh(["box", "echo ready; sleep 60"]).spawn();
    running.wait_for_stdout("ready");
    let secrets = host.scene.env.state_dir().join("p0/secrets");
    let kept = fs::read_dir(&secrets).unwrap().flatten().map(|entry| fs::read_to_string(entry.path()).unwrap());
    let kept: Vec<String> = kept.filter(|text| text.contains("ed25519 ")).collect();
    assert_eq!(kept.len(), 1);
    let der = kept[0].split("ed25519 ").nth(1).unwrap();
    let found = host.scene.env.files_with(&der.as_bytes()[..40]);
    assert!(found.len() == 1 && found[0].starts_with("state/p0/secrets"), "{found:?}");
    assert!(host.scene.env.files_with(b"PRIVATE KEY").iter().all(|path| !path.starts_with("run")), "a key of ours");
    running.signal(Signal::TERM);
    running.finish().code(255).ignore_stdout().ignore_stderr();
    // Nor is it, or what signs in, among what is told of how it is done.
    let token = host.scene.token(ASKER);
    for words in [&["--debug", "ssh", "box", "true"][..], &["--debug", "ssh-resolve", "box"]] {
        let ran = host.scene.p0(words).run().success().stdout_is("").stderr_has("DEBUG called");
        ran.lacks(&der[..40]).lacks(&token);
    }
}

#[test]
fn a_grant_that_is_taken_back_lets_nobody_in_again() {
    let Some(host) = Host::new() else { return };
    let mut running = host.ssh(["box", "echo ready; read x; exit 6"]).spawn();
    running.wait_for_stdout("ready");
    let requests = host.scene.requests();
    let id = requests[0]["id"].as_str().unwrap();
    host.scene.p0_as(OWNER, ["revoke", id]).run().success().ignore_stderr();
    // The session that is open is the machine's to end.
    running.write_stdin("\n");
    running.finish().code(6).ignore_stdout().ignore_stderr();
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    assert_eq!(host.scene.requests().len(), 2, "the access was asked for again");
}

#[test]
fn sessions_are_on_record() {
    let kept = |config: &mut toml::Table| {
        config.insert("store".into(), toml::toml! { kind = "file" path = "p0.db" }.into());
    };
    if !need::all(&[Need::Program("sqlite3")]) {
        return;
    }
    let Some(host) = Host::with(kept) else { return };
    host.trust();
    host.ssh(["box", "true"]).run().success().ignore_stderr();
    host.ssh(["box", "exit 255"]).run().code(255).ignore_stderr();
    let query = "select action from events where action like 'ssh.session.%' order by action";
    let found = host.scene.env.run("sqlite3").args(["p0.db", query]).run().success();
    let (start, end) = ("ssh.session.start\n", "ssh.session.end\n");
    assert_eq!(found.stdout(), [end, end, start, start].concat());
}

#[test]
fn sudo_is_waited_for() {
    let Some(host) = Host::new() else { return };
    host.sshd.sudo(false);
    let running = host.ssh(["--sudo", "box", "sudo echo as root"]).spawn();
    running.wait_for_stderr("Waiting for sudo to be allowed\n");
    host.sshd.sudo(true);
    running.finish().success().stdout_is("as root\n").ignore_stderr();
    host.nothing_is_left();
}

#[test]
fn what_is_said_of_a_machine_is_in_the_request() {
    let Some(host) = Host::new() else { return };
    host.sshd.sudo(true);
    let by_flags = host.ssh(["--provider", "self-hosted", "--reason", "disk full", "box", "true"]);
    by_flags.env("P0_SSH_REASON", "another").run().success().ignore_stderr();
    let by_environment = host.ssh(["box", "true"]).env("P0_SSH_SUDO", "1").env("P0_SSH_REASON", "root's disk full");
    by_environment.run().success().ignore_stderr();
    let requests = host.scene.requests();
    for (is_sudo, reason) in [(false, "disk full"), (true, "root's disk full")] {
        let found =
            requests.iter().find(|it| it["request"]["permission"]["sudo"].as_bool().unwrap_or_default() == is_sudo);
        let found = found.unwrap_or_else(|| panic!("{requests:#?}"));
        assert_eq!(found["request"]["reason"], reason);
    }
    assert_eq!(requests.len(), 2);
    let said = host.ssh(["--parent", "nowhere", "box", "true"]).run().code(1);
    said.stderr_has("Could not find any parents matching nowhere");
}

#[test]
fn the_wait_for_access_has_an_end() {
    let Some(host) = Host::new() else { return };
    let said = host.ssh(["--timeout", "1s", "guarded", "true"]).run().code(4).stdout_is("");
    said.stderr_has("p0 wait ");
    host.ssh(["--timeout", "soon", "box"]).run().code(64).stdout_is("").stderr_has("write it like 90s");
    assert_eq!(host.sshd.connections(), 0);
    host.nothing_is_left();
}

#[test]
fn quietly_there_is_the_session_alone() {
    let Some(host) = Host::new() else { return };
    for _ in 0..2 {
        let ran = host.scene.p0(["-q", "ssh", "box", "echo out; exit 3"]).run().code(3);
        ran.stdout_is("out\n").stderr_is("");
    }
    host.scene.p0(["-q", "ssh", "nowhere"]).run().code(1).stderr_has("Error: Could not find any instances");
}

#[test]
fn ctrl_c_while_sudo_is_tested_ends_it() {
    let Some(host) = Host::new() else { return };
    // It does not answer. Once nobody listens any more it ends.
    let begun = host.scene.file("begun");
    let script = format!("#!/bin/sh\ntouch '{}'\nwhile echo; do sleep 0.1; done\n", begun.display());
    host.sshd.tool("sudo", &script);
    let arrived = host.scene.file("arrived");
    let command = format!("touch '{}'", arrived.display());
    let ssh = || host.ssh(["--sudo", "box", &command]);
    for signal in [Signal::INT, Signal::TERM] {
        let running = ssh().spawn();
        eventually("sudo runs", || begun.try_exists().unwrap());
        running.signal(signal);
        running.finish().code(130).stderr_has("Interrupted; the access stays.");
        fs::remove_file(&begun).unwrap();
    }
    // At a terminal, ssh hears it as well.
    let terminal = ssh().terminal();
    eventually("sudo runs", || begun.try_exists().unwrap());
    terminal.press(Key::CtrlC);
    terminal.wait_for("Interrupted; the access stays.");
    terminal.finish().code(130);
    assert!(!arrived.try_exists().unwrap(), "the session was begun all the same");
    host.nothing_is_left();
}

#[test]
fn a_name_that_several_machines_have_is_asked_back() {
    let host = Host::with(|config| {
        let machines = config["integrations"]["ssh"]["resources"]["destination"].as_array_mut().unwrap();
        let mut twin = machines[1].clone();
        twin["key"] = "off-2".into();
        twin.as_table_mut().unwrap().insert("value".into(), "off".into());
        machines[1].as_table_mut().unwrap().insert("value".into(), "off".into());
        machines[1]["key"] = "off-1".into();
        machines.push(twin);
    });
    let Some(host) = host else { return };
    host.scene.env.write("a", "");
    for run in [host.ssh(["off", "true"]), host.scp(["a", "off:b"])] {
        let said = run.run().stdout_is("").code(1);
        said.stderr_has("Several instances match off:\n  off-1  off\n  off-2  off\nName one by its identifier.\n");
    }
    assert!(host.scene.requests().is_empty());
    assert_eq!(host.sshd.connections(), 0);
}

#[test]
fn a_program_of_ones_own_carries_the_connection() {
    let Some(host) = Host::new() else { return };
    let proxy = host.scene.env.tool(
        "pro'xy %h \"x\" $HOME",
        "#!/bin/bash\necho 'carried' >&2\nexec 3<>\"/dev/tcp/$1/$2\"\ncat <&3 & cat >&3\nkill $!\n",
    );
    let settings = toml::to_string(&toml::Table::from_iter([(
        "ssh_proxy".to_owned(),
        vec![proxy.to_str().unwrap().to_owned(), "%h".into(), "%p".into()].into(),
    )]));
    let path = host.scene.env.config_dir().join("p0/config.toml");
    host.scene.env.write(path, &settings.unwrap());
    let ran = host.ssh(["box", "echo there"]).run().success().stdout_is("there\n");
    assert!(ran.stderr().contains("carried"), "{ran}");
    host.nothing_is_left();
}

#[test]
fn a_key_of_another_kind_is_made_where_it_is_wanted() {
    let Some(host) = Host::new() else { return };
    host.ssh(["box", "true"]).env("P0_SSH_KEY_TYPE", "rsa").run().success().ignore_stderr();
    host.sshd.wait_for_log("RSA-CERT");
    host.ssh(["box", "true"]).env("P0_SSH_KEY_TYPE", "dsa").run().code(64).stderr_has("'ed25519' or 'rsa'");
}

#[test]
fn ssh_has_no_token_to_send() {
    let Some(host) = Host::new() else { return };
    let seen = host.scene.file("seen");
    let script = format!("#!/bin/sh\nenv >>'{}'\nexec /usr/bin/ssh \"$@\"\n", seen.display());
    host.scene.env.tool("ssh", &script);
    host.ssh(["box", "true"]).env("P0_PASSWORD", "hush").run().success().ignore_stderr();
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.contains("P0_SSH_SESSION=") && !seen.contains("P0_API_TOKEN") && !seen.contains("hush"), "{seen}");
}
