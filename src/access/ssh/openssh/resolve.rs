//! Whether a host is one of the user's machines: granted already, or approved in advance.

use super::{
    caller::{self, Caller},
    known_machine::{self, Machine, Proxy},
    negative_cache::{self, NO_ANSWER_TTL, NegativeCache, UNKNOWN_HOST_TTL},
    serve,
};
use crate::{
    access::{
        self, Access, follow, history, outcome,
        signals::Signals,
        ssh::{
            MachineRequest,
            access_status::EndReason,
            connect, grant, key, openssh_version, own_agent,
            prepare::{self, Connection},
            service,
        },
        submit::{self, AfterSubmit},
    },
    clock,
    ctx::Ctx,
    dirs,
    error::{Failure, Kind, Result, classify},
    file_lock::Lock,
    integrations::ssh::{
        command,
        key::{KeyType, UserKey},
        names::Host,
        own_args::Invocation,
        provider::{self, KeyChoice},
    },
    interrupt::Interrupt,
};
use anyhow::Context;
use jiff::Timestamp;
use p0_client::{Client, Error, Which};
use p0_wire::{
    request::{Outcome, Request, Summary},
    ssh::Permission,
};
use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How long `ssh` waits for the answer where the host may be anybody's.
const LIMIT: Duration = Duration::from_secs(2);
/// How long it waits for a machine that is the user's: for access to be provisioned.
const LIMIT_OURS: Duration = Duration::from_secs(120);
/// How many requests are asked after, where the service has no list.
const MOST: usize = 5;
/// The host that `p0 doctor` asks `ssh` about.
const DOCTOR: &str = "p0-doctor.invalid";

/// Who asks whether a host is one of the user's machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The user, by hand.
    User,
    /// A program that reads the configuration of `ssh`: `ssh`, which is about to connect or not, or another one.
    Configuration,
}

/// Whether this host is one of the user's machines. If so, there is configuration by which `ssh` reaches it. Access is
/// requested only for an `ssh` that connects, or for the user.
pub async fn resolve(ctx: &Ctx, host: &str, asker: Asker) -> Result<bool> {
    let host = match Host::parse(host) {
        Ok(host) => host,
        Err(error) => {
            tracing::debug!(%error, "nobody is asked about this host");
            return Ok(false);
        }
    };
    // p0 itself has ssh read its configuration, and the file is there.
    if ctx.env.ssh_probe.as_deref() == Some(host.as_str()) {
        return Ok(true);
    }
    let is_wanted = ctx.settings.ssh_hosts.is_empty()
        || ctx.settings.ssh_hosts.iter().any(|pattern| negative_cache::matches(pattern, host.as_str()));
    if host.as_str() == DOCTOR || ctx.env.ssh_session.as_deref() == Some(host.as_str()) || !is_wanted {
        tracing::debug!(%host, is_in_ssh_hosts = is_wanted, "nobody is asked about this host");
        return Ok(false);
    }
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    let (service, holder) = (service(ctx, &org)?, sessions.holder(&org)?);
    let caller = OnceLock::new();
    let asking = Resolver { ctx, org: &org, service: &service, holder: &holder, host: &host, asker, caller };
    let is_ours = asking.is_ours().await?;
    if is_ours {
        asking.bring_up_to_date().await?;
    }
    Ok(is_ours)
}

/// Tells the user why p0 no longer connects to a machine that they had access to. `ssh` continues without p0, and would only
/// say that it does not know the host.
fn tell(ctx: &Ctx, failure: &Failure) {
    ctx.ui.warn([std::slice::from_ref(&failure.message), &failure.hints].concat().join(" "));
}

enum Resolution {
    Ours,
    /// Another p0 has just found that it is not the user's.
    Theirs,
    /// The service knows no such machine.
    Unknown,
    /// The user has no access that needs no approval.
    NoAccess,
    /// The user holds no access, and none was requested: this `ssh` makes no connection.
    NotRequested,
    /// The service does not answer in time.
    NoAnswer,
}

/// The question whose a host is.
struct Resolver<'a> {
    ctx: &'a Ctx,
    org: &'a str,
    service: &'a str,
    holder: &'a str,
    host: &'a Host,
    asker: Asker,
    /// Looked up only when needed: most hosts are known not to be the user's.
    caller: OnceLock<Option<Caller>>,
}

impl Resolver<'_> {
    fn caller(&self) -> Option<Caller> {
        *self.caller.get_or_init(|| caller::find().filter(|_| self.asker == Asker::Configuration))
    }

    /// Whether access may be requested; else that which is held is used.
    fn may_request(&self) -> bool {
        self.caller().map_or(self.asker == Asker::User, |caller| caller.invocation.connects)
    }

    /// Whether it is one of the user's machines.
    async fn is_ours(&self) -> Result<bool> {
        let Self { ctx, org, service, holder, host, .. } = *self;
        let now = clock::now();
        let former = Machine::load(ctx, host)?.filter(|machine| machine.is_of(service, holder));
        // That the service does not answer ends no access.
        let stays = |machine: &Machine| machine.over_by(now).is_none() && known_machine::is_offered(ctx, host);
        let others = NegativeCache::load(ctx, service, holder);
        if let Some(until) = others.until(host, now) {
            if former.as_ref().is_some_and(stays) {
                return Ok(true);
            }
            tracing::debug!(%host, %until, "it was asked about before, and is not asked about again until then");
            if let Some(over) = former.and_then(|machine| machine.over_by(now)) {
                tell(ctx, &over.failure(host));
            }
            return Ok(false);
        }
        // p0 does not ask the user to sign in for a host that may not be theirs.
        if holder.is_empty() {
            tracing::debug!(org, "nobody is signed in");
            return Ok(false);
        }
        known_machine::sweep(ctx, now);
        if former.as_ref().is_some_and(|machine| machine.stands(now, ctx.env.ssh_sudo)) {
            return Ok(true);
        }
        let found = self.find(now).await;
        match &found {
            Ok(Resolution::Ours) => return Ok(true),
            // Of many simultaneous connections, one has already found that the service does not answer.
            Ok(Resolution::Theirs | Resolution::NoAnswer | Resolution::NotRequested)
                if former.as_ref().is_some_and(stays) =>
            {
                return Ok(true);
            }
            Ok(Resolution::Theirs | Resolution::NotRequested) => return Ok(false),
            _ => {}
        }
        match former {
            Some(machine) => self.no_more(machine, &found).await?,
            // It may have been another user's.
            None => known_machine::remove(ctx, host)?,
        }
        found.map(|_| false)
    }

    /// Brings what `ssh` reads up to date with this run, and the key to hand where this `ssh` does not run p0 for its
    /// connection.
    async fn bring_up_to_date(&self) -> Result<()> {
        let Self { ctx, host, .. } = *self;
        let Some(machine) = Machine::load(ctx, host)? else { return Ok(()) };
        let program = ctx.program()?;
        machine.refresh(ctx, host, &self.proxy(&program))?;
        if let Some(Caller { pid, invocation: Invocation { connects: true, has_own_proxy: true } }) = self.caller() {
            let client = ctx.api().await?;
            serve::hold_while(ctx, &client, machine.key, &program, pid).await?;
        }
        Ok(())
    }

    /// `program`: p0, by a path that an upgrade keeps.
    fn proxy<'b>(&'b self, program: &'b Path) -> Proxy<'b> {
        let args = ["--quiet", "--no-input", "--org", self.org, "ssh-proxy", self.host.as_str()];
        Proxy { program, args, agent: own_agent(self.ctx) }
    }

    async fn find(&self, asked: Timestamp) -> Result<Resolution> {
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
                self.remember(NO_ANSWER_TTL);
                return Ok(Resolution::NoAnswer);
            }
        };
        // Of many connections at once, one asks; the others find what it has heard. The file is swept with the rest.
        let _lock = Lock::take(&ctx.dirs.ssh_machine(&host.file_name()).join("lock"), LIMIT_OURS, || {}).await?;
        if Machine::load(ctx, host)?.is_some_and(|machine| self.is_answer(&machine, asked)) {
            return Ok(Resolution::Ours);
        }
        if NegativeCache::load(ctx, service, self.holder).until(host, clock::now()).is_some() {
            return Ok(Resolution::Theirs);
        }
        let found = self.ask(&client, limit).await;
        match &found {
            Ok(Resolution::Ours | Resolution::Theirs | Resolution::NotRequested) => {}
            Ok(Resolution::Unknown) => {
                tracing::debug!(%host, "the service knows no such machine");
                self.remember(UNKNOWN_HOST_TTL);
            }
            Ok(Resolution::NoAccess) | Err(_) => self.remember(NO_ANSWER_TTL),
            Ok(Resolution::NoAnswer) => {
                tracing::debug!(%host, "the service does not answer in time");
                self.remember(NO_ANSWER_TTL);
            }
        }
        found
    }

    /// Asks the service, and makes everything ready where the machine is the user's.
    async fn ask(&self, client: &Client, mut limit: Limit) -> Result<Resolution> {
        let Self { ctx, host, .. } = *self;
        let Some(key) = limit.keep(key::of_user(ctx, client)).await else { return Ok(Resolution::NoAnswer) };
        let key = key?;
        let mut interrupt = Interrupt::listen()?;
        let asked = match self.may_request() {
            // Most hosts are not the user's, and cost one call.
            true => match limit.keep(held_from_here(ctx, client, host)).await {
                None => return Ok(Resolution::NoAnswer),
                Some(Ok(Some(access))) => Ok(access),
                Some(Ok(None)) => approved(ctx, client, &mut interrupt, host, &key, &mut limit).await?,
                Some(Err(error)) => return Err(error),
            },
            false => Err(Resolution::NotRequested),
        };
        let mut access = match asked {
            Ok(access) => access,
            Err(found @ (Resolution::NoAccess | Resolution::NotRequested)) => {
                match limit.keep(held(ctx, client, host)).await {
                    None => return Ok(Resolution::NoAnswer),
                    Some(Ok(Some(access))) => access,
                    Some(Ok(None)) => {
                        tracing::debug!(%host, may_request = self.may_request(), "there is no access that needs no approval");
                        return Ok(found);
                    }
                    Some(Err(error)) => return Err(error),
                }
            }
            Err(found) => return Ok(found),
        };
        follow::until_usable(ctx, client, &mut interrupt, &mut access, clock::instant() + LIMIT_OURS).await?;
        outcome::check(&access)?;
        self.keep(client, access, key).await?;
        Ok(Resolution::Ours)
    }

    /// Adds the host to the negative cache.
    fn remember(&self, length: Duration) {
        let Self { ctx, service, holder, host, .. } = *self;
        // Another p0 may have added another host since.
        NegativeCache::load(ctx, service, holder).remember(ctx, service, host, clock::now(), length);
    }

    /// Whether another p0 has found this since we asked.
    fn is_answer(&self, machine: &Machine, asked: Timestamp) -> bool {
        machine.is_of(self.service, self.holder) && machine.over.is_none() && machine.found >= asked
    }

    /// What was found before holds no more: the user is told why, as far as that is known.
    async fn no_more(&self, machine: Machine, found: &Result<Resolution>) -> Result<()> {
        let Self { ctx, host, .. } = *self;
        known_machine::withhold(ctx, host)?;
        let failure = match found {
            // The service is not there to say so.
            Ok(Resolution::NoAnswer) if let Some(over) = machine.over_by(clock::now()) => {
                machine.keep_over(ctx, host, over)?;
                over.failure(host)
            }
            // That it cannot be told does not make it another's.
            Ok(Resolution::NoAnswer) => {
                Failure::error(format!("The service does not answer, so {host} is not reached by p0."))
            }
            Err(error) => Failure::error(format!("{host} is not reached by p0: {error}")),
            _ => {
                let client = ctx.api_until(Some(clock::instant() + LIMIT)).await?;
                let over = machine.is_over(&client).await?.unwrap_or(EndReason::Gone);
                machine.keep_over(ctx, host, over)?;
                over.failure(host)
            }
        };
        tell(ctx, &failure);
        Ok(())
    }
}

/// The access to a machine that the user holds, as root or not; as root only, where that is wanted.
async fn held(ctx: &Ctx, client: &Client, host: &Host) -> Result<Option<Access>> {
    let which = Which { mine: true, active: true, pending: false };
    let summaries = match client.requests(which).await {
        Ok(answer) => answer.value.requests,
        Err(error @ (Error::Unauthorized { .. } | Error::Tokens(_))) => return Err(error.into()),
        // Not every service has a list.
        Err(error) => {
            tracing::debug!(%error, "the service does not list what the user holds");
            return held_from_here(ctx, client, host).await;
        }
    };
    let email = email(ctx, client)?;
    // The list also contains the user's requests for other users.
    let is_mine = |summary: &Summary| {
        let principal = summary.request.principal.as_deref().unwrap_or_default();
        email.as_deref().map_or(["", principal].contains(&&*summary.requestor), |email| email == principal)
    };
    let mine = summaries.into_iter().filter(|summary| is_session(&summary.title, host) && is_mine(summary));
    Ok(best(ctx, mine.map(|summary| (summary.id, summary.request))))
}

/// The same of what was requested from here, which costs no call where that is nothing.
async fn held_from_here(ctx: &Ctx, client: &Client, host: &Host) -> Result<Option<Access>> {
    let (now, email) = (clock::now().as_millisecond(), email(ctx, client)?);
    let entries = history::load(ctx, client.org())?.into_iter();
    let mut found = Vec::new();
    for entry in entries.filter(|entry| is_session(&entry.title, host) && entry.is_held(now)).take(MOST) {
        match client.poll_once(&entry.id, LIMIT).await {
            Ok(followed) => found.extend(followed.request.map(|request| (entry.id, request))),
            Err(error @ (Error::Unauthorized { .. } | Error::Tokens(_))) => return Err(error.into()),
            Err(error) => tracing::debug!(%error, id = entry.id, "what has become of this request is not known"),
        }
    }
    // Another user may have signed in since. With a token alone the service says whose it is, when it is used.
    let is_mine = |request: &Request| email.is_none() || request.principal.is_none() || request.principal == email;
    Ok(best(ctx, found.into_iter().filter(|(_, request)| is_mine(request))))
}

/// Who is signed in, where that is known.
fn email(ctx: &Ctx, client: &Client) -> Result<Option<String>> {
    match ctx.settings.api_token {
        Some(_) => Ok(None),
        None => Ok(ctx.sessions().info(client.org())?.map(|session| session.email)),
    }
}

/// Whether these words asked for a session on this machine.
fn is_session(title: &str, host: &Host) -> bool {
    title.strip_prefix("ssh session ").is_some_and(|name| name.eq_ignore_ascii_case(host.as_str()))
}

/// Of several, one without more than is wanted, if there is one.
fn best(ctx: &Ctx, requests: impl Iterator<Item = (String, Request)>) -> Option<Access> {
    let now = clock::now();
    let is_usable =
        |request: &Request| request.status.outcome() == Outcome::Approved && EndReason::by(request, now).is_none();
    let usable = requests
        .filter(|(_, request)| is_usable(request))
        .filter_map(|(id, request)| Some((Permission::from_request(&request).ok()?.sudo == Some(true), id, request)))
        .filter(|(sudo, ..)| *sudo || !ctx.env.ssh_sudo);
    let (_, id, request) = usable.min_by_key(|(sudo, ..)| *sudo)?;
    let document = serde_json::to_value(&request).expect("a request is a document");
    Some(Access { id, request, document, preexisting: true })
}

/// The access that is approved in advance: to become root only where the user wants that (`P0_SSH_SUDO`), and then without
/// where it is not.
async fn approved(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    host: &Host,
    key: &UserKey,
    limit: &mut Limit,
) -> Result<std::result::Result<Access, Resolution>> {
    let kinds: &[bool] = if ctx.env.ssh_sudo { &[true, false] } else { &[false] };
    for &sudo in kinds {
        let ask = MachineRequest { destination: host.as_str().to_owned(), sudo, ..MachineRequest::default() };
        let words = [ask.words(key), vec!["--approved".to_owned()]].concat();
        let bounded = client.until(Some(clock::instant() + LIMIT));
        let asking = submit::submit(ctx, &bounded, interrupt, "request", &words, AfterSubmit::Connect);
        let Some(answer) = limit.keep(asking).await else { return Ok(Err(Resolution::NoAnswer)) };
        match answer {
            Ok(access) => return Ok(Ok(access)),
            Err(error) if is_no_answer(&error) => return Ok(Err(Resolution::NoAnswer)),
            Err(error) => {
                let failure = classify(error);
                match failure.kind {
                    Kind::NotSignedIn | Kind::Interrupted => return Err(failure.into()),
                    _ if failure.message.starts_with(access::ssh::NO_SUCH_MACHINE) => {
                        return Ok(Err(Resolution::Unknown));
                    }
                    _ => tracing::debug!(%failure, sudo, "there is no access that needs no approval"),
                }
            }
        }
        // The service knows the machine, so the host is the organisation's.
        *limit = Limit::new(LIMIT);
    }
    Ok(Err(Resolution::NoAccess))
}

fn is_no_answer(error: &anyhow::Error) -> bool {
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

impl Resolver<'_> {
    /// Makes everything ready for the connection, and keeps it.
    async fn keep(&self, client: &Client, access: Access, key: Arc<UserKey>) -> Result<()> {
        let Self { ctx, host, .. } = *self;
        let program = ctx.program()?;
        let fresh = !access.preexisting;
        let grant = grant(access)?;
        let provider = provider::for_grant(&grant, &ctx.settings.ssh)?;
        let kind = match provider.key() {
            KeyChoice::Users => ctx.settings.ssh_key_type,
            KeyChoice::Rsa => KeyType::Rsa,
        };
        let key = prepare::key_for(ctx, client, &*provider, key).await?;
        let directory = ctx.dirs.ssh_machine(&host.file_name());
        dirs::create_parent(&directory.join("x"))?;
        let key_at = serve::key_at(ctx, client, kind, &key, &directory)?;
        let way = prepare::way(ctx, client, grant, provider, &key, &directory, &key_at).await?;
        let version = openssh_version().await;
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
            forwards: version.is_some_and(|version| version >= command::FORWARDS_PATH),
            over: None,
        };
        if fresh {
            ride_out(ctx, client, &way, kind, &program).await;
        }
        let configuration = command::configuration(host, &way.route, &way.files, version)?;
        let configuration = self.proxy(&program).added_to(&configuration, machine.forwards)?;
        machine.keep(ctx, host, &configuration).context("the machine cannot be kept")
    }
}

/// Waits until the machine lets the user in, as plain `ssh` tries once. What comes of it is seen when it does.
async fn ride_out(ctx: &Ctx, client: &Client, way: &Connection, kind: KeyType, program: &Path) {
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
    use crate::{dirs::Dirs, env_vars::EnvVars, global_args::GlobalArgs, ui::Ui};
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
        // Accepts connections and never reads from them.
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
        let ask = || resolve(&ctx, "elsewhere.example.com", Asker::User);
        assert!(!ask().await.expect("an answer"));
        assert_eq!(began.elapsed(), Duration::from_secs(2));
        assert!(!ask().await.expect("an answer"));
        assert_eq!(began.elapsed(), Duration::from_secs(2), "what is known costs nothing");
    }
}
