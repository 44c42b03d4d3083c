//! What can be wrong with a machine's set-up, and what to do about it: a file per check.
//!
//! The checks run at once, and each has the same little time. They change nothing: no session is renewed, no page is
//! opened, nothing is written but the cache of what the service says of itself.

mod api;
mod browser;
mod clock;
mod completions;
mod dns;
mod installed;
mod proxy;
mod secrets;
mod service;
mod session;
pub mod ssh;
mod tls;
mod tools;

use crate::{
    ctx::Ctx,
    error::{Failure, classify},
    settings::Settings,
};
use p0_client::{Http, RetryPolicy};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use url::Url;

/// No check takes longer.
const LIMIT: Duration = Duration::from_secs(3);
/// The network has a little less, so that its own word on what went wrong comes first.
const NETWORK_LIMIT: Duration = Duration::from_millis(2_700);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing is wrong.
    Note,
    Wrong,
}

impl State {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
        }
    }
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked, such as `tls` or `kubectl`.
    pub check: &'static str,
    pub state: State,
    /// What was found: a sentence.
    pub said: String,
    /// What to do, one thing each; empty where nothing needs doing.
    pub fix: Vec<String>,
}

impl Finding {
    fn new(check: &'static str, state: State, said: impl Into<String>) -> Self {
        Self { check, state, said: said.into(), fix: Vec::new() }
    }

    fn ok(check: &'static str, said: impl Into<String>) -> Self {
        Self::new(check, State::Ok, said)
    }

    fn note(check: &'static str, said: impl Into<String>) -> Self {
        Self::new(check, State::Note, said)
    }

    fn wrong(check: &'static str, said: impl Into<String>) -> Self {
        Self::new(check, State::Wrong, said)
    }

    /// A failure of a command, as a finding.
    fn failed(check: &'static str, failure: &Failure) -> Self {
        Self { fix: failure.hints.clone(), ..Self::wrong(check, &failure.message) }
    }

    /// The same for any error.
    fn error(check: &'static str, error: anyhow::Error) -> Self {
        Self::failed(check, &classify(error))
    }

    fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix.push(fix.into());
        self
    }
}

pub async fn examine(ctx: &Ctx) -> Vec<Finding> {
    let http = http(&ctx.env);
    let lookup = lookup(ctx);
    let (dns, proxy, service, session, secrets, browser, tools, ssh, installed, completions) = tokio::join!(
        bounded("dns", dns::check(&lookup, ctx.env.proxy.https.is_some())),
        bounded("proxy", proxy::check(&ctx.env, &lookup)),
        service::check(ctx, &http),
        bounded("session", session::check(ctx, &http)),
        // The stores have a limit of their own.
        secrets::check(ctx),
        bounded("browser", async { browser::check(&ctx.env, ctx.settings.browser.as_deref()) }),
        tools::check(ctx.env.path.as_deref()),
        ssh::check(ctx),
        installed::check(ctx),
        bounded("completions", async { completions::check(ctx.env.shell.as_deref()) }),
    );
    let network = service.into_iter().chain([dns, proxy]);
    network.chain([session, secrets, browser]).chain(tools).chain(ssh).chain(installed).chain([completions]).collect()
}

/// Where the organisation that is chosen is looked up. What is wrong with the choice itself, the session's check says.
fn lookup(ctx: &Ctx) -> Url {
    let chosen = ctx.sessions().chosen().ok().flatten().and_then(|org| ctx.sessions().lookup(&org).ok());
    chosen.or_else(|| ctx.settings.app_url.clone()).unwrap_or_else(Settings::built_in_service)
}

/// A check that is given up in time.
async fn bounded(check: &'static str, work: impl Future<Output = Finding>) -> Finding {
    tokio::time::timeout(LIMIT, work).await.unwrap_or_else(|_| late(check))
}

fn late(check: &'static str) -> Finding {
    let late = Finding::wrong(check, format!("There was no answer within {} seconds.", LIMIT.as_secs()))
        .fix("Check your network and your proxy, then try again.");
    // A session needs the store of its secrets as well.
    if check == "session" { late.fix("Unlock the keyring, if p0 secrets status says that it is locked.") } else { late }
}

/// An HTTP stack that tries once, and says nothing.
fn http(env: &crate::env_vars::EnvVars) -> Arc<Http> {
    let mut options = crate::ctx::http_options(env);
    options.retry = RetryPolicy { retries: 0, ..RetryPolicy::default() };
    options.connect_timeout = NETWORK_LIMIT;
    options.request_timeout = NETWORK_LIMIT;
    Arc::new(Http::new(options))
}

/// The host as messages name it: without user, path or query.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_check_that_never_ends_is_given_up() {
        let finding = bounded("dns", std::future::pending()).await;
        assert_eq!((finding.check, finding.state), ("dns", State::Wrong));
        assert_eq!(finding.said, "There was no answer within 3 seconds.");
        assert!(!finding.fix.is_empty());
    }

    #[test]
    fn a_host_is_shown_without_what_stands_around_it() {
        let url = Url::parse("https://user:password@api.example.com:8443/path?key=k").expect("an address");
        assert_eq!(host(&url), "api.example.com:8443");
    }
}
