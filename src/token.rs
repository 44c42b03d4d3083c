//! A token from elsewhere, such as a CI job's: it stands for a session, and is used as it is.

use crate::{
    dirs,
    error::{Failure, Kind},
};
use secrecy::SecretString;
use std::{
    io::{self, IsTerminal, Read},
    path::Path,
};

/// No token is larger, in bytes.
const LARGEST: u64 = 64 * 1024;

/// A token, and where it is from.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// The bearer token (RFC 6750), as it stands.
    pub token: SecretString,
    /// What gave it: the variable or the option.
    pub from: &'static str,
}

impl ApiToken {
    /// The token that the option names, else that of the environment. It is never an argument itself: those are seen by
    /// everybody on the machine.
    pub fn resolve(file: Option<&Path>, variable: Option<&SecretString>) -> Result<Option<Self>, Failure> {
        let Some(path) = file else {
            return Ok(variable.map(|token| Self { token: token.clone(), from: "P0_API_TOKEN" }));
        };
        let text = if path.as_os_str() == "-" { from_stdin()? } else { from_file(path)? };
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            // What it holds instead could be another secret, so it is not quoted.
            let what = if path.as_os_str() == "-" { "stdin".into() } else { path.display().to_string() };
            return Err(Failure::new(Kind::NotSignedIn, format!("There is no token in {what}."))
                .hint("--token-file takes a text that is one token, without spaces."));
        }
        Ok(Some(Self { token: token.into(), from: "--token-file" }))
    }
}

fn from_stdin() -> Result<String, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::usage("--token-file - reads a token from stdin, which is a terminal.")
            .hint("A terminal would show it. Use a pipe, such as: get-token | p0 --token-file - status"));
    }
    read(stdin.lock()).map_err(|error| Failure::error(format!("Cannot read a token from stdin: {error}")))
}

fn from_file(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let cannot = |error: io::Error| Failure::error(format!("Cannot read the token in {shown}: {error}"));
    let file = dirs::open_at_once(path).map_err(cannot)?;
    if dirs::is_exposed(&file).map_err(cannot)? {
        return Err(Failure::error(format!("{shown} can be read by others, so the token in it is not used."))
            .hint(format!("If only you have read it: {}", dirs::hiding(path)))
            .hint("Where its mode cannot be changed: p0 --token-file - <command> < FILE"));
    }
    read(file).map_err(cannot)
}

/// The text, of which no more is read than a token can have.
fn read(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {LARGEST} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::path::PathBuf;

    fn written(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("token");
        dirs::replace(&path, text).expect("written");
        (dir, path)
    }

    fn from_file(path: &Path) -> Result<ApiToken, Failure> {
        ApiToken::resolve(Some(path), Some(&"of-the-environment".into())).map(|token| token.expect("a token"))
    }

    #[test]
    fn the_option_goes_before_the_variable() {
        let (_dir, path) = written(b" e30.e30.x_-~+/= \r\n");
        let token = from_file(&path).expect("a token");
        assert_eq!((token.token.expose_secret(), token.from), ("e30.e30.x_-~+/=", "--token-file"));
        assert!(!format!("{token:?}").contains("e30"), "{token:?}");
        let token = ApiToken::resolve(None, Some(&"of-the-environment".into())).expect("no error").expect("a token");
        assert_eq!((token.token.expose_secret(), token.from), ("of-the-environment", "P0_API_TOKEN"));
        assert!(ApiToken::resolve(None, None).expect("no error").is_none());
    }

    #[test]
    fn what_is_no_token_is_refused_and_not_quoted() {
        for text in [&b""[..], b" \n", b"two words", b"a\0b", "d\u{e9}j\u{e0}".as_bytes()] {
            let (_dir, path) = written(text);
            let failure = from_file(&path).expect_err("no token");
            assert_eq!(failure.kind, Kind::NotSignedIn);
            assert_eq!(failure.message, format!("There is no token in {}.", path.display()));
        }
        for text in [&b"\xff\xfe"[..], &[b'a'; 70_000]] {
            let (_dir, path) = written(text);
            let failure = from_file(&path).expect_err("no token");
            assert!(failure.message.starts_with("Cannot read the token in "), "{failure}");
        }
        let failure = from_file(Path::new("/nowhere/token")).expect_err("no file");
        assert!(failure.message.starts_with("Cannot read the token in /nowhere/token: "), "{failure}");
    }

    #[cfg(unix)]
    #[test]
    fn named_pipe_without_a_writer_holds_no_token() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&path).status().expect("mkfifo");
        assert!(made.success());
        let failure = from_file(&path).expect_err("no token");
        assert_eq!(failure.message, format!("There is no token in {}.", path.display()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn token_is_read_from_a_process_substitution() {
        use std::{io::Write, os::fd::AsRawFd};
        let (reader, mut writer) = io::pipe().expect("a pipe");
        writer.write_all(b"e30.e30.x").expect("written");
        drop(writer);
        let token = from_file(Path::new(&format!("/proc/self/fd/{}", reader.as_raw_fd()))).expect("a token");
        assert_eq!(token.token.expose_secret(), "e30.e30.x");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, path) = written(b"token");
        for mode in [0o640, 0o604] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("opened up");
            let failure = from_file(&path).expect_err("exposed");
            assert!(failure.message.ends_with("can be read by others, so the token in it is not used."), "{failure}");
            assert!(failure.hints[0].contains("chmod 600"), "{failure:?}");
        }
    }
}
