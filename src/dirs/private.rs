//! Directories that are there for as long as the process that has made them. Each has a lock, which its owner holds while
//! it lives: whoever gets it knows that the owner has ended without tidying up (`kill -9`, a power cut).

use super::system::{is_private, temporary};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// What their names begin with.
const PREFIX: &str = "p0-";
const LOCK: &str = "lock";

/// A directory for the user alone (0700), in which sockets have a short name. Gone when dropped.
#[derive(Debug)]
pub struct Private {
    // Closed first: where files that are open cannot be removed, neither can their directory.
    _held: File,
    directory: TempDir,
}

impl Private {
    /// A new one below this directory, or below the one for temporary files. What the dead have left there goes.
    pub(super) fn below(parent: Option<&Path>) -> io::Result<Self> {
        let directory = temporary(tempfile::Builder::new().prefix(PREFIX), parent)?;
        // A lock that can be seen is held, so that nobody takes a directory for left behind that is just being made.
        let making = directory.path().join("lock.new");
        let held = File::create_new(&making)?;
        held.lock()?;
        fs::rename(making, directory.path().join(LOCK))?;
        if let Some(parent) = directory.path().parent() {
            sweep(parent);
        }
        Ok(Self { _held: held, directory })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Removes it, where whoever drops it would not learn that it cannot be.
    #[cfg(feature = "serve")]
    pub fn close(self) -> io::Result<()> {
        let Self { _held: held, directory } = self;
        drop(held);
        directory.close()
    }

    /// The lock that this process holds.
    pub fn lock(&self) -> PathBuf {
        self.path().join(LOCK)
    }
}

/// Waits until the owner of a directory has ended, whose lock this is.
#[cfg(unix)]
pub fn wait_for_owner(lock: &Path) -> io::Result<()> {
    match File::open(lock) {
        Ok(lock) => lock.lock(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes the directories here whose owners are dead. That it cannot be done is no reason not to go on.
fn sweep(parent: &Path) {
    let is_named = |entry: &fs::DirEntry| entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(is_named) {
        if let Err(error) = remove_if_left(&entry.path()) {
            tracing::debug!(%error, directory = %entry.path().display(), "what a process has left behind stays");
        }
    }
}

/// Removes a directory whose owner is dead. Others' are not looked into: the parent may be everybody's.
fn remove_if_left(directory: &Path) -> io::Result<()> {
    if !is_private(directory) {
        return Ok(());
    }
    let lock = match File::open(directory.join(LOCK)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        lock => lock?,
    };
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Nobody takes it up again, and where files that are open cannot be removed, this is none any more. It goes last: what a
    // program still has open there stays for the next time.
    drop(lock);
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false if entry.file_name() != LOCK => fs::remove_file(entry.path())?,
            false => {}
        }
    }
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn is_there(path: &Path) -> bool {
        path.try_exists().expect("an answer")
    }

    /// As `kill -9` leaves it.
    fn left(parent: &Path) -> PathBuf {
        let Private { _held, directory } = Private::below(Some(parent)).expect("a directory");
        let path = directory.keep();
        fs::write(path.join("id.pub"), "a key").expect("written");
        path
    }

    #[test]
    fn what_the_dead_have_left_goes_and_what_the_living_have_stays() {
        let parent = tempfile::tempdir().expect("a directory");
        let living = Private::below(Some(parent.path())).expect("a directory");
        let dead = left(parent.path());
        let next = Private::below(Some(parent.path())).expect("a directory");
        assert!(!is_there(&dead) && is_there(&living.lock()));
        let path = next.path().to_owned();
        drop(next);
        assert!(!is_there(&path));
        wait_for_owner(&path.join(LOCK)).expect("it has ended");
    }

    #[test]
    fn nothing_else_goes() {
        let parent = tempfile::tempdir().expect("a directory");
        let named = |name: &str| {
            let path = parent.path().join(name);
            fs::create_dir(&path).expect("a directory");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("its mode");
            path
        };
        let (no_lock, another) = (named("p0-aaaaaa"), named("another"));
        fs::write(another.join(LOCK), "").expect("written");
        // Reached by a link, or open to others: not what p0 makes.
        let open = named("p0-bbbbbb");
        fs::write(open.join(LOCK), "").expect("written");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).expect("its mode");
        symlink(&another, parent.path().join("p0-cccccc")).expect("a link");
        drop(Private::below(Some(parent.path())).expect("a directory"));
        for path in [no_lock, another.join(LOCK), open.join(LOCK)] {
            assert!(is_there(&path), "{}", path.display());
        }
    }
}
