//! Signing in with this machine's browser: authorization code with PKCE (RFC 7636) and a redirect to the loopback
//! (RFC 8252).

use super::{
    Attempt, SignInFlow, google,
    identity::Issuer,
    landing::{Answer, Arrival, Landing, Page, Redirect},
    opener,
    provider::Provider,
};
use crate::{
    error::{Failure, Kind},
    session::oauth::{self, AuthorizationRequest, Granted},
    ui::progress::Progress,
};
use anyhow::Result;
use oauth2::{AuthorizationCode, CsrfToken, PkceCodeChallenge};
use std::{io, pin::pin};
use tokio::time::timeout_at;
use url::Url;

/// What the browser brought.
pub(super) struct Returned {
    pub(super) granted: Granted,
    /// Has to stand in the `id_token`, if there is one.
    pub(super) nonce: Option<CsrfToken>,
    /// Where the user waits to read how it ended.
    pub(super) tab: Arrival,
}

/// Opens the sign-in page and waits until the browser comes back.
pub(super) async fn run(attempt: &Attempt<'_>, provider: &Provider, endpoint: &Url) -> Result<Returned> {
    let state = CsrfToken::new_random();
    // Firebase refuses an id_token with a nonce that it has not been told of; PKCE does the same service (RFC 9700, section 2.1.1).
    let nonce = attempt.described.org.use_provider_token.then(CsrfToken::new_random);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut landing = Landing::open(provider.redirect, state.clone())
        .await
        .map_err(|error| cannot_listen(provider.redirect, &error))?;
    let redirect = landing.redirect_uri();
    let ask = AuthorizationRequest {
        scopes: &provider.scopes,
        state: &state,
        nonce: nonce.as_ref(),
        challenge,
        prompt: provider.prompt,
    };
    let page = provider.client.authorization_page(endpoint, redirect.clone(), ask);

    let tab = if attempt.may_open_a_browser() {
        open(attempt, &mut landing, &page).await
    } else {
        show(attempt, &mut landing, &page).await
    }?;
    match code(&tab.answer, &provider.issuer) {
        Ok(code) => match provider.client.exchange_code(&attempt.deps.http, code, verifier, redirect).await {
            Ok(granted) => Ok(Returned { granted, nonce, tab }),
            Err(error) => {
                tab.show(Page::Failed).await;
                Err(error.into_failure())
            }
        },
        Err(failure) => {
            tab.show(Page::Refused).await;
            Err(failure.into())
        }
    }
}

fn cannot_listen(redirect: Redirect, error: &io::Error) -> Failure {
    match redirect.port {
        Some(port) if error.kind() == io::ErrorKind::AddrInUse => {
            let provider = if redirect == google::REDIRECT { "Google" } else { "Microsoft" };
            Failure::error(format!(
                "Port {port} is in use, and {provider} sends the browser back to no other port of this machine."
            ))
            .hint("If another p0 is signing in, finish that sign-in first.")
            .hint(format!("Else end the program that has it; to find it: lsof -i :{port}"))
            .hint("If there is none, try again in a minute: the system keeps a port for so long after a connection.")
        }
        _ => Failure::error(format!("Cannot listen on the loopback for the browser: {error}")),
    }
}

/// Sends the browser off and waits for it. If it cannot be opened, the user can still go to the page.
async fn open(attempt: &Attempt<'_>, landing: &mut Landing, page: &Url) -> Result<Arrival> {
    let ui = &attempt.deps.ui;
    ui.say(format!("Signing in to {} in your browser.", attempt.org));
    ui.say(format!("If the browser does not open: {page}"));
    let start = || {
        let mut progress = Progress::start(ui, Some(attempt.deadline));
        progress.step("Waiting for the sign-in in the browser");
        progress
    };
    let mut progress = Some(start());
    attempt.remember_page();
    let mut opening = pin!(opener::failure(attempt.deps.settings.browser.as_deref(), page));
    let mut opens = true;
    let arrival = async {
        loop {
            tokio::select! {
                arrival = landing.arrival() => return arrival.map_err(lost),
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
    in_time(attempt, arrival).await
}

/// Shows the page's address to a user who opens it, perhaps on another machine: the browser there ends at an address
/// that leads nowhere, which the user brings here.
async fn show(attempt: &Attempt<'_>, landing: &mut Landing, page: &Url) -> Result<Arrival> {
    let ui = &attempt.deps.ui;
    if !ui.may_prompt() && attempt.how.way != Some(SignInFlow::NoBrowser) {
        return Err(Failure::new(Kind::NotSignedIn, format!("Nobody can sign in to {} from here: there is neither a browser nor a terminal.", attempt.org))
            .hint("Sign in at a terminal: p0 login")
            .hint("To be shown the page's address, and open it on this machine or through a forwarded port: p0 login --no-browser")
            .hint("Where nobody can sign in, set P0_API_TOKEN to a token.")
            .into());
    }
    ui.instruct("Open this address to sign in:");
    ui.instruct(format!("  {page}"));
    if !ui.may_prompt() {
        let mut progress = Progress::start(ui, Some(attempt.deadline));
        progress.step("Waiting for the sign-in in the browser");
        return in_time(attempt, async { landing.arrival().await.map_err(lost) }).await;
    }
    ui.instruct("If the browser is on another machine, it ends at a page that cannot be shown.");
    let arrival = async {
        loop {
            let line = tokio::select! {
                arrival = landing.arrival() => return arrival.map_err(lost),
                line = ui.line("Paste that page's address here:") => line?,
            };
            match landing.pasted(&line) {
                Ok(arrival) => return Ok(arrival),
                Err(_) => ui.instruct(format!(
                    "That is not where this sign-in ends: the address begins with {}",
                    landing.redirect_uri().as_str()
                )),
            }
        }
    };
    in_time(attempt, arrival).await
}

async fn in_time(attempt: &Attempt<'_>, arrival: impl Future<Output = Result<Arrival, Failure>>) -> Result<Arrival> {
    match timeout_at(attempt.deadline.into(), arrival).await {
        Ok(arrival) => Ok(arrival?),
        Err(_) => Err(Failure::error("Nobody signed in in the browser in time.")
            .hint("Try again with: p0 login")
            .hint("To sign in with another machine's browser: p0 login --device")
            .into()),
    }
}

fn lost(error: io::Error) -> Failure {
    Failure::error(format!("Cannot listen for the browser: {error}"))
}

/// The code, if the provider gave one and it is the right provider.
fn code(answer: &Answer, issuer: &Issuer) -> Result<AuthorizationCode, Failure> {
    match answer {
        // RFC 9207: a code of another provider's must not reach this one.
        Answer::Code { issuer: Some(other), .. } if !issuer.answers_as(other) => {
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
    use crate::session::login::entra;

    fn issuer() -> Issuer {
        Issuer::Is("https://id.example.com".into())
    }

    #[test]
    fn a_port_that_is_taken_says_whose_it_is_and_what_to_do() {
        let taken = io::ErrorKind::AddrInUse.into();
        for (redirect, message) in [
            (
                google::REDIRECT,
                "Port 52700 is in use, and Google sends the browser back to no other port of this machine.",
            ),
            (
                entra::REDIRECT,
                "Port 52701 is in use, and Microsoft sends the browser back to no other port of this machine.",
            ),
        ] {
            let failure = cannot_listen(redirect, &taken);
            assert_eq!((failure.message.as_str(), failure.hints.len()), (message, 3));
        }
        let failure = cannot_listen(Redirect::ANY, &taken);
        assert!(failure.message.starts_with("Cannot listen on the loopback for the browser: "), "{failure}");
    }

    fn refused(error: &str) -> String {
        let answer = Answer::Refused { error: error.into(), description: Some("why".into()) };
        code(&answer, &issuer()).expect_err("refused").message
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
        assert!(code(&answer(None), &issuer()).is_ok());
        assert!(code(&answer(Some("https://id.example.com")), &issuer()).is_ok());
        let failure = code(&answer(Some("https://evil.example.com")), &issuer()).expect_err("another");
        assert_eq!(failure.message, "The browser came back from another identity provider.");
    }
}
