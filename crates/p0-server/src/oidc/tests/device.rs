//! Device authorization.

use super::harness::{Browser, Fixture, MIA, PASSWORD};
use crate::oidc::{CLIENT_ID, store};
use axum::http::StatusCode;
use serde_json::Value;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn poll(fixture: &Fixture, codes: &Value) -> (String, Value) {
    let code = codes["device_code"].as_str().unwrap();
    let answer = fixture.token(&[("grant_type", GRANT), ("device_code", code)]).await;
    (answer.json()["error"].as_str().unwrap_or("ok").to_owned(), answer.json())
}

async fn decide(browser: &mut Browser<'_>, codes: &Value, decision: &str) -> super::harness::Answer {
    let code = codes["user_code"].as_str().unwrap();
    let page = browser.get(&format!("/device?user_code={code}")).await;
    let (csrf, code) = (page.field("csrf"), page.field("user_code"));
    browser.post("/device", &[("csrf", &csrf), ("user_code", &code), ("do", decision)]).await
}

#[tokio::test]
async fn allowed_device_gets_tokens() {
    let fixture = Fixture::new().await;
    let codes = fixture.device().await;
    let shown = codes["user_code"].as_str().unwrap();
    assert_eq!((codes["interval"].as_u64(), codes["expires_in"].as_u64()), (Some(5), Some(600)));
    let complete = codes["verification_uri_complete"].as_str().unwrap();
    let path = complete.strip_prefix("http://127.0.0.1:8099").unwrap();
    assert_eq!(path, format!("/device?user_code={shown}"));
    assert_eq!(poll(&fixture, &codes).await.0, "authorization_pending");

    // The link leads through the sign-in back to the code, and asks before anything happens.
    let mut browser = Browser::new(&fixture);
    let answer = browser.sign_in(path).await;
    assert_eq!(&answer.location()[url::Position::BeforePath..], path);
    let page = browser.get(path).await;
    for words in [shown, "mia@example.com", "P0 CLI/1.0 &lt;img src=x&gt;", "Allow it only if you started it yourself"]
    {
        page.says(words);
    }
    fixture.advance(5);
    assert_eq!(poll(&fixture, &codes).await.0, "authorization_pending");
    decide(&mut browser, &codes, "allow").await.says("The device is signed in");

    let (_, tokens) = poll(&fixture, &codes).await;
    assert_eq!(fixture.provider.verify(tokens["access_token"].as_str().unwrap()).unwrap().email, MIA);
    assert_eq!(tokens["scope"], "openid email offline_access");
    assert!(tokens["refresh_token"].is_string() && tokens["id_token"].is_string());
    // Once.
    assert_eq!(poll(&fixture, &codes).await.0, "invalid_grant");
}

#[tokio::test]
async fn denied_device_gets_access_denied() {
    let fixture = Fixture::new().await;
    let codes = fixture.device().await;
    let mut browser = Browser::new(&fixture);
    browser.sign_in("/device").await;
    decide(&mut browser, &codes, "deny").await.says("The device was refused");
    assert_eq!(poll(&fixture, &codes).await.0, "access_denied");
    // It is decided: the code leads nowhere any more.
    let code = codes["user_code"].as_str().unwrap();
    let answer = browser.get(&format!("/device?user_code={code}")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    answer.says("No device waits under this code");
}

#[tokio::test]
async fn polling_too_often_slows_down() {
    let fixture = Fixture::new().await;
    let codes = fixture.device().await;
    assert_eq!(poll(&fixture, &codes).await.0, "authorization_pending");
    fixture.advance(4);
    assert_eq!(poll(&fixture, &codes).await.0, "slow_down");
    // From now on every ten seconds.
    fixture.advance(9);
    assert_eq!(poll(&fixture, &codes).await.0, "slow_down");
    fixture.advance(15);
    assert_eq!(poll(&fixture, &codes).await.0, "authorization_pending");
}

#[tokio::test]
async fn undecided_device_code_expires() {
    let fixture = Fixture::new().await;
    let codes = fixture.device().await;
    let mut browser = Browser::new(&fixture);
    browser.sign_in("/device").await;
    fixture.advance(600);
    assert_eq!(poll(&fixture, &codes).await.0, "expired_token");
    assert_eq!(poll(&fixture, &codes).await.0, "invalid_grant");
    let code = codes["user_code"].as_str().unwrap();
    browser.get(&format!("/device?user_code={code}")).await.says("No device waits under this code");
}

#[tokio::test]
async fn user_code_requires_sign_in() {
    let fixture = Fixture::new().await;
    let codes = fixture.device().await;
    let code = codes["user_code"].as_str().unwrap();
    let mut stranger = Browser::new(&fixture);
    let page = stranger.get(&format!("/device?user_code={code}")).await;
    page.says("type=\"password\"");
    let csrf = page.field("csrf");
    let answer = stranger.post("/device", &[("csrf", &csrf), ("user_code", code), ("do", "allow")]).await;
    answer.says("Your session has ended");
    assert_eq!(poll(&fixture, &codes).await.0, "authorization_pending");
}

#[tokio::test]
async fn wrong_user_codes_are_limited() {
    let fixture = Fixture::new().await;
    let codes = fixture.device().await;
    let mut browser = Browser::new(&fixture);
    browser.sign_in("/device").await;
    let code = codes["user_code"].as_str().unwrap();
    let good = format!("/device?user_code={code}");
    for _ in 0..10 {
        // Right ones are not counted.
        assert_eq!(browser.get(&good).await.status, StatusCode::OK);
        let answer = browser.get("/device?user_code=BBBB-BBBB").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let answer = browser.get(&good).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    answer.says("Too many codes were wrong. Try again in 15 minutes.");
    // Nor is it a way round to sign in again.
    browser.sign_in("/device?prompt=login").await;
    assert_eq!(browser.get(&good).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn pending_device_codes_are_limited() {
    let fixture = Fixture::new().await;
    for _ in 0..store::MOST_DEVICE_CODES_PER_ADDRESS {
        fixture.device().await;
    }
    let answer = fixture.post("/oauth2/v1/device/authorize", &[("client_id", CLIENT_ID)]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::TOO_MANY_REQUESTS, "slow_down"));
    assert_eq!(answer.json()["error_description"], "too many devices are waiting already; try again in a few minutes");
    fixture.advance(600);
    fixture.device().await;
    // What has expired is remembered for a while, and then forgotten.
    fixture.advance(601);
    fixture.device().await;
    assert_eq!(fixture.rows("SELECT COUNT(*) FROM device_codes").await, 2);
}

#[tokio::test]
async fn device_endpoint_errors_name_the_problem() {
    let fixture = Fixture::new().await;
    for (fields, error) in [
        (vec![("client_id", "other")], "invalid_client"),
        (vec![("client_id", CLIENT_ID), ("scope", "admin")], "invalid_scope"),
    ] {
        assert_eq!(fixture.post("/oauth2/v1/device/authorize", &fields).await.error(), error);
    }
    let answer = fixture.token(&[("grant_type", GRANT), ("device_code", "x")]).await;
    assert_eq!(answer.json()["error_description"], "the device code is unknown, or was used before");
}

#[tokio::test]
async fn device_endpoint_rejects_requests_from_web_pages() {
    let fixture = Fixture::new().await;
    for site in ["cross-site", "same-site"] {
        let mut browser = Browser::new(&fixture);
        let path = "/oauth2/v1/device/authorize";
        let answer = browser.post_with(path, &[("client_id", CLIENT_ID)], &[("sec-fetch-site", site)]).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
        assert_eq!(answer.json()["error_description"], "a web page cannot sign a device in");
    }
    assert_eq!(fixture.rows("SELECT COUNT(*) FROM device_codes").await, 0);
}

#[tokio::test]
async fn cancel_leaves_the_device_undecided() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let page = browser.get("/device").await;
    browser.submit(&page, &[("do", "cancel")]).await.says("Sign-in canceled");
    browser.submit(&page, &[("email", MIA), ("password", PASSWORD)]).await.location();
    browser.get("/device").await.says("Enter the code");
}
