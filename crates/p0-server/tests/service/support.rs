//! A service, and people who call it.

use p0_server::{
    Service,
    clock::{Clock, Timestamp},
    settings::Settings,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{net::TcpListener, sync::oneshot};

/// An organisation with little in it, where nothing takes time.
pub(crate) const ORGANISATION: &str = r#"
policies = [
  { name = "viewer", requestor = { type = "any" }, resource = { type = "integration", service = "gcloud", filters = { role = { key = "id", pattern = "^roles/viewer$" } } }, approval = [{ type = "auto" }] },
  { name = "editor", requestor = { type = "any" }, resource = { type = "integration", service = "gcloud", filters = { role = { key = "id", pattern = "^roles/editor$" } } }, approval = [{ type = "p0" }] },
  { name = "owner", requestor = { type = "any" }, resource = { type = "integration", service = "gcloud", filters = { role = { key = "id", pattern = "^roles/owner$" } } }, approval = [{ type = "p0", options = { allowOneParty = true, requireReason = true } }] },
  { name = "billing", requestor = { type = "any" }, resource = { type = "integration", service = "gcloud", filters = { role = { key = "id", pattern = "^roles/billing" } } }, approval = [{ type = "requestor-profile", profileProperty = "manager", directory = "okta" }] },
  { name = "browser", requestor = { type = "any" }, resource = { type = "integration", service = "gcloud", filters = { role = { key = "id", pattern = "^roles/browser$" } } }, approval = [{ type = "persistent" }] },
  { name = "no-security-admins", requestor = { type = "any" }, resource = { type = "integration", service = "gcloud", filters = { role = { key = "id", pattern = "securityAdmin" } } }, approval = [{ type = "deny" }] },
  { name = "tool", requestor = { type = "any" }, resource = { type = "integration", service = "tool" }, approval = [{ type = "auto" }, { type = "p0" }] },
]

[organisation]
slug = "test"
name = "Test"

[store]
kind = "memory"

[sign_in]
mode = "choose"

[settings]
approvable_duration = "1 day"
max_access_duration = "8 hours"

[limits]
waiting_clients = 400

[[users]]
email = "dev@example.com"
groups = ["g"]
profile = { manager = "boss@example.com" }
on_call = ["web"]

[[users]]
email = "other@example.com"

[[users]]
email = "boss@example.com"

[[users]]
email = "manager@example.com"
roles = ["manager"]

[[users]]
email = "owner@example.com"
roles = ["owner"]

[[users]]
email = "viewer@example.com"
roles = ["viewer"]

[[groups]]
id = "g"

[integrations.gcloud]
open = true
provisioner = { kind = "simulated", delay_ms = 0 }
[integrations.gcloud.resources]
project = [{ key = "example-dev", value = "Example development" }]
role = [
  { key = "roles/viewer", value = "Viewer" },
  { key = "roles/editor", value = "Editor" },
  { key = "roles/owner", value = "Owner" },
  { key = "roles/browser", value = "Browser" },
  { key = "roles/billing.admin", value = "Billing Account Administrator" },
  { key = "roles/iam.securityAdmin", value = "Security Admin" },
]
"#;

/// When the clock of a test begins.
pub(crate) const START: Timestamp = Timestamp(1_800_000_000_000);

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// A running service.
pub(crate) struct Server {
    pub(crate) service: Service,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    stop: oneshot::Sender<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(ORGANISATION, Clock::manual(START)).await
    }

    pub(crate) async fn with(configuration: &str, clock: Clock) -> Self {
        let settings = Settings::parse(configuration, "test.toml").expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { stopped.await.expect("a test stops its service, or drops it with its runtime") };
        let service = Service::start(settings, listener, clock.clone(), shutdown).await.expect("starts");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { service, clock, http, stop }
    }

    /// Stops it, and waits until it has stopped.
    pub(crate) async fn stop(self) {
        self.stop.send(()).expect("the service runs");
        self.service.join().await;
    }

    /// Somebody with an access token.
    pub(crate) fn user(&self, name: &str) -> User<'_> {
        let token = self.service.access_token(&format!("{name}@example.com")).expect("a token");
        User { server: self, token }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.service.url().join(path).expect("a path").into()
    }

    /// A call with this bearer, or none.
    pub(crate) async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, self.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::from_response(request.send().await.expect("an answer")).await
    }
}

/// What a call was answered with.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn from_response(response: reqwest::Response) -> Self {
        let status = response.status();
        let text = response.text().await.expect("a body");
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("json") };
        Self { status, body }
    }

    /// The status, and the error if there is one.
    pub(crate) fn brief(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"].as_str().unwrap_or_default())
    }
}

/// Somebody who calls.
pub(crate) struct User<'a> {
    server: &'a Server,
    pub(crate) token: String,
}

impl User<'_> {
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.server.call(method, &format!("/o/test{path}"), Some(&self.token), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// A command, whose answer has status 200 whatever it says.
    pub(crate) async fn command(&self, words: &str) -> Value {
        let argv: Vec<&str> = words.split(' ').collect();
        let answer = self.post("/command/", json!({"argv": argv, "scriptName": "p0"})).await;
        assert_eq!(answer.status, StatusCode::OK, "{words}: {}", answer.body);
        answer.body
    }

    /// A request that is made; its identifier.
    pub(crate) async fn request(&self, words: &str) -> String {
        let body = self.command(&format!("request {words}")).await;
        body["id"].as_str().unwrap_or_else(|| panic!("{words}: {body}")).to_owned()
    }

    pub(crate) async fn decide(&self, id: &str, decision: &str, body: Value) -> Answer {
        self.post(&format!("/permission-requests/{id}/{decision}"), body).await
    }

    pub(crate) async fn show(&self, id: &str) -> Value {
        self.get(&format!("/permission-requests/{id}")).await.body
    }

    pub(crate) async fn poll(&self, id: &str) -> Stream {
        let url = self.server.url(&format!("/o/test/command/{id}/poll"));
        let response = self.server.http.get(url).bearer_auth(&self.token).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{id}");
        Stream { response, rest: Vec::new() }
    }

    /// The outcome of a request: the `request` of the stream's `data`.
    pub(crate) async fn outcome(&self, id: &str) -> Value {
        let mut stream = self.poll(id).await;
        loop {
            let segment = stream.next().await.expect("an outcome");
            if segment["type"] == "data" {
                return segment["data"]["request"].clone();
            }
        }
    }

    /// Waits until a request has this status, and shows it.
    pub(crate) async fn until(&self, id: &str, status: &str) -> Value {
        eventually(async || {
            let shown = self.show(id).await;
            (shown["request"]["status"] == status).then_some(shown)
        })
        .await
    }
}

/// Asks again and again; that it takes no more than a few seconds is all that a test relies on.
pub(crate) async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("does not come true")
}

/// A status stream.
pub(crate) struct Stream {
    response: reqwest::Response,
    rest: Vec<u8>,
}

impl Stream {
    /// The next line; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).expect("json"));
            }
            let more = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            self.rest.extend_from_slice(&more.expect("does not fall silent").expect("is not cut off")?);
        }
    }
}
