//! The pages, with hostile clients.

use crate::oidc::{
    SignIn,
    tests::harness::{Browser, Fixture, MIA, PASSWORD, authorize},
};
use axum::http::StatusCode;
use url::Url;

#[tokio::test]
async fn pages_have_security_headers() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let error = browser.get(&authorize(&[("client_id", "x")])).await;
    for page in [browser.get(&authorize(&[])).await, browser.get("/device").await, error] {
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        for word in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.contains(word), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert_eq!(page.headers[name], value, "{name}");
        }
        for outside in ["<script", "src=", "http://", "https://"] {
            assert!(!page.body.contains(outside), "{outside}: {}", page.body);
        }
    }
    // The form ends in a redirect, to which browsers apply `form-action`.
    let page = browser.get(&authorize(&[])).await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' http://127.0.0.1:52700;"), "{policy}");
}

#[tokio::test]
async fn pages_escape_hostile_input() {
    let fixture = Fixture::new().await;
    let hostile = "\"><script>alert('1')</script>&\u{202e}";
    let mut browser = Browser::new(&fixture);
    let names = ["state", "nonce", "login_hint", "scope", "prompt", "extra"];
    let mut pages = Vec::new();
    for name in names {
        pages.push(browser.get(&authorize(&[(name, &format!("openid {hostile}"))])).await);
    }
    pages.push(browser.get(&authorize(&[("redirect_uri", hostile)])).await);
    let page = browser.get(&authorize(&[])).await;
    page.says("Sign in to acme-&lt;org&gt;");
    pages.push(browser.submit(&page, &[("email", hostile), ("password", hostile)]).await);
    browser.submit(&page, &[("email", MIA), ("password", PASSWORD)]).await.location();
    let encoded: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    pages.push(browser.get(&format!("/device?user_code={encoded}")).await);
    pages.push(browser.get(&authorize(&[("login_hint", hostile)])).await);
    for page in pages {
        assert!(!page.body.contains("<script") && !page.body.contains("alert('"), "{}", page.body);
    }
}

#[tokio::test]
async fn form_of_another_origin_is_rejected() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let page = browser.get(&authorize(&[])).await;
    let (csrf, target) = (page.field("csrf"), page.field("target"));
    let good = [("csrf", csrf.as_str()), ("target", &target), ("email", MIA), ("password", PASSWORD)];
    let path = "/oauth2/v1/sign-in";

    let is_refused = |answer: &crate::oidc::tests::harness::Answer| {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        answer.says("This form is out of date, or did not come from this page.");
        assert!(!answer.headers.contains_key("set-cookie"));
    };
    is_refused(&browser.post(path, &good[1..]).await);
    is_refused(&browser.post(path, &[("csrf", "AAAA"), good[1], good[2], good[3]]).await);
    for headers in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example.com"),
        ("origin", "http://127.0.0.1:1"),
    ] {
        is_refused(&browser.post_with(path, &good, &[headers]).await);
    }
    // The token of one browser is invalid in another, with or without a cookie.
    is_refused(&Browser::new(&fixture).post(path, &good).await);
    let mut other = Browser::new(&fixture);
    other.get("/device").await;
    is_refused(&other.post(path, &good).await);
    is_refused(&other.post("/device", &[("csrf", &csrf), ("user_code", "BBBBBBBB"), ("do", "allow")]).await);
    // The valid token works, also without fetch metadata (old browsers).
    browser.post_with(path, &good, &[("origin", "http://127.0.0.1:8099")]).await.location();
}

#[tokio::test]
async fn cookies_are_http_only_and_same_site() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let page = browser.get("/device").await;
    let form = page.headers["set-cookie"].to_str().unwrap();
    assert!(form.starts_with("p0-form-8099=") && form.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{form}");
    let answer = browser.submit(&page, &[("email", MIA), ("password", PASSWORD)]).await;
    let session = answer.headers["set-cookie"].to_str().unwrap();
    assert!(session.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200"), "{session}");

    let secure = Fixture::with(|options| options.issuer = Url::parse("https://jit.example.com/").unwrap()).await;
    let page = Browser::new(&secure).get("/device").await;
    let form = page.headers["set-cookie"].to_str().unwrap();
    assert!(form.starts_with("__Host-p0-form=") && form.ends_with("; HttpOnly; SameSite=Strict; Secure"), "{form}");
}

#[tokio::test]
async fn new_sign_in_ends_the_old_session() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    browser.sign_in(&authorize(&[])).await;
    let old = browser.cookies.clone();
    browser.sign_in(&authorize(&[("prompt", "login")])).await;
    let mut thief = Browser { fixture: &fixture, cookies: old };
    thief.get(&authorize(&[])).await.says("type=\"password\"");
    browser.get(&authorize(&[])).await.says("Continue as mia@example.com");
}

#[tokio::test]
async fn wrong_passwords_are_limited() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let page = browser.get(&authorize(&[])).await;
    for _ in 0..10 {
        let answer = browser.submit(&page, &[("email", MIA), ("password", "wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        answer.says("Wrong e-mail address or password.");
    }
    fixture.advance(60);
    let answer = browser.submit(&page, &[("email", "MIA@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    answer.says("Too many attempts. Try again in 14 minutes.");
    // The limit does not lock out other users, and it ends.
    browser.submit(&page, &[("email", "tom@example.com"), ("password", PASSWORD)]).await.location();
    fixture.advance(14 * 60);
    browser.submit(&page, &[("email", MIA), ("password", PASSWORD)]).await.location();
}

#[tokio::test]
async fn unknown_user_and_wrong_password_look_the_same() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture);
    let page = browser.get(&authorize(&[])).await;
    let mut answers = Vec::new();
    for email in [MIA, "nobody@example.com"] {
        let answer = browser.submit(&page, &[("email", email), ("password", "wrong")]).await;
        answers.push((answer.status, answer.body));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn user_can_be_chosen_on_the_loopback() {
    let fixture = Fixture::with(|options| options.sign_in = SignIn::Choose).await;
    let mut browser = Browser::new(&fixture);
    let page = browser.get(&authorize(&[])).await;
    page.says("<button name=\"email\" value=\"mia@example.com\">Mia &lt;b&gt;Example&lt;/b&gt;");
    assert!(!page.body.contains("type=\"password\""));
    let code = browser.submit(&page, &[("email", "tom@example.com")]).await.param("code").unwrap();
    let tokens = fixture.redeem(&code).await.json();
    let identity = fixture.provider.verify(tokens["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(identity.email, "tom@example.com");
    let answer = browser.submit(&page, &[("email", "nobody@example.com")]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn foreign_host_header_is_rejected() {
    let fixture = Fixture::with(|options| options.sign_in = SignIn::Choose).await;
    let mut browser = Browser::new(&fixture);
    let answer = browser.get_with(&authorize(&[]), &[("host", "evil.example.com:8099")]).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    answer.says("This service does not answer to that name.");
    assert_eq!(browser.get_with(&authorize(&[]), &[("host", "localhost:8099")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn oversized_form_is_rejected() {
    let fixture = Fixture::new().await;
    let answer = fixture.post("/oauth2/v1/token", &[("client_id", &"x".repeat(20_000))]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
