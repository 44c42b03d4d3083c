//! Whether the lines of ours in the user's configuration have their effect. The real `ssh -G` says what it makes of its
//! configuration for a machine that p0 makes up, and for those that were reached before.

use super::known_machine;
use crate::{
    ctx::Ctx,
    dirs, env_vars,
    error::Result,
    integrations::{
        programs,
        ssh::{
            command::{self, Files, KeyAt},
            names::{Host, User},
            provider::{Reach, Route},
        },
    },
};
use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    process::{self, Stdio},
    time::Duration,
};
use tokio::process::Command;

/// How long one `ssh -G` may take.
const LIMIT: Duration = Duration::from_secs(2);
/// How many machines that were reached before are looked at.
const MOST: usize = 5;
/// What the user may set otherwise without keeping the session from working.
const FREE: [&str; 6] = ["connecttimeout", "forwardagent", "kexalgorithms", "ciphers", "macs", "hashknownhosts"];

/// What becomes of the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// `ssh` connects as they say.
    Works,
    /// `ssh` reads another file. Its directory, where `ssh` names one.
    NotRead(Option<PathBuf>),
    /// `ssh` reads them, and the program that they name does not answer.
    NoAnswer,
    /// Other lines set these options first, for a host of this name.
    Overruled(String, Vec<String>),
    /// `ssh` cannot be asked: why.
    Unknown(String),
}

/// What becomes of the lines in this file.
pub async fn effect(ctx: &Ctx, config: &Path) -> Result<Effect> {
    let made_up = made_up(&ctx.settings.ssh_hosts);
    let program = ctx.program()?;
    let mut text = Vec::new();
    for host in &made_up {
        let (route, files) = (route(host), files(&ctx.dirs.ssh_generated()));
        let settings = command::configuration(host, &route, &files, None)?;
        text.extend(command::of_this_run(&settings, (&program, &["ssh-proxy", host.as_str()]), None)?);
    }
    // `ssh` reads the files in the order of their names, and those of machines come first.
    let file = ctx.dirs.ssh_generated().join(format!("~probe-{}.conf", process::id()));
    let written = Removed(file);
    dirs::replace(&written.0, &text)?;
    let known = known_machine::offered(ctx).into_iter().take(MOST);
    let machines = known.filter(|(host, _)| !made_up.contains(host));
    let probes = made_up.iter().map(|host| (host.clone(), written.0.clone())).chain(machines);
    for (host, file) in probes.collect::<Vec<_>>() {
        let answer = probe(&host, &file, config).await;
        if answer != Effect::Works {
            return Ok(answer);
        }
    }
    Ok(Effect::Works)
}

/// A file that goes when this is dropped.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        if let Err(error) = dirs::remove(&self.0) {
            tracing::debug!(%error, "a file that ssh was to read once stays for now");
        }
    }
}

/// Hosts of names that no machine has: one for each pattern, else one.
fn made_up(patterns: &[String]) -> Vec<Host> {
    let name = format!("p0-probe-{}", process::id());
    let of = |pattern: &String| Host::parse(&pattern.replace('*', &name).replace('?', "x")).ok();
    let hosts: Vec<Host> = patterns.iter().filter(|pattern| pattern.contains('*')).filter_map(of).collect();
    match patterns.is_empty() {
        true => Host::parse(&format!("{name}.invalid")).into_iter().collect(),
        false => hosts,
    }
}

/// A way to a machine that there is not (RFC 5737).
fn route(alias: &Host) -> Route {
    Route {
        user: User::parse("p0-probe").expect("a name"),
        host: Host::parse("192.0.2.1").expect("an address"),
        port: 2,
        alias: alias.clone(),
        certificate: None,
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
        host_key_types: Vec::new(),
        log: directory.join("log"),
    }
}

/// Compares what `ssh` makes of its own configuration with what it makes of the generated one alone.
async fn probe(host: &Host, generated: &Path, config: &Path) -> Effect {
    let asked = async {
        let expected = ssh(host, &["-F".as_ref(), generated.as_os_str()]).await?;
        Ok::<_, String>((expected, ssh(host, &["-v".as_ref()]).await?))
    };
    let (expected, actual) = match asked.await {
        Ok(both) => both,
        Err(error) => return Effect::Unknown(error),
    };
    let names = dirs::read(generated).ok().flatten().map(|text| names(&text)).unwrap_or_default();
    let is_same = |name: &String| value(&expected.said, name) == value(&actual.said, name);
    let different: Vec<String> = names.into_iter().filter(|name| !is_same(name)).collect();
    if different.is_empty() {
        return Effect::Works;
    }
    if value(&expected.said, "hostkeyalias") == value(&actual.said, "hostkeyalias") {
        return Effect::Overruled(host.to_string(), different);
    }
    let is_config = |line: &str| {
        let read = line.split_once("Reading configuration data ").map(|(_, file)| Path::new(file.trim()));
        read.and_then(|file| dirs::real(file).ok()).is_some_and(|file| file == config)
    };
    match actual.logged.lines().any(is_config) {
        true => Effect::NoAnswer,
        false => Effect::NotRead(home(host).await),
    }
}

/// The home in which `ssh` looks for its files, which is the account's, whatever `HOME` says.
async fn home(host: &Host) -> Option<PathBuf> {
    let said = ssh(host, &["-F".as_ref(), "none".as_ref()]).await.ok()?.said;
    let known_hosts = PathBuf::from(value(&said, "userknownhostsfile")?.split(' ').next()?);
    Some(known_hosts.parent()?.parent()?.to_owned()).filter(|home| home.is_absolute())
}

/// What `ssh -G` says.
struct EffectiveConfig {
    said: String,
    logged: String,
}

async fn ssh(host: &Host, args: &[&std::ffi::OsStr]) -> std::result::Result<EffectiveConfig, String> {
    let mut command = Command::from(programs::command("ssh"));
    command.args(args).args(["-G", "--", host.as_str()]).env(env_vars::SSH_PROBE, host.as_str());
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(LIMIT, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => return Err("ssh is not installed".to_owned()),
        Ok(Err(error)) => return Err(format!("ssh cannot be run: {error}")),
        Err(_) => return Err(format!("ssh did not read its configuration within {} seconds", LIMIT.as_secs())),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, logged) = (text(&output.stdout), text(&output.stderr));
    match output.status.success() {
        true => Ok(EffectiveConfig { said, logged }),
        false => {
            let why = logged.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with("debug"));
            Err(format!("ssh does not accept its configuration: {}", why.unwrap_or("it does not say why")))
        }
    }
}

/// The names of the options in a generated file that must have their effect, as `ssh -G` writes them.
fn names(text: &str) -> BTreeSet<String> {
    let options = text.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = options.map(str::to_ascii_lowercase).filter(|name| !FREE.contains(&&**name));
    names
        .map(|name| if name == "pubkeyacceptedkeytypes" { "pubkeyacceptedalgorithms".to_owned() } else { name })
        .collect()
}

/// The first value of an option, as the first one counts.
fn value<'a>(said: &'a str, name: &str) -> Option<&'a str> {
    said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_made_up_for_each_pattern() {
        let of = |patterns: &[&str]| -> Vec<String> {
            let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            made_up(&patterns).iter().map(Host::to_string).collect()
        };
        let name = format!("p0-probe-{}", process::id());
        assert_eq!(of(&[]), [format!("{name}.invalid")]);
        assert_eq!(of(&["web-*", "*.example.com", "box"]), [format!("web-{name}"), format!("{name}.example.com")]);
    }

    #[test]
    fn the_first_value_of_an_option_counts() {
        let said = "user ada\nidentityfile a\nidentityfile b\n";
        assert_eq!((value(said, "identityfile"), value(said, "port")), (Some("a"), None));
        assert!(
            names("Host x\n  User a\n  PubkeyAcceptedKeyTypes +x\n  MACs y\n")
                .into_iter()
                .eq(["pubkeyacceptedalgorithms".to_owned(), "user".to_owned()])
        );
    }
}
