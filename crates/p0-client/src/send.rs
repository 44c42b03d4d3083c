//! One call: sent with a token, answered in full or tried again (protocol, section 1).

use crate::{
    Error, Http, Network, Retrying, TokensError,
    answer::{MAX_BODY, Raw},
    call::{Call, Repeat},
    http::host_of,
    retry::retry_after,
    tokens::authorization,
};
use reqwest::{
    Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, LOCATION},
};
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// How long an exchange may take.
#[derive(Clone, Copy)]
pub(crate) enum Patience {
    /// For all of it.
    Whole(Duration),
    /// Until the answer begins; whoever reads it has patience of their own.
    Head(Duration),
}

/// Why there is no answer, and what that means for trying again.
pub(crate) struct Setback {
    pub(crate) error: Error,
    /// It may go away by itself.
    pub(crate) transient: bool,
    /// The call was certainly not carried out.
    pub(crate) unsent: bool,
    /// The wait that the service asked for.
    pub(crate) after: Option<Duration>,
}

/// An error that stays.
impl From<Error> for Setback {
    fn from(error: Error) -> Self {
        Self { error, transient: false, unsent: false, after: None }
    }
}

impl Setback {
    /// The HTTP stack failed; `error` is what that means.
    pub(crate) fn network(error: Error, cause: &reqwest::Error) -> Self {
        let transient = !cause.is_builder() && !is_permanent(&error);
        Self { error, transient, unsent: cause.is_connect() || cause.is_builder(), after: None }
    }

    /// The body of an answer could not be read.
    fn unread(error: Error) -> Self {
        let transient = matches!(error, Error::Network { .. }) && !is_permanent(&error);
        Self { transient, ..error.into() }
    }

    /// There is no token; the call was not sent. Only for want of a network can that go away by itself.
    fn tokens(error: TokensError) -> Self {
        let error = match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => Error::Tokens(error),
        };
        let transient = matches!(error, Error::Network { .. }) && !is_permanent(&error);
        Self { error, transient, unsent: true, after: None }
    }

    /// Nothing came in time. To wait as long again would not help.
    pub(crate) fn timed_out(url: &Url) -> Self {
        Error::network(host_of(url), Network::TimedOut).into()
    }

    /// The answer ended in the middle.
    pub(crate) fn cut(url: &Url) -> Self {
        Self { transient: true, ..Error::network(host_of(url), Network::Cut).into() }
    }
}

impl<'a> Call<'a> {
    /// A public call without a body or a deadline.
    pub(crate) fn new(method: Method, url: Url, repeat: Repeat) -> Self {
        Self { method, url, body: None, tokens: None, repeat, deadline: None, quiet: false }
    }
}

fn is_permanent(error: &Error) -> bool {
    matches!(error, Error::Network { failure, .. } if *failure == Network::TimedOut || failure.is_permanent())
}

fn is_timeout(error: &Error) -> bool {
    matches!(error, Error::Network { failure: Network::TimedOut | Network::ConnectTimeout, .. })
}

/// Statuses that say: not now.
fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

impl Http {
    /// Makes a call and reads its answer, trying again where that is right.
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Raw, Error> {
        let policy = &self.options.retry;
        let timer = &self.options.timer;
        let began = timer.now();
        let mut retries = 0;
        let mut repeated = false;
        let mut earlier: Option<Error> = None;
        loop {
            let setback = match self.attempt(call).await {
                Ok(answer) => return Ok(Raw { repeated, ..answer }),
                Err(setback) => setback,
            };
            let unanswered = setback.transient || matches!(setback.error, Error::Network { .. });
            if !setback.unsent
                && unanswered
                && let Repeat::Unsafe { advice } = &call.repeat
            {
                return Err(uncertain(setback.error, advice));
            }
            let spent = timer.now().saturating_duration_since(began);
            // The last try to reach a service is made when its time is up.
            let left = self.time_to_reach(&setback.error).map(|limit| limit.saturating_sub(spent));
            let wait = self.wait_after(&setback, retries).min(left.unwrap_or(Duration::MAX));
            let in_time = match call.deadline {
                Some(deadline) => timer.now().checked_add(wait).is_some_and(|then| then < deadline),
                None => setback.after.is_none_or(|asked| asked <= policy.most_asked),
            };
            if !setback.transient || retries == policy.retries || left == Some(Duration::ZERO) || !in_time {
                // That the deadline cut the last try short says less than what went wrong before.
                return Err(match earlier {
                    Some(earlier) if is_timeout(&setback.error) => earlier,
                    _ => setback.error,
                });
            }
            retries += 1;
            repeated |= !setback.unsent && is_lost(&setback.error);
            let retrying = Retrying { why: &setback.error, retry: retries, of: policy.retries, wait };
            tracing::debug!(why = %retrying.why, retry = retries, wait_ms = wait.as_millis(), "trying again");
            if let Some(on_retry) = self.options.on_retry.as_ref().filter(|_| !call.quiet) {
                on_retry(&retrying);
            }
            timer.sleep(wait).await;
            earlier = Some(setback.error);
        }
    }

    /// How long to go on trying after this error; absent: as often as the policy says.
    pub(crate) fn time_to_reach(&self, error: &Error) -> Option<Duration> {
        match error {
            Error::Network { host, .. } if !self.knows(host) => Some(self.options.retry.reach),
            _ => None,
        }
    }

    /// How long to wait after this; `failed` is how many retries there were already.
    pub(crate) fn wait_after(&self, setback: &Setback, failed: u32) -> Duration {
        match setback.after {
            Some(after) => self.options.retry.asked(after, self.options.timer.random()),
            None => self.backoff(failed),
        }
    }

    /// The wait where nobody asked for one.
    pub(crate) fn backoff(&self, failed: u32) -> Duration {
        self.options.retry.backoff(failed, self.options.timer.random())
    }

    /// Makes a call once and reads its answer.
    async fn attempt(&self, call: &Call<'_>) -> Result<Raw, Setback> {
        let left = call.deadline.map(|deadline| deadline.saturating_duration_since(self.options.timer.now()));
        let limit = left.map_or(self.options.request_timeout, |left| left.min(self.options.request_timeout));
        if limit.is_zero() {
            return Err(Setback { unsent: true, ..Setback::timed_out(&call.url) });
        }
        let response = self.exchange(call, Patience::Whole(limit)).await?;
        self.settle(&call.url, response).await
    }

    /// Makes a call once, with a token that is renewed if the service refuses it. The answer is still to be read.
    pub(crate) async fn exchange(&self, call: &Call<'_>, patience: Patience) -> Result<Response, Setback> {
        let Some(tokens) = call.tokens else { return self.dispatch(call, None, patience).await };
        // No token is asked for that could not be sent.
        self.reqwest(&call.url)?;
        let token = tokens.bearer().await.map_err(Setback::tokens)?;
        let response = self.dispatch(call, Some(&token), patience).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        match tokens.renewed(&token).await.map_err(Setback::tokens)? {
            Some(fresh) => self.dispatch(call, Some(&fresh), patience).await,
            None => Ok(response),
        }
    }

    async fn dispatch(
        &self,
        call: &Call<'_>,
        token: Option<&SecretString>,
        patience: Patience,
    ) -> Result<Response, Setback> {
        let mut request = self.reqwest(&call.url)?.request(call.method.clone(), call.url.clone());
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, authorization(token)?).header(CONTENT_TYPE, "application/json");
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let sent = match patience {
            Patience::Whole(limit) => Some(request.timeout(limit).send().await),
            Patience::Head(limit) => self.within(limit, request.send()).await,
        };
        match sent {
            Some(Ok(response)) => {
                self.has_answered(&call.url);
                let (host, status) = (host_of(&call.url), response.status().as_u16());
                // A query can hold what is nobody's business; a path here cannot.
                tracing::debug!(method = %call.method, host, path = call.url.path(), status, "called");
                Ok(response)
            }
            Some(Err(error)) => Err(Setback::network(self.failure(&call.url, &error), &error)),
            None => Err(Setback::timed_out(&call.url)),
        }
    }

    /// What comes of this within so long, by the timer.
    pub(crate) async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.options.timer.limit(limit) => None,
        }
    }

    /// Reads an answer in full, and tells an answer from a setback.
    pub(crate) async fn settle(&self, url: &Url, response: Response) -> Result<Raw, Setback> {
        let status = response.status();
        let after = is_transient(status).then(|| retry_after(response.headers())).flatten();
        let redirects_to = if status.is_redirection() { location(url, &response) } else { None };
        let body = self.read(url, response, MAX_BODY).await.map_err(Setback::unread)?;
        let answer = Raw { host: host_of(url), status, redirects_to, body, repeated: false };
        if !is_transient(status) {
            return Ok(answer);
        }
        Err(Setback {
            transient: true,
            unsent: status == StatusCode::TOO_MANY_REQUESTS,
            error: answer.into_failure(),
            after,
        })
    }
}

/// The scheme and host to which an answer redirects.
fn location(url: &Url, response: &Response) -> Option<String> {
    let to = url.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    Some(format!("{}://{}", to.scheme(), host_of(&to)))
}

/// What may have been carried out.
fn uncertain(cause: Error, advice: &str) -> Error {
    if !is_lost(&cause) {
        return cause;
    }
    Error::Uncertain { cause: Box::new(cause), advice: advice.to_owned() }
}

/// Whether nobody knows what became of a call that ended so. An error in the service's own words is no such case: it
/// knows.
fn is_lost(error: &Error) -> bool {
    !matches!(error, Error::Service { .. })
}
