//! One connection to the status stream, from its beginning to its end.

use super::{Progress, Until, known::Known};
use crate::{
    Client, Error, Network,
    call::Call,
    http::host_of,
    send::{Patience, Setback},
    stream::{Fault, Lines, MAX_LINE, Word, read},
};
use reqwest::Response;
use std::time::{Duration, Instant};
use url::Url;

/// How a connection ended.
pub(super) struct Heard {
    /// How long it held, if there was one.
    pub(super) lasted: Option<Duration>,
    pub(super) end: End,
}

/// Why a connection ended.
pub(super) enum End {
    /// It said something about the request.
    Word,
    /// It was ended, or fell silent: that is how long waits are.
    Closed(Error),
    /// It failed, or did not come about.
    Lost(Setback),
    /// The deadline is there.
    Deadline,
}

type On<'a> = &'a mut (dyn for<'p> FnMut(Progress<'p>) + Send);

impl Client {
    /// Connects, and listens until the stream ends, fails, falls silent or has data.
    pub(super) async fn listen(
        &self,
        call: &Call<'_>,
        until: Until,
        deadline: Option<Instant>,
        known: &mut Known,
        on: On<'_>,
    ) -> Result<Heard, Error> {
        let Some(patience) = self.patience(deadline) else { return Ok(Heard { lasted: None, end: End::Deadline }) };
        let mut response = match self.http.exchange(call, Patience::Head(patience)).await {
            Ok(response) => response,
            Err(setback) => return Ok(Heard { lasted: None, end: End::Lost(setback) }),
        };
        if !response.status().is_success() {
            let setback = match self.http.within(patience, self.http.settle(&call.url, response)).await {
                Some(Ok(answer)) => answer.into_failure().into(),
                Some(Err(setback)) => setback,
                None => Setback::timed_out(&call.url),
            };
            return Ok(Heard { lasted: None, end: End::Lost(setback) });
        }

        let connected = self.http.options.timer.now();
        known.lost = None;
        on(Progress::Connected);
        let end = self.hear(&call.url, &mut response, until, deadline, known, on).await?;
        let lasted = self.http.options.timer.now().saturating_duration_since(connected);
        Ok(Heard { lasted: Some(lasted), end })
    }

    async fn hear(
        &self,
        url: &Url,
        response: &mut Response,
        until: Until,
        deadline: Option<Instant>,
        known: &mut Known,
        on: On<'_>,
    ) -> Result<End, Error> {
        let mut lines = Lines::default();
        // Only whole lines are signs of life: bytes can trickle for ever.
        let mut heard = self.http.options.timer.now();
        loop {
            let Some(patience) = self.patience(deadline) else { return Ok(End::Deadline) };
            let silent = self.http.options.timer.now().saturating_duration_since(heard);
            let patience = patience.min(self.http.options.stream_idle.saturating_sub(silent));
            if patience.is_zero() {
                return Ok(End::Closed(Error::network(host_of(url), Network::TimedOut)));
            }
            match self.http.within(patience, response.chunk()).await {
                // Silence, or the deadline: the next look at the clock tells.
                None if self.patience(deadline).is_none() => return Ok(End::Deadline),
                None => return Ok(End::Closed(Error::network(host_of(url), Network::TimedOut))),
                Some(Err(error)) => {
                    return Ok(End::Lost(Setback::network(self.http.failure(url, &error), &error)));
                }
                Some(Ok(Some(chunk))) => lines.push(&chunk),
                Some(Ok(None)) => {
                    return match read(lines.rest()) {
                        Err(Fault::Half) => Ok(End::Lost(Setback::cut(url))),
                        word => Ok(match take(word, url, until, known, on)? {
                            true => End::Word,
                            false => End::Closed(Error::network(host_of(url), Network::Ended)),
                        }),
                    };
                }
            }
            let too_long = |_| Error::TooLong { host: host_of(url), limit: MAX_LINE };
            while let Some(line) = lines.next().map_err(too_long)? {
                heard = self.http.options.timer.now();
                if take(read(line), url, until, known, on)? {
                    return Ok(End::Word);
                }
            }
        }
    }

    /// How long to wait for the next sign of life; `None` if the deadline is there.
    fn patience(&self, deadline: Option<Instant>) -> Option<Duration> {
        let idle = self.http.options.stream_idle;
        let left = deadline.map(|deadline| deadline.saturating_duration_since(self.http.options.timer.now()));
        match left {
            Some(Duration::ZERO) => None,
            Some(left) => Some(left.min(idle)),
            None => Some(idle),
        }
    }
}

/// Takes what a line says to heart; true if that ends the connection.
fn take(word: Result<Word, Fault>, url: &Url, until: Until, known: &mut Known, on: On<'_>) -> Result<bool, Error> {
    let invalid = |what| Error::Invalid { host: host_of(url), what };
    match word {
        Ok(Word::Nothing) => Ok(false),
        Ok(Word::Heartbeat { status, approvers }) => {
            on(Progress::Heartbeat { status: status.as_ref(), approvers: &approvers });
            if let Some(status) = status {
                known.stands(status);
            }
            // How a request ended is for the data to say; that it is approved is enough for who waits for no more. A
            // bare heartbeat says nothing of the request: the data may come right behind it.
            Ok(match until {
                Until::Known => known.is_heard_of(),
                Until::Decided => known.is_approved(),
                Until::Usable => false,
            })
        }
        Ok(Word::Data(data)) => {
            known.merge(data)?;
            Ok(true)
        }
        Err(Fault::Failed(error)) => Err(error),
        Err(Fault::Half) => Err(invalid("a line of the status stream ends in the middle".into())),
        Err(Fault::Garbage(what)) => Err(invalid(what)),
    }
}
