//! Signing in with this machine's browser: authorization code with PKCE (RFC 7636) and a redirect to the loopback
//! (RFC 8252).

use super::{
    Attempt,
    landing::{Answer, Arrival, Landing, Page},
    opener,
};
use crate::{
    error::Failure,
    session::oauth::{self, Ask, Client, Granted},
    ui::progress::Progress,
};
use anyhow::Result;
use oauth2::{AuthorizationCode, CsrfToken, PkceCodeChallenge};
use std::pin::pin;
use tokio::time::timeout_at;
use url::Url;

/// What the browser brought.
pub(super) struct Returned {
    /// The tokens.
    pub(super) granted: Granted,
    /// Has to stand in the `id_token`.
    pub(super) nonce: CsrfToken,
    /// Where the user waits to read how it ended.
    pub(super) tab: Arrival,
}

/// Opens the sign-in page and waits until the browser comes back.
///
/// # Errors
/// The provider or the user refuses, or the time is over.
pub(super) async fn run(
    attempt: &Attempt<'_>,
    client: &Client,
    endpoint: &Url,
    issuer: &str,
    scopes: &[&str],
) -> Result<Returned> {
    let (state, nonce) = (CsrfToken::new_random(), CsrfToken::new_random());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut landing = Landing::open(state.clone())
        .await
        .map_err(|error| Failure::error(format!("Cannot listen on the loopback for the browser: {error}")))?;
    let redirect = landing.redirect_uri();
    let ask = Ask { scopes, state: &state, nonce: &nonce, challenge };
    let page = client.authorization_page(endpoint, redirect.clone(), ask);

    let arrival = wait(attempt, &mut landing, &page).await?;
    match code(&arrival.answer, issuer) {
        Ok(code) => match client.exchange_code(&attempt.parts.http, code, verifier, redirect).await {
            Ok(granted) => Ok(Returned { granted, nonce, tab: arrival }),
            Err(error) => {
                arrival.show(Page::Failed).await;
                Err(error.into_failure())
            }
        },
        Err(failure) => {
            arrival.show(Page::Refused).await;
            Err(failure.into())
        }
    }
}

/// Sends the browser off and waits for it. If it cannot be opened, the user can still go to the page.
async fn wait(attempt: &Attempt<'_>, landing: &mut Landing, page: &Url) -> Result<Arrival> {
    let ui = &attempt.parts.ui;
    if attempt.how.no_browser {
        ui.instruct("Open this address to sign in:");
        ui.instruct(format!("  {page}"));
    } else {
        ui.say(format!("Signing in to {} in your browser.", attempt.org));
        ui.say(format!("If the browser does not open: {page}"));
    }
    let start = || {
        let mut progress = Progress::start(ui, Some(attempt.deadline));
        progress.step("Waiting for the sign-in in the browser");
        progress
    };
    let mut progress = Some(start());
    let mut opening = pin!(opener::failure(attempt.parts.settings.browser.as_deref(), page));
    let mut opens = !attempt.how.no_browser;
    let arrival = async {
        loop {
            tokio::select! {
                arrival = landing.arrival() => return arrival,
                why = &mut opening, if opens => {
                    opens = false;
                    // The line that is redrawn makes room for what is to stay.
                    drop(progress.take());
                    ui.warn(format!("The browser cannot be opened: {why}"));
                    ui.instruct(format!("Open this address yourself: {page}"));
                    progress = Some(start());
                }
            }
        }
    };
    match timeout_at(attempt.deadline.into(), arrival).await {
        Ok(arrival) => {
            arrival.map_err(|error| Failure::error(format!("Cannot listen for the browser: {error}")).into())
        }
        Err(_) => Err(Failure::error("Nobody signed in in the browser in time.")
            .hint("Try again with: p0 login")
            .hint("To sign in with another machine's browser: p0 login --device")
            .into()),
    }
}

/// The code, if the provider gave one and it is the right provider.
fn code(answer: &Answer, issuer: &str) -> Result<AuthorizationCode, Failure> {
    match answer {
        // RFC 9207: a code of another provider's must not reach this one.
        Answer::Code { issuer: Some(other), .. } if other != issuer => {
            Err(Failure::error("The browser came back from another identity provider.")
                .hint("Try again with: p0 login"))
        }
        Answer::Code { code, .. } => Ok(code.clone()),
        Answer::Refused { error, .. } if error == "access_denied" => Err(super::refused()),
        Answer::Refused { error, description } => {
            let refused = oauth::Error::Refused { code: error.clone(), description: description.clone() };
            Err(Failure::error(refused.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(error: &str) -> String {
        let answer = Answer::Refused { error: error.into(), description: Some("why".into()) };
        code(&answer, "https://id.example.com").expect_err("refused").message
    }

    #[test]
    fn refusals_say_who_refused_and_why() {
        assert_eq!(refused("access_denied"), "The sign-in was refused.");
        assert_eq!(refused("server_error"), "The identity provider refused: why (server_error)");
    }

    #[test]
    fn a_code_from_another_provider_is_not_used() {
        let answer = |issuer: Option<&str>| Answer::Code {
            code: AuthorizationCode::new("c".into()),
            issuer: issuer.map(str::to_owned),
        };
        assert!(code(&answer(None), "https://id.example.com").is_ok());
        assert!(code(&answer(Some("https://id.example.com")), "https://id.example.com").is_ok());
        let failure = code(&answer(Some("https://evil.example.com")), "https://id.example.com").expect_err("another");
        assert_eq!(failure.message, "The browser came back from another identity provider.");
    }
}
