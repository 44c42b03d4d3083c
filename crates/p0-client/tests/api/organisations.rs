//! The calls without a token.

use crate::fixture::{Stage, answer};
use p0_client::{Error, discover};
use p0_wire::org::Auth;

const ORG: &str =
    r#"{"tenantId":"t","auth":{"type":"password"},"config":{"appUrl":"https://api.example.com"},"new":1}"#;

#[tokio::test]
async fn an_organisation_is_found_without_a_token() {
    let stage = Stage::new(vec![answer(200, ORG)]).await;
    let org = discover(&stage.http, &stage.server.url, "acme", None).await.expect("an organisation");
    assert_eq!(org.auth, Auth::Password);
    assert_eq!(org.document["new"], 1);
    let sent = &stage.server.received()[0];
    assert_eq!(sent.line, "GET /orgs/acme");
    assert_eq!(sent.header("authorization"), None);
}

#[tokio::test]
async fn an_unknown_organisation_is_told_from_a_wrong_host() {
    let unknown = r#"{"error":"Not found: acme"}"#;
    let stage = Stage::new(vec![
        answer(200, unknown),
        answer(404, unknown),
        answer(404, "<html>nginx</html>"),
        answer(200, "<html>welcome</html>"),
        answer(200, r#"{"error":"Down for maintenance"}"#),
    ])
    .await;
    let mut messages = Vec::new();
    for _ in 0..5 {
        let error = discover(&stage.http, &stage.server.url, "acme", None).await.expect_err("an error");
        messages.push((matches!(error, Error::NoSuchOrg { .. }), error.to_string()));
    }
    assert_eq!(
        messages,
        [
            (true, "Could not find organization acme".into()),
            (true, "Could not find organization acme".into()),
            (false, "HTTP Error: 404 Not Found".into()),
            (false, format!("{} sent an invalid response: it is an HTML page, not JSON", stage.host())),
            (false, "Down for maintenance".into()),
        ]
    );
}

#[tokio::test]
async fn a_slug_that_is_none_is_never_sent() {
    let stage = Stage::new(vec![]).await;
    for slug in ["", "..", "a/b", "a\\b", "a\u{7}"] {
        let error = discover(&stage.http, &stage.server.url, slug, None).await.expect_err(slug);
        assert!(matches!(error, Error::BadName { what: "organization", .. }), "{error}");
    }
    assert!(stage.server.received().is_empty());
}

#[tokio::test]
async fn public_documents_are_read_with_retries() {
    let stage = Stage::new(vec![answer(503, ""), answer(200, r#"{"issuer":"https://id.example.com"}"#)]).await;
    let url = stage.server.url.join(".well-known/openid-configuration").expect("a URL");
    let metadata = stage.http.get_json::<serde_json::Value>(&url, None).await.expect("a document");
    assert_eq!(metadata["issuer"], "https://id.example.com");
    assert_eq!(stage.hand.pauses(), [1_000]);
}
