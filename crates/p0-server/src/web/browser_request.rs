//! A browser's request: its network address, its session, and CSRF protection.

use super::{html::Html, page::Page};
use crate::oidc::{
    ClientAddr, Params, Service,
    browser::{Peer, is_from_another_page},
    secret,
    store::Session,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
};
use std::{sync::Arc, time::Duration};

/// A browser's request.
pub(super) struct BrowserRequest {
    pub(super) service: Arc<Service>,
    pub(super) client: ClientAddr,
    /// The browser's session.
    pub(super) session: Option<Session>,
    session_secret: Option<String>,
    /// The cookie to which forms are bound. New if the browser sent none.
    form_secret: String,
    is_fresh: bool,
    headers: HeaderMap,
}

impl FromRequestParts<Arc<Service>> for BrowserRequest {
    type Rejection = Page;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Page> {
        let Ok(Peer(client)) = Peer::from_request_parts(parts, service).await;
        let headers = parts.headers.clone();
        let form_secret =
            cookie(&headers, &cookie_name(service, "form")).filter(|secret| secret::is_well_formed(secret));
        let session_secret = cookie(&headers, &cookie_name(service, "session"));
        let session = match session_secret {
            Some(secret) => service.session(secret).await?,
            None => None,
        };
        Ok(Self {
            client,
            session,
            session_secret: session_secret.map(str::to_owned),
            is_fresh: form_secret.is_none(),
            form_secret: form_secret.map_or_else(secret::random, str::to_owned),
            service: service.clone(),
            headers,
        })
    }
}

impl BrowserRequest {
    /// Returns the hidden field for a form.
    pub(super) fn form_field(&self) -> Html {
        Html::new("<input type=\"hidden\" name=\"csrf\" value=\"")
            .text(self.service.forms.token(&self.form_secret))
            .raw("\">")
    }

    /// Makes a page with a form.
    pub(super) fn page(&self, title: &'static str, body: Html) -> Page {
        let cookie = self.is_fresh.then(|| self.set_cookie("form", &self.form_secret, "Strict", None));
        Page::new(title, body).cookie(cookie)
    }

    /// Parses a submitted form, and checks that it is from a page of this service in the same browser.
    pub(super) fn read_form(&self, body: &[u8]) -> Result<Params, Page> {
        let params = Params::of_form(&self.headers, body)?;
        let ours = self.is_same_origin()
            && !self.is_fresh
            && params.get("csrf").is_some_and(|token| self.service.forms.is_token(&self.form_secret, token));
        if ours {
            Ok(params)
        } else {
            let problem = "This form is out of date, or did not come from this page.";
            Err(Page::error(StatusCode::FORBIDDEN, problem, "Go back, load the page again and repeat it."))
        }
    }

    /// Checks the headers that say where a form came from.
    fn is_same_origin(&self) -> bool {
        let text = |name| self.headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
        // The pages have `no-referrer`, so their forms have the origin `null`.
        let origin = text("origin").is_none_or(|origin| {
            origin == "null" || origin.split_once("://").map(|(_, authority)| authority) == text("host")
        });
        origin && !is_from_another_page(&self.headers)
    }

    /// Ends the browser's old session and returns the cookie of the new one.
    pub(super) async fn replace_session(&self, secret: &str) -> Result<HeaderValue, Page> {
        if let Some(old) = &self.session_secret {
            self.service.end_session(old).await?;
        }
        Ok(self.set_cookie("session", secret, "Lax", Some(self.service.lifetimes.session)))
    }

    fn set_cookie(&self, kind: &str, value: &str, same_site: &str, max_age: Option<Duration>) -> HeaderValue {
        let name = cookie_name(&self.service, kind);
        let secure = if self.service.issuer.is_secure() { "; Secure" } else { "" };
        let max_age = max_age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}{max_age}{secure}"))
            .expect("name and value are letters, digits and dashes")
    }
}

/// Returns the cookie's name. With https, the prefix keeps sibling domains from setting it. Cookies ignore ports, so the
/// name contains the port.
fn cookie_name(service: &Service, kind: &str) -> String {
    let prefix = if service.issuer.is_secure() { "__Host-" } else { "" };
    let port = service.issuer.port().map(|port| format!("-{port}")).unwrap_or_default();
    format!("{prefix}p0-{kind}{port}")
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
