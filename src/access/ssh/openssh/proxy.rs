//! Carrying a connection of plain `ssh`, as its `ProxyCommand`.

use super::{known_machine::Machine, serve};
use crate::{
    access::{
        Access,
        signals::Signals,
        ssh::{
            audit::Reports,
            failed, grant, prepare, process_group,
            relay::{gone, relay},
            service, tunnel,
        },
        tool,
    },
    clock,
    ctx::Ctx,
    error::{Failure, Result},
    integrations::ssh::{
        names::Host,
        program::Argv,
        provider::{self, Provider, Reach},
    },
};
use p0_client::Client;
use secrecy::SecretString;
use std::{path::Path, pin::pin};
use tokio::net::{TcpStream, ToSocketAddrs};

/// Carries the connection to a machine between stdin and stdout, until one side ends it.
pub async fn carry(ctx: &Ctx, host: &str, program: &Path) -> Result {
    let host = Host::parse(host).map_err(|error| Failure::usage(format!("ssh asks for {error}.")))?;
    let unknown = || {
        Failure::error(format!("Nothing is known of how {host} is reached."))
            .hint("Connect with plain ssh, which asks first, or with: p0 ssh")
    };
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    let (service, holder) = (service(ctx, &org)?, sessions.holder(&org)?);
    let machine = Machine::load(ctx, &host)?.filter(|machine| machine.is_of(&service, &holder)).ok_or_else(unknown)?;
    if let Some(over) = machine.over_by(clock::now()) {
        return Err(over.failure(&host).into());
    }
    let client = ctx.api().await?;
    let mut signals = Signals::listen()?;
    let mut gone = pin!(gone(&mut signals));
    let holding = serve::hold(ctx, &client, machine.key, program);
    let (held, over) = tokio::select! {
        both = async { tokio::join!(holding, machine.is_over(&client)) } => both,
        ended = &mut gone => return ended,
    };
    if let Some(over) = over? {
        machine.keep_over(ctx, &host, over)?;
        return Err(over.failure(&host).into());
    }
    let _held = held?;
    let (provider, environment) = provider(ctx, &client, &machine).await?;
    // Its lock is what ends the program on the way where this process is killed.
    let own = ctx.dirs.private()?;
    let lock = own.lock();
    let mut reports = Reports::about(&client, &machine.request_id);
    let end = match &machine.reach {
        Reach::Direct => {
            let stream = tokio::select! {
                stream = reach((machine.host.as_str(), machine.port)) => stream?,
                ended = &mut gone => return ended,
            };
            reports.begun();
            relay(stream, gone).await
        }
        Reach::Tunnel(tunnel) => {
            let open = tokio::select! {
                open = tunnel::Open::start(tunnel, &environment, &machine.unset, &lock) => open,
                ended = &mut gone => return ended,
            };
            let open = open.map_err(|error| failed(provider.name(), error))?;
            let stream = reach(("127.0.0.1", open.port)).await?;
            reports.begun();
            relay(stream, gone).await
        }
        Reach::Proxy(argv) => {
            reports.begun();
            run(argv, &environment, &machine.unset, &lock, gone).await
        }
    };
    reports.ended().await;
    end
}

/// The machine's provider, and the environment of the program on the way. There may be credentials in that, so it is made
/// when it is used.
async fn provider(
    ctx: &Ctx,
    client: &Client,
    machine: &Machine,
) -> Result<(Box<dyn Provider>, Vec<(&'static str, SecretString)>)> {
    let access = Access {
        id: machine.request_id.clone(),
        request: machine.request.clone(),
        document: serde_json::Value::Null,
        preexisting: true,
    };
    let provider = provider::for_grant(&grant(access)?, &ctx.settings.ssh)?;
    let aws = match provider.needs().aws {
        Some(access) => Some(prepare::credentials(ctx, client, &access).await?),
        None => None,
    };
    let environment = provider.environment(aws.as_ref());
    Ok((provider, environment))
}

async fn reach(address: impl ToSocketAddrs) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await.map_err(|error| {
        Failure::error(format!("The machine does not answer: {error}"))
            .hint("It may be off, or reached by a VPN or a proxy: see ssh_proxy in config.toml.")
    })?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Runs the program that carries the connection, on our own stdin and stdout.
async fn run(
    argv: &Argv,
    environment: &[(&'static str, SecretString)],
    unset: &[String],
    lock: &Path,
    gone: impl Future<Output = Result>,
) -> Result {
    let mut program = process_group::start(process_group::command(argv, environment, unset), lock)?;
    tokio::select! {
        status = program.wait() => Ok(tool::end_of(status?)),
        ended = gone => {
            program.end().await;
            ended
        }
    }
}
