//! Whether a host is one of the user's machines: granted already, or approved in advance.

use super::{
    machine::{self, Machine},
    others::{self, Others},
    serve,
};
use crate::{
    access::{
        self, Access, follow, outcome,
        signals::Signals,
        ssh::{
            Ask, connect,
            fate::Over,
            grant, key,
            ready::{self, Way},
            service,
        },
        submit::{self, Next},
    },
    clock,
    ctx::Ctx,
    dirs,
    error::{Failure, Kind, Result, classify},
    integrations::ssh::{
        command,
        key::{KeyType, UserKey},
        names::Host,
        provider::{self, KeyChoice},
    },
    interrupt::Interrupt,
    session::Lock,
};
use anyhow::Context;
use jiff::Timestamp;
use p0_client::Client;
use std::{path::Path, sync::Arc, time::Duration};

/// How long `ssh` waits for the answer where the host may be anybody's.
const LIMIT: Duration = Duration::from_secs(2);
/// How long it waits for a machine that is the user's: for access to be provisioned.
const LIMIT_OURS: Duration = Duration::from_secs(120);
/// How long a host that the service does not know is taken for somebody else's.
const UNKNOWN: Duration = Duration::from_secs(12 * 3600);
/// The same where there was no answer, or one that may be another soon.
const UNCLEAR: Duration = Duration::from_secs(10);
/// The host that `p0 doctor` asks `ssh` about.
const DOCTOR: &str = "p0-doctor.invalid";

/// Whether this host is one of the user's machines. If so, there is configuration by which `ssh` reaches it. `program` is
/// this one.
///
/// # Errors
/// Something on this machine does not work. That the service says no, or nothing, is no error.
pub async fn resolve(ctx: &Ctx, host: &str, program: &Path) -> Result<bool> {
    let host = match Host::parse(host) {
        Ok(host) => host,
        Err(error) => {
            tracing::debug!(%error, "nobody is asked about this host");
            return Ok(false);
        }
    };
    let is_wanted = ctx.settings.ssh_hosts.is_empty()
        || ctx.settings.ssh_hosts.iter().any(|pattern| others::matches(pattern, host.as_str()));
    if host.as_str() == DOCTOR || ctx.env.ssh_session.as_deref() == Some(host.as_str()) || !is_wanted {
        tracing::debug!(%host, is_in_ssh_hosts = is_wanted, "nobody is asked about this host");
        return Ok(false);
    }
    let now = clock::now();
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    let (service, holder) = (service(ctx, &org)?, sessions.holder(&org)?);
    let former = Machine::load(ctx, &host)?.filter(|machine| machine.is_of(&service, &holder));
    // That the service does not answer ends no access.
    let stays = |machine: &Machine| machine.over_by(now).is_none() && machine::is_offered(ctx, &host);
    let others = Others::load(ctx, &service, &holder);
    if let Some(until) = others.until(&host, now) {
        if former.as_ref().is_some_and(stays) {
            return Ok(true);
        }
        tracing::debug!(%host, %until, "it was asked about before, and is not asked about again until then");
        if let Some(over) = former.and_then(|machine| machine.over_by(now)) {
            tell(ctx, &over.failure(&host));
        }
        return Ok(false);
    }
    // Nobody signs in on the way to a host that may be anybody's.
    if holder.is_empty() {
        tracing::debug!(org, "nobody is signed in");
        return Ok(false);
    }
    machine::sweep(ctx, now);
    if former.as_ref().is_some_and(|machine| machine.stands(now)) {
        return Ok(true);
    }
    let asking = Asking { ctx, service: &service, holder: &holder, host: &host, program };
    let found = asking.find(now).await;
    match &found {
        Ok(Found::Ours) => return Ok(true),
        // Of many connections at once, one has heard for all that there is no answer.
        Ok(Found::Theirs | Found::NoAnswer) if former.as_ref().is_some_and(stays) => return Ok(true),
        Ok(Found::Theirs) => return Ok(false),
        _ => {}
    }
    match former {
        Some(machine) => asking.no_more(machine, &found).await?,
        // It may have been another user's.
        None => machine::remove(ctx, &host)?,
    }
    found.map(|_| false)
}

/// A line for whoever wonders why a machine that was theirs is not reached any more: `ssh` goes on without p0, and would
/// say no more than that it does not know the host.
fn tell(ctx: &Ctx, failure: &Failure) {
    ctx.ui.warn([std::slice::from_ref(&failure.message), &failure.hints].concat().join(" "));
}

enum Found {
    Ours,
    /// Another p0 has found out meanwhile that it is not.
    Theirs,
    /// The service knows no such machine.
    Unknown,
    /// The user has no access that needs no approval.
    NoAccess,
    /// The service does not answer in time.
    NoAnswer,
}

/// The question whose a host is.
struct Asking<'a> {
    ctx: &'a Ctx,
    service: &'a str,
    holder: &'a str,
    host: &'a Host,
    program: &'a Path,
}

impl Asking<'_> {
    async fn find(&self, asked: Timestamp) -> Result<Found> {
        let Self { ctx, service, host, .. } = *self;
        let began = clock::instant();
        // One limit for all that happens until the service has a word on the host; what another p0 takes that asks the
        // same is within its own.
        let mut limit = Limit::new(LIMIT);
        let client = match limit.keep(ctx.api_until(Some(began + LIMIT))).await {
            Some(Ok(client)) => client,
            none => {
                let error = none.and_then(Result::err).map(|error| error.to_string());
                tracing::debug!(error, "the service is not reached");
                self.remember(UNCLEAR);
                return Ok(Found::NoAnswer);
            }
        };
        // Of many connections at once, one asks; the others find what it has heard. The file is swept with the rest.
        let _lock = Lock::take(&ctx.dirs.ssh_machine(&host.file_name()).join("lock"), LIMIT_OURS, || {}).await?;
        if Machine::load(ctx, host)?.is_some_and(|machine| self.is_answer(&machine, asked)) {
            return Ok(Found::Ours);
        }
        if Others::load(ctx, service, self.holder).until(host, clock::now()).is_some() {
            return Ok(Found::Theirs);
        }
        let found = self.ask(&client, limit).await;
        match &found {
            Ok(Found::Ours | Found::Theirs) => {}
            Ok(Found::Unknown) => {
                tracing::debug!(%host, "the service knows no such machine");
                self.remember(UNKNOWN);
            }
            Ok(Found::NoAccess) | Err(_) => self.remember(UNCLEAR),
            Ok(Found::NoAnswer) => {
                tracing::debug!(%host, "the service does not answer in time");
                self.remember(UNCLEAR);
            }
        }
        found
    }

    /// Asks the service, and makes everything ready where the machine is the user's.
    async fn ask(&self, client: &Client, mut limit: Limit) -> Result<Found> {
        let Self { ctx, host, .. } = *self;
        let Some(key) = limit.keep(key::of_user(ctx, client)).await else { return Ok(Found::NoAnswer) };
        let key = key?;
        let mut interrupt = Interrupt::listen()?;
        let mut access = match approved(ctx, client, &mut interrupt, host, &key, &mut limit).await? {
            Ok(access) => access,
            Err(found) => return Ok(found),
        };
        follow::until_usable(ctx, client, &mut interrupt, &mut access, clock::instant() + LIMIT_OURS).await?;
        outcome::of(&access)?;
        self.keep(client, access, key).await?;
        Ok(Found::Ours)
    }

    /// Takes the host for somebody else's for so long.
    fn remember(&self, length: Duration) {
        let Self { ctx, service, holder, host, .. } = *self;
        // Another p0 may have learnt of another host meanwhile.
        Others::load(ctx, service, holder).remember(ctx, service, host, clock::now(), length);
    }

    /// Whether another p0 has found this since we asked.
    fn is_answer(&self, machine: &Machine, asked: Timestamp) -> bool {
        machine.is_of(self.service, self.holder) && machine.over.is_none() && machine.found >= asked
    }

    /// What was found before holds no more: the user is told why, as far as that is known.
    async fn no_more(&self, machine: Machine, found: &Result<Found>) -> Result<()> {
        let Self { ctx, host, .. } = *self;
        machine::withhold(ctx, host)?;
        let failure = match found {
            // The service is not there to say so.
            Ok(Found::NoAnswer) if let Some(over) = machine.over_by(clock::now()) => {
                machine.keep_over(ctx, host, over)?;
                over.failure(host)
            }
            // That it cannot be told does not make it another's.
            Ok(Found::NoAnswer) => {
                Failure::error(format!("The service does not answer, so {host} is not reached by p0."))
            }
            Err(error) => Failure::error(format!("{host} is not reached by p0: {error}")),
            _ => {
                let client = ctx.api_until(Some(clock::instant() + LIMIT)).await?;
                let over = machine.is_over(&client).await?.unwrap_or(Over::Gone);
                machine.keep_over(ctx, host, over)?;
                over.failure(host)
            }
        };
        tell(ctx, &failure);
        Ok(())
    }
}

/// The access that is there, or approved in advance: to become root, else without.
async fn approved(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    host: &Host,
    key: &UserKey,
    limit: &mut Limit,
) -> Result<std::result::Result<Access, Found>> {
    for sudo in [true, false] {
        let ask = Ask { destination: host.as_str().to_owned(), sudo, ..Ask::default() };
        let words = [ask.words(key), vec!["--approved".to_owned()]].concat();
        let bounded = client.until(Some(clock::instant() + LIMIT));
        let asking = submit::submit(ctx, &bounded, interrupt, "request", &words, Next::Connect);
        let Some(answer) = limit.keep(asking).await else { return Ok(Err(Found::NoAnswer)) };
        match answer {
            Ok(access) => return Ok(Ok(access)),
            Err(error) if is_no_answer(&error) => return Ok(Err(Found::NoAnswer)),
            Err(error) => {
                let failure = classify(error);
                match failure.kind {
                    Kind::NotSignedIn | Kind::Interrupted => return Err(failure.into()),
                    _ if failure.message.starts_with(access::ssh::NO_SUCH_MACHINE) => return Ok(Err(Found::Unknown)),
                    _ => tracing::debug!(%failure, sudo, "there is no access that needs no approval"),
                }
            }
        }
        // It knows the machine, so this is no host that may be anybody's.
        *limit = Limit::new(LIMIT);
    }
    Ok(Err(Found::NoAccess))
}

fn is_no_answer(error: &anyhow::Error) -> bool {
    use p0_client::Error;
    matches!(error.downcast_ref(), Some(Error::Network { .. } | Error::Status { .. } | Error::Invalid { .. }))
}

/// What is left of a time that several steps have together.
struct Limit(Duration);

impl Limit {
    const fn new(length: Duration) -> Self {
        Self(length)
    }

    /// Does something within what is left; `None` where that is not enough.
    async fn keep<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let began = tokio::time::Instant::now();
        let done = tokio::time::timeout(self.0, work).await.ok();
        self.0 = self.0.saturating_sub(began.elapsed());
        done
    }
}

impl Asking<'_> {
    /// Makes everything ready for the connection, and keeps it.
    async fn keep(&self, client: &Client, access: Access, key: Arc<UserKey>) -> Result<()> {
        let Self { ctx, host, program, .. } = *self;
        let fresh = !access.preexisting;
        let grant = grant(access)?;
        let provider = provider::of(&grant, &ctx.settings.ssh)?;
        let kind = match provider.key() {
            KeyChoice::Users => ctx.settings.ssh_key_type,
            KeyChoice::Rsa => KeyType::Rsa,
        };
        let key = ready::key_for(ctx, client, &*provider, key).await?;
        let directory = ctx.dirs.ssh_machine(&host.file_name());
        dirs::create_parent(&directory.join("x"))?;
        let key_at = serve::key_at(ctx, client, kind, &key, &directory)?;
        let way = ready::way(ctx, client, grant, provider, &key, &directory, &key_at).await?;
        let machine = Machine {
            service: self.service.to_owned(),
            holder: self.holder.to_owned(),
            request_id: way.grant.request_id.clone(),
            request: way.grant.request.clone(),
            key: kind,
            host: way.route.host.as_str().to_owned(),
            port: way.route.port,
            reach: way.route.reach.clone(),
            unset: way.route.unset.iter().map(|&name| name.to_owned()).collect(),
            found: clock::now(),
            over: None,
        };
        if fresh {
            ride_out(ctx, client, &way, kind, program).await;
        }
        let proxy = ["--quiet", "--no-input", "--org", client.org(), "ssh-proxy", host.as_str()];
        let configuration = command::configuration(host, &way.route, &way.files, (program, &proxy))?;
        machine.keep(ctx, host, &configuration).context("the machine cannot be kept")
    }
}

/// Waits until the machine lets the user in, as plain `ssh` tries once. What comes of it is seen when it does.
async fn ride_out(ctx: &Ctx, client: &Client, way: &Way, kind: KeyType, program: &Path) {
    let trying = async {
        let _held = serve::hold(ctx, client, kind, program).await?;
        let mut signals = Signals::listen()?;
        connect::test(ctx, client, &mut signals, way).await
    };
    if let Err(error) = trying.await {
        tracing::debug!(%error, "the machine does not let the user in yet");
    }
    if let Err(error) = dirs::remove(&way.files.log) {
        tracing::debug!(%error, "the log of the tries stays");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::GlobalArgs, dirs::Dirs, env_vars::EnvVars, ui::Ui};
    use std::net::TcpListener;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn several_steps_have_one_limit_together() {
        let (mut limit, began) = (Limit::new(LIMIT), Instant::now());
        let long = |millis| tokio::time::sleep(Duration::from_millis(millis));
        assert!(limit.keep(long(1500)).await.is_some());
        assert!(limit.keep(long(1000)).await.is_none());
        assert_eq!(began.elapsed(), LIMIT);
        assert!(limit.keep(std::future::pending::<()>()).await.is_none());
        assert_eq!(began.elapsed(), LIMIT, "there is nothing left");
    }

    /// Time passes here where nothing else happens.
    #[tokio::test(start_paused = true)]
    async fn a_service_that_never_answers_costs_two_seconds_once() {
        let dir = tempfile::tempdir().expect("a directory");
        // Connections are taken, and nobody reads from them.
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let env = EnvVars {
            app_url: Some(format!("http://{}", silent.local_addr().expect("an address"))),
            org: Some("example".into()),
            api_token: Some("token".to_owned().into()),
            ..EnvVars::default()
        };
        let ui = Ui::new(&GlobalArgs { quiet: true, ..GlobalArgs::default() }, &env);
        let ctx = Ctx::within(&GlobalArgs::default(), env, ui, Dirs::within(dir.path())).expect("a context");
        let began = Instant::now();
        let ask = || resolve(&ctx, "elsewhere.example.com", Path::new("/nowhere/p0"));
        assert!(!ask().await.expect("an answer"));
        assert_eq!(began.elapsed(), Duration::from_secs(2));
        assert!(!ask().await.expect("an answer"));
        assert_eq!(began.elapsed(), Duration::from_secs(2), "what is known costs nothing");
    }
}
