//! Refresh tokens.

use super::harness::{Browser, Fixture, authorize, directory};
use crate::oidc::{TokenError, store};
use axum::http::StatusCode;
use futures_util::FutureExt;
use serde_json::Value;
use std::{sync::Arc, time::Duration};

fn refresh_token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn refresh_rotates_the_token() {
    let fixture = Fixture::new().await;
    let mut token = refresh_token(&fixture.sign_in().await);
    for _ in 0..3 {
        fixture.advance(3600);
        let tokens = fixture.refresh(&token).await.json();
        assert!(fixture.provider.verify(tokens["access_token"].as_str().unwrap()).is_ok());
        assert!(tokens["id_token"].is_string());
        assert_ne!(token, refresh_token(&tokens));
        token = refresh_token(&tokens);
    }
    // It survives a restart.
    let fixture = fixture.restart(|_| {}).await;
    assert_eq!(fixture.refresh(&token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn reused_refresh_token_revokes_the_grant() {
    let fixture = Fixture::new().await;
    let first = refresh_token(&fixture.sign_in().await);
    let tokens = fixture.refresh(&first).await.json();
    fixture.advance(31);
    let answer = fixture.refresh(&first).await;
    assert_eq!(answer.error(), "invalid_grant");
    assert_eq!(answer.json()["error_description"], "the refresh token was used before; its sign-in is revoked");
    assert_eq!(fixture.refresh(&refresh_token(&tokens)).await.error(), "invalid_grant");
    assert_eq!(fixture.provider.verify(tokens["access_token"].as_str().unwrap()), Err(TokenError::Revoked));
}

#[tokio::test]
async fn used_refresh_token_works_within_grace_period() {
    let fixture = Fixture::new().await;
    let first = refresh_token(&fixture.sign_in().await);
    let lost = refresh_token(&fixture.refresh(&first).await.json());
    fixture.advance(30);
    let second = refresh_token(&fixture.refresh(&first).await.json());
    fixture.advance(3600);
    assert_eq!(fixture.refresh(&second).await.status, StatusCode::OK);
    // Only one token stays valid; later use of the other is treated as theft.
    fixture.advance(31);
    assert_eq!(fixture.refresh(&lost).await.error(), "invalid_grant");
    assert_eq!(fixture.refresh(&second).await.error(), "invalid_grant");
}

#[tokio::test]
async fn unused_refresh_tokens_per_grant_are_limited() {
    let fixture = Fixture::new().await;
    let first = refresh_token(&fixture.sign_in().await);
    for _ in 0..store::MOST_SIBLINGS {
        assert_eq!(fixture.refresh(&first).await.status, StatusCode::OK);
    }
    let answer = fixture.refresh(&first).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::TOO_MANY_REQUESTS, "slow_down"));
}

#[tokio::test]
async fn rotation_does_not_extend_the_sign_in() {
    let fixture = Fixture::new().await;
    let first = refresh_token(&fixture.sign_in().await);
    fixture.advance(29 * 24 * 3600);
    let second = refresh_token(&fixture.refresh(&first).await.json());
    fixture.advance(24 * 3600);
    assert_eq!(fixture.refresh(&second).await.error(), "invalid_grant");
}

#[tokio::test]
async fn refresh_can_reduce_scope_but_not_extend_it() {
    let fixture = Fixture::new().await;
    let code = Browser::new(&fixture).sign_in(&authorize(&[("scope", "openid offline_access")])).await.param("code");
    let token = refresh_token(&fixture.redeem(&code.unwrap()).await.json());
    let ask = |scope| [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("scope", scope)];
    assert_eq!(fixture.token(&ask("openid email")).await.error(), "invalid_scope");
    assert_eq!(fixture.token(&ask("openid")).await.json()["scope"], "openid");
}

#[tokio::test]
async fn no_refresh_token_without_offline_access() {
    let fixture = Fixture::new().await;
    let code = Browser::new(&fixture).sign_in(&authorize(&[("scope", "email")])).await.param("code");
    let tokens = fixture.redeem(&code.unwrap()).await.json();
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none(), "{tokens}");
}

#[tokio::test]
async fn user_who_left_gets_no_tokens() {
    let fixture = Fixture::new().await;
    let tokens = fixture.sign_in().await;
    let access = tokens["access_token"].as_str().unwrap();
    let fixture = fixture.restart(|options| options.directory = Arc::new(directory(&["tom@example.com"]))).await;
    assert_eq!(fixture.provider.verify(access), Err(TokenError::UnknownUser));
    let answer = fixture.refresh(&refresh_token(&tokens)).await;
    assert_eq!(answer.json()["error_description"], "the user may not sign in any more");
    // For good, whether they come back or not.
    let fixture = fixture.restart(|_| {}).await;
    assert_eq!(fixture.provider.verify(access), Err(TokenError::Revoked));
}

#[tokio::test]
async fn revocation_ends_all_tokens_of_the_sign_in() {
    let fixture = Fixture::new().await;
    for kind in ["refresh_token", "access_token"] {
        let tokens = fixture.sign_in().await;
        let fields = [("client_id", "p0-cli"), ("token", tokens[kind].as_str().unwrap())];
        assert_eq!(fixture.post("/oauth2/v1/revoke", &fields).await.status, StatusCode::OK);
        assert_eq!(fixture.provider.verify(tokens["access_token"].as_str().unwrap()), Err(TokenError::Revoked));
        assert_eq!(fixture.refresh(&refresh_token(&tokens)).await.error(), "invalid_grant");
        // Again, or with nonsense, it is as good.
        assert_eq!(fixture.post("/oauth2/v1/revoke", &fields).await.status, StatusCode::OK);
    }
    let answer = fixture.post("/oauth2/v1/revoke", &[("client_id", "p0-cli"), ("token", "x")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(fixture.post("/oauth2/v1/revoke", &[("token", "x")]).await.error(), "invalid_client");
}

#[tokio::test]
async fn stored_tokens_are_limited() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    browser.sign_in(&authorize(&[])).await;
    for _ in 0..store::MOST_GRANTS_PER_USER + 5 {
        let page = browser.get(&authorize(&[])).await;
        let code = browser.submit(&page, &[("do", "continue")]).await.param("code").unwrap();
        fixture.redeem(&code).await;
    }
    assert_eq!(fixture.rows("SELECT COUNT(*) FROM refresh_tokens").await, i64::from(store::MOST_GRANTS_PER_USER));

    let mut token = refresh_token(&fixture.sign_in().await);
    for _ in 0..store::GENERATIONS_KEPT + 20 {
        token = refresh_token(&fixture.refresh(&token).await.json());
    }
    let most = "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM refresh_tokens GROUP BY grant_id)";
    assert!(fixture.rows(most).await <= i64::from(store::GENERATIONS_KEPT) + 2);

    fixture.advance(31 * 24 * 3600);
    fixture.sign_in().await;
    assert_eq!(fixture.rows("SELECT COUNT(*) FROM refresh_tokens").await, 1);
    assert_eq!(fixture.rows("SELECT COUNT(*) FROM browser_sessions").await, 1);
}

#[tokio::test]
async fn revocation_completes_after_client_disconnects() {
    let fixture = Fixture::new().await;
    let tokens = fixture.sign_in().await;
    let service = &fixture.provider.service;
    let claims = service.tokens.verify(tokens["access_token"].as_str().unwrap()).unwrap();
    let held = fixture.hold_store().await;
    assert!(service.revoke(&claims.grant).now_or_never().is_none(), "it waits for the store, and is given up");
    drop(held);
    let stored = async {
        while fixture.rows("SELECT COUNT(*) FROM revoked_grants").await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), stored).await.expect("goes on to its end");
    let fixture = fixture.restart(|_| {}).await;
    assert_eq!(fixture.refresh(&refresh_token(&tokens)).await.error(), "invalid_grant");
}
