//! The path on this machine, checked before access is requested. What scp itself would refuse is refused here, and no more.

use crate::{dirs, error::Failure};
use std::{fs, io, path::Path};

/// Makes sure that scp can read what it is to copy.
pub(super) fn check_source(path: &Path, recursive: bool) -> Result<(), Failure> {
    let cannot = |why: &dyn std::fmt::Display| Failure::error(format!("Cannot copy '{}': {why}", path.display()));
    let metadata = fs::metadata(path).map_err(|error| cannot(&error))?;
    if metadata.is_dir() && !recursive {
        return Err(cannot(&"it is a directory").hint("To copy it with all that it contains, add -r."));
    }
    if !metadata.is_dir() && !metadata.is_file() {
        return Err(cannot(&dirs::not_regular()));
    }
    dirs::check_readable(path).map_err(|error| cannot(&error))
}

/// Makes sure that scp can write to where it is to copy.
pub(super) fn check_target(path: &Path) -> Result<(), Failure> {
    let cannot = |error: io::Error| Failure::error(format!("Cannot copy to '{}': {error}", path.display()));
    match fs::metadata(path) {
        Ok(metadata) if is_pipe_or_socket(&metadata) => Err(cannot(dirs::not_regular())),
        Ok(_) => dirs::check_writable(path).map_err(cannot),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cannot(error)),
        // Only a directory can have this name.
        Err(error) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => Err(cannot(error)),
        Err(_) => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            match fs::metadata(parent) {
                Ok(metadata) if metadata.is_dir() => dirs::check_writable(parent).map_err(cannot),
                Ok(_) => Err(cannot(io::ErrorKind::NotADirectory.into())),
                Err(error) => Err(cannot(error)),
            }
        }
    }
}

#[cfg(unix)]
fn is_pipe_or_socket(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo() || metadata.file_type().is_socket()
}

#[cfg(not(unix))]
fn is_pipe_or_socket(_metadata: &fs::Metadata) -> bool {
    false
}
