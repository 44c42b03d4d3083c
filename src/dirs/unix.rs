//! What is the user's alone, where that is a matter of owners and modes.

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
///
/// # Errors
/// The system does not say.
pub fn is_exposed(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    Ok(metadata.mode() & 0o077 != 0 || metadata.uid() != rustix::process::geteuid().as_raw())
}

/// The command that makes a file the user's alone.
pub fn hiding(file: &Path) -> String {
    format!("chmod 600 {}", crate::shell_words::path(file))
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

/// The options by which a new file is the user's alone.
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
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
