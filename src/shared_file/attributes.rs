//! What a new file needs to take the place of an old one unnoticed: owner, mode, access list and extended attributes.

use std::{
    fs::{File, Metadata},
    io,
    os::unix::fs::{MetadataExt, fchown},
    path::Path,
};

/// Gives a new file the attributes of the old one.
pub(super) fn copy(path: &Path, old: &Metadata, new: &File) -> io::Result<()> {
    let is = new.metadata()?;
    if (is.uid(), is.gid()) != (old.uid(), old.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid()))?;
    }
    extended::copy(path, new)?;
    new.set_permissions(old.permissions())
}

/// POSIX access lists, SELinux labels and the user's own attributes are extended attributes.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
mod extended {
    use rustix::{
        fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr},
        io::Errno,
    };
    use std::{collections::BTreeMap, fs::File, io, os::fd::AsFd, path::Path};

    /// The longest list of names, and the longest value, of Linux (xattr(7)).
    const LONGEST: usize = 64 * 1024;

    pub(super) fn copy(path: &Path, new: &File) -> io::Result<()> {
        let wanted = match File::open(path) {
            Ok(old) => all(&old)?,
            Err(error) => return Err(error),
        };
        let there = all(new)?;
        for (name, value) in &wanted {
            if there.get(name) != Some(value) {
                fsetxattr(new, name.as_slice(), value, XattrFlags::empty())?;
            }
        }
        // A directory can give new files a list of its own.
        for name in there.keys().filter(|name| !wanted.contains_key(*name)) {
            fremovexattr(new, name.as_slice())?;
        }
        Ok(())
    }

    fn all(file: impl AsFd) -> io::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        let mut names = vec![0; LONGEST];
        let length = match flistxattr(&file, &mut names[..]) {
            Err(Errno::NOTSUP) => return Ok(BTreeMap::new()),
            listed => listed?,
        };
        let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
        let mut value = vec![0; LONGEST];
        names
            .map(|name| {
                let length = fgetxattr(&file, name, &mut value[..])?;
                Ok((name.to_vec(), value[..length].to_vec()))
            })
            .collect()
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
mod extended {
    use std::{fs::File, io, path::Path};

    pub(super) fn copy(_path: &Path, _new: &File) -> io::Result<()> {
        Ok(())
    }
}
