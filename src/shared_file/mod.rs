//! A file of the user's that other programs read and write as well, such as `~/.aws/config` or a kubeconfig. p0 changes it
//! where it really is, and keeps what the owning program keeps: its mode, owner, access list, links and mount.

use crate::{
    dirs,
    error::Failure,
    file_lock::{Lock, LockError},
    shell_words,
};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

#[cfg(unix)]
mod attributes;

/// A change takes less than this.
const PATIENCE: Duration = Duration::from_secs(10);
/// As many symbolic links in a row as Linux follows.
const LINKS: usize = 40;
/// No configuration file is larger, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;
/// How often another program may change the file while p0 works out its own change.
const ATTEMPTS: usize = 5;

/// Such a file, which may be absent.
#[derive(Debug, Clone)]
pub struct SharedFile {
    path: PathBuf,
    /// Holds the former content while the file is written in place; locked while p0 changes the file.
    private: PathBuf,
}

impl SharedFile {
    /// The file at this path. `private` is a directory of p0's own ([`dirs::Dirs::shared_files`]).
    pub fn new(path: impl Into<PathBuf>, private: &Path) -> Self {
        let path = path.into();
        let target = follow(&path).and_then(std::path::absolute).unwrap_or_else(|_| path.clone());
        let hash = Sha256::digest(target.as_os_str().as_encoded_bytes());
        let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { path, private: private.join(name) }
    }

    /// Where it is, by the user's name for it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The content; `None` if there is no file.
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let file = match dirs::open_regular(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > LARGEST {
            true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than any configuration file")),
            false => Ok(Some(bytes)),
        }
    }

    /// Makes sure that a change would succeed, without changing anything: for use before access is requested.
    pub fn check(&self, change: impl Fn(&[u8]) -> Result<Vec<u8>, Failure>) -> Result<(), Failure> {
        let old = self.read().map_err(|error| self.failure("read", &error))?.unwrap_or_default();
        if change(&old)? != old {
            self.check_writable().map_err(|error| self.failure("write", &error))?;
        }
        Ok(())
    }

    /// Makes sure that the file can be written, or created where it is absent.
    pub fn check_writable(&self) -> io::Result<()> {
        let target = follow(&self.path)?;
        dirs::check_home(&target)?;
        match existing(&target)? {
            Some(metadata) if metadata.permissions().readonly() => {
                Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"))
            }
            Some(_) => dirs::check_writable(&target),
            None => dirs::check_creatable(&target),
        }
    }

    /// Changes the content; that of an absent file is empty. Content that does not change is not written.
    pub async fn change(&self, change: impl Fn(&[u8]) -> Result<Vec<u8>, Failure>) -> Result<(), Failure> {
        let cannot = |what: &'static str| move |error: io::Error| self.failure(what, &error);
        let _lock = match Lock::take(&self.private.with_extension("lock"), PATIENCE, || {}).await {
            Ok(lock) => Some(lock),
            Err(LockError::Held) => {
                return Err(Failure::error(format!(
                    "Cannot write {}: another p0 has been changing it for too long.",
                    self.path.display()
                ))
                .hint("End that process, then try again."));
            }
            // Without locks, as on some network file systems, the second look at the content has to do.
            Err(LockError::Io(error)) => {
                tracing::debug!(%error, "shared files cannot be locked");
                None
            }
        };
        for _ in 0..ATTEMPTS {
            let old = self.read().map_err(cannot("read"))?;
            let new = change(old.as_deref().unwrap_or_default())?;
            if new == old.as_deref().unwrap_or_default() {
                return Ok(());
            }
            self.check_writable().map_err(cannot("write"))?;
            if self.read().map_err(cannot("read"))? == old {
                return self.replace(&new).map_err(cannot("write"));
            }
        }
        Err(Failure::error(format!("Cannot write {}: another program keeps changing it.", self.path.display()))
            .hint("Try again when it has finished."))
    }

    /// Puts this content into the file. Other programs see the old content or the new: a new file takes the place of the
    /// old one, unless something would be lost with the old one.
    pub fn replace(&self, content: &[u8]) -> io::Result<()> {
        let target = follow(&self.path)?;
        let Some(old) = existing(&target)? else {
            dirs::create_parent(&target)?;
            return swap(&target, content, None).map(drop);
        };
        match swap(&target, content, Some(&old)) {
            Ok(true) => {}
            Ok(false) => self.write_in_place(&target, content)?,
            Err(error) if keeps_its_inode(&error) => {
                tracing::debug!(%error, "the file is written in place");
                self.write_in_place(&target, content)?;
            }
            Err(error) => return Err(error),
        }
        // Whatever an interrupted write left behind is older than this.
        dirs::remove(&self.private)
    }

    /// The copy of the former content that an interrupted write has left behind.
    pub fn leftover(&self) -> Option<PathBuf> {
        self.private.symlink_metadata().is_ok().then(|| self.private.clone())
    }

    /// The hint by which the user restores it from such a copy.
    pub fn restoring(&self, copy: &Path) -> String {
        let (copy, path) = (shell_words::path(copy), shell_words::path(&self.path));
        format!("A write was interrupted. To restore the content from before it: cp {copy} {path}")
    }

    /// Writes in place, with a copy of the former content on disk until that is done.
    fn write_in_place(&self, target: &Path, content: &[u8]) -> io::Result<()> {
        let former = self.read()?.unwrap_or_default();
        dirs::replace(&self.private, &former)?;
        let mut file = OpenOptions::new().write(true).open(target)?;
        let Err(error) = overwrite(&mut file, content) else { return Ok(()) };
        // The space of the former content still belongs to the file.
        match overwrite(&mut file, &former).and_then(|()| dirs::remove(&self.private)) {
            Ok(()) => Err(error),
            Err(_) => Err(io::Error::other(format!(
                "{error}; the file is incomplete, and its former content is in {}",
                self.private.display()
            ))),
        }
    }

    fn failure(&self, what: &str, error: &io::Error) -> Failure {
        let failure = Failure::error(format!("Cannot {what} {}: {error}", self.path.display()));
        if let Some(copy) = self.leftover() {
            return failure.hint(self.restoring(&copy));
        }
        match error.kind() {
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                failure.hint("Nothing was changed. Make the file and its directory writable, or name another file.")
            }
            _ => failure.hint("Nothing was changed."),
        }
    }
}

/// Overwrites without truncating first, so that a reader or a crash in between meets as little as possible of a mixture.
fn overwrite(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(content)?;
    file.set_len(content.len() as u64)?;
    file.sync_data()
}

/// Whether a rename failed because the file is a mount point, or its directory cannot be written to.
fn keeps_its_inode(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ResourceBusy
            | io::ErrorKind::CrossesDevices
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// Renames a new file over the old one. `false`: nothing was done, as the old one has what a new one cannot have.
fn swap(target: &Path, content: &[u8], old: Option<&Metadata>) -> io::Result<bool> {
    #[cfg(unix)]
    if old.is_some_and(|old| std::os::unix::fs::MetadataExt::nlink(old) > 1) {
        return Ok(false);
    }
    let mut new = dirs::beside(target)?;
    new.write_all(content)?;
    #[cfg(unix)]
    if let Some(old) = old
        && let Err(error) = attributes::copy(target, old, new.as_file())
    {
        tracing::debug!(%error, "a new file cannot have the attributes of the old one");
        return Ok(false);
    }
    #[cfg(not(unix))]
    let _ = old;
    dirs::put(new, target).map(|()| true)
}

/// What is known of a file; `None` if there is none.
fn existing(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(_) => Err(dirs::not_regular()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a path leads, which need not exist.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                path = path.parent().unwrap_or(Path::new("")).join(fs::read_link(&path)?);
            }
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

#[cfg(all(test, unix))]
mod tests;
