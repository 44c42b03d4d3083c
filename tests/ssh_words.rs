//! Whatever a user or a link can type: destinations, commands, files and directories, on their way through the real `ssh`
//! and `scp` to a real machine.

use crate::{
    harness::ASKER,
    ssh::{Host, make_file},
};
use p0_testkit::{
    Invocation, hostile,
    need::{self, Need},
    sshd,
};
use proptest::{collection::vec, prelude::*};
use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::Path,
};

/// What `ssh`'s own configuration, a shell or a terminal might be told by a destination, and what is said of it. `None`:
/// it is sent to the service, as a name that it does not know.
fn destinations() -> Vec<(String, Option<&'static str>)> {
    let options = "The destination begins with '-', as options do.";
    let (control, reads) = (
        "The destination contains control characters.",
        "The destination contains characters that change how it reads.",
    );
    let none: Option<&str> = None;
    [
        ("", Some("The destination is empty.")),
        ("-oProxyCommand=touch pwned", Some(options)),
        ("-F", Some(options)),
        ("x\n  ProxyCommand touch pwned", Some(control)),
        ("\u{1b}]0;owned\u{7}x", Some(control)),
        ("x\u{9b}31m", Some(control)),
        ("x\u{7f}", Some(control)),
        ("web\u{202e}1-", Some(reads)),
        ("\u{200f}web-1", Some(reads)),
        ("root@box", Some("Leave 'root@' out: box")),
        ("a@b@box", Some("Leave 'a@b@' out: box")),
        ("a b", none),
        ("it's; touch pwned", none),
        ("$(touch pwned)", none),
        ("`touch pwned`", none),
        ("\"x\" %h %% ${HOME}", none),
        ("..", none),
        ("b\u{43e}x", none),
        ("box*", none),
        ("*", none),
    ]
    .map(|(name, said)| (name.to_owned(), said))
    .into_iter()
    .chain([("x".repeat(10_240), Some("The destination is too long to be a name."))])
    .chain([(format!("{}@box", "x".repeat(10_240)), Some("The destination is too long to be a name."))])
    .collect()
}

#[test]
fn a_destination_is_a_name_or_nothing() {
    let Some(host) = Host::new() else { return };
    host.scene.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    let config = host.scene.env.home_dir().join(".ssh/config");
    let harmless = |said: &str| {
        assert!(!said.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}' || c == '\u{200f}'), "{said:?}");
        assert!(said.len() < 2_000, "{} bytes", said.len());
    };
    for (name, said) in destinations() {
        // What begins with a dash can stand nowhere but where it is no option.
        let asked = if name.starts_with('-') {
            vec![]
        } else {
            vec![host.ssh([&name, "true"]), host.scp([&format!("{name}:f"), "."])]
        };
        for run in asked {
            let copies_nothing = name.is_empty();
            let output = run.run().stdout_is("");
            harmless(output.stderr());
            match said {
                // `scp` takes it for a file here: a name that begins with a colon.
                Some(_) if copies_nothing && output.stderr().contains("Neither side") => drop(output.code(64)),
                Some(said) => drop(output.code(64).stderr_has(said)),
                None => drop(output.code(1).stderr_has("Error: Could not find any instances matching")),
            }
        }
        host.scene.p0(["ssh-resolve", "--", &name]).run().code(1).stdout_is("").stderr_is("");
        let proxy = host.scene.p0(["ssh-proxy", "--", &name]).run().stdout_is("");
        harmless(proxy.stderr());
        let expected = if name == "box" { "Nothing is known" } else { "Error: ssh asks for a host that is none: '" };
        proxy.code(64).stderr_has(expected);
        if name.ends_with("@box") {
            // To plain ssh the user is the user's choice.
            continue;
        }
        // Plain ssh reads its configuration and asks; no name makes it go through p0.
        let plain = host.scene.env.run("ssh").env("P0_API_TOKEN", host.scene.token(ASKER));
        let plain = plain.arg("-F").arg(&config).args(["-G", "--", &name]).run().ignore_stderr();
        // Which names it refuses itself depends on its version.
        plain.status();
        assert!(!String::from_utf8_lossy(plain.stdout_bytes()).contains("ssh-proxy"), "{plain}");
    }
    for line in [["ssh", "-oProxyCommand=touch pwned"], ["scp", "-oProxyCommand=touch pwned:x"]] {
        host.scene.p0(line).run().code(64).stdout_is("").stderr_has("unexpected argument '-o' found");
    }
    let odd = OsStr::from_bytes(b"b\xffx");
    for command in ["ssh", "ssh-resolve", "ssh-proxy"] {
        host.scene.p0([OsStr::new(command), odd]).run().code(64).stdout_is("").stderr_has("is not UTF-8 text");
    }
    assert!(!host.scene.file("pwned").try_exists().unwrap());
    assert_eq!(host.sshd.connections(), 0);
    host.nothing_is_left();
}

/// A machine that says which command it was sent, and a key with which plain `ssh` gets in.
struct Echo {
    host: Host,
    key: sshd::Key,
}

impl Echo {
    fn new() -> Option<Self> {
        let host = Host::with_server("ForceCommand printf %s \"$SSH_ORIGINAL_COMMAND\"", |_| ())?;
        host.trust();
        let key = sshd::Key::new(&host.scene.env, "plain");
        host.sshd.trust_key(key.public());
        // The access is there, and the machine's key is known.
        host.ssh(["box", "true"]).run().success().ignore_stderr().stdout_is("true");
        Some(Self { host, key })
    }

    /// What the machine is sent by plain `ssh`.
    fn plain(&self, words: &[OsString]) -> Vec<u8> {
        let plain = self.host.scene.env.run("ssh").args(self.host.sshd.ssh_args(&self.key)).args(words);
        sent(plain)
    }
}

fn sent(run: Invocation) -> Vec<u8> {
    run.run().success().ignore_stderr().stdout_bytes().to_vec()
}

#[test]
fn a_command_arrives_as_plain_ssh_would_send_it() {
    let Some(echo) = Echo::new() else { return };
    for line in [
        &["echo", "\"$HOME\"", "*", "~", "a  b"][..],
        &["line 1\nline 2\n", "\t"],
        &["back\\"],
        &["a;b|c&d>e", "`id`", "$(id)", "it's", "\""],
        &["x", "", ""],
        &["ls", "-l", "--sudo", "-p", "22", "--reason=x"],
        &["é漢\u{202e}\u{1b}[2J", "%h %%"],
    ] {
        let words: Vec<OsString> = line.iter().map(OsString::from).collect();
        let expected = echo.plain(&words);
        assert_eq!(expected, line.join(" ").as_bytes(), "what ssh does by itself");
        assert!(sent(echo.host.ssh(["box"]).args(&words)) == expected, "{words:?}");
    }
    let quoted = ["sudo", "sh", "-c", "'echo \"$HOME\"'"];
    assert_eq!(sent(echo.host.ssh(["--sudo", "box"]).args(quoted)), quoted.join(" ").as_bytes());
    // What is no text goes through where it is `ssh`'s; elsewhere it is refused.
    let odd = OsString::from_vec(b"a\xff\x80b".to_vec());
    assert_eq!(sent(echo.host.ssh(["box", "--", "printf"]).arg(&odd)), [b"printf ", odd.as_bytes()].concat());
    echo.host.ssh(["box", "printf"]).arg(&odd).run().code(64).stderr_has("is not UTF-8 text");
    proptest!(hostile::config(4), |(words in vec(hostile::word(), 1..4))| {
        let first_is_option = words[0].as_bytes().starts_with(b"-");
        // An empty command is a shell.
        prop_assume!(!first_is_option && words.iter().any(|word| !word.is_empty()));
        let expected = echo.plain(&words);
        prop_assert!(sent(echo.host.ssh(["box", "--"]).args(&words)) == expected, "{:?}", words);
    });
}

#[test]
fn files_of_any_name_are_copied() {
    let Some(host) = Host::new() else { return };
    let work = host.scene.env.work_dir();
    let there = work.join("there");
    fs::create_dir(&there).unwrap();
    let names = [
        "a b",
        "-x",
        "--",
        "it's",
        "\"",
        "$HOME",
        "`touch pwned`",
        "$(touch pwned)",
        "new\nline",
        "back\\slash",
        "a:b",
        "scp:",
        "C:\\x",
        "*",
        "?",
        "[a]",
        "~",
        "~root",
        "{a,b}",
        "#",
        "%h",
        "é漢",
        "\u{1b}[2J",
        "\u{202e}",
        "@x",
        "root@web",
        "...",
    ];
    for name in names {
        host.scene.env.write(Path::new("tree").join(name), name);
    }
    fs::write(work.join("tree").join(OsStr::from_bytes(b"no\xfftext")), "odd").unwrap();
    // All of them in a directory, there and back.
    host.scp(["-r", "tree", &format!("box:{}/", there.display())]).run().success().ignore_stderr();
    host.scp(["-r", &format!("box:{}/tree", there.display()), "back"]).run().success().ignore_stderr();
    host.scene.env.run("diff").args(["-r", "tree", "back"]).run().success();
    // One by one, as a path here and as a path there.
    fs::create_dir(there.join("one")).unwrap();
    for name in ["-x", "a b", "it's \"x\"", "new\nline", "C:\\x\u{1b}[2J", "$(touch pwned)*"] {
        let here = format!("./tree/{name}");
        host.scene.env.write(&here, name);
        let target = there.join("one").join(name);
        host.scp([&here, &format!("box:{}", target.display())]).run().success().ignore_stderr();
        assert_eq!(fs::read_to_string(&target).unwrap(), name);
        // A backslash and a star are for `scp`'s own patterns there.
        let source = target.display().to_string().replace('\\', "\\\\").replace('*', "\\*");
        host.scp([&format!("box:{source}"), "./-got"]).run().success().ignore_stderr();
        assert_eq!(fs::read_to_string(work.join("-got")).unwrap(), name);
    }
    // Patterns are read there; two slashes make no URI of a machine's name.
    fs::create_dir(work.join("some")).unwrap();
    host.scp([&format!("box:/{}/one/*x*", there.display()), "some/"]).run().success().ignore_stderr();
    assert_eq!(fs::read_dir(work.join("some")).unwrap().count(), 3);
    host.scp([":none", "box:"]).run().code(1).stderr_has("Error: Cannot copy ':none': No such file");
    host.scp(["[box]:/no/such", "."]).run().code(1).stderr_has("/no/such");
    assert!(!host.scene.file("pwned").try_exists().unwrap());
    host.nothing_is_left();
}

#[test]
fn bytes_go_through_p0_as_they_are() {
    if !need::all(&[Need::Program("openssl")]) {
        return;
    }
    let Some(host) = Host::new() else { return };
    host.scene.p0(["ssh-config", "install"]).run().success().ignore_stderr();
    let config = host.scene.env.home_dir().join(".ssh/config");
    make_file(&host, "big", 256 << 20);
    let there = host.scene.file("there");
    // Plain scp's connection is carried by p0.
    let scp = || host.scene.env.run("scp").env("P0_API_TOKEN", host.scene.token(ASKER)).arg("-F").arg(&config);
    scp().args(["big", &format!("box:{}", there.display())]).run().success().ignore_stderr();
    scp().args([&format!("box:{}", there.display()), "back"]).run().success().ignore_stderr();
    host.scene.env.run("cmp").args(["big", "back"]).run().success();
}

#[test]
fn directories_of_any_name_are_used_or_named() {
    let Some(host) = Host::new() else { return };
    let root = host.scene.env.tmp_dir();
    for (name, is_fine) in [
        ("a b", true),
        ("it's 100% #1", true),
        ("$HOME;touch pwned", true),
        ("~", true),
        ("é", true),
        ("${HOME}", false),
        ("back\\slash", false),
        ("\"", false),
        ("new\nline", false),
    ] {
        let directory = root.join(name);
        let run = || {
            for name in ["state", "run", "tmp"] {
                fs::create_dir_all(directory.join(name)).unwrap();
            }
            let run = host.ssh(["box", "echo", "in"]).env("XDG_STATE_HOME", directory.join("state"));
            run.env("TMPDIR", directory.join("tmp")).env_remove("XDG_RUNTIME_DIR")
        };
        let output = run().run();
        match is_fine {
            true => drop(output.success().stdout_is("in\n").ignore_stderr()),
            false => drop(
                output
                    .code(1)
                    .stdout_is("")
                    .stderr_has("ssh cannot be told of the path")
                    .stderr_has("Set XDG_RUNTIME_DIR and HOME to plain paths."),
            ),
        }
        fs::remove_dir_all(directory).unwrap();
    }
    assert!(!host.scene.file("pwned").try_exists().unwrap());
}

#[test]
fn a_program_of_any_name_is_in_front_of_ssh() {
    if !need::all(&[Need::Program("socat")]) {
        return;
    }
    let Some(host) = Host::new() else { return };
    let env = &host.scene.env;
    let path = env.config_dir().join("p0/config.toml");
    env.write(path, "ssh_proxy = ['socat', '-', 'TCP:%h:%p']\n");
    // It is p0 that ssh runs in front of itself, by its own path.
    let odd = env.tmp_dir().join("it's 100% \\ $HOME `touch pwned` \"p0\"");
    if fs::hard_link(env.program(), &odd).is_err() {
        fs::copy(env.program(), &odd).unwrap();
    }
    let run = env.run(&odd).env("P0_API_TOKEN", host.scene.token(ASKER));
    run.args(["ssh", "box", "echo", "in"]).run().success().stdout_is("in\n").ignore_stderr();
    // A line of the user's own configuration cannot name such a program, and says so.
    let run = env.run(&odd).env("P0_API_TOKEN", host.scene.token(ASKER));
    run.args(["ssh-config", "install"]).run().code(1).stderr_has("Install p0 under a plain path");
    assert!(!host.scene.file("pwned").try_exists().unwrap());
}
