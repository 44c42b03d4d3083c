//! A provider in memory, a browser and a client.

use crate::{
    clock::{Clock, Timestamp},
    domain::{Directory, User},
    oidc::{Advertise, CLIENT_ID, Lifetimes, OidcError, OidcOptions, OpenIdProvider, SignIn},
    store::{Location, SqliteStore, sign_in::SqliteSignInStore},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{Sqlite, pool::PoolConnection};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tower::ServiceExt;
use url::{Url, form_urlencoded};

pub(crate) const ISSUER: &str = "http://127.0.0.1:8099";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:52700/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const MIA: &str = "mia@example.com";
pub(crate) const PASSWORD: &str = "correct horse";
const START: Timestamp = Timestamp(1_750_000_000_000);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// The code of an OAuth error.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        Url::parse(ISSUER).unwrap().join(self.headers[header::LOCATION].to_str().unwrap()).unwrap()
    }

    /// A parameter of the address to which this redirects.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        self.location().query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The value of a hidden field.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.body.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.body)).1;
        rest.split('"').next().unwrap().replace("&amp;", "&")
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        assert!(self.body.contains(words), "{words:?} is not in {}", self.body);
    }
}

/// A provider.
pub(crate) struct Fixture {
    pub(crate) provider: OpenIdProvider,
    pub(crate) clock: Clock,
    store: SqliteStore,
    router: Router,
}

pub(crate) fn directory(emails: &[&str]) -> Directory {
    // The cheapest parameters that there are: what they cost is not what is tested.
    let cheap = argon2::Params::new(8, 1, 1, None).unwrap();
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, cheap);
    let hash = argon2::password_hash::PasswordHasher::hash_password(&argon2, PASSWORD.as_bytes()).unwrap().to_string();
    let user = |email: &&str| User {
        email: (*email).to_owned(),
        name: Some("Mia <b>Example</b>".to_owned()),
        password_hash: Some(hash.clone()),
        ..User::default()
    };
    Directory(emails.iter().map(|email| ((*email).to_owned(), user(email))).collect())
}

pub(crate) async fn options(store: &SqliteStore, clock: &Clock) -> OidcOptions {
    OidcOptions {
        issuer: Url::parse(ISSUER).unwrap(),
        clock: clock.clone(),
        directory: Arc::new(directory(&[MIA, "tom@example.com"])),
        sign_in: SignIn::Password,
        store: Arc::new(SqliteSignInStore::new(store.pool().clone())),
        advertise: Advertise::Discovery,
        tenant: "acme-<org>".to_owned(),
        lifetimes: Lifetimes::default(),
        apps: ["0oa1example".to_owned()].into(),
    }
}

/// What is wrong with such options.
pub(crate) async fn refused(change: impl FnOnce(&mut OidcOptions)) -> OidcError {
    let store = SqliteStore::open(&Location::Memory).await.unwrap();
    let mut options = options(&store, &Clock::manual(START)).await;
    change(&mut options);
    OpenIdProvider::new(options).await.unwrap_err()
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut OidcOptions)) -> Self {
        let store = SqliteStore::open(&Location::Memory).await.unwrap();
        Self::on(store, Clock::manual(START), change).await
    }

    async fn on(store: SqliteStore, clock: Clock, change: impl FnOnce(&mut OidcOptions)) -> Self {
        let mut options = options(&store, &clock).await;
        change(&mut options);
        let provider = OpenIdProvider::new(options).await.unwrap();
        Self { router: provider.router(crate::web::routes()), provider, clock, store }
    }

    /// Another process on the same database.
    pub(crate) async fn restart(self, change: impl FnOnce(&mut OidcOptions)) -> Self {
        Self::on(self.store, self.clock, change).await
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn rows(&self, count: &'static str) -> i64 {
        sqlx::query_scalar(count).fetch_one(self.store.pool()).await.unwrap()
    }

    /// The store's one connection: while it is held, whatever needs the store waits.
    pub(crate) async fn hold_store(&self) -> PoolConnection<Sqlite> {
        self.store.pool().acquire().await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// A client's form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::HOST, "127.0.0.1:8099")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::USER_AGENT, "P0 CLI/1.0 <img src=x>");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A call of the token endpoint by the client.
    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        let fields: Vec<_> = fields.iter().copied().chain([("client_id", CLIENT_ID)]).collect();
        self.post("/oauth2/v1/token", &fields).await
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// The tokens of a whole sign-in.
    pub(crate) async fn sign_in(&self) -> Value {
        let code = Browser::new(self).sign_in(&authorize(&[])).await.param("code").unwrap();
        let answer = self.redeem(&code).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    /// Codes for a device.
    pub(crate) async fn device(&self) -> Value {
        let fields = [("client_id", CLIENT_ID), ("scope", "openid email okta.apps.sso offline_access")];
        let answer = self.post("/oauth2/v1/device/authorize", &fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }
}

pub(crate) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// The address at which a good authorization request begins, but for these changes; an empty value leaves one out.
pub(crate) fn authorize(changes: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let mut params = BTreeMap::from([
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email profile offline_access"),
        ("state", "st&te"),
        ("nonce", "n-1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    params.extend(changes.iter().copied());
    params.retain(|_, value| !value.is_empty());
    format!("/oauth2/v1/authorize?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish())
}

/// A browser with its cookies.
pub(crate) struct Browser<'a> {
    pub(crate) fixture: &'a Fixture,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(fixture: &'a Fixture) -> Self {
        Self { fixture, cookies: BTreeMap::new() }
    }

    async fn call(&mut self, method: Method, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(path).header(header::COOKIE, cookies.join("; "));
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, "127.0.0.1:8099");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.fixture.send(request.body(Body::from(body)).unwrap()).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], &[]).await
    }

    pub(crate) async fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.call(Method::GET, path, &[], headers).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.call(Method::POST, path, fields, &[("sec-fetch-site", "same-origin"), ("origin", "null")]).await
    }

    pub(crate) async fn post_with(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        self.call(Method::POST, path, fields, headers).await
    }

    /// Sends the form of a sign-in page with these fields.
    pub(crate) async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let (csrf, target) = (page.field("csrf"), page.field("target"));
        let fields: Vec<_> = [("csrf", csrf.as_str()), ("target", &target)].iter().chain(fields).copied().collect();
        self.post("/oauth2/v1/sign-in", &fields).await
    }

    /// Loads a page that asks for a sign-in, and signs in.
    pub(crate) async fn sign_in(&mut self, path: &str) -> Answer {
        let page = self.get(path).await;
        self.submit(&page, &[("email", MIA), ("password", PASSWORD)]).await
    }
}
