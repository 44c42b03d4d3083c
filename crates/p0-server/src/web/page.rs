//! A page with its security headers.

use super::html::Html;
use crate::{
    oidc::{OidcError, ParamsError},
    store_error::StoreError,
};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::{sync::LazyLock, time::Duration};

const STYLE: &str = "\
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}\
body{margin:0;display:grid;min-height:100vh;place-items:center}\
main{box-sizing:border-box;width:100%;max-width:26rem;padding:2rem 1.5rem;overflow-wrap:anywhere}\
h1{font-size:1.4rem;margin:0 0 1rem}\
label{display:block;margin:1rem 0 .25rem}\
input,button{box-sizing:border-box;width:100%;font:inherit;padding:.6rem .75rem;border:1px solid GrayText;border-radius:.4rem}\
button{margin-top:.75rem;cursor:pointer;text-align:left}\
button.main{background:#1f5fbf;border-color:#1f5fbf;color:#fff;text-align:center}\
button.plain{background:none;text-align:center}\
:focus-visible{outline:3px solid #1f5fbf;outline-offset:2px}\
small{display:block;opacity:.8}\
dt{margin-top:.75rem;opacity:.8}dd{margin:0}\
.code{font:600 1.6rem/1.4 ui-monospace,monospace;letter-spacing:.1em}\
[role=alert]{border-left:4px solid #c0392b;padding-left:.75rem}";

/// The hash of the style sheet, so that the policy allows no other.
static STYLE_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(STYLE))));

/// The only script: it submits the form of a page that needs no input.
const SCRIPT: &str = "document.forms[0].submit()";

/// The hash of the script, so that the policy allows no other.
static SCRIPT_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("script-src 'sha256-{}'; ", STANDARD.encode(Sha256::digest(SCRIPT))));

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    status: StatusCode,
    title: &'static str,
    body: Html,
    form_target: Option<String>,
    sends_itself: bool,
    cookies: Vec<HeaderValue>,
}

impl Page {
    /// Makes a page.
    pub(super) fn new(title: &'static str, body: Html) -> Self {
        Self { status: StatusCode::OK, title, body, form_target: None, sends_itself: false, cookies: Vec::new() }
    }

    /// Makes an error page with the problem and the next step.
    pub(super) fn error(status: StatusCode, problem: &str, advice: &str) -> Self {
        let body = Html::new("<h1>That did not work</h1><p role=\"alert\">")
            .text(problem)
            .raw("</p><p>")
            .text(advice)
            .raw("</p>");
        Self { status, ..Self::new("That did not work", body) }
    }

    /// Sets the status.
    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Allows the form to redirect to this source. Browsers apply `form-action` to redirects.
    pub(super) fn leading_to(self, source: String) -> Self {
        Self { form_target: Some(source), ..self }
    }

    /// Submits the form with a script. Without scripts, the user presses the button.
    pub(super) fn sending_itself(self) -> Self {
        Self { sends_itself: true, ..self }
    }

    /// Sets a cookie.
    pub(super) fn cookie(mut self, cookie: Option<HeaderValue>) -> Self {
        self.cookies.extend(cookie);
        self
    }

    fn policy(&self) -> String {
        let target = self.form_target.as_deref().unwrap_or_default();
        let style: &str = &STYLE_SOURCE;
        let script: &str = if self.sends_itself { &SCRIPT_SOURCE } else { "" };
        format!(
            "default-src 'none'; {script}style-src {style}; form-action 'self' {target}; frame-ancestors 'none'; base-uri 'none'"
        )
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        // The policy consists of literals, hashes, and a URL of the loopback interface or of AWS.
        let policy = HeaderValue::try_from(self.policy())
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        let script = match self.sends_itself {
            true => Html::new("<script>").raw(SCRIPT).raw("</script>"),
            false => Html::default(),
        };
        let document = Html::new("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
            .text(self.title)
            .raw(" – p0</title><style>")
            .raw(STYLE)
            .raw("</style></head><body><main>")
            .then(&self.body)
            .then(&script)
            .raw("</main></body></html>\n");
        let mut response = (self.status, private(document.into_string())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        for cookie in self.cookies {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// Sets the headers against caching, sniffing and referrers.
pub(super) fn private(answer: impl IntoResponse) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 5] = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    (HEADERS, answer).into_response()
}

/// Redirects with GET (303).
pub(super) fn redirect(to: &str, cookie: Option<HeaderValue>) -> Response {
    let location = HeaderValue::try_from(to).expect("an address is written in ASCII, and encoded");
    let mut response = private((StatusCode::SEE_OTHER, [(header::LOCATION, location)]));
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Formats a waiting time in minutes.
pub(super) fn minutes(wait: Duration) -> String {
    match wait.as_secs().div_ceil(60).max(1) {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

impl From<OidcError> for Page {
    fn from(error: OidcError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a sign-in page failed");
        Self::error(StatusCode::INTERNAL_SERVER_ERROR, "The service could not do this.", "Try again in a moment.")
    }
}

impl From<StoreError> for Page {
    fn from(error: StoreError) -> Self {
        OidcError::from(error).into()
    }
}

impl From<ParamsError> for Page {
    fn from(error: ParamsError) -> Self {
        let problem = match error {
            ParamsError::Repeated => "The address or the form says something twice.",
            ParamsError::TooLong => "The address or the form is too long.",
            ParamsError::NotAForm => "This is not a form.",
        };
        Self::error(StatusCode::BAD_REQUEST, problem, "Start again from your terminal.")
    }
}
