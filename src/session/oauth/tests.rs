//! What becomes of a provider's answers.

use super::*;
use crate::session::test_server;
use serde_json::json;

/// What becomes of a token endpoint's answer.
async fn refresh(status: u16, body: impl Into<String>) -> Result<Granted, String> {
    let body = body.into();
    let url = test_server::serve(move |_, _| (status, body.clone()));
    let client = Client::for_test(&url);
    let answer = client.refresh(&test_server::http(), &"refresh".into()).await;
    answer.map_err(|error| error.into_failure().to_string().replace(&host_of(&url), "id.example.com"))
}

#[tokio::test]
async fn a_grant_is_understood_with_what_it_leaves_out() {
    let granted = refresh(200, json!({"access_token": "a"}).to_string()).await.expect("granted");
    assert_eq!(granted.access_token.expose_secret(), "a");
    assert!(granted.expires_at.is_none() && granted.refresh_token.is_none() && granted.id_token.is_none());
    let all = json!({"access_token": "a", "token_type": "BEARER", "expires_in": 60, "refresh_token": "r", "id_token": "i", "scope": "x", "more": [1]});
    let granted = refresh(200, all.to_string()).await.expect("granted");
    assert!(granted.expires_at.is_some() && granted.refresh_token.is_some() && granted.id_token.is_some());
}

#[tokio::test]
async fn what_is_no_grant_says_what_it_is_and_shows_no_secret() {
    let dpop = json!({"access_token": "secret", "token_type": "DPoP"}).to_string();
    for (status, body, message) in [
        (200, dpop, "id.example.com sent an invalid response: its token is not a bearer token"),
        (
            200,
            "<html>secret</html>".into(),
            "id.example.com sent an invalid response: not what a token endpoint answers",
        ),
        (
            200,
            r#"{"access_token": "secret""#.into(),
            "id.example.com sent an invalid response: not what a token endpoint answers",
        ),
        (200, String::new(), "id.example.com sent an invalid response: not what a token endpoint answers"),
        (
            404,
            "<html>secret</html>".into(),
            "id.example.com sent an invalid response: not what a token endpoint answers",
        ),
        (503, "secret".into(), "HTTP Error: 503 Service Unavailable"),
        (
            400,
            r#"{"error": "invalid_client", "error_description": "no such client"}"#.into(),
            "The identity provider refused: no such client (invalid_client)",
        ),
        (400, r#"{"error": "invalid_scope"}"#.into(), "The identity provider refused: invalid_scope"),
        (200, "x".repeat(calls::LARGEST + 1), "id.example.com sent an answer of more than 1048576 bytes"),
    ] {
        assert_eq!(refresh(status, body).await.expect_err(message), message);
    }
}

#[tokio::test]
async fn a_code_that_is_denied_or_runs_out_ends_the_wait() {
    for code in ["access_denied", "expired_token"] {
        let url = test_server::serve(move |_, _| test_server::json(400, &json!({"error": code})));
        let device =
            json!({"device_code": "d", "user_code": "u", "verification_uri": url, "expires_in": 60, "interval": 1});
        let device = serde_json::from_value(device).expect("a device");
        let error = Client::for_test(&url).device_token(&test_server::http(), &device).await.expect_err(code);
        assert!(error.is(code), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_is_given_up() {
    // Nothing else is due, so the paused clock goes straight to the limit.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let client = Client::for_test(&Url::parse(&format!("http://{host}")).expect("an address"));
    let error = client.refresh(&test_server::http(), &"refresh".into()).await.expect_err("no answer").into_failure();
    let failure = crate::error::classify(error);
    assert_eq!(failure.message.replace(&host, "id.example.com"), "No answer in time (id.example.com)");
    assert_eq!(failure.hints, ["Check your network and your proxy (HTTPS_PROXY), then try again."]);
    assert_eq!(failure.kind.code(), 1);
}

#[tokio::test]
async fn revocation_names_the_token_and_the_client() {
    let url = test_server::serve(|call, body| match (call, body) {
        ("POST /revoke", "token=r&token_type_hint=refresh_token&client_id=p0-cli") => (200, String::new()),
        _ => (400, String::new()),
    });
    let endpoint = url.join("/revoke").expect("an address");
    Client::for_test(&url).revoke(&test_server::http(), &endpoint, &"r".into()).await.expect("revoked");
    let error =
        Client::for_test(&url).revoke(&test_server::http(), &endpoint, &"other".into()).await.expect_err("refused");
    assert_eq!(error.to_string(), "HTTP Error: 400 Bad Request");
}
