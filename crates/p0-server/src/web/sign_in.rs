//! The sign-in page.

use super::{
    browser_request::BrowserRequest,
    html::Html,
    page::{Page, minutes, redirect},
    sign_in_target::SignInTarget,
};
use crate::oidc::{Params, Refused, SignIn, path, store::Session};
use axum::{
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

/// `GET /oauth2/v1/authorize`.
pub(super) async fn authorize(browser: BrowserRequest, RawQuery(query): RawQuery) -> Result<Response, Page> {
    let params = Params::of_query(query.as_deref())?;
    Ok(begin(&browser, params))
}

/// `POST /oauth2/v1/authorize`, an alternative to `GET` (OpenID Connect Core, section 3.1.2.1).
pub(super) async fn authorize_by_form(
    browser: BrowserRequest,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Page> {
    let params = Params::of_form(&headers, &body)?;
    Ok(begin(&browser, params))
}

fn begin(browser: &BrowserRequest, params: Params) -> Response {
    let service = &browser.service;
    let target = match SignInTarget::authorize(service, params) {
        Ok(target) => target,
        Err(answer) => return *answer,
    };
    let SignInTarget::Authorize(request) = &target else { return ask(browser, &target, None).into_response() };
    if let Some(answer) = request.unprompted(&service.issuer, browser.session.is_some()) {
        return redirect(answer.as_str(), None);
    }
    match &browser.session {
        Some(session) if request.is_content_with(session, service.clock.now()) => {
            offer(browser, &target, session).into_response()
        }
        _ => ask(browser, &target, None).into_response(),
    }
}

/// `POST /oauth2/v1/sign-in`: the form of both pages below.
pub(super) async fn sign_in(browser: BrowserRequest, body: Bytes) -> Result<Response, Page> {
    let params = browser.read_form(&body)?;
    let target = match SignInTarget::read(&browser.service, params.get("target")) {
        Ok(target) => target,
        Err(answer) => return Ok(*answer),
    };
    match params.get("do") {
        Some("cancel") => Ok(cancel(&browser, &target)),
        Some("continue") => go_on(&browser, &target).await,
        _ => prove(&browser, &target, &params).await,
    }
}

/// Signs in with the submitted credentials.
async fn prove(browser: &BrowserRequest, target: &SignInTarget, params: &Params) -> Result<Response, Page> {
    let email = params.get("email").unwrap_or_default();
    let password = params.get("password").unwrap_or_default();
    let (secret, session) = match browser.service.sign_in(email, password, browser.client).await {
        Ok(entry) => entry,
        Err(Refused::Wrong) => {
            let page = ask(browser, target, Some("Wrong e-mail address or password."));
            return Ok(page.status(StatusCode::UNAUTHORIZED).into_response());
        }
        Err(Refused::Locked(wait)) => {
            let problem = format!("Too many attempts. Try again in {}.", minutes(wait));
            return Ok(ask(browser, target, Some(&problem)).status(StatusCode::TOO_MANY_REQUESTS).into_response());
        }
        Err(Refused::Failed(error)) => return Err(error.into()),
    };
    let cookie = browser.replace_session(&secret).await?;
    let to = destination(browser, target, &session).await?;
    Ok(redirect(&to, Some(cookie)))
}

/// Continues as the signed-in user.
async fn go_on(browser: &BrowserRequest, target: &SignInTarget) -> Result<Response, Page> {
    let now = browser.service.clock.now();
    let enough = |session: &&Session| match target {
        SignInTarget::Authorize(request) => request.is_content_with(session, now),
        SignInTarget::Device(_) => true,
    };
    match browser.session.as_ref().filter(enough) {
        Some(session) => Ok(redirect(&destination(browser, target, session).await?, None)),
        None => Ok(ask(browser, target, None).into_response()),
    }
}

/// Returns the URL to continue with after sign-in.
async fn destination(browser: &BrowserRequest, target: &SignInTarget, session: &Session) -> Result<String, Page> {
    match target {
        SignInTarget::Authorize(request) => Ok(browser.service.answer_with_code(request, session).await?.into()),
        SignInTarget::Device(_) => Ok(target.address(false)),
    }
}

fn cancel(browser: &BrowserRequest, target: &SignInTarget) -> Response {
    match target {
        SignInTarget::Authorize(request) => redirect(request.denied(&browser.service.issuer).as_str(), None),
        SignInTarget::Device(_) => {
            let body = Html::new("<h1>Sign-in canceled</h1><p>You can close this page.</p>");
            Page::new("Sign-in canceled", body).into_response()
        }
    }
}

/// Makes the sign-in page.
pub(super) fn ask(browser: &BrowserRequest, target: &SignInTarget, problem: Option<&str>) -> Page {
    let alert = match problem {
        Some(problem) => Html::new("<p role=\"alert\">").text(problem).raw("</p>"),
        None => Html::default(),
    };
    let fields = match browser.service.sign_in {
        SignIn::Choose => choices(browser),
        SignIn::Password => credentials(match target {
            SignInTarget::Authorize(request) => request.login_hint(),
            SignInTarget::Device(_) => None,
        }),
    };
    let body = Html::new("<h1>Sign in to ")
        .text(&browser.service.tenant)
        .raw("</h1>")
        .then(&purpose(target))
        .then(&alert)
        .then(&form(browser, target))
        .then(&fields)
        .then(&cancel_button())
        .raw("</form>");
    finish(browser, target, "Sign in", body)
}

/// Makes the page on which a signed-in user continues with a click.
fn offer(browser: &BrowserRequest, target: &SignInTarget, session: &Session) -> Page {
    let body = Html::new("<h1>Sign in to ")
        .text(&browser.service.tenant)
        .raw("</h1>")
        .then(&purpose(target))
        .then(&form(browser, target))
        .raw("<button class=\"main\" name=\"do\" value=\"continue\">Continue as ")
        .text(&session.email)
        .raw("</button>")
        .then(&cancel_button())
        .raw("</form><p><a href=\"")
        .text(target.address(true))
        .raw("\">Sign in as another user</a></p>");
    finish(browser, target, "Sign in", body)
}

fn finish(browser: &BrowserRequest, target: &SignInTarget, title: &'static str, body: Html) -> Page {
    let page = browser.page(title, body);
    match target {
        SignInTarget::Authorize(request) => page.leading_to(request.redirect_uri().csp_source()),
        SignInTarget::Device(_) => page,
    }
}

fn purpose(target: &SignInTarget) -> Html {
    match target {
        SignInTarget::Authorize(request) => {
            Html::new("<p>The <code>p0</code> command on this machine asks for it, and waits for the answer at ")
                .text(request.redirect_uri().authority())
                .raw(". If you did not start it, cancel.</p>")
        }
        SignInTarget::Device(_) => Html::new("<p>Then you can decide about the device that shows a code.</p>"),
    }
}

fn form(browser: &BrowserRequest, target: &SignInTarget) -> Html {
    Html::new("<form method=\"post\" action=\"")
        .text(path::SIGN_IN)
        .raw("\">")
        .then(&browser.form_field())
        .raw("<input type=\"hidden\" name=\"target\" value=\"")
        .text(target.address(false))
        .raw("\">")
}

fn cancel_button() -> Html {
    Html::new("<button class=\"plain\" name=\"do\" value=\"cancel\" formnovalidate>Cancel</button>")
}

fn credentials(hint: Option<&str>) -> Html {
    Html::new("<label for=\"email\">E-mail address</label>")
        .raw("<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" required autofocus value=\"")
        .text(hint.unwrap_or_default())
        .raw("\"><label for=\"password\">Password</label>")
        .raw("<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>")
        .raw("<button class=\"main\">Sign in</button>")
}

fn choices(browser: &BrowserRequest) -> Html {
    let intro = Html::new("<p>Who are you? This is a service for trying things out, and believes everybody.</p>");
    browser.service.directory.0.values().fold(intro, |list, user| {
        list.raw("<button name=\"email\" value=\"")
            .text(&user.email)
            .raw("\">")
            .text(user.name.as_deref().unwrap_or(&user.email))
            .raw("<small>")
            .text(&user.email)
            .raw("</small></button>")
    })
}
