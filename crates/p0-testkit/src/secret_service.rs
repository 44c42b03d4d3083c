//! A desktop keyring in each state that a program can encounter: open, locked, empty, missing, unresponsive.

use crate::{Invocation, LIMIT, Running, TestEnv, need::Need, process::Process};
use std::fs;

/// What [`SecretService`] needs of the machine.
pub const NEEDS: [Need; 3] =
    [Need::Program("dbus-daemon"), Need::Program("gnome-keyring-daemon"), Need::Program("dbus-test-tool")];

/// A session bus of its own, with or without a Secret Service on it; both end when dropped.
///
/// The environment's `DBUS_SESSION_BUS_ADDRESS` names it from then on. Which store a program takes is another matter:
/// set `P0_SECRET_STORE` as well.
#[derive(Debug)]
#[must_use]
pub struct SecretService {
    /// In the order in which to stop them.
    _owner: Option<Process>,
    _bus: Running,
}

const PASSWORD: &str = "a password of the kit";

/// Nothing is started on demand, so that what answers is what the test has started.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=PATH</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

impl SecretService {
    /// An unlocked keyring.
    #[track_caller]
    pub fn unlocked(env: &mut TestEnv) -> Self {
        let bus = bus(env);
        let owner = keyring(env, Some(PASSWORD));
        Self { _owner: Some(owner), _bus: bus }
    }

    /// A locked keyring, with no prompt for its password.
    #[track_caller]
    pub fn locked(env: &mut TestEnv) -> Self {
        // The first opening makes the keyring; the second daemon finds it and has no password for it.
        drop(Self::unlocked(env));
        let bus = bus(env);
        let owner = keyring(env, None);
        Self { _owner: Some(owner), _bus: bus }
    }

    /// A keyring that has no collection to put anything into, as before a desktop's first login.
    #[track_caller]
    pub fn empty(env: &mut TestEnv) -> Self {
        let bus = bus(env);
        let owner = keyring(env, None);
        Self { _owner: Some(owner), _bus: bus }
    }

    /// A bus without a Secret Service.
    #[track_caller]
    pub fn absent(env: &mut TestEnv) -> Self {
        Self { _owner: None, _bus: bus(env) }
    }

    /// A Secret Service that accepts every call and never answers.
    #[track_caller]
    pub fn silent(env: &mut TestEnv) -> Self {
        let bus = bus(env);
        let owner = spawn(env.run("dbus-test-tool").args(["black-hole", "--name=org.freedesktop.secrets"]));
        wait_for_owner(env);
        Self { _owner: Some(owner), _bus: bus }
    }
}

#[track_caller]
fn bus(env: &mut TestEnv) -> Running {
    let socket = env.runtime_dir().join("bus");
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{}: {error}", socket.display()),
        _ => {}
    }
    let config = env.write("bus.conf", &BUS.replace("PATH", &socket.to_string_lossy()));
    let mut file = std::ffi::OsString::from("--config-file=");
    file.push(config);
    let bus = env.run("dbus-daemon").arg(file).args(["--nofork", "--print-address=1"]).spawn();
    let address = bus.wait_for_stdout("\n");
    env.set("DBUS_SESSION_BUS_ADDRESS", address.trim());
    bus
}

/// A daemon that is given the keyring's password, and makes the keyring if there is none; or one that finds it locked.
#[track_caller]
fn keyring(env: &TestEnv, password: Option<&str>) -> Process {
    let daemon = env.run("gnome-keyring-daemon").args(["--foreground", "--components=secrets"]);
    let mut daemon = spawn(daemon.args(password.map(|_| "--unlock")));
    daemon.feed(password.unwrap_or_default().into());
    wait_for_owner(env);
    daemon
}

#[track_caller]
fn spawn(mut invocation: Invocation) -> Process {
    Process::spawn(&mut invocation.command).unwrap_or_else(|error| panic!("{:?}: {error}", invocation.command))
}

/// Waits until a Secret Service is on the bus.
#[track_caller]
fn wait_for_owner(env: &TestEnv) {
    let ask = || {
        let call = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"];
        let name = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"];
        env.run("dbus-send").args(call).args(name).run().success().stdout().contains("boolean true")
    };
    let tries = LIMIT.as_millis() / 20;
    assert!((0..tries).any(|_| ask()), "nobody offers secrets on the bus");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::need;
    use std::time::Duration;

    const STORE: [&str; 4] = ["store", "--label=test", "key", "value"];
    const LOOKUP: [&str; 3] = ["lookup", "key", "value"];

    fn env() -> Option<TestEnv> {
        let needs = [&NEEDS[..], &[Need::Program("secret-tool")]].concat();
        need::all(&needs).then(|| TestEnv::new("p0"))
    }

    #[test]
    fn an_open_keyring_keeps_a_secret() {
        let Some(mut env) = env() else { return };
        let _service = SecretService::unlocked(&mut env);
        env.run("secret-tool").args(STORE).stdin("hidden").run().success();
        env.run("secret-tool").args(LOOKUP).run().success().stdout_is("hidden");
        assert!(env.files_with(b"hidden").is_empty(), "the secret is on disk in clear");
    }

    #[test]
    fn a_locked_keyring_gives_nothing_away() {
        let Some(mut env) = env() else { return };
        let service = SecretService::unlocked(&mut env);
        env.run("secret-tool").args(STORE).stdin("hidden").run().success();
        drop(service);
        let _service = SecretService::locked(&mut env);
        let lookup = env.run("timeout").args(["2", "secret-tool"]).args(LOOKUP).run().ignore_stderr();
        assert_eq!((lookup.status().success(), lookup.stdout()), (false, ""));
    }

    #[test]
    fn without_a_service_the_call_fails_at_once() {
        let Some(mut env) = env() else { return };
        let _service = SecretService::absent(&mut env);
        let lookup = env.run("secret-tool").args(LOOKUP).limit(Duration::from_secs(10)).run().code(1);
        assert!(lookup.stderr().contains("org.freedesktop.secrets"), "{lookup}");
    }

    #[test]
    fn a_silent_service_keeps_its_caller_waiting() {
        let Some(mut env) = env() else { return };
        let _service = SecretService::silent(&mut env);
        env.run("timeout").args(["1", "secret-tool"]).args(LOOKUP).run().code(124);
    }
}
