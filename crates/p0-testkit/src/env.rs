//! A home of its own for each test: directories, variables and tools, and nothing of the machine's user.

use crate::{FakeBrowser, Invocation, Service, need};
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A private home with a cleared environment, in which programs run. It is deleted when dropped.
#[derive(Debug)]
pub struct TestEnv {
    root: TempDir,
    program: PathBuf,
    vars: BTreeMap<OsString, OsString>,
}

impl TestEnv {
    /// A fresh one for this binary: `env!("CARGO_BIN_EXE_p0")`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let root = tempfile::Builder::new().prefix("p0-test-").tempdir().expect("a directory for the test");
        let mut env = Self { root, program: program.into(), vars: BTreeMap::new() };
        for directory in ["home", "config", "data", "state", "cache", "run", "tmp", "bin", "work"] {
            fs::DirBuilder::new().mode(0o700).create(env.path(directory)).expect("a directory for the test");
        }
        for (name, directory) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
            ("TMPDIR", "tmp"),
        ] {
            let path = env.path(directory);
            env.set(name, path);
        }
        for (name, value) in [
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("USER", "tester"),
            ("LOGNAME", "tester"),
            // A test that names no service reaches none, least of all the real one.
            ("P0_APP_URL", "http://127.0.0.1:9"),
            // The keyrings belong to the machine's user; a test that is about them sets this itself.
            ("P0_SECRET_STORE", "file"),
        ] {
            env.set(name, value);
        }
        let directories = [env.bin_dir()].into_iter().chain(need::program_directories());
        env.set("PATH", std::env::join_paths(directories).expect("no directory has a colon in its name"));
        env
    }

    /// Sets a variable for every run.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.vars.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Takes a variable away from every run.
    pub fn unset(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.vars.remove(name.as_ref());
        self
    }

    /// Names this service to every run: `P0_APP_URL` and `P0_ORG`.
    pub fn use_service(&mut self, service: &Service) -> &mut Self {
        self.set("P0_APP_URL", service.url().as_str().trim_end_matches('/')).set("P0_ORG", service.org())
    }

    /// The variables of every run.
    pub fn vars(&self) -> &BTreeMap<OsString, OsString> {
        &self.vars
    }

    /// `p0` with these arguments.
    pub fn p0(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.run(&self.program).args(args)
    }

    /// Another program in the same environment, found by `PATH` unless it is a path.
    pub fn run(&self, program: impl AsRef<OsStr>) -> Invocation {
        Invocation::new(self.command(program))
    }

    /// The command itself, for what starts it in its own way.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.vars).current_dir(self.work_dir());
        command
    }

    /// Starts a service with this configuration; see [`Service::start`].
    #[track_caller]
    pub fn serve(&self, config: &str) -> Service {
        Service::start(self, config)
    }

    /// A browser that signs in as this user whenever a program opens one, by `BROWSER`; see [`FakeBrowser`].
    pub fn browse_as(&mut self, email: &str, password: &str) -> FakeBrowser {
        FakeBrowser::start(self, email, password)
    }

    /// Puts a fake tool into `PATH`: an executable file with this text, such as a shell script. Its path.
    pub fn tool(&self, name: &str, text: &str) -> PathBuf {
        let path = self.bin_dir().join(name);
        self.write_mode(&path, text, 0o755);
        path
    }

    /// Writes a file of mode 0600, whose directory it makes where needed. A relative path is under [`Self::work_dir`].
    pub fn write(&self, path: impl AsRef<Path>, text: &str) -> PathBuf {
        let path = self.work_dir().join(path);
        fs::create_dir_all(path.parent().expect("a file in a directory")).expect("the file's directory");
        self.write_mode(&path, text, 0o600);
        path
    }

    fn write_mode(&self, path: &Path, text: &str, mode: u32) {
        use std::io::Write;
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).expect("a file of the test");
    }

    /// Another binary, from now on.
    pub fn set_program(&mut self, program: impl Into<PathBuf>) -> &mut Self {
        self.program = program.into();
        self
    }

    /// The binary under test.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// `HOME`.
    pub fn home_dir(&self) -> PathBuf {
        self.path("home")
    }

    /// `XDG_CONFIG_HOME`.
    pub fn config_dir(&self) -> PathBuf {
        self.path("config")
    }

    /// `XDG_DATA_HOME`.
    pub fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// `XDG_STATE_HOME`.
    pub fn state_dir(&self) -> PathBuf {
        self.path("state")
    }

    /// `XDG_CACHE_HOME`.
    pub fn cache_dir(&self) -> PathBuf {
        self.path("cache")
    }

    /// `XDG_RUNTIME_DIR`.
    pub fn runtime_dir(&self) -> PathBuf {
        self.path("run")
    }

    /// `TMPDIR`.
    pub fn tmp_dir(&self) -> PathBuf {
        self.path("tmp")
    }

    /// The first directory of `PATH`, empty but for [`Self::tool`].
    pub fn bin_dir(&self) -> PathBuf {
        self.path("bin")
    }

    /// Where programs run, unless told otherwise.
    pub fn work_dir(&self) -> PathBuf {
        self.path("work")
    }

    /// Every file below the home and its directories, relative to their common root: what a run left behind.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut directories = vec![self.root.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).expect("a directory of the test") {
                let entry = entry.expect("an entry of a directory of the test");
                if entry.file_type().expect("the kind of an entry").is_dir() {
                    directories.push(entry.path());
                } else {
                    files.push(entry.path().strip_prefix(self.root.path()).expect("a path below the root").to_owned());
                }
            }
        }
        files.sort();
        files
    }

    /// Whether any file of the environment contains these bytes, such as a secret that is to be nowhere in clear.
    pub fn files_with(&self, bytes: &[u8]) -> Vec<PathBuf> {
        let holds = |path: &PathBuf| {
            let file = self.root.path().join(path);
            // Sockets and pipes have no content.
            file.symlink_metadata().is_ok_and(|m| m.is_file())
                && fs::read(&file).expect("a file of the test").windows(bytes.len()).any(|window| window == bytes)
        };
        self.files().into_iter().filter(holds).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_home_is_private_and_goes_away() {
        let mut env = TestEnv::new("p0");
        let home = env.home_dir();
        assert_eq!(home.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        env.set("P0_ORG", "example").unset("P0_ORG");
        let shown = env.run("sh").args(["-c", "echo $HOME; pwd; env"]).run().success();
        assert!(shown.stdout().starts_with(&format!("{}\n{}\n", home.display(), env.work_dir().display())), "{shown}");
        assert!(!shown.stdout().contains("P0_ORG"), "{shown}");
        drop(env);
        assert!(!home.try_exists().unwrap());
    }

    #[test]
    fn tools_and_files_are_found() {
        let env = TestEnv::new("p0");
        env.tool("aws", "#!/bin/sh\necho fake $1\n");
        env.run("aws").arg("sts").run().success().stdout_is("fake sts\n");
        let path = env.write("deep/er.txt", "a secret");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(env.files(), [Path::new("bin/aws"), Path::new("work/deep/er.txt")]);
        assert_eq!(env.files_with(b"secret"), [Path::new("work/deep/er.txt")]);
    }
}
