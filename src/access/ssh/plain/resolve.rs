//! Whether a host is one of the user's machines: granted already, or approved in advance.

use super::{
    machine::{self, Machine},
    others::{self, Others},
    serve,
};
use crate::{
    access::{
        self, Access, follow, outcome,
        ssh::{
            Ask, connect, grant, key,
            ready::{self, Way},
            service,
        },
        submit::{self, Next},
        tool::Signals,
    },
    clock,
    ctx::Ctx,
    dirs,
    error::{Result, classify},
    integrations::ssh::{
        agent, command,
        key::{KeyType, UserKey},
        names::Host,
        provider::{self, KeyChoice},
    },
    interrupt::Interrupt,
    session::vault::Item,
};
use anyhow::Context;
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
    let Ok(host) = Host::parse(host) else { return Ok(false) };
    let is_wanted = ctx.settings.ssh_hosts.is_empty()
        || ctx.settings.ssh_hosts.iter().any(|pattern| others::matches(pattern, host.as_str()));
    if host.as_str() == DOCTOR || ctx.env.ssh_session.as_deref() == Some(host.as_str()) || !is_wanted {
        return Ok(false);
    }
    let now = clock::now();
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    let service = service(ctx, &org);
    let others = Others::load(ctx, &service);
    if others.has(&host, now) {
        return Ok(false);
    }
    // Nobody signs in on the way to a host that may be anybody's.
    if ctx.settings.api_token.is_none() && sessions.info(&org)?.is_none() {
        return Ok(false);
    }
    machine::sweep(ctx, now);
    if Machine::load(ctx, &host)?.is_some_and(|machine| machine.stands(&service, now)) {
        return Ok(true);
    }
    let found = find(ctx, &service, &host, program).await;
    let length = match &found {
        Ok(Found::Ours) => return Ok(true),
        Ok(Found::Unknown) => UNKNOWN,
        Ok(Found::NotNow) | Err(_) => UNCLEAR,
    };
    others.remember(ctx, &service, &host, now, length);
    // What was found before holds no more.
    machine::forget(ctx, &host)?;
    found.map(|_| false)
}

enum Found {
    Ours,
    /// The service knows no such machine.
    Unknown,
    /// The service is out of reach, or the user has no access.
    NotNow,
}

async fn find(ctx: &Ctx, service: &str, host: &Host, program: &Path) -> Result<Found> {
    let began = clock::instant();
    let limit = began + LIMIT;
    let asking = async {
        let client = ctx.api_until(Some(limit)).await?;
        let key = key::of_user(ctx, &client).await?;
        anyhow::Ok((client, key))
    };
    let Ok(both) = tokio::time::timeout(LIMIT, asking).await else { return Ok(Found::NotNow) };
    let (client, key) = both?;
    let vault = ctx.sessions().vault(&client);
    // Of many connections at once, one asks.
    let _lock = vault.lock(Item::Ssh, host.as_str(), LIMIT_OURS, || {}).await?;
    if Machine::load(ctx, host)?.is_some_and(|machine| machine.stands(service, clock::now())) {
        return Ok(Found::Ours);
    }
    let mut interrupt = Interrupt::listen()?;
    let mut access = match approved(ctx, &client, &mut interrupt, host, &key).await? {
        Ok(access) => access,
        Err(found) => return Ok(found),
    };
    follow::until_usable(ctx, &client, &mut interrupt, &mut access, began + LIMIT_OURS).await?;
    outcome::of(&access)?;
    keep(ctx, &client, host, access, key, program).await?;
    Ok(Found::Ours)
}

/// The access that is there, or approved in advance: to become root, else without.
async fn approved(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    host: &Host,
    key: &UserKey,
) -> Result<std::result::Result<Access, Found>> {
    for sudo in [true, false] {
        let ask = Ask { destination: host.as_str().to_owned(), sudo, ..Ask::default() };
        let words = [ask.words(key), vec!["--approved".to_owned()]].concat();
        let bounded = client.until(Some(clock::instant() + LIMIT));
        let asking = submit::submit(ctx, &bounded, interrupt, "request", &words, Next::Connect);
        let Ok(answer) = tokio::time::timeout(LIMIT, asking).await else { return Ok(Err(Found::NotNow)) };
        match answer.map_err(classify) {
            Ok(access) => return Ok(Ok(access)),
            Err(failure) if failure.message.starts_with(access::ssh::NO_SUCH_MACHINE) => {
                return Ok(Err(Found::Unknown));
            }
            Err(failure) => tracing::debug!(%failure, sudo, "there is no access that needs no approval"),
        }
    }
    Ok(Err(Found::NotNow))
}

/// Makes everything ready for the connection, and keeps it.
async fn keep(
    ctx: &Ctx,
    client: &Client,
    host: &Host,
    access: Access,
    key: Arc<UserKey>,
    program: &Path,
) -> Result<()> {
    let fresh = !access.preexisting;
    let grant = grant(access)?;
    let provider = provider::of(&grant, &ctx.settings.ssh)?;
    let kind = match provider.key() {
        KeyChoice::Users => ctx.settings.ssh_key_type,
        KeyChoice::Rsa => KeyType::Rsa,
    };
    let key = ready::key_for(ctx, client, &*provider, key).await?;
    let directory = ctx.dirs.ssh_machine(host.as_str());
    dirs::create_parent(&directory.join("x"))?;
    let agent = agent::socket(&serve::directory(ctx, client, kind));
    let way = ready::way(ctx, client, grant, provider, &key, &directory, &agent).await?;
    let machine = Machine {
        service: service(ctx, client.org()),
        request_id: way.grant.request_id.clone(),
        request: way.grant.request.clone(),
        key: kind,
        host: way.route.host.as_str().to_owned(),
        port: way.route.port,
        reach: way.route.reach.clone(),
        unset: way.route.unset.iter().map(|&name| name.to_owned()).collect(),
        found: clock::now(),
    };
    if fresh {
        ride_out(ctx, client, &way, kind, program).await;
    }
    let proxy = ["--quiet", "--no-input", "--org", client.org(), "ssh-proxy", host.as_str()];
    let configuration = command::configuration(host, &way.route, &way.files, (program, &proxy))?;
    machine.keep(ctx, host, &configuration).context("the machine cannot be kept")
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
