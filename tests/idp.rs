//! A stand-in for the service, the identity providers and Firebase, all on one port of the loopback: it records what it
//! is asked, and answers as the real ones do unless a test has something else in mind.

use crate::harness::env;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p0_testkit::{Answer, FakeBrowser, StandIn, TestEnv, stand_in::Recorded};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::Ipv4Addr,
    path::PathBuf,
    time::Duration,
};
use tokio::net::TcpSocket;
use url::{Url, form_urlencoded};

/// Who signs in.
pub(crate) const ADA: &str = "ada@example.com";
/// The redirects that are registered with providers.
pub(crate) const GOOGLE: &str = "http://127.0.0.1:52700";
pub(crate) const ENTRA: &str = "http://localhost:52701";

/// For so long the system keeps a port after its connection, and a little longer.
const TIME_WAIT: Duration = Duration::from_secs(70);

/// The environment of a test, and the stand-in that it knows as its service.
pub(crate) struct Idp {
    pub(crate) env: TestEnv,
    pub(crate) server: StandIn,
}

/// A method of signing in, as an organisation describes it; `HOST` is the stand-in.
pub(crate) fn organisation(provider: Value) -> Value {
    json!({
        "tenantId": "tenant-1",
        "auth": {"type": "sso", "provider": provider},
        "config": {
            "fs": {"apiKey": "key-1"},
            "google": {"clientId": "client-1", "publicClientSecretForPkce": "public-1"},
        },
    })
}

pub(crate) fn google() -> Value {
    organisation(json!({"ssoProvider": "google", "providerDomain": "HOST"}))
}

pub(crate) fn entra() -> Value {
    organisation(json!({
        "ssoProvider": "microsoft", "providerId": "microsoft.com", "providerDomain": "HOST",
        "clientId": "client-1", "microsoftPrimaryDomain": "corp.example.com",
    }))
}

pub(crate) fn ping() -> Value {
    organisation(json!({
        "ssoProvider": "oidc-pkce", "providerType": "ping", "providerId": "oidc.ping-1", "providerDomain": "HOST",
        "clientId": "client-1", "environmentId": "env-1",
    }))
}

pub(crate) fn okta() -> Value {
    organisation(json!({
        "ssoProvider": "oidc-pkce", "providerType": "okta", "providerId": "oidc.okta-1", "providerDomain": "HOST",
        "clientId": "client-1",
    }))
}

pub(crate) fn cloudflare() -> Value {
    organisation(json!({
        "ssoProvider": "oidc-pkce", "providerType": "cloudflare", "providerId": "oidc.cloudflare-1",
        "providerDomain": "HOST", "clientId": "client-1", "clientSecret": "secret-1",
    }))
}

pub(crate) fn password() -> Value {
    let mut organisation = organisation(Value::Null);
    organisation["auth"] = json!({"type": "password"});
    organisation
}

/// The organisation takes the provider's own token.
pub(crate) fn unexchanged(mut organisation: Value) -> Value {
    organisation["useProviderToken"] = true.into();
    organisation
}

impl Idp {
    /// For this organisation, with nothing but the usual answers.
    pub(crate) fn new(organisation: Value) -> Self {
        Self::with(organisation, |_| None)
    }

    /// With answers of the test's own, where it has one.
    pub(crate) fn with(
        organisation: Value,
        answer: impl Fn(&Recorded) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let server =
            StandIn::by_request(move |request| answer(request).unwrap_or_else(|| usual(&organisation, request)));
        let mut env = env();
        let host = server.url().authority();
        env.set("P0_APP_URL", server.url().as_str().trim_end_matches('/')).set("P0_ORG", "example");
        env.set("FIREBASE_AUTH_EMULATOR_HOST", host);
        Self { env, server }
    }

    /// With a browser that goes where it is sent; nobody has to be asked there.
    pub(crate) fn browser(&mut self) -> FakeBrowser {
        FakeBrowser::idle(&mut self.env)
    }

    /// The calls of a path so far: each one's parameters, from its query and its form.
    pub(crate) fn calls(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let requests = self.server.requests();
        requests.iter().filter(|request| of(request).0 == path).map(|request| of(request).1).collect()
    }

    /// The only call of a path.
    #[track_caller]
    pub(crate) fn call(&self, path: &str) -> BTreeMap<String, String> {
        let mut calls = self.calls(path);
        assert_eq!(calls.len(), 1, "{path}: {calls:?}");
        calls.remove(0)
    }

    /// The only call of a path, as it came.
    #[track_caller]
    pub(crate) fn recorded(&self, path: &str) -> Recorded {
        let requests = self.server.requests();
        requests.into_iter().find(|request| of(request).0 == path).unwrap_or_else(|| panic!("nobody called {path}"))
    }

    /// The token that commands use.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        self.env.p0(["print-bearer-token"]).run().success().stdout().trim().to_owned()
    }

    fn secrets(&self) -> PathBuf {
        crate::harness::session_secrets(&self.env)
    }

    /// What is kept of the session.
    #[track_caller]
    pub(crate) fn session(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.secrets()).unwrap()).unwrap()
    }

    /// Makes the token one that has expired long ago, as far as `p0` knows.
    #[track_caller]
    pub(crate) fn let_expire(&self) {
        let mut session = self.session();
        session["expiresAt"] = "2020-01-01T00:00:00Z".into();
        fs::write(self.secrets(), session.to_string()).unwrap();
    }
}

/// The ports that are registered with providers: there is one of each, so one test at a time has them.
#[must_use]
pub(crate) struct RegisteredPorts {
    _lock: File,
    _kept: Vec<TcpSocket>,
}

/// Takes the registered ports. The system may have given them to any connection of this machine's, after whose end they
/// are unusable for a minute; that is waited for, and from then on the system gives them to nobody.
pub(crate) fn registered_ports() -> RegisteredPorts {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/registered-ports.lock");
    let lock = File::options().create(true).append(true).open(path).unwrap();
    lock.lock().unwrap();
    // Whoever is bound without listening is in nobody's way who shares addresses, as listeners do.
    let keep = |port: u16| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, port).into()).map(|()| socket)
    };
    let wait = |port: u16| {
        let mut kept = None;
        crate::scene::eventually_within(TIME_WAIT, "a registered port is free", || {
            kept = keep(port).ok();
            kept.is_some()
        });
        kept.unwrap()
    };
    RegisteredPorts { _lock: lock, _kept: vec![wait(52700), wait(52701)] }
}

/// The path and the parameters of a call.
pub(crate) fn of(request: &Recorded) -> (String, BTreeMap<String, String>) {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let body = request.text();
    let form = if body.starts_with('{') { "" } else { &body };
    let pairs = [query, form].into_iter().flat_map(|text| form_urlencoded::parse(text.as_bytes()).into_owned());
    (path.to_owned(), pairs.collect())
}

/// An `id_token` that says this; nobody signs it, as nobody checks that here.
pub(crate) fn id_token(claims: &Value) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// A time from now, in seconds.
pub(crate) fn from_now(seconds: i64) -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the binary under test reads the machine's clock")]
    let now = jiff::Timestamp::now();
    now.as_second() + seconds
}

/// What an `id_token` of the stand-in says by default.
pub(crate) fn claims(host: &str, path: &str) -> Value {
    let issuer = match path {
        "/env-1/as/token" => format!("http://{host}/env-1/as"),
        path if path.contains("/oauth2/v2.0/") => format!("http://{host}/directory-1/v2.0"),
        _ => format!("http://{host}"),
    };
    json!({"iss": issuer, "sub": "1", "aud": "client-1", "exp": from_now(3600), "email": ADA, "tid": "directory-1"})
}

/// What a token endpoint answers.
pub(crate) fn tokens(number: usize, claims: &Value) -> Value {
    json!({
        "access_token": format!("provider-{number}"),
        "refresh_token": format!("provider-refresh-{number}"),
        "id_token": id_token(claims),
        "token_type": "Bearer",
        "expires_in": 3600,
    })
}

/// What each of those whom it stands in for answers.
fn usual(organisation: &Value, request: &Recorded) -> Answer {
    let host = request.header("host").unwrap().to_owned();
    let (path, params) = of(request);
    match path.as_str() {
        "/orgs/example" => {
            let text = organisation.to_string().replace("HOST", &host);
            Answer::json(200, &serde_json::from_str(&text).unwrap())
        }
        "/o/example/account" => Answer::json(200, &json!({})),
        "/.well-known/openid-configuration" => Answer::json(
            200,
            &json!({
                "issuer": format!("http://{host}"),
                "authorization_endpoint": format!("http://{host}/authorize"),
                "token_endpoint": format!("http://{host}/token"),
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }),
        ),
        "/o/oauth2/v2/auth" | "/authorize" | "/corp.example.com/oauth2/v2.0/authorize" => {
            let mut back = Url::parse(&params["redirect_uri"]).unwrap();
            let code = format!("code.{}", params.get("nonce").map_or("", String::as_str));
            back.query_pairs_mut().append_pair("code", &code).append_pair("state", &params["state"]);
            Answer::status(302).header("location", back.as_str()).done()
        }
        "/env-1/as/device_authorization" | "/oauth2/v1/device/authorize" => Answer::json(
            200,
            &json!({
                "device_code": "device-1", "user_code": "ABCD-EFGH", "expires_in": 300, "interval": 1,
                "verification_uri": format!("http://{host}/activate"),
            }),
        ),
        "/token" | "/oauth2/v1/token" | "/env-1/as/token" | "/corp.example.com/oauth2/v2.0/token" => {
            let mut claims = claims(&host, &path);
            if let Some(nonce) = params.get("code").and_then(|code| code.strip_prefix("code.")) {
                claims["nonce"] = nonce.into();
            }
            let renewed = params["grant_type"] == "refresh_token";
            Answer::json(200, &tokens(if renewed { 2 } else { 1 }, &claims))
        }
        "/identitytoolkit.googleapis.com/v1/accounts:signInWithIdp"
        | "/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword" => Answer::json(
            200,
            &json!({"idToken": "firebase-1", "refreshToken": "firebase-refresh-1", "expiresIn": "3600", "email": ADA}),
        ),
        "/securetoken.googleapis.com/v1/token" => Answer::json(
            200,
            &json!({"id_token": "firebase-2", "refresh_token": "firebase-refresh-2", "expires_in": "3600", "user_id": "1"}),
        ),
        other => Answer::json(404, &json!({"error": format!("nothing at {other}")})),
    }
}
