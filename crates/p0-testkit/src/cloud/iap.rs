//! A stand-in for Google's Identity-Aware Proxy, for the real `gcloud`: it takes any token, and carries connections to an
//! [`Sshd`]. What the real one says when it refuses is in the reasons of the WebSocket's end
//! (<https://cloud.google.com/iap/docs/faq>).

use crate::{Running, Sshd, TestEnv, need::Need, tls};
use std::{fs, path::PathBuf};

/// The name of the relay.
const RELAY: &str = "tunnel.cloudproxy.app";
/// What it is run by.
pub const NEEDS: [Need; 1] = [Need::Program("python3")];

/// The relay, and the proxy by which the real `gcloud` comes to it. It ends when this is dropped.
#[derive(Debug)]
pub struct Iap {
    running: Running,
    refusals: PathBuf,
}

impl Iap {
    /// Starts one, and leads the real `gcloud` of this environment to it, which comes with this token and needs no account.
    #[track_caller]
    pub fn start(env: &mut TestEnv, sshd: &Sshd, token: &str) -> Self {
        let identity = rcgen::generate_simple_self_signed([RELAY.to_owned()]).expect("a self-signed certificate");
        let certificate = env.write("iap/certificate.pem", &tls::pem("CERTIFICATE", identity.cert.der()));
        let key = env.write("iap/key.pem", &tls::pem("PRIVATE KEY", &identity.signing_key.serialize_der()));
        let script = env.write("iap/iap.py", include_str!("iap.py"));
        let refusals = script.with_file_name("refusals");
        fs::create_dir(&refusals).expect("a directory for the stand-in");
        let server = env.run("python3").arg(script).arg(&certificate).arg(key).arg(sshd.port().to_string());
        let running = server.arg(&refusals).spawn();
        let told = running.wait_for_stdout("\n");
        let port = told.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("the relay said {told:?}"));
        let token = env.write("iap/token", token);
        env.set("CLOUDSDK_PROXY_TYPE", "http")
            .set("CLOUDSDK_PROXY_ADDRESS", "127.0.0.1")
            .set("CLOUDSDK_PROXY_PORT", port);
        env.set("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", certificate).set("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", token);
        // It is nobody's business what is done here.
        env.set("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true");
        Self { running, refusals }
    }

    /// Refuses the next connection, after those that are refused already.
    pub fn refuse_next(&self, code: u16, reason: &str) {
        let count = fs::read_dir(&self.refusals).expect("a directory of the stand-in").count();
        fs::write(self.refusals.join(format!("{count:03}")), format!("{code} {reason}")).expect("a refusal");
    }

    /// What was asked for so far: for each connection the request's line, and the token.
    pub fn calls(&self) -> Vec<String> {
        let log = String::from_utf8_lossy(&self.running.process.state.lock().stderr).into_owned();
        log.lines().filter(|line| line.starts_with("GET ")).map(str::to_owned).collect()
    }
}
