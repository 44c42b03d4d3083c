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
    path::{Path, PathBuf},
};

/// The files of a session.
#[derive(Debug, Clone)]
pub struct Files {
    /// The user's key.
    pub key: KeyAt,
    /// The machine's keys.
    pub known_hosts: PathBuf,
    /// Whether a machine without a known key is believed, and its key kept.
    pub first_seen: bool,
    /// Where what `ssh` and the program in front of it say goes.
    pub log: PathBuf,
}

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
    ///
    /// # Errors
    /// A file has a path that cannot be named.
    pub fn settings(&self) -> Result<[(&'static str, OsString); 2], BadPath> {
        let agent = self.agent.as_deref().map_or_else(|| Ok("none".into()), path)?;
        Ok([("IdentityAgent", agent), ("IdentityFile", path(&self.file)?)])
    }
}

/// How a connection is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For the user.
    Session,
    /// To see whether it can be made: nobody is asked anything, nothing is forwarded.
    Test,
}

/// What `ssh` connects by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By<'a> {
    /// Itself.
    Itself,
    /// A tunnel that listens on this port of this machine.
    Tunnel(u16),
    /// A program that carries the connection on its stdin and stdout.
    Program(&'a Argv),
}

/// The options for a route, each `-o` and its value.
///
/// # Errors
/// A file has a path that cannot be named.
pub fn options(route: &Route, files: &Files, by: By<'_>, purpose: Purpose) -> Result<Vec<OsString>, BadPath> {
    let mut settings = settings(route, files)?;
    if let By::Tunnel(port) = by {
        settings.retain(|(name, _)| !matches!(*name, "HostName" | "Port"));
        settings.extend([("HostName", "127.0.0.1".into()), ("Port", port.to_string().into())]);
    }
    let proxy = match by {
        By::Itself | By::Tunnel(_) => "none".into(),
        By::Program(argv) => quoting::proxy(argv, &files.log),
    };
    // It says when the session begins; the lines that it adds are left out of what the user sees.
    settings.extend([("ProxyCommand", proxy), ("LogLevel", "VERBOSE".into())]);
    if purpose == Purpose::Test {
        let quiet = [("BatchMode", "yes"), ("ClearAllForwardings", "yes"), ("PermitLocalCommand", "no")];
        settings.extend(quiet.map(|(name, value)| (name, value.into())));
        settings.extend(OWN_CONNECTION.map(|(name, value)| (name, value.into())));
    }
    let words = |(name, value): (&str, OsString)| ["-o".into(), joined(name, "=", &value)];
    Ok(settings.into_iter().flat_map(words).collect())
}

/// Lines of `ssh`'s configuration by which plain `ssh` reaches the machine that the user calls `destination`. `proxy`: the
/// program that carries the connection, and its arguments, of which none means anything to a shell.
///
/// # Errors
/// A file has a path that cannot be named.
pub fn configuration(
    destination: &Host,
    route: &Route,
    files: &Files,
    proxy: (&Path, &[&str]),
) -> Result<Vec<u8>, BadPath> {
    let mut settings = settings(route, files)?;
    let (program, args) = proxy;
    settings.push(("ProxyCommand", quoting::program(program, args)?.into()));
    let mut text = format!("Host {destination}\n").into_bytes();
    for (name, value) in settings {
        text.extend_from_slice(b"  ");
        text.extend_from_slice(joined(name, " ", &value).as_encoded_bytes());
        text.push(b'\n');
    }
    Ok(text)
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
        ("UpdateHostKeys", "no".into()),
        agent,
        ("IdentitiesOnly", "yes".into()),
        identity,
        ("PreferredAuthentications", "publickey".into()),
        ("AddKeysToAgent", "no".into()),
        ("ProxyJump", "none".into()),
    ];
    if let Some(certificate) = &route.certificate {
        settings.push(("CertificateFile", path(certificate)?));
    }
    Ok(settings)
}

/// No other session goes through this one's connection.
const OWN_CONNECTION: [(&str, &str); 2] = [("ControlMaster", "no"), ("ControlPath", "none")];

/// What the user may set otherwise, behind their options: each connection is one session, the agent is not forwarded,
/// and a machine that does not answer is given up.
const DEFAULTS: [&str; 4] = ["ControlMaster=no", "ControlPath=none", "ForwardAgent=no", "ConnectTimeout=30"];

/// Whether `ssh` can be told of a file for what it has to say (`-E`) that another process reads meanwhile. That of Windows
/// opens it for itself alone; there it comes by stderr, together with what a command on the machine writes to its own.
pub const HAS_LOG: bool = cfg!(unix);

/// `ssh`'s arguments. `own`: the user's options, in `ssh`'s words; `command`: words that `ssh` joins with spaces.
pub fn ssh(
    options: Vec<OsString>,
    log: Option<&Path>,
    own: &[OsString],
    alias: &Host,
    command: &[OsString],
) -> Vec<OsString> {
    let mut args = options;
    args.extend(log.into_iter().flat_map(|log| ["-E".into(), log.into()]));
    args.extend(own.iter().cloned());
    args.extend(DEFAULTS.iter().flat_map(|default| ["-o".into(), OsString::from(default)]));
    args.extend(["--".into(), alias.as_str().into()]);
    args.extend(command.iter().cloned());
    args
}

/// Which side of a copy is the machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copy {
    /// From here to a path there.
    Up {
        /// The file here.
        from: OsString,
        /// The path there.
        to: String,
    },
    /// From a path there to here.
    Down {
        /// The path there.
        from: String,
        /// The file here.
        to: OsString,
    },
}

/// `scp`'s arguments.
pub fn scp(options: Vec<OsString>, own: &[OsString], alias: &Host, copy: &Copy) -> Vec<OsString> {
    let mut args = options;
    args.extend(own.iter().cloned());
    args.extend(DEFAULTS.iter().flat_map(|default| ["-o".into(), OsString::from(default)]));
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
        let options = options(&route, &files, By::Program(&proxy), Purpose::Session).expect("options");
        for word in hostile() {
            let args = ssh(options.clone(), Some(&files.log), &[], &route.alias, &[word.into()]);
            let said = understood(&args);
            for line in [
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
        let text = configuration(&destination, &route, &files, proxy).expect("a configuration");
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
        let args = scp(Vec::new(), &["-r".into()], &alias, &copy);
        assert_eq!(args[args.len() - 3..], ["--", "-f", "[2001:db8::1]:/t m p"].map(OsString::from));
    }
}
