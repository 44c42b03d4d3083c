//! A service for the tests of this module: it answers each call by a function.

use crate::{
    dirs::Dirs,
    env_vars::EnvVars,
    global_args::GlobalArgs,
    session::{
        deps::{Deps, session_store},
        store::Session,
    },
    settings::{Origin, SecretStore, Settings},
    ui::Ui,
};
use p0_client::{Http, HttpOptions};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::Arc,
    thread,
};
use url::Url;

/// What a stub answers: a status and a body.
pub type Answer = (u16, String);

/// A document, as an answer.
pub fn json(status: u16, document: &Value) -> Answer {
    (status, document.to_string())
}

/// Starts a service. The function is given the method and target, and the body.
pub fn serve(answer: impl Fn(&str, &str) -> Answer + Send + Sync + 'static) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = Url::parse(&format!("http://{}", listener.local_addr().expect("an address"))).expect("an address");
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, answer) = (stream.expect("a connection"), Arc::clone(&answer));
            thread::spawn(move || talk(stream, answer.as_ref()));
        }
    });
    url
}

/// One call on one connection.
fn talk(mut stream: TcpStream, answer: &dyn Fn(&str, &str) -> Answer) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let (head, body) = loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        }
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
            // A connection that was opened in advance and not used.
            _ => return,
        }
    };
    let line = head.lines().next().unwrap_or_default();
    let (status, body) = answer(line.trim_end_matches(" HTTP/1.1"), &body);
    let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
    // Whoever called may have given up.
    drop(write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ));
}

pub fn http() -> Http {
    Http::new(HttpOptions::new("P0 CLI/0 (test; test; test)"))
}

/// What sessions use, for a process that looks up organisations there and that nobody sits at.
pub fn deps(home: &Path, lookup: &Url) -> Arc<Deps> {
    let env = EnvVars::default();
    let ui = Ui::new(&GlobalArgs { quiet: true, no_input: true, ..Default::default() }, &env);
    let settings = Settings {
        pass_token: false,
        org: None,
        org_origin: Origin::Default,
        app_url: Some(lookup.clone()),
        warnings: Vec::new(),
        secret_store: SecretStore::File,
        secret_store_origin: Origin::Environment,
        ssh: crate::integrations::ssh::provider::SshSettings::default(),
        ssh_hosts: Vec::new(),
        ssh_key_type: crate::integrations::ssh::key::KeyType::default(),
        api_token: None,
        token_file: None,
        browser: None,
    };
    let dirs = Dirs::within(home);
    let store = session_store(&dirs, &settings, &env, &ui);
    Arc::new(Deps { env, settings, dirs, ui, store, http: Arc::new(http()) })
}

/// Keeps a session with `example`, as a process that has signed in does.
pub async fn keep(home: &Path, lookup: &Url, session: &Session) {
    let deps = deps(home, lookup);
    let lock = deps.lock("example").await.expect("the lock");
    deps.store.save(&lock, "example", lookup, session).await.expect("kept");
}
