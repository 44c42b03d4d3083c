//! What is the user's alone, where that is a matter of access control lists
//! (<https://learn.microsoft.com/windows/win32/secauthz/access-control-lists>).
//!
//! What holds a secret for a while (a key, a word) is in a directory whose list names the user and nobody else, and
//! inherits nothing. What is kept may be read by the system and by administrators as well, who can read it anyway, and
//! whose programs (a backup, an SSH server) may have to; so it is in every user's profile. Nothing is believed to be
//! private that was not looked at: a drive may keep no lists.

use super::sddl;
use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};
use tempfile::{NamedTempFile, TempDir};
use windows_permissions::{
    LocalBox, SecurityDescriptor, Sid,
    constants::{SeObjectType::SE_FILE_OBJECT, SecurityInformation},
    utilities::current_process_sid,
    wrappers::{
        ConvertSecurityDescriptorToStringSecurityDescriptor, GetNamedSecurityInfo, GetSecurityInfo,
        SetNamedSecurityInfo,
    },
};

/// What to do where no private directory can be made.
pub const ADVICE: &str = "Your profile must be on a drive that keeps permissions, as NTFS does.";

/// As long as paths can be
/// (<https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation>): there are no sockets, whose paths would
/// have to be short.
pub(super) const LONG: usize = 32_767;

/// There are no sockets, so no path is too long for one.
pub(super) const SHORT_TEMPORARY: Option<&str> = None;

/// There are no sockets, so no path is too long for one.
pub(super) fn short_runtime(_state: &Path) -> Option<PathBuf> {
    None
}

/// The system itself, and its administrators.
const OTHERS: [&str; 2] = ["S-1-5-18", "S-1-5-32-544"];

/// There is no root.
pub fn is_root() -> bool {
    false
}

/// Whether anybody but the user, the system and its administrators can read the file. It is the opened file that is looked
/// at, not its name.
pub fn is_exposed(file: &File) -> io::Result<bool> {
    let descriptor = GetSecurityInfo(file, SE_FILE_OBJECT, asked())?;
    Ok(!is_closed(&descriptor)?)
}

/// The command that makes a file the user's alone.
pub fn hiding(file: &Path) -> String {
    let user = current_process_sid().map_or_else(|_| "%USERNAME%".to_owned(), |sid| format!("*{sid}"));
    format!("icacls \"{}\" /inheritance:r /grant:r {user}:F", file.display())
}

pub(super) fn is_writable(_directory: &Path) -> bool {
    true
}

/// Creates a directory for the user alone, which must not be there.
pub(super) fn create_private(directory: &Path) -> io::Result<()> {
    create(directory)
}

/// The directory for temporary files is the user's own.
pub(super) fn user() -> String {
    "own".to_owned()
}

/// Every file system here has locks.
pub(super) fn has_no_locks(_error: &io::Error) -> bool {
    false
}

/// There is no root whose files would lock the user out.
pub(super) fn is_anothers(_directory: &Path) -> bool {
    false
}

/// Whether two paths lead to the same directory.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// The platform's are the user's.
pub(super) fn is_mine(_directory: &Path) -> bool {
    true
}

/// The same, where the profile is.
pub(super) fn is_kept_by_me(_directory: &Path) -> bool {
    true
}

/// Whether this is a directory of the user's, and for them alone; not a link to one.
pub(super) fn is_private(directory: &Path) -> bool {
    let descriptor = || GetNamedSecurityInfo(directory.as_os_str(), SE_FILE_OBJECT, asked());
    directory.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
        && descriptor().and_then(|descriptor| is_closed(&descriptor)).unwrap_or(false)
}

/// Where what lasts no longer than a run is kept: where it is found again if its owner was killed.
pub(super) fn runtime(state: &Path) -> Option<PathBuf> {
    Some(state.join("run"))
}

/// A path as people write it: without the prefix that the system puts in front of those that it has followed.
pub(super) fn written(path: PathBuf) -> PathBuf {
    let plain = path.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|text| !text.starts_with("UNC\\"));
    plain.map(PathBuf::from).unwrap_or(path)
}

/// Creates a directory, and those above it that are not there, for the user, the system and its administrators.
pub(super) fn create(directory: &Path) -> io::Result<()> {
    let mut missing = Vec::new();
    for directory in directory.ancestors().filter(|directory| !directory.as_os_str().is_empty()) {
        match fs::metadata(directory) {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(directory),
            Err(error) => return Err(error),
        }
    }
    let top = missing.last().copied();
    for directory in missing.into_iter().rev() {
        match fs::create_dir(directory) {
            // Those below inherit from it.
            Ok(()) if Some(directory) == top => restrict(directory.as_os_str(), &OTHERS)?,
            // Another made it in this moment.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
    }
    Ok(())
}

/// The options by which a new file is the user's alone: it inherits that.
pub fn private_file() -> OpenOptions {
    OpenOptions::new()
}

/// The options by which a file is opened for reading.
pub(super) fn reading() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

/// Opens a file for reading.
pub fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Makes sure that a file or a directory is not marked as read-only. Access lists are consulted when it is written.
pub fn check_writable(path: &Path) -> io::Result<()> {
    // On a directory the mark means something else.
    let metadata = path.metadata()?;
    match metadata.is_file() && metadata.permissions().readonly() {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

/// Makes sure that a file exists. Access lists are consulted when it is read.
pub fn check_readable(path: &Path) -> io::Result<()> {
    path.metadata().map(drop)
}

/// A new file of a name of its own in this directory. `tempfile` marks its own as temporary, and so they would stay.
pub(super) fn beside(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().make_in(directory, |path| File::create_new(path))
}

/// Puts a file in the place of another. The standard library can replace one that others have open
/// (`FILE_RENAME_POSIX_SEMANTICS`), `tempfile` cannot.
pub(super) fn put(new: NamedTempFile, file: &Path) -> io::Result<()> {
    fs::rename(new.into_temp_path(), file)
}

/// Creates a directory of a name of its own in this one, or where the system keeps temporary ones, for the user alone.
pub(super) fn temporary(builder: &mut tempfile::Builder<'_, '_>, parent: Option<&Path>) -> io::Result<TempDir> {
    let made = match parent {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    }?;
    keep_private(made.path())?;
    Ok(made)
}

/// Makes this directory, which need not be there, the user's alone: whatever is put there from now on is as well.
pub fn keep_private(directory: &Path) -> io::Result<()> {
    create(directory)?;
    restrict(directory.as_os_str(), &[])?;
    let descriptor = GetNamedSecurityInfo(directory.as_os_str(), SE_FILE_OBJECT, asked())?;
    told_private(directory, is_closed(&descriptor)?)
}

/// Makes sure that a new file in such a directory is the user's alone, before there is a secret in it.
pub(super) fn check_private(path: &Path, file: &File) -> io::Result<()> {
    let descriptor = GetSecurityInfo(file, SE_FILE_OBJECT, asked())?;
    told_private(path, is_closed(&descriptor)?)
}

fn told_private(path: &Path, is_private: bool) -> io::Result<()> {
    match is_private {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("{} cannot be kept from others", path.display()),
        )),
    }
}

/// Lets in the user and these others, here and below; nothing is inherited from above.
fn restrict(directory: &OsStr, others: &[&str]) -> io::Result<()> {
    let user = current_process_sid()?.to_string();
    let entries: String = [&*user].iter().chain(others).map(|whom| format!("(A;OICI;FA;;;{whom})")).collect();
    let descriptor: LocalBox<SecurityDescriptor> = format!("D:P{entries}").parse()?;
    let parts = SecurityInformation::Dacl | SecurityInformation::ProtectedDacl;
    SetNamedSecurityInfo(directory, SE_FILE_OBJECT, parts, None, None, descriptor.dacl(), None)
}

/// What has to be known of a file: whose it is, and who is let in.
fn asked() -> SecurityInformation {
    SecurityInformation::Owner | SecurityInformation::Dacl
}

/// Whether it is the user's (or made with an administrator's rights), and lets in nobody else, but for the system and its
/// administrators, whom no list keeps out.
fn is_closed(descriptor: &SecurityDescriptor) -> io::Result<bool> {
    let user = current_process_sid()?;
    let others = OTHERS.iter().map(|text| text.parse()).collect::<io::Result<Vec<LocalBox<Sid>>>>()?;
    let is_known = |sid: &Sid| *sid == *user || others.iter().any(|other| *sid == **other);
    // Whose a file is can change who is let in.
    if !descriptor.owner().is_some_and(is_known) {
        return Ok(false);
    }
    let text = ConvertSecurityDescriptorToStringSecurityDescriptor(descriptor, SecurityInformation::Dacl)?;
    let text = text.to_string_lossy();
    let is_let_in = |whom: &str| whom.parse::<LocalBox<Sid>>().is_ok_and(|sid| is_known(&sid));
    Ok(sddl::let_in(&text).is_some_and(|all| all.into_iter().all(is_let_in)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(list: &str) -> LocalBox<SecurityDescriptor> {
        let user = current_process_sid().expect("a user");
        format!("O:{user}{}", list.replace("ME", &user.to_string())).parse().expect("a descriptor")
    }

    #[test]
    fn nobody_else_is_let_in() {
        for (list, expected) in [
            ("D:P(A;OICI;FA;;;ME)", true),
            ("D:P(A;;FA;;;ME)(A;;FA;;;SY)(A;;FA;;;BA)", true),
            ("D:(A;;FA;;;ME)(A;ID;FR;;;BU)", false),
            ("D:(A;;FA;;;ME)(A;;FR;;;WD)", false),
            ("D:(D;;FA;;;WD)(A;;FA;;;ME)", true),
            ("D:P", true),
            ("", false),
        ] {
            assert_eq!(is_closed(&descriptor(list)).expect("asked"), expected, "{list}");
        }
        let others: LocalBox<SecurityDescriptor> = "O:BUD:P(A;;FA;;;SY)".parse().expect("a descriptor");
        assert!(!is_closed(&others).expect("asked"), "whose it is counts");
    }

    #[test]
    fn what_is_made_is_private() {
        let dir = tempfile::tempdir().expect("a directory");
        let below = dir.path().join("a/b");
        keep_private(&below).expect("private");
        let file = File::create(below.join("c")).expect("made");
        check_private(&below, &file).expect("private");
        assert!(!is_exposed(&file).expect("asked"));
    }
}
