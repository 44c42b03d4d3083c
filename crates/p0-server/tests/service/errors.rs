//! Every error is JSON, and says what is wrong.

use crate::support::{Answer, HOUR, Server};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_organisation_is_found_or_not() {
    let server = Server::start().await;
    let found = server.call(Method::GET, "/orgs/test", None, None).await;
    assert_eq!(found.status, 200);
    assert_eq!(found.body["auth"]["type"], "sso");
    assert_eq!(found.body["auth"]["provider"]["ssoProvider"], "oidc-pkce");
    assert_eq!(found.body["useProviderToken"], true);
    assert_eq!(found.body["config"]["appUrl"], server.service.url().as_str().trim_end_matches('/'));
    let absent = server.call(Method::GET, "/orgs/other", None, None).await;
    assert_eq!(absent.brief(), (404, "Not found: no such organisation"));
    let dev = server.user("dev");
    let elsewhere = server.call(Method::GET, "/o/other/account", Some(&dev.token), None).await;
    assert_eq!(elsewhere.brief(), (404, "Not found: no such organisation"));
    server.stop().await;
}

#[tokio::test]
async fn only_good_tokens_are_taken() {
    let server = Server::start().await;
    let token = server.user("dev").token;
    let account = async |token: Option<&str>| server.call(Method::GET, "/o/test/account", token, None).await;
    assert_eq!(account(Some(&token)).await.body["email"], "dev@example.com");
    assert_eq!(account(None).await.brief(), (401, "Not signed in: there is no bearer token"));
    let mut altered = token.clone();
    let middle = altered.len() - 20;
    let other = if &altered[middle..=middle] == "A" { "B" } else { "A" };
    altered.replace_range(middle..=middle, other);
    assert_eq!(
        account(Some(&altered)).await.brief(),
        (401, "This token has been altered since it was issued. Sign in again with `p0 login`.")
    );
    assert_eq!(
        account(Some("nonsense")).await.brief(),
        (401, "This is not a token that can be read. Sign in with `p0 login`.")
    );
    server.clock.advance(2 * HOUR);
    assert_eq!(account(Some(&token)).await.brief(), (401, "Your sign-in has expired. Sign in again with `p0 login`."));
    let basic = server.http.get(server.url("/o/test/account")).basic_auth("a", Some("b")).send().await;
    let basic = basic.expect("an answer");
    assert_eq!(basic.headers()["www-authenticate"], "Bearer");
    assert_eq!(Answer::from_response(basic).await.brief(), (401, "Not signed in: there is no bearer token"));
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_served_is_said_in_json() {
    let server = Server::start().await;
    let dev = server.user("dev");
    assert_eq!(server.call(Method::GET, "/nowhere", None, None).await.brief(), (404, "Not found: no such call"));
    assert_eq!(dev.get("/nowhere").await.brief(), (404, "Not found: no such call"));
    assert_eq!(dev.get("/command/").await.brief(), (405, "Method Not Allowed"));
    let got = server.http.get(server.url("/o/test/command/")).send().await.expect("an answer");
    assert_eq!(got.headers()["allow"], "POST");
    assert_eq!(dev.get("/policy/name/%ff").await.status, 400);
    assert!(dev.get("/permission-requests/%ff").await.brief().1.contains("UTF-8"));
    let raw = async |body: Vec<u8>| {
        let url = server.url("/o/test/command/");
        let sent = server.http.post(url).bearer_auth(&dev.token).body(body).send().await;
        Answer::from_response(sent.expect("an answer")).await
    };
    let half = raw(b"{\"argv\": [".to_vec()).await;
    assert_eq!(half.brief(), (400, "The body cannot be read: EOF while parsing a list at line 1 column 10"));
    let nothing = raw(Vec::new()).await;
    assert_eq!(nothing.brief(), (400, "The body cannot be read: EOF while parsing a value at line 1 column 0"));
    let large = raw(vec![b' '; 1024 * 1024 + 1]).await;
    assert_eq!(large.brief(), (413, "The body is larger than 1048576 bytes"));
    assert_eq!(dev.post("/command", json!({"argv": [1]})).await.status, 400);
    server.stop().await;
}

#[tokio::test]
async fn the_host_says_what_it_is() {
    let server = Server::start().await;
    let page = server.http.get(server.url("/")).send().await.expect("an answer").text().await.expect("a text");
    assert!(page.starts_with("This is the just-in-time access service of Test (test).\n"), "{page}");
    let version = server.call(Method::GET, "/cli/version", None, None).await.body;
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let discovery = server.call(Method::GET, "/.well-known/openid-configuration", None, None).await;
    assert_eq!(discovery.status, 200);
    server.stop().await;
}
