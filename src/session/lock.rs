//! One process at a time signs in to an organisation or renews its tokens.

use crate::dirs;
use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    time::Duration,
};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until, timeout_at},
};

/// A renewal of somebody else's is over before this; what takes longer is a sign-in, and worth a word.
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
    ///
    /// # Errors
    /// It is not given up in time, or the file system fails.
    pub async fn take(path: &Path, limit: Duration, waiting: impl FnOnce()) -> Result<Self, LockError> {
        Self::hold(open(path)?, limit, waiting).await
    }

    /// The same for a file that is open.
    ///
    /// # Errors
    /// It is not given up in time, or the file system fails.
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
    /// Whether somebody else held it for longer than it takes to end or to renew a session.
    pub fn waited(&self) -> bool {
        self.waited
    }
}

impl AsRef<File> for Lock {
    /// The file that is locked.
    fn as_ref(&self) -> &File {
        &self.file
    }
}

/// Waits for the lock on a thread that keeps nobody waiting: if the lock comes too late, it is released at once.
fn on_a_thread(file: File) -> io::Result<oneshot::Receiver<io::Result<File>>> {
    let (done, taken) = oneshot::channel();
    // A lock that comes when nobody listens any more goes with its file.
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
