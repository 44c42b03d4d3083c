//! A disk that is full, or read-only.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// A small file system of its own, mounted over a directory. It needs root ([`crate::need::Need::Root`]), and is gone
/// when dropped.
#[derive(Debug)]
#[must_use]
pub struct Disk {
    path: PathBuf,
}

/// Its size in KiB.
const SIZE: usize = 1024;
const BALLAST: &str = ".ballast";

impl Disk {
    /// Mounts an empty disk of 1 MiB over this directory, hiding its contents. Its mode is 0700.
    pub fn small(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={SIZE}k,mode=0700"))
            .args(["tmpfs"])
            .arg(&path));
        Self { path }
    }

    /// Mounts a full disk.
    pub fn full(path: impl Into<PathBuf>) -> Self {
        let disk = Self::small(path);
        disk.fill();
        disk
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut ballast = File::create(self.path.join(BALLAST)).expect("a file on the disk");
        let piece = [0; 4096];
        let error = loop {
            if let Err(error) = ballast.write_all(&piece) {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
    }

    /// Frees the space that `fill` used.
    pub fn free(&self) {
        fs::remove_file(self.path.join(BALLAST)).expect("a disk that was full");
    }

    /// Makes the disk read-only.
    pub fn make_read_only(&self) {
        run(Command::new("mount").args(["-o", "remount,ro"]).arg(&self.path));
    }

    /// The mount point.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that still has a file open there must not keep the directory.
        let unmounted = Command::new("umount").arg("-l").arg(&self.path).status();
        if !std::thread::panicking() {
            assert!(unmounted.is_ok_and(|status| status.success()), "{} stays mounted", self.path.display());
        }
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TestEnv,
        need::{self, Need},
    };

    #[test]
    fn nothing_fits_until_there_is_room() {
        if !need::all(&[Need::Root, Need::Program("mount")]) {
            return;
        }
        let env = TestEnv::new("p0");
        let disk = Disk::full(env.state_dir());
        let file = disk.path().join("file");
        assert_eq!(fs::write(&file, "x").unwrap_err().kind(), io::ErrorKind::StorageFull);
        disk.free();
        fs::write(&file, "x").unwrap();
        disk.make_read_only();
        assert_eq!(fs::write(&file, "y").unwrap_err().kind(), io::ErrorKind::ReadOnlyFilesystem);
        drop(disk);
        assert!(!file.try_exists().unwrap());
    }
}
