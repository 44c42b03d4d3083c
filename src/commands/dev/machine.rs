//! The machine `localhost` of `p0 dev`: OpenSSH's server, for the user who runs `p0`, trusting nobody but the service, and
//! taking the connections of that user alone.
//!
//! `p0` takes the connections itself and gives each to an `sshd` of its own (`sshd -i`) through a pair of sockets. So the
//! port is free and ready at once, and however `p0` ends, the other ends of the sockets close, and the sessions with them.

use super::peer::is_own;
use crate::dirs::{self, Dirs, Private};
use p0_server::catalog::Machine as Described;
use rand::Rng;
use rustix::process::geteuid;
use ssh_key::{LineEnding, PrivateKey, private::Ed25519Keypair, private::KeypairData};
use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    os::{fd::OwnedFd, unix::fs::DirBuilderExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream, UnixStream},
    process::Command,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// Where systems keep sshd, which wants to be called by its whole path and is in few users' `PATH`.
const PLACES: [&str; 5] =
    ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd", "/usr/lib/ssh/sshd", "/sbin/sshd"];
/// How long sessions may take to end.
const GRACE: Duration = Duration::from_secs(2);
/// A pause after a connection that could not be accepted, as no descriptor is left.
const PAUSE: Duration = Duration::from_millis(100);

/// A machine that is ready, and waits to hear whom to trust.
#[derive(Debug)]
pub(super) struct Machine {
    sshd: Sshd,
    listener: TcpListener,
    user: String,
    host_key: String,
}

/// How a connection is served.
#[derive(Debug)]
struct Sshd {
    program: &'static str,
    // If this process is killed, the next one removes it: there is a key in it.
    directory: Private,
}

/// A machine that can be reached. It ends, and all that is on it, with [`Reachable::end`] or when it is dropped.
#[derive(Debug)]
pub(super) struct Reachable {
    close: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Why there is no machine: a sentence and what to do, for whoever asks for one.
#[derive(Debug, thiserror::Error)]
pub(super) enum Missing {
    #[error("sshd is not installed. On Debian and Ubuntu: apt install openssh-server")]
    NotInstalled,
    #[error("sshd cannot be used: {0}")]
    Unusable(String),
    #[error("sshd cannot be set up: {0}")]
    Io(#[from] io::Error),
    #[error("sshd cannot be set up: {0} cannot be run: {1}")]
    Run(&'static str, io::Error),
    #[error("no host key can be made: {0}")]
    Key(#[from] ssh_key::Error),
    #[error("{0:?} cannot stand in sshd's configuration; set XDG_RUNTIME_DIR or TMPDIR to a plain directory")]
    Path(PathBuf),
}

impl Machine {
    /// Sets one up: a host key, a configuration, a port of the loopback.
    pub(super) async fn prepare(dirs: &Dirs) -> Result<Self, Missing> {
        let program = find().await?.ok_or(Missing::NotInstalled)?;
        let directory = dirs.private()?;
        let user = user().await?;
        let seed: [u8; 32] = rand::rng().random();
        let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), "")?;
        let host_key = key.public_key().to_openssh()?.trim_end().to_owned();
        dirs::replace(&directory.path().join("host_key"), key.to_openssh(LineEnding::LF)?.as_bytes())?;
        dirs::replace(&directory.path().join("authority"), b"")?;
        dirs::replace(&directory.path().join("config"), configuration(directory.path(), &user)?.as_bytes())?;
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let sshd = Sshd { program, directory };
        sshd.check().await?;
        Ok(Self { sshd, listener, user, host_key })
    }

    /// As the service's configuration describes it.
    pub(super) fn described(&self) -> io::Result<Described> {
        Ok(Described::SelfHosted {
            hostname: "localhost".into(),
            public_ip: self.listener.local_addr()?.to_string(),
            user_name: Some(self.user.clone()),
            host_keys: vec![self.host_key.clone()],
            own_certificates: false,
        })
    }

    /// Lets in whoever has a certificate of this authority from now on.
    pub(super) fn trust(self, authority: &str) -> io::Result<Reachable> {
        dirs::replace(&self.sshd.directory.path().join("authority"), authority.as_bytes())?;
        let (close, closing) = watch::channel(false);
        let task = tokio::spawn(serve(self.listener, self.sshd, closing));
        Ok(Reachable { close, task })
    }
}

impl Reachable {
    /// Ends all sessions, and takes the machine's files away.
    pub(super) async fn end(self) {
        self.close.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::debug!(%error, "the machine did not end in order");
        }
    }
}

/// The first that is there.
async fn find() -> io::Result<Option<&'static str>> {
    for place in PLACES {
        if tokio::fs::try_exists(place).await? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Who runs this process, as the system calls them: its variables may say something else (POSIX, `id`).
async fn user() -> Result<String, Missing> {
    let output = Command::new("id").arg("-un").stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|error| Missing::Run("id", error))?;
    let name = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    // What sshd would read as a pattern or as two names.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    match output.status.success() && !name.is_empty() && name.chars().all(plain) {
        true => Ok(name),
        false => Err(Missing::Unusable("it takes only account names of letters, digits, '_', '-' and '.'".into())),
    }
}

/// sshd_config(5). Nothing counts but a certificate of the authority that names the user.
fn configuration(directory: &Path, user: &str) -> Result<String, Missing> {
    let shown = directory.to_str().filter(|path| !path.contains(|c: char| c == '"' || c == '\\' || c.is_control()));
    let directory = shown.ok_or_else(|| Missing::Path(directory.to_owned()))?;
    Ok(format!(
        r#"AcceptEnv LANG LC_*
AllowUsers {user}
AuthenticationMethods publickey
AuthorizedKeysFile none
AuthorizedPrincipalsFile none
HostbasedAuthentication no
HostKey "{directory}/host_key"
KbdInteractiveAuthentication no
LogLevel VERBOSE
LoginGraceTime 30
PasswordAuthentication no
PermitRootLogin prohibit-password
PidFile none
PrintLastLog no
PrintMotd no
PubkeyAuthentication yes
StrictModes yes
Subsystem sftp internal-sftp
TrustedUserCAKeys "{directory}/authority"
UseDNS no
UsePAM no
X11Forwarding no
"#
    ))
}

impl Sshd {
    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").kill_on_drop(true);
        command.arg("-f").arg(self.directory.path().join("config"));
        command
    }

    /// Lets sshd read its configuration. As root it wants a directory to lock itself in, which the start of the machine
    /// makes where sshd is a service: empty, and root's.
    async fn check(&self) -> Result<(), Missing> {
        let Err(complaint) = self.judge().await? else { return Ok(()) };
        let wanted = complaint.trim_end().strip_prefix("Missing privilege separation directory: ").map(Path::new);
        match wanted.filter(|path| path.is_absolute() && geteuid().is_root()) {
            Some(path) => match fs::DirBuilder::new().mode(0o755).create(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
                _ => {}
            },
            None => return Err(Missing::Unusable(complaint)),
        }
        self.judge().await?.map_err(Missing::Unusable)
    }

    /// What it complains of, in one line.
    async fn judge(&self) -> Result<Result<(), String>, Missing> {
        let output = self.command().arg("-t").stdin(Stdio::null()).output().await;
        let output = output.map_err(|error| Missing::Run(self.program, error))?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        let complaint =
            complaint.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" · ");
        Ok(if output.status.success() { Ok(()) } else { Err(complaint) })
    }

    /// Serves one connection until it ends, or the machine does.
    async fn serve(command: Command, mut stream: TcpStream, mut closing: watch::Receiver<bool>) -> io::Result<()> {
        let mut command = command;
        let (mut ours, theirs) = UnixStream::pair()?;
        let theirs = theirs.into_std()?;
        theirs.set_nonblocking(false)?;
        let (input, output) = (OwnedFd::from(theirs.try_clone()?), OwnedFd::from(theirs));
        command.args(["-i", "-e"]).stdin(input).stdout(output).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        // The command holds the other end open.
        drop(command);
        let log = child.stderr.take();
        let log = async move {
            let Some(log) = log else { return std::future::pending().await };
            let mut lines = BufReader::new(log).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                tracing::debug!(?line, "sshd");
            }
            std::future::pending().await
        };
        let carried = async {
            tokio::select! {
                // Either end may go without a word.
                _ = copy_bidirectional(&mut stream, &mut ours) => {}
                _ = closing.wait_for(|closing| *closing) => {}
            }
            // Which sshd takes for the client's going, and ends the session.
            drop((stream, ours));
            match tokio::time::timeout(GRACE, child.wait()).await {
                Ok(ended) => ended.map(drop),
                Err(_) => child.kill().await,
            }
        };
        tokio::select! {
            ended = carried => ended,
            () = log => Ok(()),
        }
    }
}

/// Serves connections until it is to close; then lets their sessions end.
async fn serve(listener: TcpListener, sshd: Sshd, mut closing: watch::Receiver<bool>) {
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = closing.wait_for(|closing| *closing) => break,
            accepted = listener.accept() => accepted,
        };
        while sessions.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                match stream.local_addr().and_then(|local| is_own(peer, local)) {
                    Ok(true) => {}
                    Ok(false) => {
                        tracing::debug!(%peer, "a connection of another user was not taken");
                        continue;
                    }
                    Err(error) => {
                        tracing::debug!(%error, %peer, "whose a connection is cannot be told, so it was not taken");
                        continue;
                    }
                }
                let session = Sshd::serve(sshd.command(), stream, closing.clone());
                sessions.spawn(async move {
                    if let Err(error) = session.await {
                        tracing::debug!(%error, "a connection could not be served");
                    }
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    while sessions.join_next().await.is_some() {}
}
