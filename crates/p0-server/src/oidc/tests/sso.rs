//! Tokens that open an application once.

use super::harness::{Answer, Fixture, MIA, PASSWORD};
use crate::oidc::Visitor;
use axum::http::StatusCode;
use serde_json::Value;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const AUDIENCE: &str = "urn:okta:apps:0oa1example";

/// Asks for a visit with both tokens, but for these changes; an empty value leaves a parameter out.
async fn ask(provider: &Fixture, session: &Value, changes: &[(&'static str, &str)]) -> Answer {
    let text = |name: &str| session[name].as_str().unwrap_or_default().to_owned();
    let (access, id) = (text("access_token"), text("id_token"));
    let mut params = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("requested_token_type", "urn:okta:oauth:token-type:web_sso_token"),
        ("audience", AUDIENCE),
        ("actor_token", &access),
        ("actor_token_type", ACCESS_TOKEN),
        ("subject_token", &id),
        ("subject_token_type", ID_TOKEN),
    ];
    params.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    params.extend(changes.iter().filter(|(_, value)| !value.is_empty()).copied());
    provider.token(&params).await
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn app_token_works_once_and_expires() {
    let provider = Fixture::new().await;
    let session = provider.sign_in().await;
    let answer = ask(&provider, &session, &[]).await;
    let (token, answer) = (token(&answer), answer.json());
    assert_eq!(answer["issued_token_type"], "urn:okta:oauth:token-type:web_sso_token");
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&"N_A".into(), &60.into()));
    let visitor = provider.provider.visitor(&token).unwrap();
    assert_eq!(visitor, Visitor { email: MIA.into(), app: "0oa1example".into(), auth_time: visitor.auth_time });
    assert_eq!(provider.provider.visitor(&token), None, "it works once");

    let late = self::token(&ask(&provider, &session, &[]).await);
    provider.advance(60);
    assert_eq!(provider.provider.visitor(&late), None, "it works for a minute");
    assert_eq!(provider.provider.visitor("never-issued"), None);
    provider.provider.verify(&token).unwrap_err();
}

#[tokio::test]
async fn app_token_with_access_token_only() {
    let provider = Fixture::new().await;
    let session = provider.sign_in().await;
    let access = session["access_token"].as_str().unwrap();
    let alone = [
        ("subject_token", access),
        ("subject_token_type", ACCESS_TOKEN),
        ("actor_token", ""),
        ("actor_token_type", ""),
    ];
    let token = token(&ask(&provider, &session, &alone).await);
    assert_eq!(provider.provider.visitor(&token).unwrap().email, MIA);
}

#[tokio::test]
async fn app_token_requires_valid_tokens_of_one_user() {
    let provider = Fixture::new().await;
    let session = provider.sign_in().await;
    let text = |name: &str| session[name].as_str().unwrap().to_owned();
    let (access, id) = (text("access_token"), text("id_token"));
    let (said, signature) = id.rsplit_once('.').unwrap();
    let altered = format!("{said}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
    for (changes, error) in [
        (&[("audience", "urn:okta:apps:other")][..], "invalid_target"),
        (&[("audience", "https://db.example.com")], "invalid_target"),
        (&[("audience", "")], "invalid_request"),
        (&[("subject_token", &access)], "invalid_request"),
        (&[("subject_token", &altered)], "invalid_request"),
        (&[("subject_token", "")], "invalid_request"),
        (&[("subject_token_type", "")], "invalid_request"),
        (&[("actor_token", &id)], "invalid_request"),
        (&[("actor_token", "")], "invalid_request"),
        (&[("actor_token_type", "")], "invalid_request"),
        (&[("requested_token_type", "urn:okta:oauth:token-type:other")], "invalid_request"),
    ] {
        assert_eq!(ask(&provider, &session, changes).await.error(), error, "{changes:?}");
    }
    let tom = {
        let mut browser = super::harness::Browser::new(&provider);
        let page = browser.get(&super::harness::authorize(&[])).await;
        let fields = [("email", "tom@example.com"), ("password", PASSWORD)];
        let code = browser.submit(&page, &fields).await.param("code").unwrap();
        provider.redeem(&code).await.json()
    };
    let mixed = ask(&provider, &session, &[("actor_token", tom["access_token"].as_str().unwrap())]).await;
    assert!(mixed.body.contains("of two persons"), "{}", mixed.body);
}

#[tokio::test]
async fn app_token_is_void_after_sign_out_or_expiry() {
    let provider = Fixture::new().await;
    let session = provider.sign_in().await;
    let token = token(&ask(&provider, &session, &[]).await);
    let refresh = session["refresh_token"].as_str().unwrap();
    let answer = provider.post("/oauth2/v1/revoke", &[("token", refresh), ("client_id", "p0-cli")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(provider.provider.visitor(&token), None);
    assert_eq!(ask(&provider, &session, &[]).await.error(), "invalid_request");

    let session = provider.sign_in().await;
    provider.advance(2 * 60 * 60);
    assert!(ask(&provider, &session, &[]).await.body.contains("expired"));
}

#[tokio::test]
async fn unused_app_tokens_per_user_are_limited() {
    let provider = Fixture::new().await;
    let session = provider.sign_in().await;
    let first = token(&ask(&provider, &session, &[]).await);
    provider.advance(1);
    for _ in 0..20 {
        ask(&provider, &session, &[]).await;
    }
    assert_eq!(provider.provider.visitor(&first), None);
}
