//! The page that posts a SAML assertion to an application.

use super::{html::Html, page::Page};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// Makes a page whose form submits itself to the application.
pub(crate) fn post_assertion(target: &'static str, assertion: &str) -> Response {
    let body = Html::new("<h1>On to AWS</h1><form method=\"post\" action=\"")
        .text(target)
        .raw("\"><input type=\"hidden\" name=\"SAMLResponse\" value=\"")
        .text(assertion)
        .raw(
            "\"><input type=\"hidden\" name=\"RelayState\" value=\"\"><button class=\"main\">Continue</button></form>",
        );
    Page::new("On to AWS", body).leading_to(target.to_owned()).sending_itself().into_response()
}

/// The error page for an invalid, used or expired token.
pub(crate) fn refuse_visit() -> Response {
    let problem = "This address works once, within a minute, and it has been used or is too old.";
    Page::error(StatusCode::FORBIDDEN, problem, "Start again from your terminal: p0 aws role assume").into_response()
}

/// The error page for an error of the service.
pub(crate) fn fail_visit() -> Response {
    let problem = "The service could not do this.";
    Page::error(StatusCode::INTERNAL_SERVER_ERROR, problem, "Try again in a moment.").into_response()
}
