//! A program that writes down its arguments: what another one makes of the words that it was given.

use std::{
    ffi::OsString,
    fs,
    os::unix::{ffi::OsStringExt, fs::OpenOptionsExt},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A program in a directory of its own, which fails whenever it is run.
#[derive(Debug)]
pub struct Recorder {
    directory: TempDir,
}

impl Recorder {
    /// A program that has not been run.
    pub fn new() -> Self {
        let recorder = Self { directory: tempfile::tempdir().expect("a directory for the test") };
        recorder.install(&recorder.program());
        recorder
    }

    /// Its directory, in which others may run it.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The program.
    pub fn program(&self) -> PathBuf {
        self.directory().join("program")
    }

    /// The same program at another place.
    pub fn install(&self, path: &Path) {
        use std::io::Write;
        let script = format!("#!/bin/sh\nprintf '%s\\0' \"$@\" > '{}'\nexit 1\n", self.words().display());
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(path);
        file.and_then(|mut file| file.write_all(script.as_bytes())).expect("a program");
    }

    /// The arguments with which it was run since this was asked last; `None` if it was not.
    pub fn said(&self) -> Option<Vec<OsString>> {
        let said = fs::read(self.words()).ok()?;
        fs::remove_file(self.words()).expect("removed");
        let words = said.split_inclusive(|byte| *byte == 0);
        Some(words.map(|word| OsString::from_vec(word.strip_suffix(b"\0").expect("its end").to_vec())).collect())
    }

    fn words(&self) -> PathBuf {
        self.directory().join("words")
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn it_says_what_it_was_given() {
        let recorder = Recorder::new();
        assert_eq!(recorder.said(), None);
        let words = ["", "a b\n", "it's"].map(OsString::from);
        assert!(!Command::new(recorder.program()).args(&words).status().expect("a program").success());
        assert_eq!(recorder.said().as_deref(), Some(&words[..]));
        assert_eq!(recorder.said(), None);
    }
}
