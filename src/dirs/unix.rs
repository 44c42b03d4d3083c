//! What is the user's alone, where that is a matter of owners and modes.

use rustix::fs::{Access, AtFlags, CWD, accessat};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use tempfile::{NamedTempFile, TempDir};

/// What to do where no private directory can be made.
pub const ADVICE: &str = "Set TMPDIR to a short path of a directory that you can write to, such as /tmp.";

/// The longest path of a directory in which a socket's is not too long anywhere: 104 bytes on macOS, the end included.
pub(super) const LONG: usize = 80;

/// Whether this process may do everything.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether anybody but the user can read the file. It is the opened file that is looked at, not its name.
pub fn is_exposed(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    Ok(metadata.mode() & 0o077 != 0 || metadata.uid() != rustix::process::geteuid().as_raw())
}

/// The command that makes a file the user's alone.
pub fn hiding(file: &Path) -> String {
    format!("chmod 600 {}", crate::shell_words::path(file))
}

/// Whether a directory is another user's than root.
pub(super) fn is_anothers(directory: &Path) -> bool {
    directory.metadata().is_ok_and(|metadata| metadata.uid() != 0)
}

/// Whether two paths lead to the same directory, such as by a bind mount.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let of = |path: &Path| path.metadata().map(|metadata| (metadata.dev(), metadata.ino())).ok();
    of(one).is_some_and(|one| of(other) == Some(one))
}

/// Whether a directory is the user's; that of the platform's may be another's, as behind `sudo`.
pub(super) fn is_mine(directory: &Path) -> bool {
    directory.metadata().is_ok_and(|metadata| metadata.uid() == rustix::process::geteuid().as_raw())
}

/// Whether a directory is the user's, and nobody else can put anything there: where there is no session of the system's,
/// people let the variable for its directory name one that is everybody's.
pub(super) fn is_kept_by_me(directory: &Path) -> bool {
    is_mine(directory) && directory.metadata().is_ok_and(|metadata| metadata.mode() & 0o022 == 0)
}

/// Whether this is a directory of the user's, and for them alone; not a link to one.
pub(super) fn is_private(directory: &Path) -> bool {
    let is_private = |metadata: &fs::Metadata| {
        metadata.is_dir() && metadata.mode() & 0o077 == 0 && metadata.uid() == rustix::process::geteuid().as_raw()
    };
    directory.symlink_metadata().is_ok_and(|metadata| is_private(&metadata))
}

/// Where what lasts no longer than a run is kept, if the platform names no place: where it keeps temporary files.
pub(super) fn runtime(_state: &Path) -> Option<PathBuf> {
    None
}

/// A short directory for temporary files, which every system has.
pub(super) const SHORT_TEMPORARY: Option<&str> = Some("/tmp");

/// A directory for sockets that stands in for one whose path is too long. Everybody can write to its parent, so whoever
/// uses it makes sure whose it is.
pub(super) fn short_runtime(state: &Path) -> Option<PathBuf> {
    let hash = Sha256::digest(state.as_os_str().as_encoded_bytes());
    let hex: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    let user = rustix::process::geteuid().as_raw();
    SHORT_TEMPORARY.map(|parent| Path::new(parent).join(format!("p0-{user}-{hex}")))
}

/// A path as people write it.
pub(super) fn written(path: PathBuf) -> PathBuf {
    path
}

/// Creates a directory, and those above it that are not there, for the user alone (0700).
pub(super) fn create(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Whether this process may put something into a directory, as far as its owner and mode go: that a disk is read-only is told
/// when something is to be written.
pub(super) fn is_writable(directory: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(directory, Access::WRITE_OK | Access::EXEC_OK) != Err(rustix::io::Errno::ACCESS)
}

/// Creates a directory for the user alone, which must not be there.
pub(super) fn create_private(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(directory)
}

/// What sets this user's files apart where everybody's are.
pub(super) fn user() -> String {
    rustix::process::geteuid().as_raw().to_string()
}

/// flock(2) on a network file system that is mounted without locks, or whose lock server is away.
pub(super) fn has_no_locks(error: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(error);
    errno.is_some_and(|errno| [rustix::io::Errno::NOLCK, rustix::io::Errno::OPNOTSUPP].contains(&errno))
}

/// The options by which a new file is the user's alone.
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// The options by which a file is opened for reading without waiting for a writer, should it be a pipe.
pub(super) fn reading() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    options
}

/// Opens a file or a pipe for reading. A pipe without a writer is at its end at once.
pub fn open_at_once(path: &Path) -> io::Result<File> {
    let file = reading().open(path)?;
    let flags = rustix::fs::fcntl_getfl(&file)?;
    rustix::fs::fcntl_setfl(&file, flags - rustix::fs::OFlags::NONBLOCK)?;
    Ok(file)
}

/// Makes sure that this user may write to a file or a directory, which is left as it is.
pub fn check_writable(path: &Path) -> io::Result<()> {
    check_access(path, Access::WRITE_OK)
}

/// The same for reading.
pub fn check_readable(path: &Path) -> io::Result<()> {
    check_access(path, Access::READ_OK)
}

fn check_access(path: &Path, mut access: Access) -> io::Result<()> {
    if path.metadata()?.is_dir() {
        access |= Access::EXEC_OK;
    }
    Ok(accessat(CWD, path, access, AtFlags::EACCESS)?)
}

/// A new file of a name of its own in this directory.
pub(super) fn beside(directory: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(directory)
}

/// Puts a file in the place of another.
pub(super) fn put(new: NamedTempFile, file: &Path) -> io::Result<()> {
    new.persist(file).map(drop).map_err(|error| error.error)
}

/// Creates a directory of a name of its own in this one, or where the system keeps temporary ones, for the user alone.
pub(super) fn temporary(builder: &mut tempfile::Builder<'_, '_>, parent: Option<&Path>) -> io::Result<TempDir> {
    builder.permissions(fs::Permissions::from_mode(0o700));
    match parent {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    }
}
