//! The organisation's SAML login, as an identity provider offers it for tokens: what to exchange them for, the page
//! that this opens, and the response in the page's form (OASIS, "Bindings for SAML 2.0", section 3.5: HTTP POST).

use html5gum::{StartTag, Token, Tokenizer};
use secrecy::SecretString;

/// The kind of token that opens a page of an app behind Okta without a browser's session.
pub const WEB_SSO_TOKEN: &str = "urn:okta:oauth:token-type:web_sso_token";
/// The page that such a token opens.
pub const PAGE: &str = "/login/token/sso";
/// How the token is given to it.
pub const PAGE_PARAMETER: &str = "token";

/// Whom a token is for: an app behind Okta.
pub fn audience(app_id: &str) -> String {
    format!("urn:okta:apps:{app_id}")
}

/// The `SAMLResponse` of a page's form; `None` if there is none, such as on a page that asks somebody to sign in.
pub fn saml_response(page: &[u8]) -> Option<SecretString> {
    for Ok(token) in Tokenizer::new(page) {
        let Token::StartTag(tag) = token else { continue };
        if tag.name.as_slice() == b"input" && attribute(&tag, b"name") == Some(b"SAMLResponse") {
            let value = std::str::from_utf8(attribute(&tag, b"value")?).ok()?;
            return Some(value.into());
        }
    }
    None
}

fn attribute<'a>(tag: &'a StartTag<()>, name: &[u8]) -> Option<&'a [u8]> {
    tag.attributes.get(name).map(|value| value.value.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn response(page: &str) -> Option<String> {
        saml_response(page.as_bytes()).map(|response| response.expose_secret().to_owned())
    }

    #[test]
    fn the_response_is_found_however_the_form_is_written() {
        for page in [
            r#"<form action="https://signin.aws.amazon.com/saml" method="POST"><input name="SAMLResponse" type="hidden" value="PHNhbWw+"/></form>"#,
            "<!doctype html><body onload='x()'><INPUT TYPE=hidden VALUE='PHNhbWw&#x2b;' NAME=SAMLResponse>",
            r#"<input name="RelayState" value=""/><input value="PHNhbWw&#43;" name="SAMLResponse"><input name="SAMLResponse" value="another">"#,
        ] {
            assert_eq!(response(page).as_deref(), Some("PHNhbWw+"), "{page}");
        }
    }

    #[test]
    fn a_page_without_it_has_none() {
        for page in [
            "",
            "<html><form id=login><input name=username>",
            "<!-- <input name=SAMLResponse value=x> -->",
            "<input name=SAMLResponse>",
            "<p name=SAMLResponse value=x>",
            "SAMLResponse",
            "\u{0}<input",
        ] {
            assert_eq!(response(page), None, "{page}");
        }
        assert_eq!(audience("0oa1"), "urn:okta:apps:0oa1");
    }
}
