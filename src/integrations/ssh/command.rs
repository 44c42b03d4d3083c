//! The command lines of `ssh` and `scp`.
//!
//! Options of ours come first, as the first one counts; then the user's; then those that the user's may differ from. `--`
//! ends them, so that neither destination nor command can be taken for one.

use super::{
    names::Host,
    program::Argv,
    provider::Route,
    quoting::{self, BadPath, path},
};
use std::{
    ffi::{OsStr, OsString},
    net::IpAddr,
    path::{Path, PathBuf},
};

/// The files of a session.
#[derive(Debug, Clone)]
pub struct Files {
    pub key: KeyAt,
    pub known_hosts: PathBuf,
    /// Whether a machine without a known key is believed, and its key kept.
    pub first_seen: bool,
    /// The kinds of the machine's known keys, such as `ssh-ed25519`.
    pub host_key_types: Vec<String>,
    /// Where what `ssh` and the program in front of it say goes.
    pub log: PathBuf,
}

/// A version of OpenSSH: 9.2 is `(9, 2)`.
pub type Version = (u16, u16);

/// The version that `ssh -V` tells, such as `OpenSSH_9.2p1 Debian-2`.
pub fn version(told: &str) -> Option<Version> {
    let (_, rest) = told.split_once("OpenSSH_")?;
    let number = rest.trim_start_matches("for_Windows_");
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (major, minor) = number[..end].split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The first version whose `ForwardAgent` takes the path of an agent.
pub const FORWARDS_PATH: Version = (8, 2);

/// Where `ssh` has the user's key from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAt {
    /// The socket of the agent that signs with it; then it is in no file.
    pub agent: Option<PathBuf>,
    /// The file of the public half, by which the agent is asked. Without an agent, the file that holds the whole key, which is
    /// the user's alone; then the public half is in another beside it, whose name ends in `.pub`.
    pub file: PathBuf,
}

impl KeyAt {
    /// The options that say so.
    pub fn settings(&self) -> Result<[(&'static str, OsString); 2], BadPath> {
        let agent = self.agent.as_deref().map_or_else(|| Ok("none".into()), path)?;
        Ok([("IdentityAgent", agent), ("IdentityFile", path(&self.file)?)])
    }
}

/// How a connection is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Session,
    /// To see whether it can be made: nobody is asked anything, nothing is forwarded.
    Test,
}

/// What `ssh` connects by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By<'a> {
    Itself,
    /// A tunnel that listens on this port of this machine.
    Tunnel(u16),
    /// A program that carries the connection on its stdin and stdout.
    Program(&'a Argv),
}

/// The options for a route, each `-o` and its value.
pub fn options(
    route: &Route,
    files: &Files,
    by: By<'_>,
    purpose: Purpose,
    own_proxy: bool,
) -> Result<Vec<OsString>, BadPath> {
    // An option that this `ssh` does not know yet needs no default of ours.
    let mut settings = vec![("IgnoreUnknown", "*".into())];
    settings.extend(self::settings(route, files)?);
    settings.extend(NEWER.iter().map(|(name, value, _)| (*name, (*value).into())));
    if let By::Tunnel(port) = by {
        settings.retain(|(name, _)| !matches!(*name, "HostName" | "Port"));
        settings.extend([("HostName", "127.0.0.1".into()), ("Port", port.to_string().into())]);
    }
    let proxy = match by {
        By::Itself | By::Tunnel(_) => "none".into(),
        By::Program(argv) => quoting::proxy(argv, &files.log),
    };
    if !own_proxy {
        settings.extend([("ProxyCommand", proxy), ("ProxyJump", "none".into())]);
    }
    // It says when the session begins; the lines that it adds are left out of what the user sees.
    settings.push(("LogLevel", "VERBOSE".into()));
    if purpose == Purpose::Test {
        settings.extend(QUIET.map(|(name, value)| (name, value.into())));
        settings.extend(OWN_CONNECTION.map(|(name, value)| (name, value.into())));
    }
    let words = |(name, value): (&str, OsString)| ["-o".into(), joined(name, "=", &value)];
    Ok(settings.into_iter().flat_map(words).collect())
}

/// Lines of `ssh`'s configuration by which plain `ssh` reaches the machine that the user calls `destination`, without
/// those of [`of_this_run`]. Every `ssh` on this machine reads them, so `version` is that of the oldest.
pub fn configuration(
    destination: &Host,
    route: &Route,
    files: &Files,
    version: Option<Version>,
) -> Result<Vec<u8>, BadPath> {
    let mut settings = settings(route, files)?;
    settings.push(("ProxyJump", "none".into()));
    let known = NEWER.iter().filter(|(_, _, since)| version.is_some_and(|version| version >= *since));
    settings.extend(known.map(|(name, value, _)| (*name, (*value).into())));
    settings.extend(algorithms(&files.host_key_types));
    settings.extend(PLAIN.map(|(name, value)| (name, value.into())));
    let mut text = format!("Host {destination}\n").into_bytes();
    settings.iter().for_each(|(name, value)| line(&mut text, name, value));
    Ok(text)
}

/// The names of the settings of [`of_this_run`].
const OF_THIS_RUN: [&str; 2] = ["ProxyCommand", "ForwardAgent"];

/// A configuration with what each connection decides anew: the program that carries it, whose arguments mean nothing to a
/// shell and whose path an upgrade may have changed; and the user's own agent, for `ssh -A`. Else `ssh` would forward the
/// agent that serves the key. A path by itself would switch forwarding on, so `no` comes first.
pub fn of_this_run(
    configuration: &[u8],
    proxy: (&Path, &[&str]),
    forwarded: Option<&Path>,
) -> Result<Vec<u8>, BadPath> {
    let (program, args) = proxy;
    let proxy = quoting::program(program, args)?;
    let is_old = |text: &[u8]| {
        let word = text.trim_ascii_start().split(|byte| *byte == b' ').next().unwrap_or_default();
        OF_THIS_RUN.iter().any(|name| word == name.as_bytes())
    };
    let mut text: Vec<u8> =
        configuration.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_old(line)).flatten().copied().collect();
    line(&mut text, "ProxyCommand", proxy.as_ref());
    line(&mut text, "ForwardAgent", "no".as_ref());
    // An agent whose path cannot be named is not forwarded.
    if let Some(agent) = forwarded.and_then(|agent| path(agent).ok()) {
        line(&mut text, "ForwardAgent", &agent);
    }
    Ok(text)
}

fn line(text: &mut Vec<u8>, name: &str, value: &OsStr) {
    text.extend_from_slice(b"  ");
    text.extend_from_slice(joined(name, " ", value).as_encoded_bytes());
    text.push(b'\n');
}

fn joined(name: &str, between: &str, value: &OsStr) -> OsString {
    let mut line = OsString::from(name);
    line.push(between);
    line.push(value);
    line
}

/// What holds of a route however it is used.
fn settings(route: &Route, files: &Files) -> Result<Vec<(&'static str, OsString)>, BadPath> {
    let [agent, identity] = files.key.settings()?;
    let mut settings: Vec<(&str, OsString)> = vec![
        ("HostName", route.host.as_str().into()),
        ("Port", route.port.to_string().into()),
        ("User", route.user.as_str().into()),
        ("HostKeyAlias", route.alias.as_str().into()),
        ("CheckHostIP", "no".into()),
        ("StrictHostKeyChecking", if files.first_seen { "accept-new" } else { "yes" }.into()),
        ("UserKnownHostsFile", path(&files.known_hosts)?),
        ("GlobalKnownHostsFile", "/dev/null".into()),
        agent,
        identity,
    ];
    settings.extend(OURS.map(|(name, value)| (name, value.into())));
    // Which kind of address a name has is the user's to choose; an address is of one kind.
    if route.host.as_str().parse::<IpAddr>().is_ok() {
        settings.push(("AddressFamily", "any".into()));
    }
    if let Some(certificate) = &route.certificate {
        settings.push(("CertificateFile", path(certificate)?));
    }
    Ok(settings)
}

/// What a user's `Host *` must not change for our machines, as the session would fail, prompt, or trust another key.
const OURS: [(&str, &str); 11] = [
    // The user is who the grant says, with the key that it names.
    ("PubkeyAuthentication", "yes"),
    ("IdentitiesOnly", "yes"),
    ("PreferredAuthentications", "publickey"),
    ("AddKeysToAgent", "no"),
    // For passphrases of other keys as well, which `ssh` tries after ours.
    ("NumberOfPasswordPrompts", "0"),
    // The machine is the one whose key is known, and nothing else vouches for it. A tunnel ends on this machine.
    ("UpdateHostKeys", "no"),
    ("VerifyHostKeyDNS", "no"),
    ("NoHostAuthenticationForLocalhost", "no"),
    ("HashKnownHosts", "no"),
    // It is reached as the grant says, by the name that was typed.
    ("ProxyUseFdpass", "no"),
    ("CanonicalizeHostname", "no"),
];

/// The same, as far as older versions of OpenSSH do not know it.
const NEWER: [(&str, &str, Version); 2] = [("KnownHostsCommand", "none", (8, 5)), ("PKCS11Provider", "none", (8, 5))];

/// The same for plain `ssh` alone. The time includes that of a tunnel to open.
const PLAIN: [(&str, &str); 1] = [("ConnectTimeout", "120")];

/// The algorithms, of which a list under `Host *` may leave out those of the machine or of the key. `+` stands for
/// OpenSSH's own list, which every version has, and names one that is in it. With it, older versions do not prefer the kind
/// of key that is known of the machine, so host keys have a list here: the known kinds first.
fn algorithms(known: &[String]) -> Vec<(&'static str, OsString)> {
    let is_known =
        |name: &&str| known.iter().any(|known| known == name || (known == "ssh-rsa" && name.starts_with("rsa-sha2-")));
    let (first, rest): (Vec<&str>, Vec<&str>) = HOST_KEYS.iter().copied().partition(is_known);
    let list = [first, rest].concat().join(",");
    let own = [
        ("PubkeyAcceptedKeyTypes", "+ssh-ed25519,rsa-sha2-512,rsa-sha2-256"),
        ("KexAlgorithms", "+ecdh-sha2-nistp256"),
        ("Ciphers", "+aes256-ctr"),
        ("MACs", "+hmac-sha2-256"),
    ];
    let own = own.map(|(name, value)| (name, value.into()));
    [("HostKeyAlgorithms", list.into())].into_iter().chain(own).collect()
}

/// OpenSSH's own list, without certificates and hardware keys: no authority vouches for our machines.
const HOST_KEYS: [&str; 6] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
];

/// A test asks nobody, forwards nothing and runs nothing but itself.
const QUIET: [(&str, &str); 9] = [
    ("BatchMode", "yes"),
    ("ClearAllForwardings", "yes"),
    ("PermitLocalCommand", "no"),
    ("RemoteCommand", "none"),
    ("RequestTTY", "no"),
    ("ForwardX11", "no"),
    ("Tunnel", "no"),
    ("SessionType", "default"),
    ("ForkAfterAuthentication", "no"),
];

/// No other session goes through this one's connection.
const OWN_CONNECTION: [(&str, &str); 2] = [("ControlMaster", "no"), ("ControlPath", "none")];

/// What the user may set otherwise, behind their options: each connection is one session, the agent is not forwarded,
/// and a machine that does not answer is given up.
const DEFAULTS: [&str; 7] = [
    "ControlMaster=no",
    "ControlPath=none",
    "ForwardAgent=no",
    "ConnectTimeout=30",
    // Tries are ours to count.
    "ConnectionAttempts=1",
    "StdinNull=no",
    "ForkAfterAuthentication=no",
];

/// The same for `ssh` alone: `scp` has a type of its own.
const FOR_SSH: [&str; 1] = ["SessionType=default"];

/// The same where a command is given: it is what runs, and its bytes arrive as they are.
const WITH_COMMAND: [&str; 2] = ["RemoteCommand=none", "RequestTTY=auto"];

/// What the user may set otherwise, as options.
fn defaults(files: &Files, more: &[&str], forwarded: Option<&Path>) -> Vec<OsString> {
    let algorithms = algorithms(&files.host_key_types).into_iter().map(|(name, value)| joined(name, "=", &value));
    let agent = forwarded.and_then(|agent| path(agent).ok()).map(|agent| joined("ForwardAgent", "=", &agent));
    let all = DEFAULTS.iter().chain(more).map(OsString::from).chain(algorithms).chain(agent);
    all.flat_map(|default| ["-o".into(), default]).collect()
}

/// Whether `ssh` can be told of a file for what it has to say (`-E`) that another process reads meanwhile. That of Windows
/// opens it for itself alone; there it comes by stderr, together with what a command on the machine writes to its own.
pub const HAS_LOG: bool = cfg!(unix);

/// `ssh`'s arguments. `own`: the user's options, in `ssh`'s words; `command`: words that `ssh` joins with spaces;
/// `forwarded`: the user's own agent, which `-A` forwards.
pub fn ssh(
    options: Vec<OsString>,
    files: &Files,
    own: &[OsString],
    alias: &Host,
    command: &[OsString],
    forwarded: Option<&Path>,
) -> Vec<OsString> {
    let mut args = options;
    args.extend(HAS_LOG.then_some(["-E".into(), files.log.clone().into()]).into_iter().flatten());
    args.extend(own.iter().cloned());
    let more = [&FOR_SSH[..], if command.is_empty() { &[] } else { &WITH_COMMAND }].concat();
    args.extend(defaults(files, &more, forwarded));
    args.extend(["--".into(), alias.as_str().into()]);
    args.extend(command.iter().cloned());
    args
}

/// Which side of a copy is the machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copy {
    /// From here to a path there.
    Up { from: OsString, to: String },
    /// From a path there to here.
    Down { from: String, to: OsString },
}

pub fn scp(options: Vec<OsString>, files: &Files, own: &[OsString], alias: &Host, copy: &Copy) -> Vec<OsString> {
    let mut args = options;
    args.extend(own.iter().cloned());
    args.extend(defaults(files, &[], None));
    args.push("--".into());
    // An address of IPv6 has colons of its own, and with two slashes behind it a machine called `scp` would be a URI.
    let there = |path: &str| match alias.as_str().contains(':') || path.starts_with("//") {
        true => OsString::from(format!("[{alias}]:{path}")),
        false => OsString::from(format!("{alias}:{path}")),
    };
    match copy {
        Copy::Up { from, to } => args.extend([from.clone(), there(to)]),
        Copy::Down { from, to } => args.extend([there(from), to.clone()]),
    }
    args
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::integrations::ssh::{names::User, provider::Reach};
    use p0_testkit::need::{self, Need};
    use std::process::Command;

    fn route() -> Route {
        Route {
            user: User::parse("ada").expect("a user"),
            host: Host::parse("192.0.2.1").expect("a host"),
            port: 2222,
            alias: Host::parse("web-1").expect("a host"),
            certificate: Some("/run/x/id-cert.pub".into()),
            reach: Reach::Direct,
            environment: Vec::new(),
            unset: Vec::new(),
        }
    }

    fn files(directory: &Path) -> Files {
        Files {
            key: KeyAt { agent: Some(directory.join("agent")), file: directory.join("id.pub") },
            known_hosts: directory.join("hosts"),
            first_seen: false,
            host_key_types: vec!["ssh-rsa".into()],
            log: directory.join("log"),
        }
    }

    /// Texts that are something else to a shell, to `ssh` or to `getopt`.
    pub(in super::super) fn hostile() -> Vec<String> {
        let mut texts: Vec<String> = [
            "",
            " ",
            "a b",
            "it's",
            "\"",
            "'\"'\"'",
            "-oProxyCommand=id",
            "--",
            "../x",
            "%h%%p%",
            "$HOME",
            "${HOME}",
            "`id`",
            "$(id)",
            "a;b|c&d>e<f",
            "~",
            "*?[a]",
            "\\",
            "a\nb",
            "\t",
            "\r",
            "\u{1b}[2J",
            "#",
            "!!",
            "é",
            "{a,b}",
            "=",
        ]
        .map(str::to_owned)
        .into();
        texts.push("x'%\"".repeat(3000));
        texts
    }

    /// What `ssh` itself makes of our arguments.
    fn understood(args: &[OsString]) -> String {
        let mut command = Command::new("ssh");
        command.args(["-F", "/dev/null", "-G"]).args(args).stdin(std::process::Stdio::null());
        let output = command.output().expect("ssh");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[test]
    fn ssh_understands_what_is_said() {
        if !need::all(&[Need::Program("ssh")]) {
            return;
        }
        let directory = tempfile::Builder::new().prefix("a b%h ").tempdir().expect("a directory");
        let files = files(directory.path());
        let (route, proxy) = (route(), Argv::new("nc", ["a b", "%h"]));
        let options = options(&route, &files, By::Program(&proxy), Purpose::Session, false).expect("options");
        for word in hostile() {
            let args = ssh(options.clone(), &files, &[], &route.alias, &[word.into()], None);
            let said = understood(&args);
            for line in [
                "hostkeyalgorithms rsa-sha2-512,rsa-sha2-256,ssh-ed25519",
                "user ada",
                "hostname 192.0.2.1",
                "port 2222",
                "hostkeyalias web-1",
                "identitiesonly yes",
                "stricthostkeychecking true",
                "proxycommand 'nc' 'a b' '%%h' 2>>",
            ] {
                assert!(said.lines().any(|said| said.starts_with(line)), "{line}\n{said}");
            }
        }
    }

    #[test]
    fn plain_ssh_understands_what_is_written() {
        if !need::all(&[Need::Program("ssh")]) {
            return;
        }
        let directory = tempfile::Builder::new().prefix("a b%h ").tempdir().expect("a directory");
        let (files, route) = (files(directory.path()), route());
        let destination = Host::parse("web").expect("a host");
        let proxy = (Path::new("/opt/a b/100%/p0"), &["ssh-proxy", "web"][..]);
        let text = configuration(&destination, &route, &files, Some((9, 2))).expect("a configuration");
        let text = of_this_run(&text, (Path::new("/old/p0"), &["x"]), Some(Path::new("/old/agent"))).expect("added");
        let text = of_this_run(&text, proxy, None).expect("added");
        let config = directory.path().join("config");
        std::fs::write(&config, text).expect("written");
        let output = Command::new("ssh").arg("-F").arg(&config).args(["-G", "web"]).output().expect("ssh");
        let said = String::from_utf8_lossy(&output.stdout);
        let certificate = "certificatefile /run/x/id-cert.pub";
        for line in ["user ada", "port 2222", "proxycommand '/opt/a b/100%%/p0' ssh-proxy web", certificate] {
            assert!(said.lines().any(|said| said == line), "{line}\n{said}{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    #[test]
    fn a_key_in_a_file_is_no_agents() {
        let key = KeyAt { agent: None, file: "/run/a b/id".into() };
        let expected = [("IdentityAgent", "none".into()), ("IdentityFile", "\"/run/a b/id\"".into())];
        assert_eq!(key.settings(), Ok(expected));
    }

    #[test]
    fn an_address_with_colons_is_set_apart() {
        let alias = Host::parse("2001:db8::1").expect("a host");
        let copy = Copy::Up { from: "-f".into(), to: "/t m p".into() };
        let args = scp(Vec::new(), &files(Path::new("/run/x")), &["-r".into()], &alias, &copy);
        assert_eq!(args[args.len() - 3..], ["--", "-f", "[2001:db8::1]:/t m p"].map(OsString::from));
    }

    #[test]
    fn the_version_of_openssh_is_read() {
        for (told, expected) in [
            ("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22", Some((9, 2))),
            ("OpenSSH_10.0p2, LibreSSL 3.3.6", Some((10, 0))),
            ("OpenSSH_for_Windows_8.1p1, LibreSSL 3.0.2", Some((8, 1))),
            ("HPN OpenSSH_8.4p1", Some((8, 4))),
            ("dropbear", None),
            ("", None),
        ] {
            assert_eq!(version(told), expected, "{told}");
        }
    }

    #[test]
    fn an_old_ssh_reads_no_option_that_it_does_not_know() {
        let destination = Host::parse("web").expect("a host");
        let of = |version| configuration(&destination, &route(), &files(Path::new("/run/x")), version).expect("text");
        let has = |text: Vec<u8>| String::from_utf8_lossy(&text).contains("KnownHostsCommand none");
        assert!(has(of(Some((8, 5)))) && !has(of(Some((8, 4)))) && !has(of(None)));
    }
}
