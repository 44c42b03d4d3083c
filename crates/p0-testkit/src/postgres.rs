//! A real PostgreSQL, which asks for passwords and proves who it is, as a database on Amazon RDS does.

use crate::{Output, Running, Signal, TestEnv, need::Need, tls::pem};
use std::{
    ffi::OsStr,
    fs,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// What [`Postgres`] needs of the machine.
pub const NEEDS: [Need; 3] = [Need::File(VERSIONS), Need::Program("psql"), Need::Program("setpriv")];

/// Where Debian has the server, by version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Who runs it where the test is run by root, which it refuses.
const ACCOUNT: &str = "postgres";
/// Its superuser, who needs no password at its socket.
const SUPERUSER: &str = "admin";

/// A server on the loopback, by the name of `localhost`. Users come by TLS or without, with a password. It ends when
/// dropped.
#[derive(Debug)]
pub struct Postgres {
    running: Option<Running>,
    directory: TempDir,
    port: u16,
}

impl Postgres {
    /// Starts one with an empty database `postgres`.
    #[track_caller]
    pub fn start(env: &TestEnv) -> Self {
        // Outside the test's own home, which is closed to the account that runs it.
        let directory = tempfile::Builder::new().prefix("p0-postgres-").tempdir().expect("a directory for PostgreSQL");
        let path = directory.path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a directory that is open");
        certify(path);
        if is_root() {
            let id = |flag: &str| -> u32 {
                let id = env.run("id").args([flag, ACCOUNT]).run().success();
                id.stdout().trim().parse().expect("the id of an account")
            };
            let (user, group) = (id("-u"), id("-g"));
            for file in [path.to_owned(), path.join("key.pem"), path.join("certificate.pem")] {
                chown(file, Some(user), Some(group)).expect("a file for PostgreSQL's account");
            }
        }
        let data = path.join("data");
        let options =
            ["--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"];
        let mut server = Self { running: None, port: free_port(), directory };
        server
            .program(env, "initdb")
            .args(options)
            .arg("-U")
            .arg(SUPERUSER)
            .arg("-D")
            .arg(&data)
            .run()
            .success()
            .ignore_stdout();
        let settings = [
            "listen_addresses=localhost".to_owned(),
            format!("port={}", server.port),
            format!("unix_socket_directories={}", server.directory.path().display()),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", server.certificate().display()),
            format!("ssl_key_file={}", server.directory.path().join("key.pem").display()),
            "fsync=off".to_owned(),
        ];
        let program = server.program(env, "postgres").arg("-D").arg(&data);
        let running = settings.iter().fold(program, |program, setting| program.arg("-c").arg(setting)).spawn();
        running.wait_for_stderr("ready to accept connections");
        server.running = Some(running);
        server
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate by which clients know it, in PEM.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// Where its superuser reaches it without a password.
    pub fn socket(&self) -> &Path {
        self.directory.path()
    }

    /// Runs a statement as its superuser.
    #[track_caller]
    pub fn sql(&self, env: &TestEnv, statement: &str) -> Output {
        let port = self.port.to_string();
        let command =
            env.run("psql").arg("-h").arg(self.socket()).args(["-p", &port, "-U", SUPERUSER, "-d", "postgres"]);
        command.args(["-qAtc", statement]).run().success()
    }

    /// One of its programs, by an account that it lets run it.
    fn program(&self, env: &TestEnv, name: &str) -> crate::Invocation {
        let path = newest().join("bin").join(name);
        let command = match is_root() {
            true => env.run("setpriv").args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"]).arg(path),
            false => env.run(path),
        };
        command.cwd(self.directory.path())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(running) = self.running.take().filter(|_| !std::thread::panicking()) {
            // It has children and shared memory to clear away.
            running.signal(Signal::INT);
            running.finish().success().ignore_stdout().ignore_stderr();
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The directory of the newest version.
fn newest() -> PathBuf {
    let versions = fs::read_dir(VERSIONS).expect("PostgreSQL").flatten().map(|entry| entry.path());
    let number = |path: &PathBuf| path.file_name().and_then(OsStr::to_str).and_then(|name| name.parse::<u32>().ok());
    versions.max_by_key(number).expect("a version of PostgreSQL")
}

/// A port that is free at this moment: the server takes no port of the system's choosing.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

/// A certificate for `localhost` and its key.
fn certify(directory: &Path) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(directory.join("certificate.pem"), pem("CERTIFICATE", made.cert.der())).expect("the certificate");
    let key = directory.join("key.pem");
    fs::write(&key, pem("PRIVATE KEY", &made.signing_key.serialize_der())).expect("the key");
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).expect("a private key");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::need;

    #[test]
    fn it_asks_for_a_password_and_proves_who_it_is() {
        if !need::all(&NEEDS) {
            return;
        }
        let env = TestEnv::new("p0");
        let server = Postgres::start(&env);
        server.sql(&env, "CREATE ROLE asker LOGIN PASSWORD 'right'").stdout_is("");
        let psql = |password: &str, host: &str| {
            let port = server.port().to_string();
            let command = env.run("psql").args(["-h", host, "-p", &port, "-U", "asker", "-d", "postgres"]);
            let command = command.env("PGPASSWORD", password).env("PGSSLMODE", "verify-full");
            command.env("PGSSLROOTCERT", server.certificate()).args(["-Atc", "SELECT current_user"]).run()
        };
        psql("right", "localhost").success().stdout_is("asker\n");
        psql("wrong", "localhost").code(2).stderr_has("password authentication failed");
        psql("right", "127.0.0.1").code(2).stderr_has("does not match host name");
    }
}
