//! A stand-in for AWS IAM Identity Center: the sign-in of devices (`sso-oidc`) and the credentials of permission sets
//! (`sso`), in AWS's REST-JSON with its errors.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/>,
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/>

use crate::{
    Answer, StandIn, TestEnv,
    stand_in::{Head, Recorded},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};
use url::{Url, form_urlencoded};

/// The secrets that it hands out: none of them is to be seen anywhere.
pub const SECRETS: [&str; 4] = [CLIENT_SECRET, ACCESS_TOKEN, SECRET_KEY, SESSION_TOKEN];
/// The name of the credentials that it hands out.
pub const ACCESS_KEY: &str = "ASIASTANDIN000000001";

const CLIENT_SECRET: &str = "idc-client-secret-hush";
const ACCESS_TOKEN: &str = "idc-access-token-hush";
const SECRET_KEY: &str = "idc-secret-key-hush";
const SESSION_TOKEN: &str = "idc-session-token-hush";
const CLIENT: &str = "idc-client-1";
const DEVICE: &str = "idc-device-1";

/// What somebody does at the page for devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Allows it, before so many polls have come.
    Allows(u32),
    /// Refuses it.
    Refuses,
    /// Is not there, until the code expires.
    IsAway,
}

/// How often it was asked for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// `RegisterClient`.
    pub registrations: u32,
    /// `StartDeviceAuthorization`.
    pub authorizations: u32,
    /// `CreateToken`.
    pub polls: u32,
    /// `GetRoleCredentials`.
    pub credentials: u32,
}

#[derive(Debug)]
struct State {
    person: Person,
    slow_down: u32,
    throttled: u32,
    forget_clients: bool,
    lifetime: Duration,
    granted: BTreeSet<(String, String)>,
    calls: Calls,
    start_urls: Vec<String>,
}

/// The stand-in. By default, it allows every device at once and has granted no permission set.
#[derive(Debug)]
pub struct IdentityCenter {
    server: StandIn,
    state: Arc<Mutex<State>>,
}

impl IdentityCenter {
    /// Starts one, and sends the calls of this environment to it that are for Identity Center.
    pub fn start(env: &mut TestEnv) -> Self {
        let state = Arc::new(Mutex::new(State {
            person: Person::Allows(0),
            slow_down: 0,
            throttled: 0,
            forget_clients: false,
            lifetime: Duration::from_secs(3600),
            granted: BTreeSet::new(),
            calls: Calls::default(),
            start_urls: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let server = StandIn::by_request(move |request| answer(&mut lock(&shared), request));
        let url = server.url().as_str().trim_end_matches('/');
        env.set("AWS_ENDPOINT_URL_SSO", url).set("AWS_ENDPOINT_URL_SSO_OIDC", url);
        Self { server, state }
    }

    /// Where it is: `http://127.0.0.1:PORT/`.
    pub fn url(&self) -> &Url {
        self.server.url()
    }

    /// What somebody does at the page for devices, from now on.
    pub fn person(&self, person: Person) {
        self.state().person = person;
    }

    /// Finds that the next polls come too soon.
    pub fn slow_down(&self, polls: u32) {
        self.state().slow_down = polls;
    }

    /// Finds that the next calls for credentials are too many.
    pub fn throttle(&self, calls: u32) {
        self.state().throttled = calls;
    }

    /// Knows no client any more, until one registers.
    pub fn forget_clients(&self) {
        self.state().forget_clients = true;
    }

    /// How long credentials last that it hands out from now on.
    pub fn lifetime(&self, lifetime: Duration) {
        self.state().lifetime = lifetime;
    }

    /// Grants a permission set in an account.
    pub fn grant(&self, account: &str, set: &str) {
        self.state().granted.insert((account.to_owned(), set.to_owned()));
    }

    /// Takes it back.
    pub fn revoke(&self, account: &str, set: &str) {
        self.state().granted.remove(&(account.to_owned(), set.to_owned()));
    }

    /// How often it was asked for what, so far.
    pub fn calls(&self) -> Calls {
        self.state().calls
    }

    /// The addresses of the portals that devices named.
    pub fn start_urls(&self) -> Vec<String> {
        self.state().start_urls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(state: &mut State, request: &Recorded) -> Answer {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    match (request.method.as_str(), path) {
        ("POST", "/client/register") => state.register(),
        ("POST", "/device_authorization") => state.authorize(request),
        ("POST", "/token") => state.token(&request.json()),
        ("GET", "/federation/credentials") => state.credentials(request, query),
        ("GET", "/device") => Answer::html(200, "<p>Somebody decides here."),
        ("POST", "/logout") => Answer::status(200).done(),
        _ => error(404, "UnknownOperationException", &json!({"message": "no such call"})),
    }
}

impl State {
    fn register(&mut self) -> Answer {
        self.calls.registrations += 1;
        self.forget_clients = false;
        let days_90 = Duration::from_secs(90 * 24 * 3600);
        Answer::json(
            200,
            &json!({
                "clientId": CLIENT, "clientSecret": CLIENT_SECRET, "clientIdIssuedAt": from_now(Duration::ZERO),
                "clientSecretExpiresAt": from_now(days_90),
            }),
        )
    }

    fn authorize(&mut self, request: &Recorded) -> Answer {
        self.calls.authorizations += 1;
        let asked = request.json();
        if let Some(refused) = self.refuse_client(&asked) {
            return refused;
        }
        self.start_urls.push(asked["startUrl"].as_str().unwrap_or_default().to_owned());
        let page = format!("http://{}/device", request.header("host").unwrap_or_default());
        Answer::json(
            200,
            &json!({
                "deviceCode": DEVICE, "userCode": "ABCD-EFGH", "verificationUri": page,
                "verificationUriComplete": format!("{page}?user_code=ABCD-EFGH"), "expiresIn": 600, "interval": 1,
            }),
        )
    }

    fn token(&mut self, asked: &Value) -> Answer {
        self.calls.polls += 1;
        if let Some(refused) = self.refuse_client(asked) {
            return refused;
        }
        if asked["grantType"] != "urn:ietf:params:oauth:grant-type:device_code" || asked["deviceCode"] != DEVICE {
            return oauth(400, "InvalidGrantException", "invalid_grant");
        }
        if self.slow_down > 0 {
            self.slow_down -= 1;
            return oauth(400, "SlowDownException", "slow_down");
        }
        match &mut self.person {
            Person::Allows(0) => {
                Answer::json(200, &json!({"accessToken": ACCESS_TOKEN, "tokenType": "Bearer", "expiresIn": 28800}))
            }
            Person::Allows(polls) => {
                *polls -= 1;
                oauth(400, "AuthorizationPendingException", "authorization_pending")
            }
            Person::Refuses => oauth(400, "AccessDeniedException", "access_denied"),
            Person::IsAway => oauth(400, "ExpiredTokenException", "expired_token"),
        }
    }

    fn refuse_client(&self, asked: &Value) -> Option<Answer> {
        let known = !self.forget_clients && asked["clientId"] == CLIENT && asked["clientSecret"] == CLIENT_SECRET;
        (!known).then(|| oauth(401, "InvalidClientException", "invalid_client"))
    }

    fn credentials(&mut self, request: &Recorded, query: &str) -> Answer {
        self.calls.credentials += 1;
        if self.throttled > 0 {
            self.throttled -= 1;
            return error(429, "TooManyRequestsException", &json!({"message": "HTTP 429 Unknown Code"}));
        }
        if request.header("x-amz-sso_bearer_token") != Some(ACCESS_TOKEN) {
            return error(401, "UnauthorizedException", &json!({"message": "Session token not found or invalid"}));
        }
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let asked = (value("account_id").unwrap_or_default(), value("role_name").unwrap_or_default());
        if !self.granted.contains(&asked) {
            return error(403, "ForbiddenException", &json!({"message": "No access"}));
        }
        Answer::json(
            200,
            &json!({"roleCredentials": {
                "accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "sessionToken": SESSION_TOKEN,
                "expiration": from_now(self.lifetime) * 1000,
            }}),
        )
    }
}

fn oauth(status: u16, kind: &str, code: &str) -> Answer {
    error(status, kind, &json!({"error": code, "error_description": "as the test has it"}))
}

fn error(status: u16, kind: &str, document: &Value) -> Answer {
    let head: Head = Answer::status(status).header("content-type", "application/json");
    head.header("x-amzn-errortype", kind).body(document.to_string())
}

/// A time from now, in seconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the binary under test reads the machine's clock")]
fn from_now(after: Duration) -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
    (now + after).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http;

    fn call(center: &IdentityCenter, method: &str, path: &str, bearer: &str, body: &Value) -> (u16, Value) {
        let url = center.url().join(path).unwrap();
        let headers = [("x-amz-sso_bearer_token", bearer.to_owned())];
        let (status, answer) = http::exchange(method, &url, &headers, body.to_string().as_bytes()).unwrap();
        (status, serde_json::from_slice(&answer.body).unwrap())
    }

    #[test]
    fn a_device_gets_credentials_once_it_is_allowed_and_they_are_granted() {
        let mut env = TestEnv::new("p0");
        let center = IdentityCenter::start(&mut env);
        center.person(Person::Allows(1));
        let client =
            json!({"clientId": CLIENT, "clientSecret": CLIENT_SECRET, "startUrl": "https://d-1.awsapps.com/start"});
        assert_eq!(call(&center, "POST", "token", "", &client).0, 400);
        assert_eq!(call(&center, "POST", "client/register", "", &json!({})).1["clientId"], CLIENT);
        let codes = call(&center, "POST", "device_authorization", "", &client).1;
        let mut poll = client.clone();
        poll["grantType"] = "urn:ietf:params:oauth:grant-type:device_code".into();
        poll["deviceCode"] = codes["deviceCode"].clone();
        assert_eq!(call(&center, "POST", "token", "", &poll).1["error"], "authorization_pending");
        let token = call(&center, "POST", "token", "", &poll).1["accessToken"].as_str().unwrap().to_owned();
        let path = "federation/credentials?account_id=1&role_name=x";
        assert_eq!(call(&center, "GET", path, "wrong", &json!({})).0, 401);
        assert_eq!(call(&center, "GET", path, &token, &json!({})).0, 403);
        center.grant("1", "x");
        let credentials = call(&center, "GET", path, &token, &json!({})).1;
        assert_eq!(credentials["roleCredentials"]["accessKeyId"], ACCESS_KEY);
        center.forget_clients();
        assert_eq!(
            call(&center, "POST", "token", "", &poll),
            (401, json!({"error": "invalid_client", "error_description": "as the test has it"}))
        );
        assert_eq!(center.calls(), Calls { registrations: 1, authorizations: 1, polls: 4, credentials: 3 });
        assert_eq!(center.start_urls(), ["https://d-1.awsapps.com/start"]);
    }
}
