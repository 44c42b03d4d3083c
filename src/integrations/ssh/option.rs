//! Options of `ssh` whose value is a path: quoted, so that `ssh` reads it as it is.

use super::names::BadName;
use std::path::Path;

/// `-o Name="path"`, as two words. `ssh` splits values at blanks unless they are quoted, and expands `%`
/// (ssh_config(5), TOKENS); quotes, and `${` of ENVIRONMENT VARIABLES, can not be escaped in all of its versions.
///
/// # Errors
/// The path is not text, or has something in it that cannot be escaped.
pub fn path(name: &str, path: &Path) -> Result<[String; 2], BadName> {
    let bad = || BadName::new("a path that ssh could not read", &path.to_string_lossy());
    let text = path.to_str().ok_or_else(bad)?;
    // `ssh` for Windows takes slashes, and a backslash could be taken for an escape.
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
    if text.contains("${") || text.chars().any(|c| matches!(c, '"' | '\\') || c.is_control()) {
        return Err(bad());
    }
    Ok(["-o".into(), format!("{name}=\"{}\"", text.replace('%', "%%"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is() {
        let of = |text: &str| path("CertificateFile", Path::new(text)).map(|[_, option]| option);
        assert_eq!(of("/run/user/1000/p0/cert").as_deref(), Ok("CertificateFile=\"/run/user/1000/p0/cert\""));
        assert_eq!(of("/a b/%h/it's").as_deref(), Ok("CertificateFile=\"/a b/%%h/it's\""));
        for bad in ["/a\"b", "/a\nb", "/${HOME}/x", "/a\u{1b}b"] {
            assert!(of(bad).is_err(), "{bad:?}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let raw = Path::new(std::ffi::OsStr::from_bytes(b"/a\xffb"));
            assert!(path("IdentityFile", raw).is_err());
        }
    }
}
