//! Locks on files, which keep processes apart, and the name of the process that holds one.

use crate::dirs;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until, timeout_at},
};

/// A renewal in another process ends before this. A longer wait is reported, because the holder is signing in.
const QUIETLY: Duration = Duration::from_secs(2);

/// The lock, for as long as it lives. The system releases it when its holder ends, however it ends; the file stays.
#[derive(Debug)]
pub struct Lock {
    file: File,
    waited: bool,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another p0 held the lock for too long")]
    Held,
    /// The file cannot be made, or not be locked.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Lock {
    /// Takes the lock, waiting for as long as this. `waiting` is called once when that takes a while.
    pub async fn take(path: &Path, limit: Duration, waiting: impl FnOnce()) -> Result<Self, LockError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, waited: false }),
            // Such as on a home that is mounted without locks (NFS).
            Err(TryLockError::Error(error)) if dirs::has_no_locks(&error) => {
                let local = dirs::local_lock(path).map_err(|why| {
                    tracing::debug!(%why, "nor can there be a lock elsewhere");
                    error
                })?;
                tracing::debug!(lock = %local.display(), "the file system has no locks; this one holds on this machine alone");
                Self::hold(open(&local)?, limit, waiting).await
            }
            _ => Self::hold(file, limit, waiting).await,
        }
    }

    /// The same for a lock whose holder says who it is ([`Holder`]), to those who wait for it.
    pub async fn take_by_name(path: &Path, limit: Duration, waiting: impl FnOnce(Holder)) -> Result<Self, LockError> {
        let lock = Self::take(path, limit, || waiting(Holder::read(path))).await?;
        Holder::this().write(path);
        Ok(lock)
    }

    /// The same for a file that is open.
    pub async fn hold(file: File, limit: Duration, waiting: impl FnOnce()) -> Result<Self, LockError> {
        match file.try_lock() {
            Ok(()) => return Ok(Self { file, waited: false }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let started = Instant::now();
        let mut taken = on_a_thread(file)?;
        let taken = tokio::select! {
            taken = &mut taken => Ok(taken),
            () = sleep_until(started + QUIETLY) => {
                waiting();
                timeout_at(started + limit, taken).await
            }
        };
        match taken {
            Ok(Ok(file)) => Ok(Self { file: file?, waited: started.elapsed() >= QUIETLY }),
            Ok(Err(_)) => Err(io::Error::other("the wait for the lock broke off").into()),
            Err(_) => Err(LockError::Held),
        }
    }
}

impl Lock {
    /// Whether another process held it for longer than ending or renewing a session takes.
    pub fn waited(&self) -> bool {
        self.waited
    }
}

/// The process that holds a lock, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pid: Option<u32>,
    terminal: Option<String>,
}

impl Holder {
    fn this() -> Self {
        Self { pid: Some(std::process::id()), terminal: terminal() }
    }

    /// The one that holds this lock, or held it last.
    pub fn read(lock: &Path) -> Self {
        let text = dirs::read(&Self::path(lock)).ok().flatten().unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn write(&self, lock: &Path) {
        let text = serde_json::to_vec(self).expect("a holder is made of text");
        if let Err(error) = dirs::replace(&Self::path(lock), &text) {
            tracing::debug!(%error, "others will not learn who holds the lock");
        }
    }

    fn path(lock: &Path) -> PathBuf {
        lock.with_extension("holder")
    }

    /// Whether it was stopped (Ctrl-Z), and so will not let go by itself.
    pub fn is_stopped(&self) -> bool {
        self.pid.is_some_and(is_stopped)
    }

    /// The command that ends it.
    pub fn ending(&self) -> Option<String> {
        let pid = self.pid?;
        Some(if cfg!(windows) { format!("taskkill /PID {pid} /F") } else { format!("kill -KILL {pid}") })
    }
}

/// `process 1234, which is stopped, on /dev/pts/3`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("another p0")?,
        }
        if self.is_stopped() {
            f.write_str(", which is stopped,")?;
        }
        match &self.terminal {
            Some(terminal) => write!(f, " on {terminal}"),
            None => Ok(()),
        }
    }
}

#[cfg(unix)]
fn terminal() -> Option<String> {
    let name = |name: rustix::io::Result<std::ffi::CString>| name.ok().and_then(|name| name.into_string().ok());
    name(rustix::termios::ttyname(io::stderr(), Vec::new()))
        .or_else(|| name(rustix::termios::ttyname(io::stdin(), Vec::new())))
}

#[cfg(not(unix))]
fn terminal() -> Option<String> {
    None
}

/// proc(5): the state follows the name of the program, which is in parentheses and may itself have some.
#[cfg(target_os = "linux")]
fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
}

#[cfg(not(target_os = "linux"))]
fn is_stopped(_pid: u32) -> bool {
    false
}

impl AsRef<File> for Lock {
    /// The file that is locked.
    fn as_ref(&self) -> &File {
        &self.file
    }
}

/// Waits for the lock on another thread. If the caller has stopped waiting by then, the lock is released at once.
fn on_a_thread(file: File) -> io::Result<oneshot::Receiver<io::Result<File>>> {
    let (done, taken) = oneshot::channel();
    // If the receiver is gone, the file is dropped, and the lock with it.
    let wait = move || drop(done.send(file.lock().map(|()| file)));
    std::thread::Builder::new().name("lock".into()).spawn(wait)?;
    Ok(taken)
}

fn open(path: &Path) -> io::Result<File> {
    dirs::create_parent(path)?;
    dirs::private_file().read(true).write(true).create(true).truncate(false).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn path() -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("sessions/example.lock");
        (dir, path)
    }

    #[tokio::test(start_paused = true)]
    async fn one_holds_it_and_the_other_gives_up_in_time() {
        let (_dir, path) = path();
        let _held = Lock::take(&path, Duration::from_secs(5), || panic!("it is free")).await.expect("taken");
        let told = Cell::new(0);
        let error = Lock::take(&path, Duration::from_secs(5), || told.set(told.get() + 1)).await.expect_err("held");
        assert_eq!(error.to_string(), "another p0 held the lock for too long");
        assert_eq!(told.get(), 1);
    }

    #[tokio::test]
    async fn it_passes_on_when_its_holder_lets_go() {
        let (_dir, path) = path();
        let held = Lock::take(&path, Duration::from_secs(5), || {}).await.expect("taken");
        let next = Lock::take(&path, Duration::from_secs(60), || {});
        let (next, ()) = tokio::join!(next, async { drop(held) });
        next.expect("passed on");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn it_dies_with_its_holder() {
        use std::process::{Command, Stdio};
        let (_dir, path) = path();
        drop(open(&path).expect("made"));
        // flock(1) takes the same lock in another process.
        let script = "echo held; exec sleep 600";
        let mut holder = Command::new("flock");
        holder.arg("--no-fork").arg(&path).args(["sh", "-c", script]).stdout(Stdio::piped());
        let Ok(mut holder) = holder.spawn() else { return eprintln!("skipped: there is no flock(1)") };
        let mut line = String::new();
        let stdout = holder.stdout.take().expect("its output");
        std::io::BufRead::read_line(&mut io::BufReader::new(stdout), &mut line).expect("it holds the lock");
        assert!(matches!(open(&path).expect("opened").try_lock(), Err(TryLockError::WouldBlock)));
        let next = Lock::take(&path, Duration::from_secs(60), || {});
        let (next, killed) = tokio::join!(next, async { holder.kill() });
        killed.expect("killed");
        next.expect("released by the system");
        holder.wait().expect("gone");
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_made_is_an_error() {
        let (dir, path) = path();
        std::fs::write(dir.path().join("sessions"), "in the way").expect("written");
        let error = Lock::take(&path, Duration::from_secs(5), || {}).await.expect_err("no directory");
        assert!(matches!(error, LockError::Io(_)), "{error}");
    }
}
