//! Secrets in files for their owner alone, for those who choose it by name.

use super::{Error, SecretStore};
use crate::dirs;
use secrecy::{ExposeSecret, SecretString};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Nothing that is kept here is larger.
const LARGEST: u64 = 64 * 1024;

/// A directory with a file per entry.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
}

impl Files {
    /// The files of this directory. Nothing is opened yet.
    pub(super) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.json"))
    }
}

impl SecretStore for Files {
    fn get(&self, name: &str) -> Result<Option<SecretString>, Error> {
        let path = self.path(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, &error)),
        };
        if dirs::is_exposed(&file).map_err(|error| failed(&path, &error))? {
            return Err(Error::Exposed(path));
        }
        let mut text = String::new();
        match file.take(LARGEST).read_to_string(&mut text) {
            Ok(_) => Ok(Some(text.into())),
            // What is not even text is as damaged as any other text that is no secret of ours.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Some(SecretString::default())),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), Error> {
        let path = self.path(name);
        dirs::replace(&path, secret.expose_secret().as_bytes()).map_err(|error| failed(&path, &error))
    }

    fn delete(&self, name: &str) -> Result<(), Error> {
        let path = self.path(name);
        dirs::remove(&path).map_err(|error| failed(&path, &error))
    }
}

pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        return Error::NoRoom(path.to_owned());
    }
    Error::Other(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let files = Files::new(&dir.path().join("secrets"));
        files.set("example", &"s".into()).expect("written");
        assert!(files.get("example").expect("read").is_some());
        for mode in [0o640, 0o604, 0o660] {
            let path = files.path("example");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("opened up");
            let error = files.get("example").expect_err("exposed");
            assert!(matches!(&error, Error::Exposed(exposed) if *exposed == path), "{mode:o}: {error}");
            let failure = super::super::failure(super::super::Kind::File, &error);
            assert!(failure.message.contains("can be read by others"), "{failure:?}");
            assert!(failure.hints[0].contains("chmod 600"), "{failure:?}");
        }
        files.set("example", &"t".into()).expect("replaced by a file of its own");
        assert!(files.get("example").expect("read").is_some());
    }

    #[test]
    fn what_cannot_be_written_says_which_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let blocked = dir.path().join("secrets");
        std::fs::write(&blocked, "a file where the directory should be").expect("written");
        let error = Files::new(&blocked).set("example", &"s".into()).expect_err("no directory");
        assert!(error.to_string().contains("example.json"), "{error}");
    }
}
