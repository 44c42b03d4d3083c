//! Moto, which simulates AWS: its security token service, IAM and S3, as a process of its own.

use crate::{Running, TestEnv};
use std::path::Path;
use url::Url;

/// `moto_server` of the PyPI package `moto`, on a port of the system's choosing. It ends when this is dropped.
///
/// It reads assertions without verifying them, and accepts every signature.
#[derive(Debug)]
pub struct Moto {
    running: Running,
    url: Url,
}

impl Moto {
    /// Starts one from the directory of a Python environment, and sends all calls to AWS of this environment to it.
    /// It is empty and serves every region. Resources without an account ID belong to this account.
    #[track_caller]
    pub fn start(env: &mut TestEnv, python: &Path, account: &str) -> Self {
        let server = env.run(python.join("bin/moto_server")).env("MOTO_ACCOUNT_ID", account);
        let running = server.args(["-H", "127.0.0.1", "-p", "0"]).spawn();
        let told = running.wait_for_stderr("Press CTRL+C");
        let line = told.lines().find_map(|line| line.split_once("Running on ").map(|(_, url)| url.trim()));
        let url = line.and_then(|url| Url::parse(url).ok()).unwrap_or_else(|| panic!("moto said {told:?}"));
        env.set("AWS_ENDPOINT_URL", url.as_str().trim_end_matches('/'));
        env.set("AWS_REGION", "us-east-1").set("AWS_DEFAULT_REGION", "us-east-1");
        // Nobody is to ask the machine's own metadata for credentials.
        env.set("AWS_EC2_METADATA_DISABLED", "true");
        Self { running, url }
    }

    /// The endpoint: `http://127.0.0.1:PORT/`.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The calls so far, one per line.
    pub fn calls(&self) -> Vec<String> {
        let log = String::from_utf8_lossy(&self.running.process.state.lock().stderr).into_owned();
        log.lines().filter(|line| line.contains("\" ") && line.contains("HTTP/1.1")).map(str::to_owned).collect()
    }

    /// Stops it, to simulate a lost network.
    pub fn stop(self) {
        self.running.kill_9().killed_by(9).ignore_stdout().ignore_stderr();
    }
}
