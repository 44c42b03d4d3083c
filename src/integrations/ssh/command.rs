//! The command lines of `ssh` and `scp`.
//!
//! Options of ours come first, as the first one counts; then the user's; then those that the user's may differ from. `--`
//! ends them, so that neither destination nor command can be taken for one.

use super::{names::Host, program::Argv, provider::Route};
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

/// The files of a session.
#[derive(Debug, Clone)]
pub struct Files {
    /// The agent's socket.
    pub agent: PathBuf,
    /// The public key.
    pub public_key: PathBuf,
    /// The machine's keys.
    pub known_hosts: PathBuf,
    /// Whether a machine without a known key is believed, and its key kept.
    pub first_seen: bool,
    /// Where what `ssh` and the program in front of it say goes.
    pub log: PathBuf,
}

/// How a connection is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For the user.
    Session,
    /// To see whether it can be made: nobody is asked anything, nothing is forwarded.
    Test,
}

/// A path that no configuration of `ssh` can name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ssh cannot be told of the path {}: it contains a quote, a backslash, a control character or '${{'", .0.display())]
pub struct BadPath(pub(super) PathBuf);

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
        By::Program(argv) => proxy_command(argv, &files.log),
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
    let program = shell_word(program)?;
    settings.push(("ProxyCommand", format!("{program} {}", args.join(" ")).into()));
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
        ("IdentityAgent", path(&files.agent)?),
        ("IdentitiesOnly", "yes".into()),
        ("IdentityFile", path(&files.public_key)?),
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

/// `ssh`'s arguments. `own`: the user's options, in `ssh`'s words; `command`: words that `ssh` joins with spaces.
pub fn ssh(options: Vec<OsString>, log: &Path, own: &[OsString], alias: &Host, command: &[OsString]) -> Vec<OsString> {
    let mut args = options;
    args.extend(["-E".into(), log.into()]);
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

/// A path as the value of an option that `ssh` splits into words and expands (`%`): quoted, so that it is itself.
///
/// # Errors
/// There is something in it that no version of `ssh` takes as it is.
pub fn path(path: &Path) -> Result<OsString, BadPath> {
    let bad = |text: &str| text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\')) || text.contains("${");
    match path.to_str() {
        Some(text) if !bad(text) => Ok(format!("\"{}\"", text.replace('%', "%%")).into()),
        _ => Err(BadPath(path.to_owned())),
    }
}

/// A path as a word of a command in `ssh`'s configuration, which any shell takes as it is: `%` doubled for `ssh`.
///
/// # Errors
/// It contains what some shell would not take between single quotes.
pub(super) fn shell_word(path: &Path) -> Result<String, BadPath> {
    let bad = |c: char| c.is_control() || matches!(c, '\'' | '"' | '\\' | '!');
    match path.to_str() {
        Some(text) if !text.contains(bad) => Ok(format!("'{}'", text.replace('%', "%%"))),
        _ => Err(BadPath(path.to_owned())),
    }
}

/// A `ProxyCommand` that runs this and nothing else, whatever is in it: each word quoted for `ssh` and for the POSIX shell
/// that it starts, in front of which it puts an `exec`. What it has to say goes to the log.
fn proxy_command(argv: &Argv, log: &Path) -> OsString {
    let mut line = OsString::new();
    for word in argv.words() {
        line.push(quoted_twice(word));
        line.push(" ");
    }
    line.push("2>>");
    line.push(quoted_twice(log.as_os_str()));
    line
}

/// A word of a command in `ssh`'s configuration. `ssh` reads `%`, and looks whether all quotes have an end; there it takes
/// a backslash between single quotes for more than itself, which a shell does not: so it stands between double ones.
#[cfg(unix)]
fn quoted_twice(word: &OsStr) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let mut quoted = vec![b'\''];
    for byte in word.as_bytes() {
        match byte {
            b'\'' => quoted.extend(br"'\''"),
            b'\\' => quoted.extend(br#"'"\\"'"#),
            b'%' => quoted.extend(b"%%"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    OsString::from_vec(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::ssh::{names::User, provider::Reach};
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
            agent: directory.join("agent"),
            public_key: directory.join("id.pub"),
            known_hosts: directory.join("hosts"),
            first_seen: false,
            log: directory.join("log"),
        }
    }

    /// Texts that are something else to a shell, to `ssh` or to `getopt`.
    fn hostile() -> Vec<String> {
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

    #[test]
    fn a_proxy_gets_its_words_as_they_are() {
        let directory = tempfile::Builder::new().prefix("it's 100% \"").tempdir().expect("a directory");
        let log = directory.path().join("log");
        let words = hostile();
        let line = proxy_command(&Argv::new("printf", [&["%s\\0".to_owned()], &words[..]].concat()), &log);
        // As `ssh` does it: `%%` is `%`, `exec` in front, and a shell.
        let line = format!("exec {}", line.to_str().expect("text").replace("%%", "%"));
        let output = Command::new("/bin/sh").arg("-c").arg(line).output().expect("a shell");
        let expected: String = words.iter().flat_map(|word| [word, "\0"]).collect();
        assert_eq!(String::from_utf8(output.stdout).expect("text"), expected);
        assert!(log.try_exists().expect("looked"));
    }

    /// What `ssh` itself makes of our arguments.
    fn understood(args: &[OsString]) -> Option<String> {
        let mut command = Command::new("ssh");
        command.args(["-F", "/dev/null", "-G"]).args(args).stdin(std::process::Stdio::null());
        let output = command.output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[test]
    fn ssh_understands_what_is_said() {
        let directory = tempfile::Builder::new().prefix("a b%h ").tempdir().expect("a directory");
        let files = files(directory.path());
        let (route, proxy) = (route(), Argv::new("nc", ["a b", "%h"]));
        let options = options(&route, &files, By::Program(&proxy), Purpose::Session).expect("options");
        for word in hostile() {
            let args = ssh(options.clone(), &files.log, &[], &route.alias, &[word.into()]);
            let Some(said) = understood(&args) else { return };
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
        let directory = tempfile::Builder::new().prefix("a b%h ").tempdir().expect("a directory");
        let (files, route) = (files(directory.path()), route());
        let destination = Host::parse("web").expect("a host");
        let proxy = (Path::new("/opt/a b/100%/p0"), &["ssh-proxy", "web"][..]);
        let text = configuration(&destination, &route, &files, proxy).expect("a configuration");
        let config = directory.path().join("config");
        std::fs::write(&config, text).expect("written");
        let Ok(output) = Command::new("ssh").arg("-F").arg(&config).args(["-G", "web"]).output() else { return };
        let said = String::from_utf8_lossy(&output.stdout);
        let certificate = "certificatefile /run/x/id-cert.pub";
        for line in ["user ada", "port 2222", "proxycommand '/opt/a b/100%%/p0' ssh-proxy web", certificate] {
            assert!(said.lines().any(|said| said == line), "{line}\n{said}{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    #[test]
    fn a_path_is_itself_or_nothing() {
        assert_eq!(path(Path::new("/run/a b/100%")).expect("a path"), "\"/run/a b/100%%\"");
        for bad in ["/a\"b", "/a\\b", "/a\nb", "/${HOME}"] {
            assert!(path(Path::new(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_with_colons_is_set_apart() {
        let alias = Host::parse("2001:db8::1").expect("a host");
        let copy = Copy::Up { from: "-f".into(), to: "/t m p".into() };
        let args = scp(Vec::new(), &["-r".into()], &alias, &copy);
        assert_eq!(args[args.len() - 3..], ["--", "-f", "[2001:db8::1]:/t m p"].map(OsString::from));
    }
}
