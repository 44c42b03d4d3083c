//! The variables that name the certificates to trust: whether there are any where they say.

use crate::Error;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Fails for a variable that names nothing with a certificate in it. The handshake would only say that the server is not
/// trusted.
///
/// # Errors
/// [`Error::TrustVariable`].
pub fn check_trust_variables(variables: &[(&'static str, PathBuf)]) -> Result<(), Error> {
    for (variable, path) in variables {
        let wrong = |reason: String| Error::TrustVariable { variable, path: path.clone(), reason };
        match has_certificate(path) {
            Ok(true) => {}
            Ok(false) => return Err(wrong("there is no certificate in PEM format in it".into())),
            Err(error) => return Err(wrong(error.to_string())),
        }
    }
    Ok(())
}

/// Whether a file, or a file in a directory, has a certificate. It is read no further than that.
fn has_certificate(path: &Path) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    if metadata.is_file() {
        return file_has_certificate(path);
    }
    if !metadata.is_dir() {
        // A pipe can be read once, and the handshake needs it.
        return Err(io::Error::other("it is neither a file nor a directory"));
    }
    for entry in fs::read_dir(path)? {
        let file = entry?.path();
        if fs::metadata(&file).is_ok_and(|metadata| metadata.is_file()) && file_has_certificate(&file).unwrap_or(false)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn file_has_certificate(path: &Path) -> io::Result<bool> {
    // Opened here, for the error of the library is not the system's.
    let file = io::BufReader::new(fs::File::open(path)?);
    Ok(CertificateDer::pem_reader_iter(file).any(|certificate| certificate.is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_without_certificates_is_named_with_its_path() {
        let dir = tempfile::tempdir().expect("a directory");
        let (absent, empty) = (dir.path().join("absent.pem"), dir.path().join("empty.pem"));
        fs::write(&empty, "").expect("written");
        fs::write(dir.path().join("other.txt"), "no certificate").expect("written");
        for (path, reason) in [
            (absent, "No such file or directory (os error 2)"),
            (empty, "there is no certificate in PEM format in it"),
            (dir.path().to_owned(), "there is no certificate in PEM format in it"),
            ("/dev/null".into(), "it is neither a file nor a directory"),
        ] {
            let error = check_trust_variables(&[("SSL_CERT_FILE", path.clone())]).expect_err("nothing there");
            let expected = format!("Cannot read certificates for SSL_CERT_FILE from {}: {reason}.", path.display());
            assert_eq!(error.to_string(), expected);
        }
        let file = dir.path().join("ca.pem");
        let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        fs::write(&file, format!("a comment\n{certificate}")).expect("written");
        check_trust_variables(&[("SSL_CERT_FILE", file), ("SSL_CERT_DIR", dir.path().to_owned())])
            .expect("both are well");
    }
}
