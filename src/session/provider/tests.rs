use super::*;
use crate::session::test_server::{self, Answer};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

/// An `id_token` that expires in so many seconds.
fn id_token(number: usize, seconds: i64) -> String {
    let claims = json!({"sub": number.to_string(), "exp": clock::now().as_second() + seconds});
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// A service that is its own identity provider; its token endpoint answers so, by how often it was called.
fn provider(auth: Value, answer: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> (Url, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let url = test_server::serve(move |call, body| match call {
        "GET /orgs/example" => test_server::json(200, &json!({"auth": auth})),
        "POST /oauth2/v1/token" => answer(count.fetch_add(1, Ordering::SeqCst), body),
        other => panic!("{other} was not to be called"),
    });
    (url, calls)
}

fn sso() -> Value {
    json!({"type": "sso", "provider": {"ssoProvider": "oidc-pkce", "providerType": "okta"}})
}

fn tokens_answer(number: usize) -> Answer {
    let id_token = id_token(number, 3600);
    test_server::json(
        200,
        &json!({"access_token": format!("idp-{number}"), "id_token": id_token,
                "refresh_token": format!("idp-refresh-{number}"), "expires_in": 3600}),
    )
}

fn granted(number: usize, seconds: i64) -> Granted {
    Granted {
        access_token: format!("idp-{number}").into(),
        expires_at: Some(clock::now() + SignedDuration::from_secs(seconds)),
        refresh_token: Some(format!("idp-refresh-{number}").into()),
        id_token: Some(id_token(number, seconds).into()),
    }
}

/// A session whose bearer is good, and somebody else's than the provider's.
fn exchanged(url: &Url, provider: Option<AtProvider>) -> Session {
    let service = json!({"key": "k", "token": url.join("/firebase").expect("an address")});
    Session {
        email: "ada@example.com".into(),
        base: url.clone(),
        access_token: "firebase".into(),
        expires_at: Some(clock::now() + SignedDuration::from_hours(1)),
        renewal: Some(Renewal {
            refresh_token: "firebase-refresh".into(),
            by: Renewer::Firebase(serde_json::from_value(service).expect("a service")),
        }),
        provider,
    }
}

async fn asked(home: &Path, url: &Url, session: &Session) -> Result<ProviderTokens, Failure> {
    test_server::keep(home, url, session).await;
    again(home, url).await
}

async fn again(home: &Path, url: &Url) -> Result<ProviderTokens, Failure> {
    tokens(&test_server::deps(home, url), "example").await.map_err(crate::error::classify)
}

#[tokio::test]
async fn fresh_tokens_ask_nobody() {
    let home = tempfile::tempdir().expect("a directory");
    let (url, calls) = provider(sso(), |_, _| panic!("not to be called"));
    let beside = AtProvider::beside(&oauth::Client::for_test(&url), &granted(0, 3600));
    let tokens = asked(home.path(), &url, &exchanged(&url, beside)).await.expect("tokens");
    assert_eq!(tokens.access_token.expose_secret(), "idp-0");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    assert!(!format!("{tokens:?}").contains("idp-0"));
}

#[tokio::test]
async fn the_provider_s_tokens_are_renewed_beside_the_session_s() {
    let home = tempfile::tempdir().expect("a directory");
    let (url, calls) = provider(sso(), |number, body| {
        assert!(body.contains("refresh_token=idp-refresh-0"), "{body}");
        tokens_answer(number + 1)
    });
    let beside = AtProvider::beside(&oauth::Client::for_test(&url), &granted(0, 5));
    let tokens = asked(home.path(), &url, &exchanged(&url, beside)).await.expect("tokens");
    assert_eq!(tokens.access_token.expose_secret(), "idp-1");
    again(home.path(), &url).await.expect("kept");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let session = test_server::deps(home.path(), &url).store.load("example", &url).await.expect("read").expect("there");
    assert_eq!(session.access_token.expose_secret(), "firebase");
}

#[tokio::test]
async fn an_older_session_that_the_provider_renews_gets_them_by_a_renewal() {
    let home = tempfile::tempdir().expect("a directory");
    let (url, _) = provider(sso(), |number, _| tokens_answer(number));
    let mut session = exchanged(&url, None);
    session.renewal =
        Some(Renewal { refresh_token: "refresh".into(), by: Renewer::Client(oauth::Client::for_test(&url)) });
    let tokens = asked(home.path(), &url, &session).await.expect("tokens");
    assert_eq!(tokens.access_token.expose_secret(), "idp-0");
    assert_eq!(tokens.access_token.expose_secret(), {
        let session =
            test_server::deps(home.path(), &url).store.load("example", &url).await.expect("read").expect("there");
        session.access_token.expose_secret().to_owned()
    });
}

#[tokio::test]
async fn where_only_a_sign_in_helps_it_is_named() {
    let home = tempfile::tempdir().expect("a directory");
    let (url, _) = provider(sso(), |_, _| test_server::json(400, &json!({"error": "invalid_grant"})));
    for provider in [None, AtProvider::beside(&oauth::Client::for_test(&url), &granted(0, 5))] {
        let failure = asked(home.path(), &url, &exchanged(&url, provider)).await.expect_err("none");
        assert_eq!(failure.kind, Kind::NotSignedIn);
        assert_eq!(failure.message, "Your session with example lacks your identity provider's tokens.");
        assert_eq!(failure.hints, ["Sign in again with: p0 login example --refresh"]);
        let session =
            test_server::deps(home.path(), &url).store.load("example", &url).await.expect("read").expect("there");
        assert!(session.provider.is_none());
    }
}

#[tokio::test]
async fn a_provider_in_trouble_ends_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let (url, _) = provider(sso(), |_, _| (503, "<h1>trouble</h1>".into()));
    let beside = AtProvider::beside(&oauth::Client::for_test(&url), &granted(0, 5));
    let failure = asked(home.path(), &url, &exchanged(&url, beside)).await.expect_err("trouble");
    assert_eq!(failure.message, "HTTP Error: 503 Service Unavailable");
    let session = test_server::deps(home.path(), &url).store.load("example", &url).await.expect("read").expect("there");
    assert!(session.provider.is_some());
}

#[tokio::test]
async fn passwords_have_no_provider() {
    let home = tempfile::tempdir().expect("a directory");
    let (url, _) = provider(json!({"type": "password"}), |_, _| panic!("not to be called"));
    let failure = asked(home.path(), &url, &exchanged(&url, None)).await.expect_err("none");
    assert!(failure.message.contains("sign in with a password"), "{failure}");
}

#[tokio::test]
async fn other_providers_exchange_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let google = json!({"type": "sso", "provider": {"ssoProvider": "google"}});
    let (url, _) = provider(google, |_, _| panic!("not to be called"));
    let failure = asked(home.path(), &url, &exchanged(&url, None)).await.expect_err("none");
    assert!(failure.message.contains("is not one that vouches for its users elsewhere"), "{failure}");
}

#[tokio::test]
async fn tokens_are_exchanged_as_rfc_8693_says() {
    let (url, _) = provider(sso(), |number, body| match number {
        0 => {
            for part in [
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
                "audience=urn%3Aokta%3Aapps%3A0oa1",
                "requested_token_type=urn%3Aokta%3Aoauth%3Atoken-type%3Aweb_sso_token",
                "actor_token=idp-0",
                "actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
                "subject_token=e30.",
                "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token",
                "client_id=p0-cli",
            ] {
                assert!(body.split('&').any(|given| given.starts_with(part)), "{part} in {body}");
            }
            test_server::json(200, &json!({"access_token": "sso", "token_type": "N_A", "expires_in": 300}))
        }
        1 => {
            test_server::json(400, &json!({"error": "invalid_grant", "error_description": "The app is not assigned."}))
        }
        _ => (200, "<html>secret</html>".into()),
    });
    let tokens = ProviderTokens {
        client: oauth::Client::for_test(&url),
        access_token: "idp-0".into(),
        id_token: Some(id_token(0, 60).into()),
    };
    let http = test_server::http();
    let exchange = || tokens.exchange(&http, "urn:okta:apps:0oa1", "urn:okta:oauth:token-type:web_sso_token");
    assert_eq!(exchange().await.expect("exchanged").expose_secret(), "sso");
    let refused = exchange().await.expect_err("refused");
    assert_eq!(refused.to_string(), "The identity provider refused: The app is not assigned. (invalid_grant)");
    let nonsense = exchange().await.expect_err("nonsense").to_string();
    assert!(nonsense.ends_with("not what a token endpoint answers"), "{nonsense}");
}

#[tokio::test]
async fn a_page_is_asked_for_at_the_provider_and_no_error_shows_its_token() {
    let url = test_server::serve(|call, _| match call {
        "GET /login/token/sso?token=a%26b" => (200, "<form>".into()),
        "GET /login/token/sso?token=hush" => (403, "<h1>no</h1>".into()),
        _ => (302, String::new()),
    });
    let tokens =
        ProviderTokens { client: oauth::Client::for_test(&url), access_token: "a".into(), id_token: Some("i".into()) };
    let http = test_server::http();
    let page = async |token: &str| tokens.page(&http, "/login/token/sso", ("token", token)).await;
    assert_eq!(page("a&b").await.expect("a page"), b"<form>");
    for token in ["hush", "elsewhere"] {
        let error = page(token).await.expect_err(token);
        assert!(!format!("{error:?} {error}").contains(token), "{error:?}");
    }
}
