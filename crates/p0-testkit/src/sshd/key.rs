//! Keys of users and hosts, made and signed by `ssh-keygen`.

use super::KeyGen;
use crate::TestEnv;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// An Ed25519 key without a passphrase: a file, and beside it its public half and, once it is signed, its certificate.
#[derive(Debug)]
pub struct Key {
    path: PathBuf,
    public: String,
    keygen: KeyGen,
}

impl Key {
    /// Makes one, under [`TestEnv::work_dir`].
    #[track_caller]
    pub fn new(env: &TestEnv, name: &str) -> Self {
        let path = env.work_dir().join(format!("{name}.key"));
        let keygen = KeyGen { env: env.vars().clone() };
        keygen.generate(&path);
        Self { public: public_half(&path), path, keygen }
    }

    /// The private half's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The public half: type and base64, as in `authorized_keys`.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Where `ssh` looks for the certificate that belongs to the key.
    pub fn certificate_path(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push("-cert.pub");
        path.into()
    }

    /// Stores a certificate for this key that another authority signed.
    pub fn keep_certificate(&self, certificate: &str) {
        fs::write(self.certificate_path(), format!("{}\n", certificate.trim_end())).expect("the certificate's file");
    }

    /// Takes the certificate away.
    pub fn forget_certificate(&self) {
        fs::remove_file(self.certificate_path()).expect("a certificate");
    }

    /// Certifies another key for these users, as an authority. `validity` is as for `ssh-keygen -V`, such as `-5m:+1h`.
    #[track_caller]
    pub fn certify(&self, key: &Self, users: &str, validity: &str) {
        let mut public = key.path.clone().into_os_string();
        public.push(".pub");
        let mut command = self.keygen.command();
        command.arg("-s").arg(&self.path).args(["-I", "a test", "-n", users, "-V", validity]).arg(public);
        run(&mut command);
    }
}

/// The public half of the key in this file: type and base64.
pub(super) fn public_half(path: &Path) -> String {
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    let line = fs::read_to_string(public).expect("a public key");
    line.split(' ').take(2).collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

impl KeyGen {
    fn command(&self) -> Command {
        let mut command = Command::new("ssh-keygen");
        command.env_clear().envs(&self.env).arg("-q");
        command
    }

    /// Makes a key in this file.
    #[track_caller]
    pub(super) fn generate(&self, path: &Path) {
        run(self.command().args(["-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(path));
    }
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().expect("ssh-keygen");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
