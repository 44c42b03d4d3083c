//! The real service, as a process of its own, that can be killed and come back.

use crate::{Browser, Output, Running, Signal, TestEnv, sign_in};
use std::{fs, path::PathBuf};
use url::Url;

/// `p0 serve` on a port of the system's choosing, which it keeps across restarts.
///
/// Its stderr is its log, and free; but if that tells of a panic when the handle is dropped, the test fails.
#[derive(Debug)]
pub struct Service {
    /// As configured, but for the port.
    config: toml::Table,
    path: PathBuf,
    start: Start,
    url: Url,
    org: String,
    running: Option<Running>,
}

/// How it is started, again and again.
#[derive(Debug)]
struct Start {
    program: PathBuf,
    vars: Vec<(std::ffi::OsString, std::ffi::OsString)>,
    directory: PathBuf,
}

impl Service {
    /// Starts one in this environment. `config` is its TOML configuration; what `listen` says there is replaced.
    #[track_caller]
    pub fn start(env: &TestEnv, config: &str) -> Self {
        let config: toml::Table = config.parse().unwrap_or_else(|error| panic!("a configuration: {error}\n{config}"));
        let path = (1..)
            .map(|n| env.work_dir().join(format!("service-{n}.toml")))
            .find(|path| path.symlink_metadata().is_err())
            .expect("a name that is free");
        let vars = env.vars().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let start = Start { program: env.program().to_owned(), vars, directory: env.work_dir() };
        let url = Url::parse("http://127.0.0.1:0/").expect("a URL of the loopback");
        let mut service = Self { config, path, start, url, org: String::new(), running: None };
        service.restart();
        service
    }

    /// Where it is: `http://127.0.0.1:PORT/`.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The organisation's slug.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// The process id.
    #[track_caller]
    pub fn id(&self) -> u32 {
        self.running.as_ref().expect("a service that runs").id()
    }

    /// What it has logged since its last start.
    #[track_caller]
    pub fn log(&self) -> String {
        let running = self.running.as_ref().expect("a service that runs");
        String::from_utf8_lossy(&running.process.state.lock().stderr).into_owned()
    }

    /// Waits until its log contains this; all of it since its last start.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) -> String {
        self.running.as_ref().expect("a service that runs").wait_for_stderr(text)
    }

    /// Changes its configuration, from the next start on.
    pub fn configure(&mut self, change: impl FnOnce(&mut toml::Table)) {
        change(&mut self.config);
    }

    /// Kills it, as a crash or a power cut would: nothing in it runs any more.
    #[track_caller]
    pub fn kill_9(&mut self) {
        let running = self.running.take().expect("a service that runs");
        let output = running.kill_9().killed_by(9).ignore_stdout();
        check(&output);
    }

    /// Asks it to end (SIGTERM), and waits for that.
    #[track_caller]
    pub fn stop(&mut self) -> Output {
        let running = self.running.take().expect("a service that runs");
        running.signal(Signal::TERM);
        let output = running.finish().ignore_stdout();
        check(&output);
        output
    }

    /// Starts it again, at the same address; stops it before if it runs.
    #[track_caller]
    pub fn restart(&mut self) {
        if self.running.is_some() {
            self.stop().success();
        }
        let port = self.url.port().unwrap_or_default();
        self.config.insert("listen".into(), format!("127.0.0.1:{port}").into());
        fs::write(&self.path, self.config.to_string()).expect("the service's configuration");
        let mut command = std::process::Command::new(&self.start.program);
        command
            .env_clear()
            .envs(self.start.vars.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.start.directory)
            .args(["serve", "--config"])
            .arg(&self.path);
        let running = crate::Invocation::new(command).spawn();
        let line = running.wait_for_stdout("\n");
        (self.org, self.url) = announced(&line).unwrap_or_else(|| panic!("the service said {line:?}"));
        self.running = Some(running);
    }

    /// An access token of this user, got as a person would: in a browser, with the password.
    #[track_caller]
    pub fn access_token(&self, email: &str, password: &str) -> String {
        sign_in::access_token(&mut Browser::new(), &self.url, &self.org, email, password)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if self.running.is_some() && !std::thread::panicking() {
            self.kill_9();
        }
    }
}

#[track_caller]
fn check(output: &Output) {
    if output.stderr().contains("panicked at") {
        output.fail("the service panicked");
    }
}

/// Reads `Serving organisation <org> at <url>`.
fn announced(line: &str) -> Option<(String, Url)> {
    let (org, url) = line.lines().next()?.strip_prefix("Serving organisation ")?.split_once(" at ")?;
    Some((org.to_owned(), Url::parse(url).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Announces itself, logs its configuration, and ends when it is told to.
    const SERVE: &str = r#"#!/bin/sh
trap 'exit 0' TERM
listen=$(sed -n 's/^listen = "127.0.0.1:\(.*\)"/\1/p' "$3")
[ "$listen" != 0 ] || listen=4711
echo "Serving organisation example at http://127.0.0.1:$listen"
cat "$3" >&2
while :; do sleep 0.05; done
"#;

    fn env() -> TestEnv {
        let mut env = TestEnv::new("");
        let program = env.tool("p0", SERVE);
        env.set_program(program);
        env
    }

    #[test]
    fn it_keeps_its_port_and_its_configuration() {
        let env = env();
        let mut service = env.serve("listen = \"0.0.0.0:80\"\n[store]\nkind = \"memory\"\n");
        assert_eq!((service.org(), service.url().as_str()), ("example", "http://127.0.0.1:4711/"));
        service.wait_for_log("kind = \"memory\"");
        service.kill_9();
        service.restart();
        assert_eq!(service.url().port(), Some(4711));
        assert!(service.wait_for_log("memory").contains("listen = \"127.0.0.1:4711\""));
        service.stop().success();
    }

    #[test]
    #[should_panic(expected = "the service panicked")]
    fn a_panic_in_its_log_fails_the_test() {
        let env = env();
        let mut service = env.serve("");
        service.configure(|config| drop(config.insert("note".into(), "thread 'main' panicked at".into())));
        service.restart();
        service.wait_for_log("panicked");
    }

    #[test]
    fn its_first_line_says_where_it_is() {
        let (org, url) = announced("Serving organisation a-b at http://127.0.0.1:8484\n").unwrap();
        assert_eq!((org.as_str(), url.port()), ("a-b", Some(8484)));
        assert_eq!(announced("error: the port is taken\n"), None);
    }
}
