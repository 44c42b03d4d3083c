//! Waiting for a request (protocol, section 5): through lost connections, a suspended machine and a restarted
//! service, until it is decided or usable, or the deadline is there. Nothing here ever asks for access.

mod known;
mod listen;

use crate::{Client, Error, Network, RetryPolicy, call::Repeat, send::Setback};
use known::Known;
use listen::End;
use p0_wire::request::{Outcome, Request, Status};
use reqwest::Method;
use serde_json::Value;
use std::time::{Duration, Instant};

/// A connection that held so long was a good one: after its end the next try is made at once.
const GOOD: Duration = Duration::from_secs(1);

/// The first wait, and the longest, before asking again how a request stands that is not where it should be.
const ASK_AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(1));

/// What to wait for.
#[derive(Debug, Clone)]
pub struct Wait<'a> {
    /// The request's identifier.
    pub id: &'a str,
    /// The answer to the command that made the request, over which what is heard is merged; `null` if there is none.
    pub first: Value,
    /// How far.
    pub until: Until,
    /// Until when; absent: as long as it takes.
    pub deadline: Option<Instant>,
}

/// How far to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until the service has said anything about the request.
    Known,
    /// Until it is approved, denied or over.
    Decided,
    /// Until the service reports an outcome: normally that it is provisioned, denied or over.
    Usable,
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The service is there, and the wait is on.
    Connected,
    /// A sign of life.
    Heartbeat {
        /// Where the request stands, if the service says so.
        status: Option<&'a Status>,
        /// Who may approve it, if the service says so: e-mail addresses.
        approvers: &'a [String],
    },
    /// The service is not there, for now.
    Lost {
        /// Why.
        why: &'a Error,
        /// How long until the next try.
        next_try: Duration,
    },
}

/// How the wait ended.
#[derive(Debug)]
pub struct Followed {
    /// What has become of the request, as far as is known.
    pub outcome: Outcome,
    /// The access is provisioned.
    pub usable: bool,
    /// The deadline came first.
    pub timed_out: bool,
    /// Where the request stood last.
    pub status: Option<Status>,
    /// The request, if any answer had it. With [`Outcome::Errored`] it says why.
    pub request: Option<Request>,
    /// The last document merged over the first answer, with every field.
    pub document: Value,
    /// Why the service was not there when the deadline came.
    pub lost: Option<Error>,
}

impl Client {
    /// Waits for a request, and tells `on` what happens meanwhile.
    ///
    /// A lost connection is made again until the deadline, whatever the network's failure; a service that was never
    /// reached is given up as by every call. That the deadline comes first is no error: see [`Followed::timed_out`].
    ///
    /// # Errors
    /// [`Error::Service`] for an error in any of its places, [`Error::Invalid`] for a stream that is none, and those
    /// of every call. That provisioning failed is no error here, but [`Outcome::Errored`].
    pub async fn follow(
        &self,
        wait: Wait<'_>,
        on: &mut (dyn for<'p> FnMut(Progress<'p>) + Send),
    ) -> Result<Followed, Error> {
        let timer = &self.http.options.timer;
        let call = self.call(Method::GET, &["command", wait.id, "poll"], Repeat::Harmless)?;
        let mut known = Known::from_first(wait.first, &call.url)?;
        // Whoever answered the command was there.
        let mut pace = Pace { reached: known.is_heard_of(), ..Pace::default() };
        let began = timer.now();
        loop {
            let heard = self.listen(&call, wait.until, wait.deadline, &mut known, on).await?;
            pace.note(heard.lasted);
            let (why, next_try) = match heard.end {
                End::Word if known.is_enough(wait.until) => return Ok(known.ended(false)),
                End::Word => (None, pace.ask_again()),
                End::Deadline => return Ok(known.ended(true)),
                End::Closed(why) => (Some(why), pace.connect_again(|failed| self.http.backoff(failed))),
                End::Lost(setback) => {
                    let next_try = self.http.wait_after(&setback, pace.fail());
                    let spent = timer.now().saturating_duration_since(began);
                    let policy = &self.http.options.retry;
                    if pace.gives_up(&setback, spent, policy, wait.deadline) {
                        return Err(setback.error);
                    }
                    // The last try to reach a service is made when its time is up.
                    let left = if pace.reached { Duration::MAX } else { policy.reach.saturating_sub(spent) };
                    (Some(setback.error), next_try.min(left))
                }
            };
            if let Some(why) = why {
                tracing::debug!(%why, next_ms = next_try.as_millis(), "lost the status stream");
                if !next_try.is_zero() {
                    on(Progress::Lost { why: &why, next_try });
                }
                known.lost = Some(why);
            }
            let left = wait.deadline.map(|deadline| deadline.saturating_duration_since(timer.now()));
            let next_try = left.map_or(next_try, |left| left.min(next_try));
            if !next_try.is_zero() {
                timer.sleep(next_try).await;
            }
        }
    }

    /// How a request stands now, as far as the service says so within `patience`.
    ///
    /// # Errors
    /// As for [`Client::follow`].
    pub async fn poll_once(&self, id: &str, patience: Duration) -> Result<Followed, Error> {
        let deadline = self.http.options.timer.now().checked_add(patience);
        self.follow(Wait { id, first: Value::Null, until: Until::Known, deadline }, &mut |_| ()).await
    }
}

/// When to connect again.
#[derive(Default)]
struct Pace {
    /// The service was there once.
    reached: bool,
    /// The last connection held long enough for its end to mean nothing.
    good: bool,
    /// How many connections failed or ended at once since the last good one.
    failed: u32,
    /// How many answers were not enough since the last good connection.
    asked: u32,
}

impl Pace {
    /// How long the connection held, if there was one.
    fn note(&mut self, lasted: Option<Duration>) {
        self.reached |= lasted.is_some();
        self.good = lasted.is_some_and(|lasted| lasted >= GOOD);
        if self.good {
            self.failed = 0;
            self.asked = 0;
        }
    }

    /// The wait after an answer that was not enough.
    fn ask_again(&mut self) -> Duration {
        if self.good {
            return Duration::ZERO;
        }
        let (first, most) = ASK_AGAIN;
        let wait = first.saturating_mul(2_u32.saturating_pow(self.asked)).min(most);
        self.asked = self.asked.saturating_add(1);
        wait
    }

    /// The wait after a connection that just ended.
    fn connect_again(&mut self, backoff: impl FnOnce(u32) -> Duration) -> Duration {
        if self.good { Duration::ZERO } else { backoff(self.fail()) }
    }

    /// Counts a failure; gives how many there were before.
    fn fail(&mut self) -> u32 {
        let before = self.failed;
        self.failed = before.saturating_add(1);
        before
    }

    /// Whether to give up. What the network does to a service that was there passes: a laptop moves between networks,
    /// and a sign-in page or a missing VPN is in the way for a while. One that was never there is given up at once where
    /// trying again would not help, and otherwise when `spent` is more than the policy allows. Without a deadline, one
    /// that asks for a senseless wait is given up as well.
    fn gives_up(
        &mut self,
        setback: &Setback,
        spent: Duration,
        policy: &RetryPolicy,
        deadline: Option<Instant>,
    ) -> bool {
        match &setback.error {
            // The connection was accepted, so the service is there.
            Error::Network { failure: Network::TimedOut, .. } => {
                self.reached = true;
                false
            }
            Error::Network { .. } if self.reached => false,
            Error::Network { .. } => !setback.transient || self.failed > policy.retries || spent >= policy.reach,
            // Any HTTP status shows that the service is there.
            _ => {
                self.reached = true;
                !setback.transient
                    || (deadline.is_none() && setback.after.is_some_and(|after| after > policy.most_asked))
            }
        }
    }
}
