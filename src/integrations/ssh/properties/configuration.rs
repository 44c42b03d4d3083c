//! What `ssh` reads as configuration: our options, generated files, the lines in the user's own.

use crate::integrations::ssh::{
    command::{self, By, Files, KeyAt, Purpose},
    names::{Host, User},
    program::Argv,
    provider::{Reach, Route},
    user_config,
};
use p0_testkit::{
    Recorder, hostile,
    need::{self, Need},
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{
    cell::Cell,
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Runs `ssh`, which may run the program; its arguments, if it did. Nothing else may have been run.
fn ssh(recorder: &Recorder, shell: &str, args: &[OsString]) -> (Output, Option<Vec<OsString>>) {
    let mut ssh = Command::new("ssh");
    ssh.args(args).current_dir(recorder.directory()).env("SHELL", shell).stdin(Stdio::null());
    let output = ssh.output().expect("ssh");
    assert!(!recorder.directory().join("pwned").try_exists().expect("looked"), "{args:?}");
    (output, recorder.said())
}

/// Names that may stand on `ssh`'s command line, the oddest of them.
fn host() -> impl Strategy<Value = Host> {
    let piece = select(vec!["a", "web-1", "7", ".", "-", "_", ":", "::1", "none", "all", "B"]);
    let names = vec(piece, 1..6).prop_map(|pieces| Host::parse(&pieces.concat()));
    names.prop_filter_map("no name", Result::ok)
}

fn user() -> impl Strategy<Value = User> {
    select(vec!["ada", "_apt", "ada.l+x@example.com", "7", "a-b"]).prop_map(|name| User::parse(name).expect("a user"))
}

/// Directories of any name. Most are made of what is allowed in one.
fn directory() -> impl Strategy<Value = PathBuf> {
    let plain = vec(select(vec!["a", " ", "%", "%h", "'", "é", "~", "#", "=", "$HOME", ",", "*", ";", "!"]), 0..8);
    let name = prop_oneof![3 => plain.prop_map(|pieces| pieces.concat().into()), 1 => hostile::word()];
    name.prop_map(|name| Path::new("/run/p0").join(Path::new("/").join(name).strip_prefix("/").expect("absolute")))
}

fn files(directory: &Path, first_seen: bool) -> Files {
    Files {
        key: KeyAt { agent: Some(directory.join("agent")), file: directory.join("id.pub") },
        known_hosts: directory.join("hosts"),
        first_seen,
        host_key_types: Vec::new(),
        log: directory.join("log"),
    }
}

fn route(user: User, [host, alias]: [Host; 2], port: u16, certificate: Option<PathBuf>) -> Route {
    let (environment, unset) = (Vec::new(), Vec::new());
    Route { user, host, port, alias, certificate, reach: Reach::Direct, environment, unset }
}

/// What `ssh -G` says of this setting: every line of it.
fn settings<'a>(said: &'a [u8], name: &str) -> Vec<&'a [u8]> {
    let lines = said.split(|byte| *byte == b'\n');
    lines.filter_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b" ")).collect()
}

/// Makes sure that `ssh` has understood a route and its files, and nothing else.
fn understood(output: &Output, route: &Route, files: &Files) -> Result<(), TestCaseError> {
    let said = &output.stdout;
    prop_assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Names of files are shown before their percent signs are read.
    let unread = |path: &Path| path.to_str().expect("text").replace('%', "%%").into_bytes();
    let read = |path: &Path| path.as_os_str().as_bytes().to_vec();
    let mut expected = vec![
        ("user", route.user.as_str().into()),
        ("hostname", route.host.as_str().into()),
        ("port", route.port.to_string().into_bytes()),
        ("hostkeyalias", route.alias.as_str().into()),
        ("identityagent", read(files.key.agent.as_deref().expect("an agent"))),
        ("identityfile", unread(&files.key.file)),
        ("userknownhostsfile", read(&files.known_hosts)),
        ("identitiesonly", b"yes".to_vec()),
        ("stricthostkeychecking", if files.first_seen { b"accept-new".to_vec() } else { b"true".to_vec() }),
    ];
    expected.extend(route.certificate.as_deref().map(|path| ("certificatefile", unread(path))));
    for (name, value) in expected {
        let found = settings(said, name);
        // It writes addresses as it reads them.
        let is_address = name == "hostname" && !value.iter().any(|byte| (b'g'..=b'z').contains(byte));
        let same = found.len() == 1 && found[0].eq_ignore_ascii_case(&value);
        prop_assert!(is_address || same, "{name}: {:?}", String::from_utf8_lossy(said));
    }
    for name in ["localcommand", "remotecommand", "knownhostscommand", "proxyjump"] {
        let found = settings(said, name);
        prop_assert!(found.is_empty() || found == [b"none"], "{name}: {:?}", String::from_utf8_lossy(said));
    }
    Ok(())
}

fn words(args: &[&str]) -> Vec<OsString> {
    args.iter().map(OsString::from).collect()
}

#[test]
fn a_program_in_front_of_ssh_gets_its_words() {
    if !need::all(&[Need::Program("ssh")]) {
        return;
    }
    let recorder = Recorder::new();
    let files = files(recorder.directory(), false);
    let host = |name| Host::parse(name).expect("a host");
    let route = route(User::parse("ada").expect("a user"), [host("192.0.2.1"), host("web-1")], 22, None);
    proptest!(hostile::config(64), |(args in vec(hostile::word(), 1..8))| {
        let program = Argv::new(recorder.program(), &args);
        let options = command::options(&route, &files, By::Program(&program), Purpose::Session, false).expect("options");
        let own = words(&["-F", "/dev/null"]);
        let line = command::ssh(options, &files, &own, &route.alias, &[], None);
        // As in a session: `access/ssh` names this shell.
        let (output, said) = ssh(&recorder, "/bin/sh", &line);
        prop_assert!(said.as_ref() == Some(&args), "{:?}: {:?}", said, output);
    });
}

#[test]
fn options_are_what_they_say() {
    if !need::all(&[Need::Program("ssh")]) {
        return;
    }
    let recorder = Recorder::new();
    let certificate = proptest::option::of(directory());
    proptest!(hostile::config(64), |(user in user(), hosts in [host(), host()], port in 1..=u16::MAX, directory in directory(),
        certificate in certificate, first_seen: bool, command in vec(hostile::word(), 0..4))| {
        let (route, files) = (route(user, hosts, port, certificate), files(&directory, first_seen));
        let Ok(options) = command::options(&route, &files, By::Itself, Purpose::Session, false) else { return Ok(()) };
        let own = words(&["-F", "/dev/null", "-G"]);
        let logged = Files { log: recorder.directory().join("log"), ..files.clone() };
        let line = command::ssh(options, &logged, &own, &route.alias, &command, None);
        let (output, _) = ssh(&recorder, "/bin/sh", &line);
        understood(&output, &route, &files)?;
    });
}

/// How many lines a configuration has without a certificate and for a name; for an address there is one more.
const LINES: usize = 31;

#[test]
fn generated_configuration_is_what_it_says() {
    if !need::all(&[Need::Program("ssh")]) {
        return;
    }
    let recorder = Recorder::new();
    let config = recorder.directory().join("config");
    proptest!(hostile::config(64), |(user in user(), hosts in [host(), host()], destination in host(), port in 1..=u16::MAX,
        directory in directory(), program in directory(), first_seen: bool)| {
        let (route, files) = (route(user, hosts, port, None), files(&directory, first_seen));
        let proxy = ["ssh-proxy", destination.as_str()];
        let is_address = route.host.as_str().parse::<std::net::IpAddr>().is_ok();
        let Ok(text) = command::configuration(&destination, &route, &files, None) else { return Ok(()) };
        let Ok(text) = command::of_this_run(&text, (&program, &proxy), None) else { return Ok(()) };
        prop_assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), LINES + usize::from(is_address));
        fs::write(&config, text).expect("written");
        let own = [words(&["-G", "-F"]), vec![config.clone().into()]].concat();
        let (output, _) = ssh(&recorder, "/bin/sh", &[&own[..], &words(&["--", destination.as_str()])].concat());
        understood(&output, &route, &files)?;
        // It is that machine's, and no other's.
        let (output, _) = ssh(&recorder, "/bin/sh", &[&own[..], &words(&["--", "another.example.com"])].concat());
        prop_assert!(output.status.success() && settings(&output.stdout, "proxycommand").is_empty());
        prop_assert_eq!(settings(&output.stdout, "hostname"), [b"another.example.com"]);
    });
}

#[test]
fn plain_ssh_asks_about_names_and_runs_nothing_else() {
    if !need::all(&[Need::Program("ssh")]) {
        return;
    }
    let recorder = Recorder::new();
    let config = recorder.directory().join("config");
    let block = user_config::block(&recorder.program(), &recorder.directory().join("generated"), &[]).expect("lines");
    fs::write(&config, user_config::with("Host *\n  ServerAliveInterval 30\n", &block).expect("a configuration"))
        .expect("written");
    let there = |shell: &&str| Path::new(shell).try_exists().expect("looked");
    let shells: Vec<&str> =
        ["/bin/sh", "/bin/bash", "/usr/bin/fish", "/usr/bin/zsh"].into_iter().filter(there).collect();
    let name = prop_oneof![3 => hostile::word(), 1 => host().prop_map(|host| host.as_str().into())];
    let asked = Cell::new(0);
    proptest!(hostile::config(128), |(name in name, shell in select(shells))| {
        let line = [words(&["-G", "-F"]), vec![config.clone().into()], words(&["--"]), vec![name.clone()]].concat();
        let (_, Some(said)) = ssh(&recorder, shell, &line) else { return Ok(()) };
        asked.set(asked.get() + 1);
        prop_assert_eq!(&said[..4], words(&["--quiet", "--no-input", "ssh-resolve", "--into"]));
        prop_assert_eq!((said.len(), said[5].to_str()), (7, Some("--")));
        // `ssh` takes off the user, and reads URIs.
        let (name, host) = (name.to_ascii_lowercase(), said[6].to_ascii_lowercase());
        let of_uri = name.as_bytes().starts_with(b"ssh://");
        prop_assert!(of_uri || name.as_bytes().ends_with(host.as_bytes()), "{:?} for {:?}", host, name);
    });
    assert!(asked.get() > 50, "{asked:?} of them were asked about");
}

#[test]
fn lines_in_the_users_configuration_name_one_program() {
    if !need::all(&[Need::Program("ssh")]) {
        return;
    }
    let recorder = Recorder::new();
    let config = recorder.directory().join("config");
    proptest!(hostile::config(64), |(name in directory(), generated in directory())| {
        let name = name.file_name().unwrap_or(OsStr::new("p0"));
        let program = recorder.directory().join(name);
        let Ok(block) = user_config::block(&program, &generated, &[]) else { return Ok(()) };
        prop_assert_eq!(block.lines().count(), 5);
        recorder.install(&program);
        fs::write(&config, block).expect("written");
        let line = [words(&["-G", "-F"]), vec![config.clone().into()], words(&["web-1"])].concat();
        let (output, said) = ssh(&recorder, "/bin/sh", &line);
        prop_assert!(output.status.success(), "{:?}", output);
        // Also where it fails, as the next case may have the same name.
        fs::remove_file(program).expect("removed");
        let into = [words(&["--quiet", "--no-input", "ssh-resolve", "--into"]), vec![generated.into()]].concat();
        prop_assert_eq!(said, Some([into, words(&["--", "web-1"])].concat()));
    });
}
