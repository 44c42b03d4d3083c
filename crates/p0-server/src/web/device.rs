//! The pages on which a user allows or denies a device (RFC 8628, section 3.3).

use super::{
    browser_request::BrowserRequest,
    html::Html,
    page::{Page, minutes},
    sign_in,
    sign_in_target::SignInTarget,
};
use crate::oidc::{
    Lookup, Params, path, secret,
    store::{DeviceRequest, Session},
};
use axum::{body::Bytes, extract::RawQuery, http::StatusCode};

/// `GET /device`: asks for the code, or shows the device of the code in the URL. Only signed-in users can try
/// codes.
pub(super) async fn show(browser: BrowserRequest, RawQuery(query): RawQuery) -> Result<Page, Page> {
    let params = Params::of_query(query.as_deref())?;
    let session = match &browser.session {
        Some(session) if params.get("prompt").is_none() => session,
        _ => return Ok(sign_in::ask(&browser, &SignInTarget::device(&params), None)),
    };
    if params.get("user_code").is_none() {
        return Ok(ask(&browser, None));
    }
    match find(&browser, session, &params).await? {
        Ok((code, device)) => Ok(confirm(&browser, session, &code, &device)),
        Err(page) => Ok(page),
    }
}

/// `POST /device`: allows or denies the device.
pub(super) async fn decide(browser: BrowserRequest, body: Bytes) -> Result<Page, Page> {
    let params = browser.read_form(&body)?;
    let Some(session) = &browser.session else {
        return Ok(sign_in::ask(
            &browser,
            &SignInTarget::device(&params),
            Some("Your session has ended. Sign in again."),
        ));
    };
    let (code, device) = match find(&browser, session, &params).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    let allow = match params.get("do") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return Ok(confirm(&browser, session, &code, &device)),
    };
    if !browser.service.decide_device(session, &code, &device, allow).await? {
        return Ok(ask(&browser, Some(UNKNOWN)).status(StatusCode::NOT_FOUND));
    }
    let body = if allow {
        Html::new("<h1>The device is signed in</h1><p>It acts as ")
            .text(&session.email)
            .raw(" now. Go back to your terminal; you can close this page.</p>")
    } else {
        Html::new("<h1>The device was refused</h1><p>It has not been signed in. You can close this page.</p>")
    };
    Ok(Page::new("Done", body))
}

const UNKNOWN: &str = "No device waits under this code. Codes hold for a few minutes only; compare the letters, or start again on the device.";

/// Returns the code and its device, or an error page.
async fn find(
    browser: &BrowserRequest,
    session: &Session,
    params: &Params,
) -> Result<Result<(String, DeviceRequest), Page>, Page> {
    let unknown = || Ok(Err(ask(browser, Some(UNKNOWN)).status(StatusCode::NOT_FOUND)));
    let Some(code) = params.get("user_code").and_then(secret::read_user_code) else { return unknown() };
    match browser.service.find_device(session, browser.client, &code).await? {
        Lookup::Found(device) => Ok(Ok((code, device))),
        Lookup::Unknown => unknown(),
        Lookup::Locked(wait) => {
            let problem = format!("Too many codes were wrong. Try again in {}.", minutes(wait));
            Ok(Err(ask(browser, Some(&problem)).status(StatusCode::TOO_MANY_REQUESTS)))
        }
    }
}

/// Asks for the code. The form uses GET, because looking up a code changes nothing.
fn ask(browser: &BrowserRequest, problem: Option<&str>) -> Page {
    let alert = match problem {
        Some(problem) => Html::new("<p role=\"alert\">").text(problem).raw("</p>"),
        None => Html::default(),
    };
    let body = Html::new("<h1>Enter the code</h1><p>Your device shows a code of eight letters.</p>")
        .then(&alert)
        .raw("<form method=\"get\" action=\"")
        .text(path::DEVICE)
        .raw("\"><label for=\"code\">Code</label>")
        .raw("<input id=\"code\" class=\"code\" name=\"user_code\" autocomplete=\"off\" autocapitalize=\"characters\" ")
        .raw(
            "spellcheck=\"false\" maxlength=\"16\" required autofocus><button class=\"main\">Continue</button></form>",
        );
    browser.page("Enter the code", body)
}

/// Shows the device, so that users do not allow one that is not theirs (RFC 8628, section 5.4).
fn confirm(browser: &BrowserRequest, session: &Session, code: &str, device: &DeviceRequest) -> Page {
    let agent = if device.agent.is_empty() { "a program that does not say what it is" } else { &device.agent };
    let again = SignInTarget::Device(Some(code.to_owned())).address(true);
    let body = Html::new("<h1>Sign this device in?</h1><p>It will act as <strong>")
        .text(&session.email)
        .raw("</strong> at ")
        .text(&browser.service.tenant)
        .raw(".</p><dl><dt>Code on the device</dt><dd class=\"code\">")
        .text(secret::show_user_code(code))
        .raw("</dd><dt>Program</dt><dd>")
        .text(agent)
        .raw("</dd><dt>Address</dt><dd>")
        .text(&device.address)
        .raw("</dd></dl><p>Allow it only if you started it yourself and it shows this code. ")
        .raw("If someone else sent you here, refuse.</p><form method=\"post\" action=\"")
        .text(path::DEVICE)
        .raw("\">")
        .then(&browser.form_field())
        .raw("<input type=\"hidden\" name=\"user_code\" value=\"")
        .text(secret::show_user_code(code))
        .raw("\"><button class=\"main\" name=\"do\" value=\"allow\">Allow</button>")
        .raw("<button class=\"plain\" name=\"do\" value=\"deny\">Refuse</button></form><p><a href=\"")
        .text(again)
        .raw("\">Sign in as another user</a></p>");
    browser.page("Sign this device in?", body)
}
