//! Carrying a connection of plain `ssh`, as its `ProxyCommand`.

use super::{machine::Machine, serve, standing};
use crate::{
    access::{
        Access,
        ssh::{
            audit::Reports,
            failed, grant,
            group::{self, Group},
            ready, service, tunnel,
        },
        tool::{self, Signals},
    },
    clock,
    ctx::Ctx,
    error::{End, Failure, Result},
    integrations::ssh::{
        names::Host,
        program::Argv,
        provider::{self, Provider, Reach},
    },
};
use p0_client::Client;
use rustix::event::{PollFd, PollFlags, poll};
use secrecy::SecretString;
use std::{
    fs::File,
    io::{self, Read, Write},
    net::Shutdown,
    os::fd::AsFd,
    path::Path,
    pin::pin,
    thread,
};
use tokio::{
    net::{TcpStream, ToSocketAddrs},
    sync::oneshot,
};

/// Carries the connection to a machine between stdin and stdout, until one side ends it.
///
/// # Errors
/// The machine is not known (any more), the access is over, or it cannot be reached.
pub async fn carry(ctx: &Ctx, host: &str, program: &Path) -> Result {
    let unknown = || {
        Failure::error(format!("Nothing is known of how {host} is reached."))
            .hint("Connect with plain ssh, which asks first, or with: p0 ssh")
    };
    let host = Host::parse(host).map_err(|_| unknown())?;
    let sessions = ctx.sessions();
    let org = sessions.org()?;
    let (service, holder) = (service(ctx, &org), sessions.holder(&org)?);
    let machine = Machine::load(ctx, &host)?.filter(|machine| machine.is_of(&service, &holder)).ok_or_else(unknown)?;
    if let Some(over) = machine.over_by(clock::now()) {
        return Err(standing::failure(&host, over).into());
    }
    let client = ctx.api().await?;
    let mut signals = Signals::listen()?;
    let mut gone = pin!(gone(&mut signals));
    let holding = serve::hold(ctx, &client, machine.key, program);
    let (held, over) = tokio::select! {
        both = async { tokio::join!(holding, standing::over(&client, &machine)) } => both,
        ended = &mut gone => return ended,
    };
    if let Some(over) = over? {
        machine.keep_over(ctx, &host, over)?;
        return Err(standing::failure(&host, over).into());
    }
    let _held = held?;
    let (provider, environment) = provider(ctx, &client, &machine).await?;
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
                open = tunnel::Open::start(tunnel, &environment, &machine.unset) => open,
                ended = &mut gone => return ended,
            };
            let open = open.map_err(|error| failed(provider.name(), error))?;
            let stream = reach(("127.0.0.1", open.port)).await?;
            reports.begun();
            relay(stream, gone).await
        }
        Reach::Proxy(argv) => {
            reports.begun();
            run(argv, &environment, &machine.unset, gone).await
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
    let provider = provider::of(&grant(access)?, &ctx.settings.ssh)?;
    let aws = match provider.needs().aws {
        Some(access) => Some(ready::credentials(ctx, client, &access).await?),
        None => None,
    };
    let environment = provider.environment(aws.as_ref());
    Ok((provider, environment))
}

/// Waits until `ssh` is there no more: then our stdin is closed, however it ended. A hang-up by itself says less: `ssh`
/// sends one as well when it leaves the connection to another process (`ControlPersist`). Ctrl-C is for `ssh`, which ends
/// this by itself.
async fn gone(signals: &mut Signals) -> Result {
    let (closed, told) = oneshot::channel();
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    // What is there to read is for others: a thread of its own, which ends with the process.
    thread::Builder::new().name("gone".into()).spawn(move || {
        let mut polled = [PollFd::new(&input, PollFlags::empty())];
        while let Err(error) = poll(&mut polled, None) {
            if error != rustix::io::Errno::INTR {
                return;
            }
        }
        // Nobody waits any more where the connection has ended already.
        let _ = closed.send(());
    })?;
    let mut told = pin!(told);
    let mut watched = true;
    loop {
        tokio::select! {
            closed = &mut told, if watched => match closed {
                Ok(()) => return Ok(End::Done),
                Err(_) => watched = false,
            },
            signal = signals.next() => if signal.ends() && !(watched && signal.is_hangup()) { return Ok(End::Done) },
        }
    }
}

async fn reach(address: impl ToSocketAddrs) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await.map_err(|error| {
        Failure::error(format!("The machine does not answer: {error}"))
            .hint("It may be off, or reached by a VPN or a proxy: see ssh_proxy in config.toml.")
    })?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Carries bytes both ways until the machine's side ends, or `ssh` is gone. Each way has a thread, which ends with the
/// process.
async fn relay(stream: TcpStream, gone: impl Future<Output = Result>) -> Result {
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    let (mut to, mut from) = (stream.try_clone()?, stream);
    // As files they have no buffers, in which an answer would wait for the end of its line.
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let (up, up_ended) = oneshot::channel();
    let (down, down_ended) = oneshot::channel();
    thread::Builder::new().name("up".into()).spawn(move || {
        // `ssh` says no more; the machine may.
        let ended = copy(&mut input, &mut to).and_then(|()| to.shutdown(Shutdown::Write));
        if let Err(error) = ended {
            // Whoever waits may have left.
            drop(up.send(error));
        }
    })?;
    thread::Builder::new().name("down".into()).spawn(move || {
        drop(down.send(copy(&mut from, &mut output)));
    })?;
    tokio::pin!(up_ended, down_ended, gone);
    let mut sends = true;
    loop {
        tokio::select! {
            failed = &mut up_ended, if sends => match failed {
                Ok(error) => return broken(error),
                // It has said all that it had to say.
                Err(_) => sends = false,
            },
            ended = &mut down_ended => {
                return ended.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into())).map_or_else(broken, |()| Ok(End::Done));
            }
            ended = &mut gone => return ended,
        }
    }
}

/// Copies until the end, each piece as it comes. The system's own way (`io::copy`, by splice(2)) has TCP wait for more.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => to.write_all(&piece[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A side that is gone is the end of a connection, as good as any other.
fn broken(error: io::Error) -> Result {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Ok(End::Done),
        _ => Err(error.into()),
    }
}

/// Runs the program that carries the connection, on our own stdin and stdout.
async fn run(
    argv: &Argv,
    environment: &[(&'static str, SecretString)],
    unset: &[String],
    gone: impl Future<Output = Result>,
) -> Result {
    let mut command = group::command(argv, environment, unset);
    let mut child = command.spawn().map_err(|error| tool::not_run(command.as_std(), &error, ""))?;
    let group = Group::of(&child);
    tokio::select! {
        status = child.wait() => Ok(tool::end_of(status?)),
        ended = gone => {
            group.end(&mut child).await;
            ended
        }
    }
}
