//! Which certificate authorities are trusted, and whether the variables that name them are usable.

use crate::Error;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Which certificate authorities are trusted.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The system's. As in OpenSSL, `cert_file` replaces the system's file of certificates and `cert_dirs` its
    /// directories. On Windows and macOS, which have no such files, these are trusted in addition.
    System {
        /// `SSL_CERT_FILE`: a file of certificates (PEM).
        cert_file: Option<PathBuf>,
        /// `SSL_CERT_DIR`: directories of such files.
        cert_dirs: Option<Vec<PathBuf>>,
    },
    /// Only those in a file.
    Only {
        /// The file of certificates (PEM).
        file: PathBuf,
        /// The variable that names the file.
        variable: &'static str,
    },
}

impl Default for Trust {
    fn default() -> Self {
        Self::System { cert_file: None, cert_dirs: None }
    }
}

impl Trust {
    /// Checks that each variable names at least one certificate. Without this check, the handshake could only say that the
    /// server is not trusted. As in OpenSSL, some of the directories may be missing.
    ///
    /// # Errors
    /// [`Error::TrustVariable`].
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::System { cert_file, cert_dirs } => {
                if let Some(file) = cert_file {
                    check_file("SSL_CERT_FILE", file)?;
                }
                cert_dirs.as_deref().map_or(Ok(()), |dirs| check_dirs("SSL_CERT_DIR", dirs))
            }
            Self::Only { file, variable } => check_file(variable, file),
        }
    }
}

fn check_file(variable: &'static str, file: &Path) -> Result<(), Error> {
    has_certificate(file)
        .and_then(|has| if has { Ok(()) } else { Err(no_certificate()) })
        .map_err(wrong(variable, file))
}

fn check_dirs(variable: &'static str, dirs: &[PathBuf]) -> Result<(), Error> {
    let mut first_error = None;
    for dir in dirs {
        match dir_has_certificate(dir) {
            Ok(true) => return Ok(()),
            Ok(false) => first_error = first_error.or_else(|| Some(wrong(variable, dir)(no_certificate()))),
            Err(error) => first_error = first_error.or_else(|| Some(wrong(variable, dir)(error))),
        }
    }
    first_error.map_or(Ok(()), Err)
}

fn wrong(variable: &'static str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| Error::TrustVariable { variable, path: path.to_owned(), reason: error.to_string() }
}

fn no_certificate() -> io::Error {
    io::Error::other("there is no certificate in PEM format in it")
}

/// Reads a file up to its first certificate.
fn has_certificate(file: &Path) -> io::Result<bool> {
    // Opening a pipe could wait forever, and what is read from it here would be missing in the handshake.
    if !fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    // Opened here, because the library's error does not contain the system's.
    let file = io::BufReader::new(fs::File::open(file)?);
    Ok(CertificateDer::pem_reader_iter(file).any(|certificate| certificate.is_ok()))
}

fn dir_has_certificate(dir: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(dir)? {
        if has_certificate(&entry?.path()).unwrap_or(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "a comment\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    #[test]
    fn unusable_variable_is_named_with_its_path() {
        let dir = tempfile::tempdir().expect("a directory");
        let (absent, empty) = (dir.path().join("absent"), dir.path().join("empty.pem"));
        fs::write(&empty, "").expect("written");
        let file = |path: &Path| Trust::System { cert_file: Some(path.to_owned()), cert_dirs: None };
        let dirs = |paths: &[&Path]| Trust::System {
            cert_file: None,
            cert_dirs: Some(paths.iter().map(|path| path.to_path_buf()).collect()),
        };
        let only = Trust::Only { file: absent.clone(), variable: "AWS_CA_BUNDLE" };
        let missing = "No such file or directory (os error 2)";
        let none = "there is no certificate in PEM format in it";
        for (trust, variable, path, reason) in [
            (file(&absent), "SSL_CERT_FILE", absent.as_path(), missing),
            (file(&empty), "SSL_CERT_FILE", &empty, none),
            (file(dir.path()), "SSL_CERT_FILE", dir.path(), "it is not a file"),
            (file(Path::new("/dev/null")), "SSL_CERT_FILE", Path::new("/dev/null"), "it is not a file"),
            (dirs(&[&absent, dir.path()]), "SSL_CERT_DIR", &absent, missing),
            (dirs(&[dir.path(), &absent]), "SSL_CERT_DIR", dir.path(), none),
            (only, "AWS_CA_BUNDLE", &absent, missing),
        ] {
            let error = trust.check().expect_err("unusable").to_string();
            assert_eq!(error, format!("Cannot read certificates for {variable} from {}: {reason}.", path.display()));
        }
    }

    #[test]
    fn one_directory_with_a_certificate_is_enough() {
        let dir = tempfile::tempdir().expect("a directory");
        let (file, absent) = (dir.path().join("company"), dir.path().join("absent"));
        fs::write(&file, CERTIFICATE).expect("written");
        let trust = Trust::System { cert_file: Some(file), cert_dirs: Some(vec![absent, dir.path().to_owned()]) };
        trust.check().expect("usable");
        Trust::default().check().expect("nothing is named");
    }
}
