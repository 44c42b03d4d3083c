//! Signing in at the service's pages, as a person would.

use crate::{
    browser::{Browser, Page},
    http,
};
use serde_json::Value;
use url::{Url, form_urlencoded};

/// The redirect URI. No server listens there; the browser stops before opening it.
const REDIRECT: &str = "http://127.0.0.1:9/";
/// The verifier and its challenge of RFC 7636, appendix B: tests need no secret verifier.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An access token: the authorization code flow (RFC 6749, section 4.1) with PKCE (RFC 7636), the endpoints found by
/// OpenID Connect discovery.
#[track_caller]
pub fn access_token(browser: &mut Browser, service: &Url, org: &str, email: &str, password: &str) -> String {
    let client = json(service, &format!("orgs/{org}"));
    let client_id = text(&client, "/auth/provider/clientId");
    let discovered = json(service, ".well-known/openid-configuration");
    let mut authorize = url(&discovered, "/authorization_endpoint");
    authorize
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &client_id)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("scope", "openid email profile")
        .append_pair("state", "a-state-of-the-kit")
        .append_pair("nonce", "a-nonce-of-the-kit")
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256");
    *browser = browser.clone().stop_at(Url::parse(REDIRECT).expect("a URL"));
    let page = browser.open(&authorize);
    let page = sign_in(browser, page, email, password);
    let Some(code) = page.query("code") else { panic!("signing in ended without a code\n{page}") };
    assert_eq!(page.query("state").as_deref(), Some("a-state-of-the-kit"), "the state came back changed");

    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", &client_id)
        .append_pair("code", &code)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("code_verifier", VERIFIER)
        .finish();
    let headers = [("content-type", "application/x-www-form-urlencoded".to_owned())];
    let token = url(&discovered, "/token_endpoint");
    let answer = http::exchange("POST", &token, &headers, form.as_bytes());
    text(&document(&token, answer), "/access_token")
}

/// Completes the pages of a sign-in (password, choice of a user, confirmation), and returns the first page without a
/// form.
#[track_caller]
pub fn sign_in(browser: &mut Browser, mut page: Page, email: &str, password: &str) -> Page {
    let mut signed_in = false;
    for _ in 0..5 {
        let forms = page.forms();
        let has = |name: &str| forms.iter().any(|form| form.fields.iter().any(|field| field.name == name));
        let chosen = forms.iter().find_map(|form| {
            let button = form.buttons.iter().find(|button| button.value == email)?;
            Some((form.clone(), button.clone()))
        });
        if has("password") {
            assert!(!signed_in, "the password was refused\n{page}");
            signed_in = true;
            page = browser.fill(&page, &[("email", email), ("password", password)]);
        } else if forms.is_empty() || page.status >= 400 {
            return page;
        } else if let Some((form, button)) = chosen {
            page = browser.submit(&page, &form, Some(&button));
        } else if has("email") {
            page = browser.fill(&page, &[("email", email)]);
        } else {
            page = browser.fill(&page, &[]);
        }
    }
    panic!("there is no end to signing in\n{page}");
}

#[track_caller]
fn json(service: &Url, path: &str) -> Value {
    let url = service.join(path).expect("a path of the service");
    let answer = http::exchange("GET", &url, &[], &[]);
    document(&url, answer)
}

#[track_caller]
fn document(url: &Url, answer: std::io::Result<(u16, http::Message)>) -> Value {
    let (status, message) = answer.unwrap_or_else(|error| panic!("cannot call {url}: {error}"));
    let body = String::from_utf8_lossy(&message.body);
    assert_eq!(status, 200, "{url} answered {body}");
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{url} answered {body} ({error})"))
}

#[track_caller]
fn text(document: &Value, pointer: &str) -> String {
    let text = document.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_else(|| panic!("{pointer} is missing: {document}")).to_owned()
}

#[track_caller]
fn url(document: &Value, pointer: &str) -> Url {
    let text = text(document, pointer);
    Url::parse(&text).unwrap_or_else(|error| panic!("{pointer} is no URL ({error}): {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, StandIn, stand_in::Recorded};
    use serde_json::json;

    /// A provider with one user, who is `a@example.com` with the password `right`.
    fn provider(request: &Recorded) -> Answer {
        let base = format!("http://{}", request.header("host").unwrap());
        match request.target.split('?').next().unwrap() {
            "/orgs/example" => Answer::json(200, &json!({"auth": {"provider": {"clientId": "p0-cli"}}})),
            "/.well-known/openid-configuration" => {
                let at = |path: &str| format!("{base}/{path}");
                Answer::json(200, &json!({"authorization_endpoint": at("authorize"), "token_endpoint": at("token")}))
            }
            "/authorize" => Answer::html(
                200,
                "<form method=post action=sign-in><input name=email><input name=password type=password><button>Sign in</button></form>",
            ),
            "/sign-in" if request.text() == "email=a%40example.com&password=right" => Answer::html(
                200,
                "<form method=post action=confirm><button name=answer value=yes>Continue</button></form>",
            ),
            "/sign-in" => {
                Answer::html(200, "<p>Wrong.<form method=post><input name=email><input name=password></form>")
            }
            "/confirm" => Answer::status(302)
                .header("location", "http://127.0.0.1:9/?code=secret&state=a-state-of-the-kit")
                .done(),
            "/token" if request.text().contains("code=secret") => Answer::json(200, &json!({"access_token": "t"})),
            other => Answer::json(404, &json!({"error": other})),
        }
    }

    #[test]
    fn a_token_is_got_through_the_pages() {
        let server = StandIn::by_request(provider);
        let token = access_token(&mut Browser::new(), server.url(), "example", "a@example.com", "right");
        assert_eq!(token, "t");
    }

    #[test]
    #[should_panic(expected = "the password was refused")]
    fn a_wrong_password_is_noticed() {
        let server = StandIn::by_request(provider);
        access_token(&mut Browser::new(), server.url(), "example", "a@example.com", "wrong");
    }
}
