//! Authorization code with PKCE.

use super::harness::{Browser, Fixture, ISSUER, MIA, PASSWORD, REDIRECT, VERIFIER, authorize};
use crate::oidc::{CLIENT_ID, TokenError};
use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn code_flow_issues_tokens() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let answer = browser.sign_in(&authorize(&[])).await;
    assert!(answer.location().as_str().starts_with(&format!("{REDIRECT}?code=")));
    assert_eq!(answer.param("state").as_deref(), Some("st&te"));
    assert_eq!(answer.param("iss").as_deref(), Some(ISSUER));

    let answer = fixture.redeem(&answer.param("code").unwrap()).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid email profile offline_access");
    let access = tokens["access_token"].as_str().unwrap();
    let id = claims(tokens["id_token"].as_str().unwrap());
    let half = URL_SAFE_NO_PAD.encode(&Sha256::digest(access)[..16]);
    for (claim, value) in [
        ("iss", json!(ISSUER)),
        ("aud", json!(CLIENT_ID)),
        ("sub", json!(MIA)),
        ("email", json!(MIA)),
        ("nonce", json!("n-1")),
        ("at_hash", json!(half)),
        ("auth_time", json!(1_750_000_000)),
        ("exp", json!(1_750_003_600)),
    ] {
        assert_eq!(id[claim], value, "{claim}");
    }
    let identity = fixture.provider.verify(access).unwrap();
    assert_eq!((identity.email.as_str(), identity.expires_at.0), (MIA, 1_750_003_600_000));
}

#[tokio::test]
async fn second_sign_in_takes_one_click() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    browser.sign_in(&authorize(&[])).await;
    let page = browser.get(&authorize(&[])).await;
    page.says("Continue as mia@example.com");
    let answer = browser.submit(&page, &[("do", "continue")]).await;
    assert_eq!(fixture.redeem(&answer.param("code").unwrap()).await.status, StatusCode::OK);

    // Whoever asks for it, or for a recent sign-in, gets the password asked.
    for changes in [[("prompt", "login")], [("prompt", "select_account")]] {
        browser.get(&authorize(&changes)).await.says("type=\"password\"");
    }
    fixture.advance(61);
    browser.get(&authorize(&[("max_age", "60")])).await.says("type=\"password\"");
    // And a click does not get round it.
    let page = browser.get(&authorize(&[("max_age", "60")])).await;
    browser.submit(&page, &[("do", "continue")]).await.says("type=\"password\"");

    fixture.advance(12 * 60 * 60);
    browser.get(&authorize(&[])).await.says("type=\"password\"");
}

#[tokio::test]
async fn click_without_session_asks_to_sign_in() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let page = browser.get(&authorize(&[])).await;
    browser.submit(&page, &[("do", "continue")]).await.says("type=\"password\"");
}

#[tokio::test]
async fn cancel_sends_access_denied() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let page = browser.get(&authorize(&[])).await;
    let answer = browser.submit(&page, &[("do", "cancel")]).await;
    assert_eq!(answer.param("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.param("state").as_deref(), Some("st&te"));
}

#[tokio::test]
async fn unregistered_redirect_uri_gets_no_response() {
    let fixture = Fixture::new().await;
    for redirect in ["https://evil.example.com/", "http://127.0.0.1:1/other", "//evil.example.com", ""] {
        let answer = Browser::new(&fixture).get(&authorize(&[("redirect_uri", redirect)])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{redirect}");
        assert!(!answer.headers.contains_key("location"));
        answer.says("wants the answer sent to an address that is not allowed");
    }
    let answer = Browser::new(&fixture).get(&authorize(&[("client_id", "other")])).await;
    assert!(answer.status == StatusCode::BAD_REQUEST && !answer.headers.contains_key("location"));
    answer.says("is not known to this service");
    // Nor later on, through the form.
    let mut browser = Browser::new(&fixture);
    let csrf = browser.get(&authorize(&[])).await.field("csrf");
    for (target, problem) in [
        (authorize(&[("redirect_uri", "https://evil.example.com/")]), "an address that is not allowed"),
        ("https://evil.example.com/?x".to_owned(), "This form is incomplete"),
        (String::new(), "This form is incomplete"),
    ] {
        let fields = [("csrf", csrf.as_str()), ("target", &target), ("email", MIA), ("password", PASSWORD)];
        let answer = browser.post("/oauth2/v1/sign-in", &fields).await;
        assert!(answer.status == StatusCode::BAD_REQUEST && !answer.headers.contains_key("location"));
        answer.says(problem);
    }
}

#[tokio::test]
async fn invalid_request_redirects_with_error() {
    let fixture = Fixture::new().await;
    for (name, value, error, description) in [
        ("response_type", "", "invalid_request", "response_type is missing"),
        ("response_type", "token", "unsupported_response_type", "response_type must be code"),
        ("response_mode", "fragment", "invalid_request", "response_mode must be query"),
        ("code_challenge", "", "invalid_request", "code_challenge is missing: PKCE is required"),
        ("code_challenge", "short", "invalid_request", "code_challenge is not a SHA-256 hash in base64url"),
        ("code_challenge_method", "", "invalid_request", "code_challenge_method must be S256"),
        ("code_challenge_method", "plain", "invalid_request", "code_challenge_method must be S256"),
        ("scope", "admin", "invalid_scope", "no known scope was asked for"),
        ("max_age", "-1", "invalid_request", "max_age must be a number of seconds"),
        ("nonce", &"n".repeat(2000), "invalid_request", "nonce is too long"),
        ("prompt", "none login", "invalid_request", "prompt=none stands alone"),
        ("prompt", "none", "login_required", "the user has to be asked"),
        ("request", "x.y.z", "request_not_supported", "request objects are not supported"),
        ("request_uri", "https://evil.example.com/", "request_uri_not_supported", "request objects are not supported"),
    ] {
        let answer = Browser::new(&fixture).get(&authorize(&[(name, value)])).await;
        assert_eq!(answer.param("error").as_deref(), Some(error), "{name}={value}");
        assert_eq!(answer.param("error_description").as_deref(), Some(description));
        assert_eq!(answer.param("state").as_deref(), Some("st&te"));
    }
    let twice = format!("{}&state=other", authorize(&[]));
    let answer = Browser::new(&fixture).get(&twice).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    answer.says("says something twice");
}

#[tokio::test]
async fn code_requires_verifier_and_redirect_uri() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    for (redirect, verifier, problem) in [
        (REDIRECT, "e".repeat(43), "code_verifier does not fit code_challenge"),
        (REDIRECT, "short".to_owned(), "code_verifier does not fit code_challenge"),
        ("http://127.0.0.1:1/", VERIFIER.to_owned(), "redirect_uri is not the one that the code was sent to"),
    ] {
        let code = browser.sign_in(&authorize(&[("prompt", "login")])).await.param("code").unwrap();
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", redirect)];
        let missing = fixture.token(&fields).await;
        assert_eq!(missing.json()["error_description"], "code_verifier is missing");
        let answer = fixture.token(&[&fields[..], &[("code_verifier", &verifier)]].concat()).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"));
        assert_eq!(answer.json()["error_description"], problem);
        // There is no second try.
        assert_eq!(fixture.redeem(&code).await.error(), "invalid_grant");
    }
}

#[tokio::test]
async fn code_used_twice_revokes_its_tokens() {
    let fixture = Fixture::new().await;
    let code = Browser::new(&fixture).sign_in(&authorize(&[])).await.param("code").unwrap();
    let tokens = fixture.redeem(&code).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    assert!(fixture.provider.verify(access).is_ok());

    let answer = fixture.redeem(&code).await;
    assert_eq!(answer.error(), "invalid_grant");
    assert_eq!(answer.json()["error_description"], "the code was used before; its tokens are revoked");
    assert_eq!(fixture.provider.verify(access), Err(TokenError::Revoked));
    assert_eq!(fixture.refresh(tokens["refresh_token"].as_str().unwrap()).await.error(), "invalid_grant");
    // A restart does not forget it.
    let fixture = fixture.restart(|_| {}).await;
    assert_eq!(fixture.provider.verify(access), Err(TokenError::Revoked));
}

#[tokio::test]
async fn concurrent_redemption_of_a_code_succeeds_once() {
    let fixture = Fixture::new().await;
    let code = Browser::new(&fixture).sign_in(&authorize(&[])).await.param("code").unwrap();
    let answers = futures_util::future::join_all((0..8).map(|_| fixture.redeem(&code))).await;
    let tokens: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
    // Whether or not it had its tokens before the others came, they are void.
    assert!(tokens.len() <= 1);
    for answer in tokens {
        let tokens = answer.json();
        assert_eq!(fixture.provider.verify(tokens["access_token"].as_str().unwrap()), Err(TokenError::Revoked));
        assert_eq!(fixture.refresh(tokens["refresh_token"].as_str().unwrap()).await.error(), "invalid_grant");
    }
}

#[tokio::test]
async fn code_expires_after_a_minute() {
    let fixture = Fixture::new().await;
    let code = Browser::new(&fixture).sign_in(&authorize(&[])).await.param("code").unwrap();
    fixture.advance(61);
    let answer = fixture.redeem(&code).await;
    assert_eq!(answer.json()["error_description"], "the code is unknown or has expired");
}

#[tokio::test]
async fn codes_per_user_are_limited_and_expired_ones_removed() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    browser.sign_in(&authorize(&[])).await;
    for _ in 0..25 {
        let page = browser.get(&authorize(&[])).await;
        browser.submit(&page, &[("do", "continue")]).await;
    }
    assert_eq!(fixture.rows("SELECT COUNT(*) FROM authorization_codes").await, 20);
    fixture.advance(120);
    let page = browser.get(&authorize(&[])).await;
    browser.submit(&page, &[("do", "continue")]).await;
    assert_eq!(fixture.rows("SELECT COUNT(*) FROM authorization_codes").await, 1);
}

#[tokio::test]
async fn token_endpoint_errors_name_the_problem() {
    let fixture = Fixture::new().await;
    for (fields, error, description) in [
        (vec![], "invalid_request", "grant_type is missing"),
        (vec![("grant_type", "password")], "unsupported_grant_type", "this grant_type is not known"),
        (vec![("grant_type", "authorization_code")], "invalid_request", "code is missing"),
        (
            vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
            "invalid_grant",
            "the refresh token is unknown, revoked or has expired",
        ),
        (vec![("a", "1"), ("a", "2")], "invalid_request", "a parameter is given more than once"),
    ] {
        let answer = fixture.token(&fields).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, error));
        assert_eq!(answer.json()["error_description"], description);
    }
    for fields in [vec![], vec![("client_id", "other")], vec![("client_id", CLIENT_ID), ("client_secret", "wrong")]] {
        let answer = fixture.post("/oauth2/v1/token", &fields).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"));
        assert!(answer.headers.contains_key("www-authenticate"));
    }
}
