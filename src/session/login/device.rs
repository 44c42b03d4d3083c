//! Signing in with another machine's browser (RFC 8628): the user enters a code there, `p0` asks until it is done.

use super::{Attempt, opener};
use crate::{
    clock,
    error::Failure,
    session::oauth::{self, Client, Granted},
    ui::{clean::clean_line, progress::Progress},
};
use anyhow::Result;
use std::pin::pin;
use tokio::time::timeout_at;
use url::Url;

/// Shows the code, and waits until the user has entered it.
pub(super) async fn run(attempt: &Attempt<'_>, client: &Client, endpoint: &Url, scopes: &[&str]) -> Result<Granted> {
    let (ui, http) = (&attempt.deps.ui, &attempt.deps.http);
    let device = match client.device_code(http, endpoint, scopes).await {
        // Not every provider grants a way to stay signed in.
        Err(error) if error.is("invalid_scope") => {
            let rest: Vec<&str> = scopes.iter().copied().filter(|scope| *scope != "offline_access").collect();
            client.device_code(http, endpoint, &rest).await
        }
        other => other,
    };
    let device = device.map_err(oauth::Error::into_failure)?;
    let page = web_page(device.verification_uri().as_str())?;
    let complete = device.verification_uri_complete().map(|uri| web_page(uri.secret())).transpose()?;
    let code = clean_line(device.user_code().secret());
    ui.instruct(format!("To sign in to {}, open this address in a browser on any machine:", attempt.org));
    ui.instruct(format!("  {page}"));
    ui.instruct(format!("and enter the code:  {code}"));

    let deadline = attempt.deadline.min(clock::instant() + device.expires_in());
    let mut progress = Progress::start(ui, Some(deadline));
    progress.step("Waiting for you to enter the code");
    let token = async {
        let mut token = pin!(client.device_token(http, &device));
        if !attempt.may_open_a_browser() {
            return token.await;
        }
        attempt.remember_page();
        tokio::select! {
            granted = &mut token => granted,
            why = opener::failure(attempt.deps.settings.browser.as_deref(), complete.as_ref().unwrap_or(&page)) => {
                tracing::debug!(%why, "the browser cannot be opened");
                token.await
            }
        }
    };
    match timeout_at(deadline.into(), token).await {
        Ok(Ok(granted)) => Ok(granted),
        Ok(Err(error)) if error.is("expired_token") => Err(expired().into()),
        Ok(Err(error)) if error.is("access_denied") => Err(super::refused().into()),
        Ok(Err(error)) => Err(error.into_failure()),
        Err(_) => Err(expired().into()),
    }
}

fn expired() -> Failure {
    Failure::error("Nobody entered the code in time.").hint("Get a new one with: p0 login --device")
}

/// An address that the user is sent to is a web page, and nothing that another program would open.
fn web_page(text: &str) -> Result<Url, Failure> {
    let wrong = || Failure::error("The identity provider sends its users to an address that is not a web page.");
    Url::parse(text).ok().filter(p0_client::may_carry_secrets).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_sent_to_web_pages_only() {
        for text in ["https://id.example.com/device?user_code=A", "http://127.0.0.1:1/device"] {
            assert!(web_page(text).is_ok(), "{text}");
        }
        for text in ["file:///etc/passwd", "javascript:alert(1)", "http://id.example.com", "calc.exe", ""] {
            let failure = web_page(text).expect_err(text);
            assert!(failure.message.contains("not a web page"), "{failure}");
        }
    }

    #[test]
    fn a_code_that_ran_out_says_how_to_get_another() {
        let failure = expired();
        assert_eq!(failure.message, "Nobody entered the code in time.");
        assert_eq!(failure.hints, ["Get a new one with: p0 login --device"]);
    }
}
