//! The sign-in page.

use super::{
    errand::Errand,
    html::Html,
    page::{Page, minutes, redirect},
    visit::Visit,
};
use crate::oidc::{Params, Refused, SignIn, path, store::Session};
use axum::{
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

/// `GET /oauth2/v1/authorize`.
pub(super) async fn authorize(visit: Visit, RawQuery(query): RawQuery) -> Result<Response, Page> {
    let params = Params::of_query(query.as_deref())?;
    Ok(begin(&visit, params))
}

/// `POST /oauth2/v1/authorize`, which a client may use just as well (OpenID Connect Core, section 3.1.2.1).
pub(super) async fn authorize_by_form(visit: Visit, headers: HeaderMap, body: Bytes) -> Result<Response, Page> {
    let params = Params::of_form(&headers, &body)?;
    Ok(begin(&visit, params))
}

fn begin(visit: &Visit, params: Params) -> Response {
    let service = &visit.service;
    let errand = match Errand::authorize(service, params) {
        Ok(errand) => errand,
        Err(answer) => return *answer,
    };
    let Errand::Authorize(request) = &errand else { return ask(visit, &errand, None).into_response() };
    if let Some(answer) = request.unprompted(&service.issuer, visit.session.is_some()) {
        return redirect(answer.as_str(), None);
    }
    match &visit.session {
        Some(session) if request.is_content_with(session, service.clock.now()) => {
            offer(visit, &errand, session).into_response()
        }
        _ => ask(visit, &errand, None).into_response(),
    }
}

/// `POST /oauth2/v1/sign-in`: the form of either page below.
pub(super) async fn sign_in(visit: Visit, body: Bytes) -> Result<Response, Page> {
    let params = visit.read_form(&body)?;
    let errand = match Errand::read(&visit.service, params.get("errand")) {
        Ok(errand) => errand,
        Err(answer) => return Ok(*answer),
    };
    match params.get("do") {
        Some("cancel") => Ok(cancel(&visit, &errand)),
        Some("continue") => go_on(&visit, &errand).await,
        _ => prove(&visit, &errand, &params).await,
    }
}

/// Signs in with what was filled in.
async fn prove(visit: &Visit, errand: &Errand, params: &Params) -> Result<Response, Page> {
    let email = params.get("email").unwrap_or_default();
    let password = params.get("password").unwrap_or_default();
    let (secret, session) = match visit.service.sign_in(email, password, visit.neighbour).await {
        Ok(entry) => entry,
        Err(Refused::Wrong) => {
            let page = ask(visit, errand, Some("Wrong e-mail address or password."));
            return Ok(page.status(StatusCode::UNAUTHORIZED).into_response());
        }
        Err(Refused::Locked(wait)) => {
            let problem = format!("Too many attempts. Try again in {}.", minutes(wait));
            return Ok(ask(visit, errand, Some(&problem)).status(StatusCode::TOO_MANY_REQUESTS).into_response());
        }
        Err(Refused::Failed(error)) => return Err(error.into()),
    };
    let cookie = visit.replace_session(&secret).await?;
    let to = destination(visit, errand, &session).await?;
    Ok(redirect(&to, Some(cookie)))
}

/// Goes on as whoever is signed in already.
async fn go_on(visit: &Visit, errand: &Errand) -> Result<Response, Page> {
    let now = visit.service.clock.now();
    let enough = |session: &&Session| match errand {
        Errand::Authorize(request) => request.is_content_with(session, now),
        Errand::Device(_) => true,
    };
    match visit.session.as_ref().filter(enough) {
        Some(session) => Ok(redirect(&destination(visit, errand, session).await?, None)),
        None => Ok(ask(visit, errand, None).into_response()),
    }
}

/// Where somebody who is signed in goes from here.
async fn destination(visit: &Visit, errand: &Errand, session: &Session) -> Result<String, Page> {
    match errand {
        Errand::Authorize(request) => Ok(visit.service.answer_with_code(request, session).await?.into()),
        Errand::Device(_) => Ok(errand.address(false)),
    }
}

fn cancel(visit: &Visit, errand: &Errand) -> Response {
    match errand {
        Errand::Authorize(request) => redirect(request.denied(&visit.service.issuer).as_str(), None),
        Errand::Device(_) => {
            let body = Html::new("<h1>Nobody was signed in</h1><p>You can close this page.</p>");
            Page::new("Nobody was signed in", body).into_response()
        }
    }
}

/// Asks somebody to sign in.
pub(super) fn ask(visit: &Visit, errand: &Errand, problem: Option<&str>) -> Page {
    let alert = match problem {
        Some(problem) => Html::new("<p role=\"alert\">").text(problem).raw("</p>"),
        None => Html::default(),
    };
    let fields = match visit.service.sign_in {
        SignIn::Choose => choices(visit),
        SignIn::Password => credentials(match errand {
            Errand::Authorize(request) => request.login_hint(),
            Errand::Device(_) => None,
        }),
    };
    let body = Html::new("<h1>Sign in to ")
        .text(&visit.service.tenant)
        .raw("</h1>")
        .then(&purpose(errand))
        .then(&alert)
        .then(&form(visit, errand))
        .then(&fields)
        .then(&cancel_button())
        .raw("</form>");
    finish(visit, errand, "Sign in", body)
}

/// Offers somebody who is signed in to go on with a click.
fn offer(visit: &Visit, errand: &Errand, session: &Session) -> Page {
    let body = Html::new("<h1>Sign in to ")
        .text(&visit.service.tenant)
        .raw("</h1>")
        .then(&purpose(errand))
        .then(&form(visit, errand))
        .raw("<button class=\"main\" name=\"do\" value=\"continue\">Continue as ")
        .text(&session.email)
        .raw("</button>")
        .then(&cancel_button())
        .raw("</form><p><a href=\"")
        .text(errand.address(true))
        .raw("\">Sign in as somebody else</a></p>");
    finish(visit, errand, "Sign in", body)
}

fn finish(visit: &Visit, errand: &Errand, title: &'static str, body: Html) -> Page {
    let page = visit.page(title, body);
    match errand {
        Errand::Authorize(request) => page.leading_to(request.redirect_uri().csp_source()),
        Errand::Device(_) => page,
    }
}

fn purpose(errand: &Errand) -> Html {
    match errand {
        Errand::Authorize(request) => {
            Html::new("<p>The <code>p0</code> command on this machine asks for it, and waits for the answer at ")
                .text(request.redirect_uri().authority())
                .raw(". If you did not start it, cancel.</p>")
        }
        Errand::Device(_) => Html::new("<p>Then you can decide about the device that shows a code.</p>"),
    }
}

fn form(visit: &Visit, errand: &Errand) -> Html {
    Html::new("<form method=\"post\" action=\"")
        .text(path::SIGN_IN)
        .raw("\">")
        .then(&visit.form_field())
        .raw("<input type=\"hidden\" name=\"errand\" value=\"")
        .text(errand.address(false))
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

fn choices(visit: &Visit) -> Html {
    let intro = Html::new("<p>Who are you? This is a service for trying things out, and believes everybody.</p>");
    visit.service.directory.0.values().fold(intro, |list, user| {
        list.raw("<button name=\"email\" value=\"")
            .text(&user.email)
            .raw("\">")
            .text(user.name.as_deref().unwrap_or(&user.email))
            .raw("<small>")
            .text(&user.email)
            .raw("</small></button>")
    })
}
