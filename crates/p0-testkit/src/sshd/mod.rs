//! Debian's OpenSSH server, in each of the moods in which a client can meet it.
//!
//! The kit takes the connections, and gives each to an `sshd` of its own (`sshd -i`), as inetd would: so its port is free
//! and ready from the start, and what it trusts, which host key it has and whether it answers at all can change between
//! two connections.
//!
//! ```no_run
//! # let program = "p0";
//! use p0_testkit::{Sshd, TestEnv, need, sshd};
//! if !need::all(&sshd::NEEDS) {
//!     return;
//! }
//! let env = TestEnv::new(program);
//! let (key, server) = (sshd::Key::new(&env, "mine"), Sshd::start(&env));
//! server.trust_key(key.public());
//! env.run("ssh").args(server.ssh_args(&key)).arg("echo hello").run().success().stdout_is("hello\n");
//! ```

mod key;
mod session;
#[cfg(test)]
mod tests;

pub use key::Key;

use crate::{LIMIT, TestEnv, need::Need, watch::Watch};
use session::Session;
use std::{
    fs,
    io::{ErrorKind, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

/// What [`Sshd`] needs of the machine.
pub const NEEDS: [Need; 3] = [Need::Program("sshd"), Need::Program("ssh"), Need::Program("ssh-keygen")];

/// An OpenSSH server on a port of the loopback, which lets in one user: the one that runs the test ([`Sshd::user`]).
///
/// It trusts no key or authority by default. A session has the user's own home directory and shell;
/// programs of [`Sshd::tool`] come first in the `PATH` of commands. Dropping the server ends all connections and the
/// programs that they started.
#[derive(Debug)]
pub struct Sshd {
    address: SocketAddr,
    user: String,
    directory: PathBuf,
    keygen: KeyGen,
    state: Arc<Watch<State>>,
}

/// What is known of it so far, and what it is to do.
#[derive(Debug, Default)]
struct State {
    /// All that its servers wrote.
    log: String,
    connections: usize,
    /// So many of the next connections are closed at once.
    drop: usize,
    /// The server through which alone it is reached.
    jump: Option<Arc<Watch<State>>>,
    sessions: Vec<Session>,
    closed: bool,
}

/// How keys are made.
#[derive(Debug)]
struct KeyGen {
    env: std::collections::BTreeMap<std::ffi::OsString, std::ffi::OsString>,
}

impl Sshd {
    /// Starts one.
    #[track_caller]
    pub fn start(env: &TestEnv) -> Self {
        Self::with(env, "")
    }

    /// Starts one with more settings: lines of `sshd_config`, which count for more than the kit's own.
    #[track_caller]
    pub fn with(env: &TestEnv, settings: &str) -> Self {
        session::prepare();
        let directory = (1..)
            .map(|n| env.work_dir().join(format!("sshd-{n}")))
            .find(|path| path.symlink_metadata().is_err())
            .expect("a name that is free");
        let bin = directory.join("bin");
        for directory in [&directory, &bin] {
            fs::DirBuilder::new().mode(0o700).create(directory).expect("a directory for the server");
        }
        let user = env.run("id").arg("-un").run().success().stdout().trim_end().to_owned();
        let config = format!(
            "{settings}
AllowUsers {user}
AuthenticationMethods publickey
AuthorizedKeysFile {directory}/keys
HostKey {directory}/host_key
KbdInteractiveAuthentication no
LogLevel VERBOSE
PasswordAuthentication no
PermitRootLogin prohibit-password
PermitUserRC no
PidFile none
PrintLastLog no
PrintMotd no
# The directories above are the test's, below the world's /tmp.
StrictModes no
Subsystem sftp internal-sftp
# Bash takes a shell of this level for one that is not sshd's first, and leaves the user's ~/.bashrc alone.
SetEnv PATH={bin}:/usr/local/bin:/usr/bin:/bin SHLVL=1 {MARK}={directory}
TrustedUserCAKeys {directory}/authorities
UseDNS no
UsePAM no
",
            directory = directory.display(),
            bin = bin.display(),
        );
        for (name, text) in [("config", config.as_str()), ("keys", ""), ("authorities", "")] {
            write(&directory.join(name), text, 0o600);
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback");
        let address = listener.local_addr().expect("a bound listener");
        let keygen = KeyGen { env: env.vars().clone() };
        let server = Self { address, user, directory, keygen, state: Arc::default() };
        server.change_host_key();
        session::check(&server.directory);
        let (state, directory) = (Arc::clone(&server.state), server.directory.clone());
        thread::spawn(move || accept(&listener, &directory, &state));
        server
    }

    /// Where it is: `127.0.0.1:PORT`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The one user whom it lets in.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Its host key: type and base64.
    pub fn host_key(&self) -> String {
        key::public_half(&self.directory.join("host_key"))
    }

    /// Its host key as a line of `known_hosts`.
    pub fn known_hosts(&self) -> String {
        format!("[127.0.0.1]:{} {}\n", self.port(), self.host_key())
    }

    /// Has another host key from the next connection on.
    #[track_caller]
    pub fn change_host_key(&self) {
        let next = self.directory.join("next_host_key");
        self.keygen.generate(&next);
        for suffix in ["", ".pub"] {
            let [from, to] = ["next_host_key", "host_key"].map(|name| self.directory.join(format!("{name}{suffix}")));
            fs::rename(from, to).expect("a host key");
        }
    }

    /// Accepts this key from the next connection on, as in `authorized_keys`.
    pub fn trust_key(&self, public: &str) {
        self.append("keys", public);
    }

    /// The same for who cannot hold on to it, such as another stand-in.
    pub fn truster(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let directory = self.directory.clone();
        move |public| append(&directory.join("keys"), public)
    }

    /// Accepts certificates of this authority that name the user, from the next connection on.
    pub fn trust_authority(&self, public: &str) {
        self.append("authorities", public);
    }

    /// Trusts no key or authority from the next connection on.
    pub fn trust_nobody(&self) {
        for name in ["keys", "authorities"] {
            write(&self.directory.join(name), "", 0o600);
        }
    }

    /// Closes so many of the next connections at once, without a word.
    pub fn drop_next(&self, connections: usize) {
        self.state.update(|state| state.drop = connections);
    }

    /// Is reached through another server alone from now on: a connection is closed at once unless that server has one.
    pub fn only_through(&self, jump: &Self) {
        self.state.update(|state| state.jump = Some(Arc::clone(&jump.state)));
    }

    /// How many connections came, those that were closed at once among them.
    pub fn connections(&self) -> usize {
        self.state.lock().connections
    }

    /// Waits until no connection is open.
    #[track_caller]
    pub fn wait_until_idle(&self) {
        let idle = |state: &mut State| (!state.is_busy()).then_some(());
        // sshd does not report the end of a session, so poll for it.
        let moment = std::time::Duration::from_millis(20);
        let tries = LIMIT.as_millis() / moment.as_millis();
        assert!((0..tries).any(|_| self.state.wait(moment, idle).is_some()), "a connection stays open\n{}", self.log());
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        self.state.lock().log.clone()
    }

    /// Waits until its log contains this; all of it so far.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) -> String {
        let found = self.state.wait(LIMIT, |state| state.log.contains(text).then(|| state.log.clone()));
        found.unwrap_or_else(|| panic!("{text:?} is not in the server's log\n{}", self.log()))
    }

    /// Puts a program before all others in the `PATH` of commands: an executable file with this text.
    pub fn tool(&self, name: &str, text: &str) {
        write(&self.directory.join("bin").join(name), text, 0o755);
    }

    /// Has a stand-in for `sudo` from now on, which refuses as the real one does, or runs what it is given.
    pub fn sudo(&self, allowed: bool) {
        let script = if allowed {
            "#!/bin/sh
while :; do case $1 in -*) shift ;; *) break ;; esac; done
[ $# -eq 0 ] || exec \"$@\"
"
            .to_owned()
        } else {
            format!("#!/bin/sh\necho 'Sorry, user {} may not run sudo on server.' >&2\nexit 1\n", self.user)
        };
        self.tool("sudo", &script);
    }

    /// Arguments with which `ssh` and nothing else of the user's settings reaches it, with this key and its certificate.
    /// What is to be run there follows.
    pub fn ssh_args(&self, key: &Key) -> Vec<String> {
        let known_hosts = self.directory.join("known_hosts");
        write(&known_hosts, &self.known_hosts(), 0o600);
        let mut args: Vec<String> = vec!["-F".into(), "/dev/null".into(), "-p".into(), self.port().to_string()];
        for option in [
            "BatchMode=yes".to_owned(),
            "IdentitiesOnly=yes".to_owned(),
            "StrictHostKeyChecking=yes".to_owned(),
            "LogLevel=ERROR".to_owned(),
            format!("UserKnownHostsFile={}", known_hosts.display()),
            format!("IdentityFile={}", key.path().display()),
        ] {
            args.extend(["-o".into(), option]);
        }
        args.push(format!("{}@127.0.0.1", self.user));
        args
    }

    fn append(&self, name: &str, public: &str) {
        append(&self.directory.join(name), public);
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.state.update(|state| {
            state.closed = true;
            state.sessions.clear();
        });
        // The thread that accepts sees that it is closed with the next connection.
        drop(TcpStream::connect(self.address));
        session::kill_all(&self.directory);
    }
}

/// The variable that tells the programs that were started by a server from others: its directory.
const MARK: &str = "P0_TEST_SSHD";

/// Takes connections until it is closed.
fn accept(listener: &TcpListener, directory: &Path, state: &Arc<Watch<State>>) {
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => panic!("no connection can be accepted: {error}"),
        };
        // Not while this server's own state is held: the other one may look back.
        let jump = state.lock().jump.clone();
        let reached = jump.is_none_or(|jump| jump.lock().is_busy());
        let serves = state.update(|state| {
            if state.closed {
                return None;
            }
            state.connections += 1;
            let dropped = state.drop > 0;
            state.drop = state.drop.saturating_sub(1);
            Some(reached && !dropped)
        });
        match serves {
            None => return,
            Some(false) => drop(stream),
            Some(true) => {
                let session = Session::start(directory, stream, state);
                state.update(|state| {
                    if !state.closed {
                        state.sessions.push(session)
                    }
                });
            }
        }
    }
}

impl State {
    fn is_busy(&mut self) -> bool {
        self.sessions.retain_mut(|session| session.is_open());
        !self.sessions.is_empty()
    }
}

fn append(path: &Path, public: &str) {
    let before = fs::read_to_string(path).expect("a file of the server");
    write(path, &format!("{before}{}\n", public.trim_end()), 0o600);
}

fn write(path: &Path, text: &str, mode: u32) {
    // Replaced in one step, as a connection may read it at this moment.
    let next = path.with_extension("next");
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&next);
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("a file of the server");
    fs::rename(next, path).expect("a file of the server");
}
