//! A file of the user's that other programs read and write as well, such as `~/.aws/config`: changed in one step, where it
//! really is, and by one `p0` at a time.

use crate::{
    dirs,
    error::Failure,
    session::{Lock, LockError},
};
use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// A change is over before this.
const PATIENCE: Duration = Duration::from_secs(10);
/// As many symbolic links in a row as Linux follows.
const LINKS: usize = 40;

/// Changes the text of a file, which may be absent (and is then empty). Symbolic links to it stay, as do its mode and its
/// owner; a new one is for the user alone. A text that is not changed is not written. Other programs see the old text
/// or the new, never half of one.
///
/// # Errors
/// The file cannot be read or written, is no text, or the change fails; nothing has been written then.
pub async fn change(path: &Path, change: impl FnOnce(&str) -> Result<String, Failure>) -> Result<(), Failure> {
    let cannot = |what: &'static str| move |error: io::Error| failed(what, path, &error);
    let target = follow(path).map_err(cannot("read"))?;
    dirs::create_parent(&target).map_err(cannot("write"))?;
    let (lock, is_new) = lock(&target).await.map_err(|error| match error {
        LockError::Held => Failure::error(format!("Another p0 is changing {}, and does not end.", path.display()))
            .hint("Look for it and end it, then try again."),
        LockError::Io(error) => failed("write", path, &error),
    })?;
    let mut old = String::new();
    let read = lock.as_ref().read_to_string(&mut old).map_err(cannot("read"));
    match read.and_then(|_| change(&old)) {
        Ok(new) if new != old => replace(&target, &new, lock.as_ref()).map_err(cannot("write")),
        other => {
            if is_new {
                dirs::remove(&target).map_err(cannot("remove"))?;
            }
            other.map(drop)
        }
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::error(format!("Cannot {what} {}: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::InvalidData => {
            failure.hint("It is not UTF-8 text. Repair it or move it away; nothing was changed.")
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            failure.hint("Nothing was changed. Make the file and its directory writable, or name another file.")
        }
        _ => failure.hint("Nothing was changed."),
    }
}

/// Puts this text in the place of a file's, for whoever keeps other programs from changing it by a lock of their kind.
/// Symbolic links to it stay, as does its owner; it is for the user alone from now on. Other programs see the old text or
/// the new.
///
/// # Errors
/// The file cannot be written, or given to its owner.
pub fn replace_privately(path: &Path, text: &str) -> io::Result<()> {
    let target = follow(path)?;
    dirs::create_parent(&target)?;
    let old = there(&target)?;
    let mut new = dirs::beside(&target)?;
    new.write_all(text.as_bytes())?;
    if let Some(old) = old {
        keep_owner(new.as_file(), &old)?;
    }
    dirs::put(new, &target)
}

/// What is known of a file; `None` if there is none. A device or a pipe is not to be replaced by a file.
fn there(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.file_type().is_file() => Err(io::Error::other("it is not a file")),
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives a new file to the owner of the old one: with `sudo`, it would be root's.
#[cfg(unix)]
fn keep_owner(new: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is = new.metadata()?;
    if (is.uid(), is.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(new, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_new: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
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

/// Locks the file itself, which is made if need be; `true` says that it was.
async fn lock(path: &Path) -> Result<(Lock, bool), LockError> {
    loop {
        let (file, is_new) = open(path)?;
        let lock = Lock::hold(file, PATIENCE, || {}).await?;
        let (locked, there) = (lock.as_ref().metadata()?, fs::symlink_metadata(path));
        // Whoever held the lock before may have put another file in its place.
        match there {
            Ok(there) if is_same(&locked, &there) => return Ok((lock, is_new)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
}

fn open(path: &Path) -> io::Result<(File, bool)> {
    there(path)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened.map(|file| (file, false)),
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.create_new(true).open(path) {
        // Made by another in this moment.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().read(true).write(true).open(path).map(|file| (file, false))
        }
        opened => opened.map(|file| (file, true)),
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// The system does not let a file that is open and locked be replaced by another.
#[cfg(not(unix))]
fn is_same(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

/// Puts a file with this text in the place of the old one, with its mode and its owner.
#[cfg(unix)]
fn replace(path: &Path, text: &str, old: &File) -> io::Result<()> {
    let mut new = dirs::beside(path)?;
    new.write_all(text.as_bytes())?;
    let was = old.metadata()?;
    keep_owner(new.as_file(), &was)?;
    new.as_file().set_permissions(was.permissions())?;
    dirs::put(new, path)
}

/// Writes the text into the file, since one that is open and locked cannot be replaced.
#[cfg(not(unix))]
fn replace(_path: &Path, text: &str, mut old: &File) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};
    old.seek(SeekFrom::Start(0))?;
    old.write_all(text.as_bytes())?;
    old.set_len(text.len() as u64)?;
    old.sync_data()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    async fn append(path: &Path, text: &str) -> Result<(), Failure> {
        change(path, |old| Ok(format!("{old}{text}"))).await
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("metadata").permissions().mode() & 0o7777
    }

    #[tokio::test]
    async fn a_new_file_is_private_and_an_old_one_keeps_its_mode() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("new/config");
        append(&path, "a").await.expect("written");
        assert_eq!((mode(&path), mode(path.parent().expect("parent"))), (0o600, 0o700));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        append(&path, "b").await.expect("written");
        assert_eq!((fs::read_to_string(&path).expect("text").as_str(), mode(&path)), ("ab", 0o644));
        assert_eq!(fs::read_dir(dir.path().join("new")).expect("listed").count(), 1, "nothing is left behind");
    }

    #[tokio::test]
    async fn links_are_followed_and_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let [path, link, real] = ["config", "link", "dotfiles/config"].map(|name| dir.path().join(name));
        symlink("link", &path).expect("a link");
        symlink("dotfiles/config", &link).expect("a link");
        append(&path, "a").await.expect("where the link leads to");
        append(&path, "b").await.expect("again");
        assert_eq!(fs::read_to_string(&real).expect("text"), "ab");
        assert!(fs::symlink_metadata(&path).expect("metadata").is_symlink());
        fs::remove_file(&link).expect("removed");
        symlink("config", &link).expect("a circle");
        let failure = append(&path, "c").await.expect_err("a circle");
        assert!(failure.message.ends_with("too many symbolic links"), "{failure}");
    }

    #[test]
    fn what_is_replaced_privately_keeps_its_links_and_its_owner() {
        let dir = tempfile::tempdir().expect("a directory");
        let [path, real] = ["config", "dotfiles/config"].map(|name| dir.path().join(name));
        symlink("dotfiles/config", &path).expect("a link");
        replace_privately(&path, "a").expect("where the link leads to");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).expect("a mode");
        // Only root can give files away.
        let other = std::os::unix::fs::chown(&real, Some(4711), Some(4711)).is_ok();
        replace_privately(&path, "b").expect("again");
        assert_eq!((fs::read_to_string(&real).expect("text").as_str(), mode(&real)), ("b", 0o600));
        assert!(fs::symlink_metadata(&path).expect("metadata").is_symlink());
        let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&real).expect("metadata"));
        assert!(!other || owner == 4711);
    }

    #[tokio::test]
    async fn what_fails_changes_nothing_and_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("config");
        let refuse = |_: &str| Err(Failure::error("no"));
        change(&path, refuse).await.expect_err("refused");
        assert_eq!(fs::read_dir(dir.path()).expect("listed").count(), 0);
        fs::write(&path, b"\xff\xfe").expect("written");
        let failure = append(&path, "a").await.expect_err("not text");
        assert!(failure.hints.iter().any(|hint| hint.contains("not UTF-8")), "{failure:?}");
        assert_eq!(fs::read(&path).expect("bytes"), b"\xff\xfe");
        let failure = append(Path::new("/dev/null"), "a").await.expect_err("not a file");
        assert_eq!(failure.message, "Cannot write /dev/null: it is not a file");
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        let error = replace_privately(&socket, "a").expect_err("not a file");
        assert_eq!(error.to_string(), "it is not a file");
    }

    #[tokio::test]
    async fn of_many_at_once_none_undoes_anothers_change() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("config");
        let writers = (0..20).map(|n| {
            let path = path.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(append(&path, &format!("{n}\n")))
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.join().expect("no panic").expect("written");
        }
        let text = fs::read_to_string(&path).expect("text");
        let mut lines: Vec<u32> = text.lines().map(|line| line.parse().expect("a whole line")).collect();
        lines.sort_unstable();
        assert_eq!(lines, (0..20).collect::<Vec<_>>());
    }
}
