//! The service, called once; what that says of the clock, of TLS and of the API.

use super::{Finding, LIMIT, NETWORK_LIMIT, api, clock as skew, tls};
use crate::{
    clock,
    ctx::Ctx,
    error::{Failure, classify},
    session::describe::{self, CachePolicy, Described},
};
use anyhow::Result;
use jiff::Timestamp;
use p0_client::{Error, Http, Network};
use reqwest::header::DATE;
use std::time::Instant;
use url::Url;

/// What calling the service has shown.
pub(super) struct Call {
    pub(super) base: Url,
    /// Whether it knows the organisation, where one is chosen.
    pub(super) known: Option<Result<(), Failure>>,
    pub(super) answer: Result<Answer, Unreached>,
}

pub(super) struct Answer {
    /// The `Date` of the answer (RFC 9110, section 6.6.1).
    pub(super) date: Option<String>,
    /// When it was asked and when it answered, by this machine's clock.
    pub(super) between: (Timestamp, Timestamp),
}

/// Why nothing came back.
pub(super) struct Unreached {
    pub(super) failure: Failure,
    /// TLS is to blame.
    pub(super) tls: bool,
}

impl From<Error> for Unreached {
    fn from(error: Error) -> Self {
        let tls = matches!(
            error,
            Error::Setup { .. }
                | Error::TrustVariable { .. }
                | Error::Network { failure: Network::Certificate(_) | Network::Tls(_), .. }
        );
        Self { failure: classify(error.into()), tls }
    }
}

/// Calls it, and judges.
pub(super) async fn check(ctx: &Ctx, http: &Http) -> [Finding; 3] {
    match tokio::time::timeout(LIMIT, call(ctx, http)).await {
        Ok(call) => [api::judge(&call), tls::judge(&ctx.env, &call), skew::judge(&call)],
        Err(_) => ["service", "tls", "clock"].map(super::late),
    }
}

async fn call(ctx: &Ctx, http: &Http) -> Call {
    let deadline = clock::instant() + NETWORK_LIMIT;
    let lookup = &super::lookup(ctx);
    // What is wrong with the choice itself, the session's check says.
    let Ok(Some(org)) = ctx.sessions().chosen() else {
        return Call { base: lookup.clone(), known: None, answer: ask(http, lookup, deadline).await };
    };
    let (base, known) =
        match describe::describe(&ctx.dirs, http, lookup, &org, CachePolicy::Refresh, Some(deadline)).await {
            Ok(Described { base, .. }) => (base, Ok(())),
            Err(error) => match error.downcast::<Error>() {
                Ok(
                    error @ (Error::Network { .. }
                    | Error::Setup { .. }
                    | Error::TrustVariable { .. }
                    | Error::ProxyVariable { .. }),
                ) => {
                    return Call { base: lookup.clone(), known: None, answer: Err(error.into()) };
                }
                Ok(error) => (lookup.clone(), Err(classify(error.into()))),
                Err(error) => (lookup.clone(), Err(classify(error))),
            },
        };
    let answer = ask(http, &base, deadline).await;
    Call { base, known: Some(known), answer }
}

/// Any answer will do: it is not read.
async fn ask(http: &Http, base: &Url, deadline: Instant) -> Result<Answer, Unreached> {
    let left = deadline.saturating_duration_since(clock::instant());
    let before = clock::now();
    let sent = http.reqwest(base)?.get(base.clone()).timeout(left).send().await;
    let response = sent.map_err(|error| http.failure(base, &error))?;
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
    Ok(Answer { date, between: (before, clock::now()) })
}

#[cfg(test)]
impl Call {
    /// A call to this address that ended so.
    pub(super) fn to(base: &str, answer: Result<Answer, Unreached>) -> Self {
        Self { base: Url::parse(base).expect("an address"), known: None, answer }
    }

    /// A call that failed so.
    pub(super) fn failed(failure: Network) -> Self {
        let host = "api.example.com".into();
        Self::to("https://api.example.com", Err(Error::Network { host, failure }.into()))
    }
}
